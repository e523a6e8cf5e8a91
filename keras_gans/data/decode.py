"""Encoded images -> integer pixels at the depth of the file, through Pillow; arrays in .npy files as they are.

Files are untrusted: the number of pixels is checked in the header before anything is decoded, only the first frame is
read, and whatever a decoder raises becomes `Unreadable` with a reason in plain words.
"""

import contextlib
import dataclasses
import os

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from keras_gans.data.errors import Unreadable
from keras_gans.data.npy_image import is_npy, npy_pixels, npy_shape

MAX_PIXELS = 89_478_485
"""Largest image that is decoded, in pixels: a quarter of a GiB as RGB, the limit at which Pillow starts to warn."""

EXTENSIONS = frozenset(".png .jpg .jpeg .jpe .jfif .webp .bmp .dib .gif .tif .tiff .avif .pgm .ppm .pnm .tga".split())
"""File names that are taken for images; every other file in a folder is left alone."""

_FORMATS = ["PNG", "JPEG", "WEBP", "BMP", "DIB", "GIF", "TIFF", "AVIF", "PPM", "TGA"]
_ORIENTED = {"JPEG", "MPO", "WEBP"}  # formats whose EXIF orientation Pillow leaves to the caller
_ORIENTATION, _BITS_PER_SAMPLE = 0x0112, 258
_GREY_MODES = {"1", "L", "LA", "La", "I;16", "I;16L", "I;16B", "I;16N"}


@dataclasses.dataclass(frozen=True)
class Header:
    """What the header of an image says.

    Attributes:
        height, width: pixels, after the EXIF orientation.
        channels: 1 grey, 2 grey and alpha, 3 colour, 4 colour and alpha; any number for arrays.
        depth: bits of a channel, 8 or 16; 32 for float arrays.
        mode: Pillow's name of the pixel format, such as "P" or "CMYK".
        format: Pillow's name of the file format; "array" for arrays.
        frames: number of frames; only the first one is read.
    """

    height: int
    width: int
    channels: int
    depth: int = 8
    mode: str = ""
    format: str = "array"
    frames: int = 1

    @property
    def has_alpha(self):
        return self.channels in (2, 4)

    @property
    def is_grey(self):
        return self.channels in (1, 2)


def read_header(file):
    """Reads the header of an image without decoding it.

    Args:
        file: binary file object, seekable.

    Returns:
        `Header`.

    Raises:
        Unreadable: not an image, too many pixels, or a pixel format that is not supported.
    """
    with _reasons():
        if is_npy(file):
            (height, width, channels), depth = npy_shape(file)
            _check_size(width, height)
            return Header(height, width, channels, depth, "array", "NPY")
        with _open(file) as image:
            return _header(image, file)


def decode(file, at_least=None):
    """Decodes the first frame of an image.

    The EXIF orientation is applied. Palettes become RGB (RGBA where they hold transparency), CMYK and other colour
    spaces become RGB as Pillow converts them, 1-bit images become 8-bit grey.

    Args:
        file: binary file object, seekable.
        at_least: None or `(height, width)`: a JPEG may be decoded at 1/2, 1/4 or 1/8 of its size as long as it stays
            at least this large, which is several times faster. Other formats are decoded whole.

    Returns:
        [height, width, channels] array, channels as `Header.channels` says, uint8 or uint16.

    Raises:
        Unreadable: see `read_header`; or the data is truncated or damaged.
    """
    with _reasons():
        if is_npy(file):
            read_header(file)
            return npy_pixels(file)
    with _reasons(), _open(file) as image:
        header = _header(image, file)
        if header.depth == 16 and not image.mode.startswith("I;16"):
            return _decode_deep(file, header)
        if at_least is not None and image.format in ("JPEG", "MPO"):
            turned = _orientation(image) >= 5
            image.draft(None, tuple(at_least) if turned else tuple(at_least)[::-1])
        if _orientation(image) != 1:
            image = ImageOps.exif_transpose(image)
        if header.depth == 16:
            return np.asarray(image).astype(np.uint16)[:, :, None]
        image = image.convert({1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}[header.channels])
        pixels = np.asarray(image)
        return pixels if pixels.ndim == 3 else pixels[:, :, None]


