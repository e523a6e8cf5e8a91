"""Pixels: the one place where integers become floats in [-1, 1] and floats become integers again.

Integers are what files hold and what people look at; networks see float32 in [-1, 1], with -1 for no light and 1 for
the largest integer of the depth (255 or 65535).
"""

import numpy as np
import tensorflow as tf

# The largest integer of each depth; half of it is the step between the two ranges.
DEPTHS = {"uint8": 255, "uint16": 65535}
IMAGE_DTYPES = (*DEPTHS, "float32")


def to_float(images):
    """Returns images as float32 in [-1, 1].

    x * 2 / max - 1 for integers; floats are taken to be in [-1, 1] already and are only cast.

    Args:
        images: array or tensor of any shape; uint8, uint16 or floating.

    Returns:
        A float32 tensor of the same shape.

    Raises:
        ValueError: If the dtype is none of these.

    Example:

    >>> import numpy as np
    >>> to_float(np.array([0, 255], "uint8")).numpy().tolist()
    [-1.0, 1.0]
    """
    images = tf.convert_to_tensor(images)
    if images.dtype.is_floating:
        return tf.cast(images, tf.float32)
    if images.dtype.name not in DEPTHS:
        raise ValueError(f"Images must be uint8, uint16 or float in [-1, 1]. Received: dtype={images.dtype.name}")
    return tf.cast(images, tf.float32) * (2.0 / DEPTHS[images.dtype.name]) - 1.0


def to_pixels(images, dtype="uint8"):
    """Returns float images in [-1, 1] as integers, rounded and saturated; or as float32.

    clip(round((x + 1) * max / 2), 0, max)

    Args:
        images: float array or tensor of any shape, in [-1, 1]; values beyond are clipped.
        dtype: "uint8", "uint16", or "float32" (cast only, nothing is clipped).

    Returns:
        A tensor of the same shape and of `dtype`.

    Raises:
        ValueError: If `dtype` is none of these.

    Example:

    >>> to_pixels([-1.0, 0.0, 1.5]).numpy().tolist()
    [0, 128, 255]
    """
    check_image_dtype(dtype)
    images = tf.cast(images, tf.float32)
    if dtype == "float32":
        return images
    half = DEPTHS[dtype] / 2
    integers = tf.clip_by_value(tf.round(images * half + half), 0.0, 2 * half)
    return tf.cast(tf.cast(integers, tf.int32), dtype)


def check_image_dtype(dtype):
    """Raises ValueError unless `dtype` names one of the image dtypes: "uint8", "uint16", "float32".

    Args:
        dtype: the name to check.

    Raises:
        ValueError: If it is none of them.
    """
    if not isinstance(dtype, str) or dtype not in IMAGE_DTYPES:
        raise ValueError(f"dtype must be one of {', '.join(IMAGE_DTYPES)}. Received: dtype={dtype!r}")


def check_float_range(images, name="images"):
    """Raises ValueError unless float images are finite and in [-1, 1].

    Args:
        images: float numpy array.
        name: what the message calls them.

    Raises:
        ValueError: If a value is NaN, infinite, or beyond [-1, 1] by more than 1e-3.
    """
    images = np.asarray(images)
    if not np.isfinite(images).all():
        raise ValueError(f"{name} must be finite. Received: {int((~np.isfinite(images)).sum())} values that are not")
    low, high = float(images.min(initial=0.0)), float(images.max(initial=0.0))
    if low < -1.001 or high > 1.001:
        raise ValueError(f"Float {name} must be in [-1, 1] (or pass uint8 or uint16). Received: [{low:g}, {high:g}]")
