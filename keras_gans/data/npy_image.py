"""Images in .npy files, one each, as prepared copies of CelebA-HQ have them: channels first or last."""

import os

import numpy as np

from keras_gans.data.errors import Unreadable

MAGIC = b"\x93NUMPY"


def is_npy(file):
    """Whether a binary file object holds an array of numpy's."""
    file.seek(0)
    return file.read(len(MAGIC)) == MAGIC


def npy_shape(file):
    """Reads only the header.

    Args:
        file: binary file object, seekable.

    Returns:
        ((height, width, channels), bits of a channel).

    Raises:
        Unreadable: no uint8 or uint16 image [H, W], [H, W, C] or [C, H, W], perhaps with a first axis of length 1; or
            the file is cut off.
    """
    shape, dtype, _ = _header(file)
    pixels = file.tell()
    if file.seek(0, os.SEEK_END) - pixels < np.prod(shape) * dtype.itemsize:
        raise Unreadable("truncated: the end of the file is missing")
    (height, width, channels), _ = _image(shape)
    return (height, width, channels), dtype.itemsize * 8


def npy_pixels(file):
    """Reads the image.

    Args:
        file: see `npy_shape`.

    Returns:
        uint8 or uint16 array [height, width, channels].

    Raises:
        Unreadable: see `npy_shape`.
    """
    npy_shape(file)
    file.seek(0)
    array = np.lib.format.read_array(file, allow_pickle=False)
    shape, first = _image(array.shape)
    array = array.reshape(shape[2], *shape[:2]).transpose(1, 2, 0) if first else array.reshape(shape)  # [H W C]
    return np.ascontiguousarray(array, array.dtype.newbyteorder("="))


def _header(file):
    file.seek(0)
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, in_columns, dtype = read(file)
    if dtype.kind != "u" or dtype.itemsize > 2:
        raise Unreadable(f"an array of {dtype}; expected uint8 or uint16")
    return shape, dtype, in_columns


def _image(shape):
    """((height, width, channels), whether channels come first) of an array's shape."""
    axes = shape[1:] if len(shape) == 4 and shape[0] == 1 else shape
    if len(axes) == 2 and all(axes):
        return (*axes, 1), False
    if len(axes) == 3 and all(axes):
        if axes[2] in (1, 2, 3, 4):
            return tuple(axes), False
        if axes[0] in (1, 2, 3, 4):
            return (*axes[1:], axes[0]), True
    raise Unreadable(f"an array of shape {list(shape)}; expected one image [H, W], [H, W, C] or [C, H, W]")
