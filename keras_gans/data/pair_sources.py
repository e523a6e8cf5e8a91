"""Where pairs of images come from: side by side in one file, in two folders, in arrays. Each gives two sources."""

import collections
import dataclasses
import os

import numpy as np

from keras_gans.data.errors import DataError, Unreadable, printable, some
from keras_gans.data.sources.arrays import ArraySource
from keras_gans.data.sources.base import Source, digest
from keras_gans.data.sources.folder import FolderSource

SPLITS = ("train", "val", "test")


class HalfSource(Source):
    """The left or the right half of every image of a source.

    Args:
        source: `Source` of images that hold A | B side by side.
        side: 0 for the left half, 1 for the right.
    """

    def __init__(self, source, side):
        self.source, self.side = source, side
        self.name, self.notes = source.name, list(source.notes)
        self.in_memory = source.in_memory

    @property
    def content(self):
        return digest("half", self.side, self.source.content)

    def __len__(self):
        return len(self.source)

    def name_of(self, index):
        return self.source.name_of(index)

    def header(self, index):
        header = self.source.header(index)
        if header.width % 2:
            raise Unreadable(f"{header.width} x {header.height} pixels cannot be halved: A | B side by side")
        return dataclasses.replace(header, width=header.width // 2)

    def pixels(self, index, at_least=None):
        pixels = self.source.pixels(index)  # in full: a reduced decoding would mix the halves where they meet
        middle = pixels.shape[1] // 2
        return pixels[:, middle:] if self.side else pixels[:, :middle]

    def is_whole(self, index):
        return self.source.is_whole(index)

    def select(self, indices):
        return HalfSource(self.source.select(indices), self.side)


def open_pairs(source, split="train"):
    """The two sources, A and B, that a path or a pair of paths or arrays stands for.

    Args:
        source: one of
            - path of a folder of images A | B side by side, all below it or, where it has such a folder, below SPLIT;
            - path of a folder that holds two folders A and B (each perhaps with SPLIT inside);
            - pair of paths of two folders: files belong together that have the same path without its ending;
            - pair of arrays [N, H, W, C] or [N, H, W].
        split: "train", "val" or "test".

    Returns:
        (`Source`, `Source`) of the same length, numbered alike.

    Raises:
        DataError: nothing is there, or files without a partner, all of which are named.
    """
    if isinstance(source, (tuple, list)) and len(source) == 2:
        if all(isinstance(part, (str, os.PathLike)) for part in source):
            return parallel(*(FolderSource(part) for part in source))
        a, b = (ArraySource(np.asarray(part), name=name) for part, name in zip(source, ("inputs", "targets")))
        if len(a) != len(b):
            raise DataError(f"There must be one target for each input. Received: {len(a)} inputs, {len(b)} targets")
        return a, b
    if not isinstance(source, (str, os.PathLike)):
        raise DataError(
            "Pairs come from a folder, from two folders, from two arrays or from a tf.data.Dataset of pairs. "
            f"Received: source of type {type(source).__name__}"
        )
    if split not in SPLITS:
        raise ValueError(f"split must be one of {', '.join(SPLITS)}. Received: split={split!r}")
    path = os.fspath(source)
    sides = [os.path.join(path, side) for side in "AB"]
    if all(os.path.isdir(side) for side in sides):
        return parallel(*(FolderSource(_split_of(side, split)) for side in sides))
    both = FolderSource(_split_of(path, split))
    _refuse_whole_pictures(both)
    return HalfSource(both, 0), HalfSource(both, 1)


def parallel(a, b, skip_unpaired=False):
    """Two folders whose files belong together by their paths without the ending, as two sources of the same order.

    Args:
        a: `FolderSource`.
        b: `FolderSource`.
        skip_unpaired: whether images without a partner are left out, as `notes` of the first then says.

    Returns:
        (a, b) in the order of a.

    Raises:
        DataError: files without a partner, or two of one name.
    """
    stems = [[os.path.splitext(file)[0] for file in source.files] for source in (a, b)]
    if skip_unpaired:
        both = set(stems[0]) & set(stems[1])
        if not both:
            raise DataError(f"No image of {a.name} has one of the same name, endings aside, in {b.name}.")
        kept = [[k for k, stem in enumerate(own) if stem in both] for own in stems]
        left_out = len(a) + len(b) - len(kept[0]) - len(kept[1])
        if left_out:
            a, b = (source.select(indices) for source, indices in zip((a, b), kept))
            a.notes = [*a.notes, f"{some(left_out)} without a partner left out"]
            return parallel(a, b)
    problems = []
    for source, other, own, others in ((a, b, *stems), (b, a, *stems[::-1])):
        known = set(others)
        problems += [
            (os.path.join(source.name, file), f"no image of that name in {printable(other.name)}")
            for file, stem in zip(source.files, own)
            if stem not in known
        ]
        first = {}
        for file, stem in zip(source.files, own):
            if first.setdefault(stem, file) != file:
                problems.append((os.path.join(source.name, file), f"the same name as {printable(first[stem])}"))
    if problems:
        raise DataError(
            f"{some(len(problems))} without a partner.",
            problems,
            hint="keras-gans dataset pair A B DIR --skip-unpaired joins those that have one.",
        )
    number = {stem: k for k, stem in enumerate(stems[1])}
    return a, b.select([number[stem] for stem in stems[0]])


def _refuse_whole_pictures(source):
    """Raises DataError where folders hold the same names and no image is twice as wide as high: they are no halves."""
    inside = [file.partition(os.sep) for file in source.files]
    times = collections.Counter(os.path.splitext(rest)[0] for _, _, rest in inside)
    if not inside or min(times.values()) < 2 or "" in times:
        return
    try:
        header = source.header(0)
    except Unreadable:  # is reported with all others
        return
    if header.width != 2 * header.height:
        folders = sorted({top for top, _, _ in inside})
        raise DataError(
            f"Expected images A | B side by side, or folders A and B. Received: {printable(source.name)!r}, whose "
            f"folders {', '.join(map(printable, folders[:4]))} hold whole pictures of the same names",
            hint="Call the folders of the two sides A and B, or join them by `keras-gans dataset pair`.",
        )


def _split_of(path, split):
    inside = os.path.join(path, split)
    if os.path.isdir(inside):
        return inside
    present = [name for name in SPLITS if os.path.isdir(os.path.join(path, name))]
    if present:
        raise DataError(f"The folder has no split {split!r}, only {', '.join(present)}. Received: {printable(path)!r}")
    return path
