"""Laplacian pyramid of images: band-pass levels from fine to coarse, and the low-pass rest.

    L_0 = image,  L_{i+1} = down(L_i),  level_i = L_i - up(L_{i+1}),  last level = L_n      Burt and Adelson 1983

The kernel is [1 4 6 4 1] ⊗ [1 4 6 4 1] / 256 and the border is mirrored without repeating the edge (2 1 0 1 2), as
in tkarras/progressive_growing_of_gans `metrics/sliced_wasserstein.py`, against which this is held.
"""

import numpy as np

from keras_gans.metrics.checks import check_count, check_images


def laplacian_pyramid(images, num_levels):
    """Splits images into `num_levels` frequency bands.

    Args:
        images: array [N H W C], uint8 or floats on the 0..255 scale; H and W divisible by 2^(num_levels - 1).
        num_levels: int, at least 1.

    Returns:
        list of float32 arrays [N H/2^i W/2^i C], on the 0..255 scale: differences, then the low-pass rest.

    Raises:
        ValueError: If the images are not such, or cannot be halved that often.

    Example:

    >>> levels = laplacian_pyramid(np.full((1, 8, 8, 3), 100, "uint8"), num_levels=2)
    >>> [level.shape for level in levels], float(levels[0].max()), float(levels[1].max())
    ([(1, 8, 8, 3), (1, 4, 4, 3)], 0.0, 100.0)

    Reference:
        Burt and Adelson, "The Laplacian Pyramid as a Compact Image Code", 1983.
    """
    num_levels = check_count(num_levels, "num_levels")
    images = check_images(images, channels=range(1, 5))
    factor = 2 ** min(num_levels - 1, 64)  # no image is as large
    if images.shape[1] % factor or images.shape[2] % factor:
        raise ValueError(
            f"{num_levels} levels need a height and a width divisible by {factor}. Received: shape={images.shape}"
        )
    levels = [images.astype(np.float32)]
    for _ in range(num_levels - 1):
        low = down(levels[-1])
        levels[-1] = levels[-1] - up(low)
        levels.append(low)
    return levels


def down(x):
    """Blurs and keeps the even rows and columns: [N H W C] -> [N H/2 W/2 C]."""
    return _halve(_halve(x, axis=1), axis=2)


def up(x):
    """Puts zeros between, blurs with four times the kernel: [N H W C] -> [N 2H 2W C]."""
    return _double(_double(x, axis=2), axis=1)


def _halve(x, axis):
    """(x[2j-2] + 4 x[2j-1] + 6 x[2j] + 4 x[2j+1] + x[2j+2]) / 16, from the even and the odd values apart."""
    even, odd = np.empty((2, *_every_second(x, axis, 0).shape), np.float32)
    for start, values in enumerate((even, odd)):
        _copy(_every_second(x, axis, start), values, axis)
    out = _earlier(odd, axis, first=0)  # x[-1] is x[1]
    out += odd
    out *= 4.0
    out += _earlier(even, axis, first=1)  # x[-2] is x[2]
    out += _later(even, axis)  # x[n] is x[n-2]
    out += 6.0 * even
    out *= 1.0 / 16.0
    return out


def _double(x, axis):
    """Even outputs are (x[j-1] + 6 x[j] + x[j+1]) / 8, odd ones (4 x[j] + 4 x[j+1]) / 8: the zeros are not made."""
    later = _later(x, axis)  # behind the doubled row lies, mirrored, its last even value once more
    even = _earlier(x, axis, first=1)
    even += later
    even += 6.0 * x
    even *= 0.125
    later += x
    later *= 0.5
    out = np.empty([2 * n if i == axis else n for i, n in enumerate(x.shape)], np.float32)
    for start, values in enumerate((even, later)):
        _copy(values, _every_second(out, axis, start), axis)
    return out


def _every_second(x, axis, start):
    """A view of the rows (axis 1) or columns (axis 2) start, start + 2, ..."""
    return x[:, start::2] if axis == 1 else x[:, :, start::2]


def _copy(source, target, axis):
    """target[...] = source, of which one skips along `axis`. Over columns: channel by channel, or loops are 3 long."""
    for channel in range(source.shape[3]) if axis == 2 else [slice(None)]:
        target[..., channel] = source[..., channel]


def _earlier(x, axis, first):
    """x[j-1], where x[-1] is the value `first`."""
    first = min(first, x.shape[axis] - 1)
    return np.concatenate([x.take([first], axis), x[:, :-1] if axis == 1 else x[:, :, :-1]], axis)


def _later(x, axis):
    """x[j+1], where the one behind the last is the last."""
    return np.concatenate([x[:, 1:] if axis == 1 else x[:, :, 1:], x.take([-1], axis)], axis)
