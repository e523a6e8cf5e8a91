"""Images as users hand them to a translation, and sizes that a generator can take."""

import contextlib

import numpy as np

from keras_gans import pixels


def split_images(images, channels):
    """Returns (list of images [H, W, C], function that gives their translations the form of what was given).

    Args:
        images: array [N, H, W, C] or [H, W, C] (the last axis may be missing for one channel), or a list of images.
        channels: C.

    Raises:
        ValueError: If they are no such images.
    """
    if isinstance(images, (list, tuple)):
        return [_checked(np.asarray(image), channels, f"image {k}") for k, image in enumerate(images)], list
    images = np.asarray(images)
    if channels == 1 and images.ndim in (2, 3) and images.shape[-1] != 1:
        images = images[..., None]
    if images.ndim == 3:
        return [_checked(images, channels, "image 0")], lambda outputs: outputs[0]
    if images.ndim != 4:
        raise ValueError(
            f"images must be an array [N, H, W, {channels}] or [H, W, {channels}], or a list of images. "
            f"Received: shape {list(images.shape)}"
        )
    if not len(images):
        raise ValueError(f"There must be at least one image. Received: shape {list(images.shape)}")
    return [_checked(image, channels, f"image {k}") for k, image in enumerate(images)], np.stack


def _checked(image, channels, name):
    if channels == 1 and image.ndim == 2:
        image = image[..., None]
    if image.ndim != 3 or image.shape[-1] != channels or not image.size:
        raise ValueError(f"{name} must be of shape [H, W, {channels}]. Received: shape {list(image.shape)}")
    if image.dtype.name not in pixels.DEPTHS and not np.issubdtype(image.dtype, np.floating):
        raise ValueError(f"{name} must be uint8, uint16 or float in [-1, 1]. Received: dtype={image.dtype.name}")
    if np.issubdtype(image.dtype, np.floating):
        pixels.check_float_range(image, name)
    return image


@contextlib.contextmanager
def padded(image, multiple, pad, name="image"):
    """Yields (image whose sides are multiples, function that cuts the translation back).

    Args:
        image: array [H, W, C].
        multiple: integer.
        pad: whether to continue the image by reflection where a side is no multiple.
        name: what the message calls it.

    Raises:
        ValueError: If a side is no multiple and `pad` is False.

    Example:

    >>> with padded(np.zeros([5, 8, 3]), 4, pad=True) as (whole, cut):
    ...     whole.shape, cut(whole).shape
    ((8, 8, 3), (5, 8, 3))
    """
    height, width = image.shape[:2]
    missing = -height % multiple, -width % multiple
    if any(missing) and not pad:
        raise ValueError(
            f"The sides of {name} must be multiples of {multiple}; pad=True continues it to "
            f"{width + missing[1]} x {height + missing[0]} and cuts the result back. "
            f"Received: {width} x {height} pixels"
        )
    yield np.pad(image, [(0, missing[0]), (0, missing[1]), (0, 0)], "symmetric"), lambda y: y[:height, :width]
