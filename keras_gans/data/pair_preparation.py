"""Folders of pairs made from other folders: joined by name, edges of photographs, grey of colour."""

import os

import numpy as np

from keras_gans.data.checking import read_headers
from keras_gans.data.errors import Unreadable, printable, some
from keras_gans.data.geometry import resize, to_channels, to_depth
from keras_gans.data.pair_sources import parallel
from keras_gans.data.palette import PaletteSource
from keras_gans.data.prepared import prepare
from keras_gans.data.sources.folder import FolderSource


def write_joined(a, b, out, progress=None, *, depth=None, palettes=(None, None), skip_unpaired=False, say=None):
    """Writes images of two folders side by side, A | B, as PNG files of the names of A.

    Alpha is flattened on white. The files are grey where all images are, else colour. Called again with the same
    arguments it makes what is missing.

    Args:
        a: path of a folder.
        b: path of a folder whose files have the same names, endings aside.
        out: path of the folder to write.
        progress: None or a function of (images done, images in all).
        depth: 8 or 16 bits; None: 16 if any image has them.
        palettes: pair of None or `Palette`: what the images of A and of B are brought to, if they are label maps.
        skip_unpaired: whether images without a partner are left out.
        say: None or a function of one str, told what was left out.

    Returns:
        Number of files.

    Raises:
        DataError: Images without a partner, of differing sizes, or unreadable; all are named, and nothing is written
            for them.
    """
    sides = parallel(FolderSource(a), FolderSource(b), skip_unpaired)
    if say is not None:
        for note in [note for side in sides for note in side.notes]:
            say(note)
    sides = [PaletteSource(side, palette) if palette else side for side, palette in zip(sides, palettes)]
    headers = [header for side in sides for header in read_headers(side)[0] if header is not None]
    depth = depth or max((header.depth for header in headers), default=8)
    channels = 1 if all(header.is_grey for header in headers) else 3

    def pair(index):
        images = [side.pixels(index) for side in sides]
        if images[0].shape[:2] != images[1].shape[:2]:
            sizes = [f"{x.shape[1]} x {x.shape[0]}" for x in images]
            raise Unreadable(f"{sizes[0]} pixels, its partner has {sizes[1]}")
        return images

    settings = {"made by": "pair", "a": os.path.abspath(a), "b": os.path.abspath(b)}
    settings |= {"depth": depth, "channels": channels, "palettes": [p and repr(p) for p in palettes]}
    return _write(sides[0], pair, out, settings, progress, depth, channels)


def write_derived(source, derive, out, progress=None, settings=None, at_once=None, longest=None, say=None):
    """Writes A | B where B is each image of a folder and A is made from it.

    Args:
        source: path of a folder of images.
        derive: function of a uint8 array [H, W, 3] -> uint8 array [H, W, 1 or 3]: `grey`, or edges of
            `keras_gans.data.edges`.
        out: path of the folder to write.
        progress: None or a function of (images done, images in all).
        settings: dict of JSON values, what `derive` depends on.
        at_once: images that are worked on at the same time; None: as many as there are processors.
        longest: pixels of the longer side that larger images are reduced to first; None: they stay as large.
        say: None or a function of one str, told of pairs of an image with itself.

    Returns:
        Number of files.

    Raises:
        DataError: Images that cannot be read; all are named.
    """
    images, alike = FolderSource(source), []

    def pair(index):
        colour = to_channels(to_depth(images.pixels(index), "uint8"), 3)
        share = (longest or np.inf) / max(colour.shape[:2])
        if share < 1:
            colour = resize(colour, *(max(1, round(side * share)) for side in colour.shape[:2]))
        derived = derive(colour)
        if np.array_equal(to_channels(derived, 3), colour):
            alike.append(printable(images.name_of(index)))
        return derived, colour

    settings = {"made by": derive.__name__, "source": os.path.abspath(source), "longest": longest, **(settings or {})}
    count = _write(images, pair, out, settings, progress, at_once=at_once)
    if alike and say is not None:
        named = f"{', '.join(sorted(alike)[:3])}{' ...' if len(alike) > 3 else ''}"
        say(f"Both sides are the same in {some(len(alike), 'pair')}, which teach nothing: {named}")
    return count


def grey(image):
    """ITU-R 601 luma: uint8 [H, W, 3] -> uint8 [H, W, 1].

    Args:
        image: uint8 array [H, W, 3].
    """
    return to_channels(image, 1)


def _write(source, pair, out, settings, progress, depth=8, channels=3, at_once=None):
    names = [source.name_of(index) for index in range(len(source))]

    def make(index):
        sides = [to_channels(to_depth(side, f"uint{depth}"), channels) for side in pair(index)]
        return {os.path.splitext(names[index])[0]: np.concatenate(sides, axis=1)}

    return prepare(out, names, make, settings, progress, at_once)
