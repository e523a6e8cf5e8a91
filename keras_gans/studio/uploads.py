"""Pictures from the page: uploaded files and drawings, untrusted both, and pictures to the page as data URLs.

What is an image and how large it may be is for `keras_gans.data.decode` to say; here stands how many bytes are taken.
"""

import base64
import binascii
import io
import os

import numpy as np

from keras_gans.data.decode import decode, read_header
from keras_gans.data.errors import Unreadable, printable
from keras_gans.data.geometry import Frame, to_channels, to_depth
from keras_gans.data.palette import LabelFrame
from keras_gans.training import grids

MAX_BYTES = 32 * 2**20
"""Largest upload, in bytes: 32 MiB."""

_PREFIX = "data:image/png;base64,"


class UploadError(ValueError):
    """A picture that cannot be used; the text is what the page says."""


def read_upload(path, height, width, channels, palette=None):
    """Reads an uploaded file and brings it to the size of the canvas: the largest centred part, resized.

    Args:
        path: path of the file.
        height: rows of the canvas.
        width: columns of the canvas.
        channels: 1, 3 or 4.
        palette: `keras_gans.data.palette.Palette` where the pictures are label maps: pixels are brought to its exact
            colours, and resizing mixes none.

    Returns:
        uint8 [height, width, channels].

    Raises:
        UploadError: If the file is too large, no image, broken, or has a colour that the palette has not.

    Example:

    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile() as file:
    ...     _ = file.write(grids.encode(np.zeros([8, 6, 3], "uint8"))), file.flush()
    ...     read_upload(file.name, 4, 4, 1).shape
    (4, 4, 1)
    """
    try:
        size = os.path.getsize(path)
        if size > MAX_BYTES:
            raise UploadError(f"The file has {size / 2**20:,.1f} MiB; at most {MAX_BYTES // 2**20} MiB are taken.")
        with open(path, "rb") as file:
            pixels = to_depth(decode(file), "uint8")
    except Unreadable as error:
        raise UploadError(f"The file cannot be used: {error}.") from error
    except OSError as error:
        raise UploadError(f"The file cannot be opened: {printable(error.strerror or error)}.") from error
    return fit(pixels, height, width, channels, palette)


def fit(pixels, height, width, channels, palette=None):
    """Brings a picture to the size and channels of the canvas; see `read_upload`.

    Args:
        pixels: uint8 or uint16 [h, w, c].
        height: rows of the canvas.
        width: columns of the canvas.
        channels: 1, 3 or 4.
        palette: `Palette`, or None.

    Returns:
        uint8 [height, width, channels].

    Raises:
        UploadError: If the palette lacks a colour of the picture.
    """
    pixels = to_depth(pixels, "uint8")
    settings = dict(height=height, width=width, max_upscale=float("inf"))
    if palette is None:
        return Frame(channels=channels, **settings).canvas(pixels)
    try:
        pixels = palette.paint(palette.indices(to_channels(pixels, 3)))
    except ValueError as error:
        raise UploadError(f"This is no label map of these colours: {error}.") from error
    return to_channels(LabelFrame(channels=3, **settings).canvas(pixels), channels)


def from_data_url(text, height, width, channels):
    """Reads a drawing: what the canvas of the page sends.

    Args:
        text: str, a data URL of a PNG.
        height: rows that it must have.
        width: columns that it must have.
        channels: 1, 3 or 4.

    Returns:
        uint8 [height, width, channels].

    Raises:
        UploadError: If it is none, or of another size.

    Example:

    >>> drawing = np.full([2, 3, 3], 7, "uint8")
    >>> bool((from_data_url(to_data_url(drawing), 2, 3, 3) == drawing).all())
    True
    """
    if not isinstance(text, str) or not text.startswith(_PREFIX):
        raise UploadError("There is no drawing yet: draw something, or take an example.")
    if len(text) > MAX_BYTES:
        raise UploadError(f"The drawing is larger than {MAX_BYTES // 2**20} MiB.")
    try:
        file = io.BytesIO(base64.b64decode(text[len(_PREFIX) :].encode("utf-8"), validate=True))
        header = read_header(file)
        if (header.height, header.width) != (height, width):
            raise UploadError(
                f"A drawing must have {width} x {height} pixels. Received: {header.width} x {header.height}"
            )
        return np.ascontiguousarray(to_channels(to_depth(decode(file), "uint8"), channels))
    except (binascii.Error, Unreadable) as error:
        raise UploadError(f"The drawing cannot be read: {error}.") from error


def to_data_url(image, format="PNG"):
    """Returns a picture as a data URL.

    Args:
        image: uint8 [H, W, C], as `keras_gans.training.grids.encode` takes it; or bytes of an encoded one.
        format: str, "PNG" or "WEBP".

    Example:

    >>> to_data_url(np.zeros([1, 1, 3], "uint8"))[:22]
    'data:image/png;base64,'
    """
    encoded = image if isinstance(image, bytes) else grids.encode(image, format)
    return f"data:image/{format.lower()};base64,{base64.b64encode(encoded).decode()}"
