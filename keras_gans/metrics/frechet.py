"""Fréchet distance between two sets of features, each taken for a Gaussian.

    d² = |μ₁ - μ₂|² + Tr(Σ₁ + Σ₂ - 2 (Σ₁ Σ₂)^½)                  Heusel et al. 2017 (arXiv 1706.08500), Eq. 6

Held against bioinf-jku/TTUR `fid.py`, mseitzer/pytorch-fid and toshas/torch-fidelity 0.4.0 (docs/precision.md).
Σ is the covariance with N - 1 in the denominator, as in all of them. What differs is the way to Tr (Σ₁ Σ₂)^½, and
so the speed, and the last digits where they are lost by the others: with Σ = F Fᵀ,

    Tr (Σ₁ Σ₂)^½ = ‖F₁ᵀ F₂‖_*  (the sum of singular values)

for any factors F. Few samples: F is the centred features themselves. Many: F is the Cholesky factor, and the singular
values are the roots of the eigenvalues of the symmetric matrix Lᵀ Σ₂ L. A singular Σ: F comes from its eigenvectors.
"""

import numpy as np
from scipy import linalg

from keras_gans.metrics.checks import check_features, check_same_width, row_blocks


def frechet_distance(real_features, fake_features):
    """Fréchet distance of two sets of features: lower is better, 0 for equal means and covariances.

    It is "FID" when the features are the 2048 of `InceptionV3FID`, and comparable with published numbers only if
    the images were as many (usually 50,000), resized and stored the same way.

    Args:
        real_features: array [N D] with N >= 2, finite; or the tuple (mean [D], covariance [D D]).
        fake_features: array [M D] with M >= 2, finite; or such a tuple.

    Returns:
        float, in squared units of the features. Computed in float64. Rounding may leave it a little below zero for
        equal sets (about -1e-12 times the variances).

    Raises:
        ValueError: If the features are not [samples, dimensions], are not finite, are fewer than 2, have unlike
            dimensions, or if a covariance is not a symmetric matrix without negative eigenvalues.

    Example:

    >>> features = np.random.default_rng(0).normal(size=(100, 4))
    >>> round(frechet_distance(features, features + 2.0), 9)    # |shift|² = 4 · 2²
    16.0

    Reference:
        Heusel et al., "GANs Trained by a Two Time-Scale Update Rule", 2017; Dowson and Landau, 1982.
    """
    real = _Gaussian.of(real_features, "real_features")
    fake = _Gaussian.of(fake_features, "fake_features")
    check_same_width(real.mean, fake.mean)
    difference = real.mean - fake.mean
    return float(difference @ difference + real.trace + fake.trace - 2.0 * _trace_of_root(real, fake))


def mean_covariance(features, name="features"):
    """Mean and covariance of features, in float64 and in blocks.

    Args:
        features: array [N D], N >= 2, finite.
        name: str, what to call it in an error.

    Returns:
        (mean [D], covariance [D D]) in float64; the covariance divides by N - 1, as np.cov.

    Raises:
        ValueError: If the features are not such an array.

    Example:

    >>> mean_covariance([[0.0, 1.0], [2.0, 1.0]])
    (array([1., 1.]), array([[2., 0.], [0., 0.]]))
    """
    features = check_features(features, name, minimum=2)
    mean = features.mean(axis=0, dtype=np.float64)  # [D]
    covariance = np.zeros((len(mean), len(mean)))
    for block in row_blocks(len(features), 8 * len(mean)):
        centred = features[block] - mean  # [n D] float64
        # A copy on the left: numpy would call the slower symmetric product for one and the same matrix.
        covariance += centred.copy().T @ centred
    return mean, covariance / (len(features) - 1)


