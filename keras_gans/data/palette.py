"""Label maps: images in which each colour stands for a class."""

import dataclasses
import json
import os

import numpy as np

from keras_gans.data.errors import Unreadable, printable
from keras_gans.data.geometry import Frame, to_channels
from keras_gans.data.sources.base import Source, digest


class Palette:
    """The colours of a label map.

    Args:
        colours: dict of class name -> colour, or list of colours (named "0", "1", ...); a colour is "#rrggbb" or three
            integers from 0 to 255.
        tolerance: largest difference of a channel at which a pixel still counts as a colour: 0 for lossless files;
            JPEG needs about 48.

    Attributes:
        names: list of str.
        colours: uint8 array [K, 3].

    Raises:
        ValueError: If a colour is none, or two are the same.

    Example:

    >>> palette = Palette({"sky": "#0000ff", "ground": (0, 128, 0)})
    >>> palette.indices(np.array([[[0, 128, 0], [0, 0, 255]]], "uint8")).tolist()
    [[1, 0]]
    """

    def __init__(self, colours, tolerance=0):
        named = colours.items() if isinstance(colours, dict) else [(str(k), c) for k, c in enumerate(colours)]
        self.names = [str(name) for name, _ in named]
        self.colours = np.array([_colour(colour) for _, colour in named], np.uint8).reshape(-1, 3)
        if not self.names or len({tuple(colour) for colour in self.colours.tolist()}) != len(self.names):
            raise ValueError(f"A palette needs colours that differ. Received: colours={colours!r}")
        if isinstance(tolerance, bool) or not 0 <= tolerance <= 255:
            raise ValueError(f"tolerance must be from 0 to 255. Received: tolerance={tolerance!r}")
        self.tolerance = int(tolerance)

    def indices(self, pixels):
        """The class of every pixel: that of the nearest colour.

        Args:
            pixels: uint8 array [..., 3].

        Returns:
            int32 array [...].

        Raises:
            ValueError: If a pixel is further from all colours than the tolerance.
        """
        flat = np.ascontiguousarray(pixels).reshape(-1, 3)
        codes = flat.astype(np.int32) @ [65536, 256, 1]
        found, inverse = np.unique(codes, return_inverse=True)  # a label map has few colours
        found = np.stack([found >> 16, found >> 8 & 255, found & 255], axis=-1)  # [U 3]
        distance = np.abs(found[:, None] - self.colours.astype(np.int64))  # [U K 3]
        nearest = np.square(distance).sum(-1).argmin(-1)  # [U]
        far = distance[np.arange(len(found)), nearest].max(-1, initial=0) > self.tolerance
        if far.any():
            first = int(np.flatnonzero(far[inverse.ravel()])[0])
            row, column = divmod(first, pixels.shape[-2])
            colour = "#{:02x}{:02x}{:02x}".format(*flat[first])
            raise ValueError(
                f"unknown label colour {colour} at row {row}, column {column} ({int(far[inverse.ravel()].sum())} "
                f"pixels are of none of the {len(self.names)} colours; tolerance={self.tolerance})"
            )
        return nearest[inverse.ravel()].astype(np.int32).reshape(pixels.shape[:-1])

    def paint(self, indices):
        """The colours of classes: uint8 [..., 3].

        Args:
            indices: integer array [...] of class numbers.
        """
        return self.colours[indices]

    def as_dict(self):
        """Class name -> "#rrggbb"."""
        return {name: "#{:02x}{:02x}{:02x}".format(*colour) for name, colour in zip(self.names, self.colours.tolist())}

    def __repr__(self):
        pairs = ", ".join(f"{n}=#{r:02x}{g:02x}{b:02x}" for n, (r, g, b) in zip(self.names, self.colours.tolist()))
        return f"Palette({pairs}, tolerance={self.tolerance})"


def _colour(colour):
    try:
        if isinstance(colour, str):
            if not colour.startswith("#") or len(colour) != 7:
                raise ValueError
            return [int(colour[k : k + 2], 16) for k in (1, 3, 5)]
        red, green, blue = (int(value) for value in colour)
        if not all(0 <= value <= 255 for value in (red, green, blue)):
            raise ValueError
        return [red, green, blue]
    except (TypeError, ValueError) as error:
        raise ValueError(
            f'A colour is "#rrggbb" or three integers from 0 to 255. Received: colour={colour!r}'
        ) from error


