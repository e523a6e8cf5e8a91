"""Fidelity and diversity apart: precision and recall, density and coverage.

All four compare balls: around each sample of one set, reaching to its k-th nearest neighbour in that set, against the
samples of the other set. Held against kynkaat/improved-precision-and-recall-metric and toshas/torch-fidelity 0.4.0
(k = 3, a sample on the edge of a ball is inside) and clovaai/generative-evaluation-prdc 0.2 (k = 5, it is outside).
"""

from typing import NamedTuple

import numpy as np

from keras_gans.metrics.checks import check_features, check_same_width
from keras_gans.metrics.neighbors import distance_tiles, squared_radii


class PrecisionRecall(NamedTuple):
    """Shares in [0, 1]: of fakes that look real, and of reals that the fakes cover."""

    precision: float
    recall: float


class DensityCoverage(NamedTuple):
    """Density (0 or more, 1 for equal distributions) and coverage (a share in [0, 1])."""

    density: float
    coverage: float


def precision_recall(real_features, fake_features, k=3):
    """Improved precision and recall: both higher is better, in [0, 1].

    precision = mean_j 1[∃ i: |real_i - fake_j| <= r_k(real_i)]; recall is the same with the sets exchanged, where
    r_k(x) is the distance of x to its k-th nearest other sample. Comparable with published numbers only for the same
    extractor (the paper's is VGG-16's second fully connected layer), 50,000 samples each, and k = 3.

    Args:
        real_features: array [N D], finite, N > k.
        fake_features: array [M D], finite, M > k.
        k: int, the neighbour that sets the radius.

    Returns:
        PrecisionRecall(precision, recall) of floats.

    Raises:
        ValueError: If the arrays are not such or have unlike dimensions.

    Example:

    >>> real = [[0.0], [1.0], [2.0], [10.0]]
    >>> fake = [[0.5], [1.5], [2.5], [3.5]]
    >>> precision_recall(real, fake, k=1)
    PrecisionRecall(precision=1.0, recall=0.75)

    Reference:
        Kynkäänniemi et al., "Improved Precision and Recall Metric for Assessing Generative Models", 2019.
    """
    real, fake = _check(real_features, fake_features)
    real_radii = squared_radii(real, k, "real_features")[:, None]  # [N 1]
    fake_radii = squared_radii(fake, k, "fake_features")[None, :]  # [1 M]
    fake_inside = np.zeros(len(fake), bool)
    real_inside = np.zeros(len(real), bool)
    for row, column, squared in distance_tiles(real, fake):
        fake_inside[column] |= (squared <= real_radii[row]).any(axis=0)
        real_inside[row] |= (squared <= fake_radii[:, column]).any(axis=1)
    return PrecisionRecall(float(fake_inside.mean()), float(real_inside.mean()))


def density_coverage(real_features, fake_features, k=5):
    """Density and coverage: both higher is better; 1 is the mark of equal distributions.

    density = 1/(kM) Σ_j Σ_i 1[|real_i - fake_j| < r_k(real_i)]; coverage = mean_i 1[min_j |real_i - fake_j| <
    r_k(real_i)]. Unlike precision and recall, one outlier among the reals changes little.

    Args:
        real_features: array [N D], finite, N > k.
        fake_features: array [M D], finite.
        k: int, the neighbour that sets the radius.

    Returns:
        DensityCoverage(density, coverage) of floats.

    Raises:
        ValueError: If the arrays are not such or have unlike dimensions.

    Example:

    >>> real = [[0.0], [1.0], [2.0], [10.0]]
    >>> density_coverage(real, [[0.5], [0.5]], k=1)
    DensityCoverage(density=2.0, coverage=0.5)

    Reference:
        Naeem et al., "Reliable Fidelity and Diversity Metrics for Generative Models", 2020.
    """
    real, fake = _check(real_features, fake_features)
    radii = squared_radii(real, k, "real_features")[:, None]  # [N 1]
    inside = 0
    covered = np.zeros(len(real), bool)
    for row, _, squared in distance_tiles(real, fake):
        within = squared < radii[row]
        inside += int(np.count_nonzero(within))
        covered[row] |= within.any(axis=1)
    return DensityCoverage(inside / (k * len(fake)), float(covered.mean()))


def _check(real_features, fake_features):
    real = check_features(real_features, "real_features")
    fake = check_features(fake_features, "fake_features")
    check_same_width(real, fake)
    return real, fake
