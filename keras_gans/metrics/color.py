"""Colour statistics of translated images, in CIE Lab."""

from typing import NamedTuple

import numpy as np

from keras_gans.metrics.checks import check_count, check_images, row_blocks

# sRGB (IEC 61966-2-1) to XYZ, white point D65
RGB_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
WHITE = RGB_TO_XYZ.sum(axis=1)


class LabIntersection(NamedTuple):
    """Histogram intersections in [0, 1], one per Lab axis."""

    L: float
    a: float
    b: float


def lab_histogram_intersection(real_images, fake_images, num_bins=256):
    """Intersection of the colour histograms of two sets, per Lab axis: higher is better, 1 for equal histograms.

    Σ_i min(p_i, q_i) of the normalised histograms over all pixels of a set. The pix2pix paper does not say how many
    bins it used; its plots have the axes of 8-bit Lab (L · 255 / 100, a + 128, b + 128), of which one bin a value is
    the default here.

    Args:
        real_images: array [N H W 3], sRGB, uint8 or floats on the 0..255 scale.
        fake_images: array [M H W 3]; number and size may differ.
        num_bins: int, of each axis' 8-bit range.

    Returns:
        LabIntersection(L, a, b) of floats.

    Raises:
        ValueError: If the images are not such.

    Example:

    >>> red = np.zeros((1, 4, 4, 3), "uint8") + np.array([255, 0, 0], "uint8")
    >>> lab_histogram_intersection(red, red)
    LabIntersection(L=1.0, a=1.0, b=1.0)

    Reference:
        Isola et al., "Image-to-Image Translation with Conditional Adversarial Networks", 2017, Sec. 4.3, Fig. 7.
    """
    num_bins = check_count(num_bins, "num_bins")
    real, fake = (
        _histograms(check_images(images, name, channels=(3,)), num_bins)
        for images, name in ((real_images, "real_images"), (fake_images, "fake_images"))
    )
    return LabIntersection(*np.minimum(real, fake).sum(axis=1).tolist())


def rgb_to_lab(rgb):
    """sRGB on the 0..255 scale [... 3] to CIE Lab under D65 [... 3]: L in [0, 100], a and b about [-128, 127].

    Args:
        rgb: array [..., 3], 0..255.

    Returns:
        float64 array [..., 3]: L, a, b.

    Example:

    >>> np.abs(rgb_to_lab(np.array([255.0, 255.0, 255.0])).round(6)).tolist()
    [100.0, 0.0, 0.0]
    """
    x = np.asarray(rgb, np.float64) / 255.0
    linear = np.where(x > 0.04045, ((x + 0.055) / 1.055) ** 2.4, x / 12.92)
    xyz = linear @ RGB_TO_XYZ.T / WHITE
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], axis=-1)


def _histograms(images, num_bins):
    counts = np.zeros((3, num_bins))
    scale, offset = np.array([255 / 100, 1, 1]), np.array([0, 128, 128])
    for block in row_blocks(len(images), 24 * images[0].size, 2**24):
        levels = np.clip(np.round(rgb_to_lab(images[block]) * scale + offset), 0, 255).reshape(-1, 3)
        for axis in range(3):
            bins = (levels[:, axis] * (num_bins / 256)).astype(np.intp)
            counts[axis] += np.bincount(bins, minlength=num_bins)[:num_bins]
    return counts / counts.sum(axis=1, keepdims=True)