# The twelve labels of the facades data set (CMP Facade Database), as the interactive demo of pix2pix draws them.
FACADES = {
    "background": "#0006d9",
    "wall": "#0d3dfb",
    "door": "#a50000",
    "window": "#0075ff",
    "window sill": "#68f898",
    "window head": "#1dffdd",
    "shutter": "#eeed28",
    "balcony": "#b8ff38",
    "trim": "#ff9204",
    "cornice": "#ff4401",
    "column": "#f60001",
    "entrance": "#00c9ff",
}


def read_palette(value, tolerance=0):
    """A palette from what a command line or a configuration says.

    Args:
        value: `Palette`, returned as it is; dict or list of colours; "facades"; colours with commas between them, each
            perhaps NAME=#rrggbb; or the path of a JSON file with an object or a list of colours.
        tolerance: see `Palette`.

    Returns:
        `Palette`.

    Raises:
        ValueError: no palette, or a file that cannot be read.

    Example:

    >>> read_palette("sea=#0000ff,land=#008000").as_dict()
    {'sea': '#0000ff', 'land': '#008000'}
    """
    if isinstance(value, Palette):
        return value
    if value == "facades":
        value = FACADES
    elif isinstance(value, str) and "#" in value and not os.path.isfile(value):
        parts = [part.strip().rpartition("=") for part in value.split(",")]
        named = all(name for name, _, _ in parts)
        value = {name: colour for name, _, colour in parts} if named else [colour for _, _, colour in parts]
    elif isinstance(value, (str, os.PathLike)):
        try:
            with open(value, encoding="utf-8") as file:
                value = json.load(file)
        except (OSError, ValueError, RecursionError) as error:
            said = getattr(error, "strerror", None) or error
            raise ValueError(
                f'A palette is "facades", colours such as sea=#0000ff,land=#008000, or a JSON file ({said}). '
                f"Received: {printable(value)!r}"
            ) from error
    if not isinstance(value, (dict, list, tuple)):
        raise ValueError(f"A palette is an object or a list of colours. Received: {value!r}")
    return Palette(value, tolerance)


class PaletteSource(Source):
    """A source of label maps: pixels are brought to the exact colours, unknown ones are named with their file.

    Args:
        source: `Source` of 8-bit colour images.
        palette: `Palette`.
    """

    def __init__(self, source, palette):
        self.source, self.palette = source, palette
        self.name, self.notes = source.name, list(source.notes)

    @property
    def content(self):
        return digest("palette", self.source.content, repr(self.palette))

    def __len__(self):
        return len(self.source)

    def name_of(self, index):
        return self.source.name_of(index)

    def header(self, index):
        header = self.source.header(index)
        if header.depth != 8:
            raise Unreadable(f"a label map needs 8 bits a channel, it has {header.depth}")
        return dataclasses.replace(header, channels=3)

    def pixels(self, index, at_least=None):
        pixels = to_channels(self.source.pixels(index), 3)
        try:
            return self.palette.paint(self.palette.indices(pixels))
        except ValueError as error:
            raise Unreadable(str(error)) from error

    def is_whole(self, index):
        return False  # its colours are known only when it is decoded

    def select(self, indices):
        return PaletteSource(self.source.select(indices), self.palette)


@dataclasses.dataclass(frozen=True)
class LabelFrame(Frame):
    """`Frame` for label maps: resizing takes the nearest pixel, so no colour arises that stands for nothing.

    Args: those of `Frame`.
    """

    def canvas(self, pixels):
        height, width = pixels.shape[:2]
        size = self.canvas_size(height, width)
        if self.crop == "random":
            return nearest(pixels, *size)
        kept_height = min(height, max(1, round(height * self.height / size[0])))
        kept_width = min(width, max(1, round(width * self.width / size[1])))
        top, left = (height - kept_height) // 2, (width - kept_width) // 2
        return nearest(pixels[top : top + kept_height, left : left + kept_width], self.height, self.width)


def nearest(pixels, height, width):
    """[h, w, c] -> [height, width, c]: the pixels at the centres of the new ones, nothing mixed.

    Args:
        pixels: [h, w, c].
        height: rows of the result.
        width: columns of the result.

    Example:

    >>> nearest(np.array([[[1], [2], [3], [4]]]), 1, 2)[0, :, 0].tolist()
    [2, 4]
    """
    rows = ((np.arange(height) + 0.5) * pixels.shape[0] / height).astype(int)
    columns = ((np.arange(width) + 0.5) * pixels.shape[1] / width).astype(int)
    return pixels[rows[:, None], columns]  # [height width c]