class _Gaussian:
    """Mean, and whichever of centred features and covariance is there."""

    def __init__(self, mean, centred=None, covariance=None):
        self.mean = mean
        self.centred = centred  # [N D], scaled by 1 / sqrt(N - 1); only where N <= D
        self.covariance = covariance
        self.trace = float(np.vdot(centred, centred) if centred is not None else np.trace(covariance))

    @classmethod
    def of(cls, value, name):
        if isinstance(value, tuple):
            mean, covariance = check_statistics(value, name)
            return cls(mean, covariance=covariance)
        features = check_features(value, name, minimum=2)
        if len(features) > features.shape[1]:
            mean, covariance = mean_covariance(features, name)
            return cls(mean, covariance=covariance)
        mean = features.mean(axis=0, dtype=np.float64)
        centred = features - mean
        centred /= np.sqrt(len(features) - 1.0)
        return cls(mean, centred=centred)

    def factor(self):
        """F [D R] with F Fᵀ = Σ, R the rank."""
        if self.centred is not None:
            return self.centred.T
        values, vectors = linalg.eigh(self.covariance, check_finite=False)  # ascending
        tolerance = len(values) * np.finfo(np.float64).eps * max(values[-1], 0.0)
        if values[0] < -1e3 * tolerance - 1e-6 * max(values[-1], 0.0):
            raise ValueError(
                "A covariance must have no negative eigenvalue. "
                f"Received: one of {values[0]:g} beside a largest of {values[-1]:g}"
            )
        kept = values > tolerance
        return vectors[:, kept] * np.sqrt(values[kept])


def check_statistics(value, name):
    """Returns (mean [D], covariance [D D]) in float64; ValueError unless `value` is such a tuple, finite and symmetric.

    >>> check_statistics(([0], [[1]]), "statistics")
    (array([0.]), array([[1.]]))
    """
    if len(value) != 2:
        raise ValueError(f"{name} as a tuple must be (mean, covariance). Received: {len(value)} items")
    try:
        if any(np.iscomplexobj(item) for item in value):
            raise TypeError("complex numbers")
        mean, covariance = (np.asarray(item, np.float64) for item in value)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} as a tuple must hold two arrays of real numbers, mean and covariance.") from error
    if mean.ndim != 1 or covariance.shape != (len(mean), len(mean)) or not len(mean):
        raise ValueError(
            f"{name} as a tuple must be a mean [D] and a covariance [D, D]. "
            f"Received: shapes {mean.shape} and {covariance.shape}"
        )
    if not (np.isfinite(mean).all() and np.isfinite(covariance).all()):
        raise ValueError(f"{name} must be finite. Received: NaN or infinity in the mean or the covariance")
    if np.abs(covariance - covariance.T).max() > 1e-6 * np.abs(covariance).max():
        raise ValueError(f"{name} must have a symmetric covariance. Received: one that is not")
    return mean, covariance


def _trace_of_root(real, fake):
    """Tr (Σ₁ Σ₂)^½."""
    if real.centred is None and fake.centred is None:
        eigenvalues = _product_eigenvalues(real.covariance, fake.covariance)
        if eigenvalues is not None:
            return np.sum(np.sqrt(eigenvalues))
    # numpy's, not scipy's: each brings a BLAS of its own, whose waiting threads would slow down the other's.
    return np.sum(np.linalg.svd(real.factor().T @ fake.factor(), compute_uv=False))


def _product_eigenvalues(first, second):
    """Eigenvalues of Lᵀ Σ₂ L, L Lᵀ = Σ₁; None where rounding would show in their roots."""
    lower, failed = linalg.lapack.dpotrf(first.T, lower=True, clean=True)
    if failed:
        return None
    product, _ = linalg.lapack.dsygst(second.T, lower, itype=2, lower=True)  # half of the work of two products
    eigenvalues = linalg.eigvalsh(product, lower=True, overwrite_a=True, check_finite=False, driver="evd")
    # The roots of eigenvalues near the noise, eps · largest, would be noise of size sqrt(eps · largest).
    floor = 1e3 * np.finfo(np.float64).eps * eigenvalues[-1]
    return eigenvalues if eigenvalues[0] > floor else None
