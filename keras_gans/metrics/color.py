"""Colour statistics of translated images, in CIE Lab."""

from typing import NamedTuple

import numpy as np

from keras_gans.data.color import rgb_to_lab
from keras_gans.metrics.checks import check_count, check_images, row_blocks


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
        Isola et al., "Image-to-Image Translation with Conditional Adversarial Networks", 2017, Sec. 4.2, Fig. 7.
    """
    sides = (real_images, "real_images"), (fake_images, "fake_images")
    return histogram_intersection(*(lab_histograms(images, num_bins, name) for images, name in sides))


def histogram_intersection(real, fake):
    """Σ_i min(p_i, q_i) of normalised histograms.

    Args:
        real: array [3, bins], as `lab_histograms` returns.
        fake: array [3, bins].

    Returns:
        LabIntersection(L, a, b) of floats.

    Example:

    >>> histogram_intersection(np.array([[0.5, 0.5]] * 3), np.array([[0.0, 1.0]] * 3))
    LabIntersection(L=0.5, a=0.5, b=0.5)
    """
    return LabIntersection(*np.minimum(real, fake).sum(axis=1).tolist())


def lab_histograms(images, num_bins=256, name="images"):
    """Normalised histograms of the 8-bit Lab values of all pixels of a set: the marginals that the paper plots.

    Args:
        images: array [N H W 3], sRGB, uint8 or floats on the 0..255 scale.
        num_bins: int, of each axis' 8-bit range (L · 255 / 100, a + 128, b + 128).
        name: str, what messages call the images.

    Returns:
        float64 array [3, num_bins]: L, a, b; each row sums to 1.

    Raises:
        ValueError: If the images are not such.

    Example:

    >>> lab_histograms(np.zeros((1, 4, 4, 3), "uint8"), num_bins=2).tolist()
    [[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]]
    """
    num_bins = check_count(num_bins, "num_bins")
    images = check_images(images, name, channels=(3,))
    counts = np.zeros((3, num_bins))
    scale, offset = np.array([255 / 100, 1, 1]), np.array([0, 128, 128])
    for block in row_blocks(len(images), 24 * images[0].size, 2**24):
        levels = np.clip(np.round(rgb_to_lab(images[block]) * scale + offset), 0, 255).reshape(-1, 3)
        for axis in range(3):
            bins = (levels[:, axis] * (num_bins / 256)).astype(np.intp)
            counts[axis] += np.bincount(bins, minlength=num_bins)[:num_bins]
    return counts / counts.sum(axis=1, keepdims=True)
