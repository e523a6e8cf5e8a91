"""Kernel distance: the squared maximum mean discrepancy (MMD²) of features under a polynomial kernel.

    k(x, y) = (γ x·y + c)³,  γ = 1/D, c = 1                      Bińkowski et al. 2018 (arXiv 1801.01401), Sec. 4
    MMD² = Σ_{i≠j} k(x_i, x_j) / m(m-1) + Σ_{i≠j} k(y_i, y_j) / m(m-1) - 2 Σ_{ij} k(x_i, y_j) / m²

Held against toshas/torch-fidelity 0.4.0, whose subsets are drawn here too, draw for draw. It makes all three kernel
matrices anew for each subset. With few samples the subsets overlap so much that one kernel matrix over all samples is
less work: a subset with indicator vector s has Σ k = sᵀ K s, for all subsets at once one small matrix product.
"""

import numbers

import numpy as np

from keras_gans.metrics.checks import check_count, check_features, check_same_width, check_seed, row_blocks
from keras_gans.metrics.inception import MeanStd
from keras_gans.metrics.parallel import parallel

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
        ValueError: If the arrays are not such, have unlike dimensions, hold fewer than `subset_size` samples or
            numbers whose kernel overflows, or if an argument is not as said.

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
    gamma = 1.0 / real.shape[1] if gamma is None else gamma
    are_numbers = all(isinstance(value, numbers.Real) for value in (gamma, coef0))
    if not (are_numbers and np.isfinite([gamma, coef0]).all() and gamma > 0):
        raise ValueError(f"gamma must be above 0, coef0 finite. Received: gamma={gamma!r}, coef0={coef0!r}")
    random = np.random.RandomState(check_seed(seed))
    draws = [[random.choice(len(x), size, replace=False) for x in (real, fake)] for _ in range(num_subsets)]
    all_pairs = len(real) ** 2 / 2 + len(fake) ** 2 / 2 + len(real) * len(fake)
    by_subset = 2 * size**2 * num_subsets
    sums = _sums_over_all if all_pairs < by_subset else _sums_by_subset
    # (γ p + c)^n = γ^n (p + c/γ)^n
    real_sum, fake_sum, cross_sum = gamma**degree * np.array(sums(real, fake, draws, coef0 / gamma, degree))
    values = (real_sum + fake_sum) / (size * (size - 1)) - 2.0 * cross_sum / size**2
    result = MeanStd(float(values.mean()), float(values.std()))
    if not np.isfinite(result).all():
        raise ValueError(
            f"The features are too large for a kernel of degree {degree}. Received: a distance of {result}"
        )
    return result


def _power(x, degree):
    """x^degree by multiplications."""
    values = x
    for _ in range(degree - 1):
        values = values * x
    return values


def _sums_over_all(real, fake, draws, offset, degree):
    """Σ (x·y + offset)^degree over the pairs of every subset, from all pairs of samples: three arrays [subsets]."""
    members = []
    for side, features in enumerate((real, fake)):
        member = np.zeros((len(draws), len(features)))  # [S N], 1 where the sample is in the subset
        np.put_along_axis(member, np.stack([draw[side] for draw in draws]), 1.0, axis=1)
        members.append(member)

    def sums(x, y, in_x, in_y):
        total = np.zeros(len(draws))
        for row in row_blocks(len(x), 1, ROWS):
            start = row.start if x is y else 0  # symmetric: the pairs above the diagonal, twice
            products = x[row].astype(np.float64) @ y[start:].astype(np.float64).T  # [n m]
            products += offset
            values = _power(products, degree)
            if x is y:
                square = values[:, : len(values)]
                np.fill_diagonal(square, 0.0)
                square *= 0.5
                values *= 2.0
            total += np.einsum("sm,sm->s", in_x[:, row] @ values, in_y[:, start:])
        return total

    in_real, in_fake = members
    return sums(real, real, in_real, in_real), sums(fake, fake, in_fake, in_fake), sums(real, fake, in_real, in_fake)


def _sums_by_subset(real, fake, draws, offset, degree):
    """The same, subset by subset.

    Inner products of float32 features are made in float32, about the common mean: x·y = z·w + x·c + y·c - c·c for
    x = z + c, y = w + c. What float32 rounds is then small and random; the large shared part is exact to float64.
    """
    # Any centre is exact; the mean of some samples is near enough to the mean of all.
    centre = np.concatenate([real[:ROWS], fake[:ROWS]]).mean(axis=0)
    exact = centre.astype(np.float64)
    along = [_project(features, exact) - 0.5 * (exact @ exact) + 0.5 * offset for features in (real, fake)]

    def block(x, x_offset, y, y_offset):
        """Σ over a block of pairs, and over its diagonal; the powers are made in pieces that stay in the cache."""
        products = x @ y.T
        total = 0.0
        for part in row_blocks(len(x), 1, 64):
            exact_products = products[part].astype(np.float64)
            exact_products += x_offset[part, None]
            exact_products += y_offset
            total += np.vdot(_power(exact_products, degree - 1), exact_products) if degree > 1 else exact_products.sum()
        diagonal = np.diagonal(products).astype(np.float64) + x_offset + y_offset
        return total, _power(diagonal, degree).sum()

    def subset(draw):
        x, y = ((features[rows], offsets[rows]) for features, offsets, rows in zip((real, fake), along, draw))
        for features in (x[0], y[0]):
            features -= centre
        (real_sum, real_diagonal), (fake_sum, fake_diagonal) = block(*x, *x), block(*y, *y)
        return real_sum - real_diagonal, fake_sum - fake_diagonal, block(*x, *y)[0]

    return np.array(parallel(subset, draws)).T


def _project(features, direction):
    """features @ direction in float64 and in blocks."""
    return np.concatenate([features[b].astype(np.float64) @ direction for b in row_blocks(len(features), 1, 64)])
