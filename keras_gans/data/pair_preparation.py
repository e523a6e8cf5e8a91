"""Folders of pairs made from other folders: joined by name, edges of photographs, grey of colour."""

import os

import numpy as np
from PIL import Image

from keras_gans.data.errors import DataError, Unreadable, printable
from keras_gans.data.geometry import to_channels, to_depth
from keras_gans.data.pair_sources import parallel
from keras_gans.data.sources.folder import FolderSource


def write_joined(a, b, out, progress=None):
    """Writes images of two folders side by side, A | B, as PNG files of the names of A.

    Args:
        a: path of a folder.
        b: path of a folder whose files have the same names, endings aside.
        out: path of the folder to write.
        progress: None or a function of (images done, images in all).

    Returns:
        Number of files.

    Raises:
        DataError: Images without a partner, of differing sizes, or unreadable; all are named, and nothing is written
            for them.
    """
    left, right = parallel(FolderSource(a), FolderSource(b))

    def pair(index):
        one, two = left.pixels(index), right.pixels(index)
        if one.shape[:2] != two.shape[:2]:
            sizes = [f"{x.shape[1]} x {x.shape[0]}" for x in (one, two)]
            raise Unreadable(f"{sizes[0]} pixels, its partner has {sizes[1]}")
        return one, two

    return _write(left, pair, out, progress)


def write_derived(source, derive, out, progress=None):
    """Writes A | B where B is each image of a folder and A is made from it.

    Args:
        source: path of a folder of images.
        derive: function of a uint8 array [H, W, 3] -> uint8 array [H, W, 1 or 3]: `grey`, or edges of
            `keras_gans.data.edges`.
        out: path of the folder to write.
        progress: None or a function of (images done, images in all).

    Returns:
        Number of files.

    Raises:
        DataError: Images that cannot be read; all are named.
    """
    images = FolderSource(source)

    def pair(index):
        colour = to_channels(to_depth(images.pixels(index), "uint8"), 3)
        return derive(colour), colour

    return _write(images, pair, out, progress)


def grey(image):
    """ITU-R 601 luma: uint8 [H, W, 3] -> uint8 [H, W, 1].

    Args:
        image: uint8 array [H, W, 3].
    """
    return to_channels(image, 1)


def _write(source, pair, out, progress):
    problems, done = [], 0
    for index in range(len(source)):
        try:
            a, b = pair(index)
            joined = np.concatenate([to_channels(to_depth(side, "uint8"), 3) for side in (a, b)], axis=1)
            path = os.path.join(out, os.path.splitext(source.name_of(index))[0] + ".png")
            os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
            Image.fromarray(joined).save(path + ".part", "PNG")
            os.replace(path + ".part", path)  # a file is whole or not there
            done += 1
        except Unreadable as error:
            problems.append((source.name_of(index), str(error)))
        if progress:
            progress(index + 1, len(source))
    if problems:
        raise DataError(
            f"{len(problems)} of {len(source)} pairs could not be made.",
            problems,
            hint=f"The other {done} are in {printable(out)}." if done else "",
        )
    return done