def is_whole(file, format):
    """Whether the end of the file is where its format says: a cheap sign that nothing was cut off.

    Args:
        file: binary file object, seekable.
        format: Pillow's name of the format.

    Returns:
        True where the end is right; False where it is not or the format has no mark at its end, so that only decoding
        can tell.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - 64))
    tail = file.read()
    if format in ("JPEG", "MPO"):
        return tail.rstrip(b"\0").endswith(b"\xff\xd9")
    if format == "PNG":
        return b"IEND" in tail
    if format == "NPY":
        return True  # its header said how long it is
    if format == "WEBP":
        file.seek(4)
        return int.from_bytes(file.read(4), "little") + 8 <= size
    return False


def _open(file):
    if file.seek(0, os.SEEK_END) == 0:
        raise Unreadable("an empty file")
    file.seek(0)
    image = Image.open(file, formats=_FORMATS)
    _check_size(image.width, image.height)
    return image


def _check_size(width, height):
    if width * height > MAX_PIXELS:
        raise Unreadable(f"{width} x {height} pixels, more than the limit of {MAX_PIXELS:,}")


def _header(image, file):
    mode, depth = image.mode, 8
    if mode in ("I", "F"):
        raise Unreadable(f"32-bit pixels (mode {mode}) are not supported; convert to 8 or 16 bits")
    if mode.startswith("I;16"):
        depth = 16
    elif image.format == "PNG":
        depth = _png_depth(file)
    elif image.format == "TIFF" and max(image.tag_v2.get(_BITS_PER_SAMPLE, (8,))) == 16:
        depth = 16
    grey = mode in _GREY_MODES or mode in ("P", "PA") and _grey_palette(image)
    if depth == 16 and image.format == "PNG" and mode in ("LA", "RGBA"):
        grey = _png_colour_type(file) == 4
    channels = (1 if grey else 3) + (1 if image.has_transparency_data and mode != "I;16" else 0)
    height, width = image.height, image.width
    if _orientation(image) >= 5:
        height, width = width, height
    frames = getattr(image, "n_frames", 1)
    return Header(height, width, channels, depth, mode, image.format, frames)


def _orientation(image):
    return image.getexif().get(_ORIENTATION, 1) if image.format in _ORIENTED else 1


def _grey_palette(image):
    palette = np.asarray(image.getpalette("RGB"), np.uint8).reshape(-1, 3)
    return bool((palette == palette[:, :1]).all())


def _png_depth(file):
    file.seek(24)
    return 16 if file.read(1) == b"\x10" else 8


def _png_colour_type(file):
    file.seek(25)
    return file.read(1)[0]


def _decode_deep(file, header):
    """16-bit images of more than one channel, which Pillow would cut down to 8 bits."""
    file.seek(0)
    if header.format == "TIFF":
        import tifffile

        with tifffile.TiffFile(file) as tiff:
            pixels = tiff.pages[0].asarray(maxworkers=1)
        pixels = pixels if pixels.shape[:2] == (header.height, header.width) else np.moveaxis(pixels, 0, -1)
        return np.ascontiguousarray(pixels[:, :, : header.channels], np.uint16)
    import tensorflow as tf

    channels = 4 if header.channels == 2 else header.channels  # TensorFlow knows no grey with alpha
    with tf.device("/cpu:0"):
        pixels = tf.io.decode_png(file.read(), channels, tf.uint16).numpy()
    return pixels[:, :, [0, 3]] if header.channels == 2 else pixels


@contextlib.contextmanager
def _reasons():
    """Turns whatever decoding raises into `Unreadable`."""
    try:
        yield
    except Unreadable:
        raise
    except MemoryError as error:
        raise Unreadable("decoding it takes more memory than there is") from error
    except UnidentifiedImageError as error:
        raise Unreadable("not an image, or of a format that is not supported") from error
    except Image.DecompressionBombError as error:
        raise Unreadable(f"more pixels than the limit of {MAX_PIXELS:,}") from error
    except Exception as error:  # a decoder may raise anything on a file that somebody made up
        if isinstance(error, OSError) and error.strerror:
            raise Unreadable(f"cannot be read ({error.strerror})") from error
        said = " ".join(str(error).split())
        if "truncated" in said.lower():
            raise Unreadable("truncated: the end of the file is missing") from error
        raise Unreadable(f"damaged ({said[:120] or type(error).__name__})") from error
