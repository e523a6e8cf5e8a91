"""Kernel distance: the squared maximum mean discrepancy (MMD²) of features under a polynomial kernel.

    k(x, y) = (γ x·y + c)³,  γ = 1/D, c = 1                      Bińkowski et al. 2018 (arXiv 1801.01401), Sec. 4
    MMD² = Σ_{i≠j} k(x_i, x_j) / m(m-1) + Σ_{i≠j} k(y_i, y_j) / m(m-1) - 2 Σ_{ij} k(x_i, y_j) / m²

Held against toshas/torch-fidelity 0.4.0, whose subsets are drawn here too, draw for draw. It makes all three kernel
matrices anew for each subset. With few samples the subsets overlap so much that one kernel matrix over all samples is
less work: a subset with indicator vector s has Σ k = sᵀ K s, for all subsets at once one small matrix product.
"""

import numpy as np

from keras_gans.metrics.checks import check_count, check_features, check_same_width, row_blocks
from keras_gans.metrics.inception import MeanStd

ROWS = 250  # of a kernel matrix at a time: few enough for the processor's cache, enough for a fast product


def kernel_distance(
    real_features, fake_features, num_subsets=100, subset_size=1000, seed=2020, degree=3, gamma=None, coef0=1.0
):
    """Kernel distance: lower is better; unbiased, so about 0 (also below) for equal distributions.

    It is "KID" when the features are the 2048 of `InceptionV3FID`, and comparable with published numbers only if the
    kernel is the same; unlike FID it does not depend on the number of samples, only its spread does.

    Args:
        real_features: array [N D], finite, N >= subset_size.
        fake_features: array [M D], finite, M >= subset_size.
        num_subsets: int, subsets drawn without replacement from each set.
        subset_size: int, samples in each, at least 2.
        seed: int, of the draws (np.random.RandomState: the real set's first, then the fake set's, for each subset).
        degree: int, of the polynomial kernel.
        gamma: float, factor of the inner product; None for 1/D.
        coef0: float, added to it.

    Returns:
        MeanStd(mean, std) over the subsets; std divides by their number.

    Raises:
        ValueError: If the arrays are not such, have unlike dimensions, or hold fewer than `subset_size` samples.

    Example:

    >>> features = np.random.default_rng(0).normal(size=(60, 8))
    >>> mean, std = kernel_distance(features, features + 1.0, num_subsets=10, subset_size=50)
    >>> 1.0 < mean < 12.0
    True

    Reference:
        Bińkowski et al., "Demystifying MMD GANs", 2018.
    """
    num_subsets = check_count(num_subsets, "num_subsets")
    size = check_count(subset_size, "subset_size", minimum=2)
    check_count(degree, "degree")
    real = check_features(real_features, "real_features")
    fake = check_features(fake_features, "fake_features")
    check_same_width(real, fake)
    if min(len(real), len(fake)) < size:
        raise ValueError(
            f"Both sets must hold at least subset_size={size} samples. Received: {len(real)} real, {len(fake)} fake"
        )
    gamma = 1.0 / real.shape[1] if gamma is None else float(gamma)
    random = np.random.RandomState(seed)
    draws = [[random.choice(len(x), size, replace=False) for x in (real, fake)] for _ in range(num_subsets)]
    all_pairs = len(real) ** 2 / 2 + len(fake) ** 2 / 2 + len(real) * len(fake)
    by_subset = 2 * size**2 * num_subsets
    sums = _sums_over_all if all_pairs < by_subset else _sums_by_subset
    real_sum, fake_sum, cross_sum = sums(real, fake, draws, lambda x: _kernel(x, gamma, coef0, degree))
    values = (real_sum + fake_sum) / (size * (size - 1)) - 2.0 * cross_sum / size**2
    return MeanStd(float(values.mean()), float(values.std()))


def _kernel(products, gamma, coef0, degree):
    """(γ x·y + c)^degree of inner products, which it overwrites."""
    products *= gamma
    products += coef0
    values = products.copy()
    for _ in range(degree - 1):
        values *= products
    return values


def _sums_over_all(real, fake, draws, kernel):
    """Σ k over the pairs of every subset, from the kernel of all samples: three arrays [subsets]."""
    members = []
    for side, features in enumerate((real, fake)):
        member = np.zeros((len(draws), len(features)))  # [S N], 1 where the sample is in the subset
        np.put_along_axis(member, np.stack([draw[side] for draw in draws]), 1.0, axis=1)
        members.append(member)

    def sums(x, y, in_x, in_y):
        total = np.zeros(len(draws))
        for row in row_blocks(len(x), 1, ROWS):
            start = row.start if x is y else 0  # symmetric: the pairs above the diagonal, twice
            values = kernel(x[row].astype(np.float64) @ y[start:].astype(np.float64).T)  # [n m]
            if x is y:
                values *= 2.0
                square = values[:, : len(values)]
                square *= 0.5
                np.fill_diagonal(square, 0.0)
            total += np.einsum("sm,sm->s", in_x[:, row] @ values, in_y[:, start:])
        return total

    return (
        sums(real, real, members[0], members[0]),
        sums(fake, fake, members[1], members[1]),
        sums(real, fake, *members),
    )


def _sums_by_subset(real, fake, draws, kernel):
    """The same, subset by subset.

    Inner products of float32 features are made in float32, about the common mean: x·y = z·w + x·c + y·c - c·c for
    x = z + c, y = w + c. What float32 rounds is then small and random; the large shared part is exact to float64.
    """
    centre = (0.5 * (real.mean(axis=0, dtype=np.float64) + fake.mean(axis=0, dtype=np.float64))).astype(real.dtype)
    exact = centre.astype(np.float64)

    def prepare(features):
        z = features - centre  # [m D]
        return z, z @ exact + 0.5 * exact @ exact  # [m]

    def sums(x, x_offset, y, y_offset):
        total = 0.0
        for row in row_blocks(len(x), 1, ROWS):
            start = row.start if x is y else 0
            products = (x[row] @ y[start:].T).astype(np.float64, copy=False)
            products += x_offset[row, None]
            products += y_offset[start:]
            values = kernel(products)
            if x is y:
                square = values[:, : len(values)]
                total += 2.0 * values.sum() - square.sum() - np.trace(square)
            else:
                total += values.sum()
        return total

    results = []
    for real_draw, fake_draw in draws:
        x, y = prepare(real[real_draw]), prepare(fake[fake_draw])
        results.append((sums(*x, *x), sums(*y, *y), sums(*x, *y)))
    return np.array(results).T
