"""Fréchet distance: known values, the slow definition, and the shapes of input that break other implementations."""

import numpy as np
import pytest

from keras_gans.metrics.frechet import frechet_distance, mean_covariance
from tests.reference import metrics as reference


def features(n, d, seed, shift=0.0, scale=1.0):
    random = np.random.default_rng(seed)
    return random.normal(size=(n, d)) @ (np.eye(d) + 0.3 * random.normal(size=(d, d))) * scale + shift


@pytest.mark.parametrize("n", [30, 500])  # fewer samples than dimensions, and more
def test_a_shift_costs_its_square(n):
    x = features(n, 64, 0)
    assert frechet_distance(x, x + 0.5) == pytest.approx(64 * 0.25, rel=1e-10)
    assert frechet_distance(x, x) == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("n", [30, 500])
def test_a_scaling_by_two_costs_the_trace(n):
    x = features(n, 64, 0)
    x -= x.mean(axis=0)
    trace = np.trace(np.cov(x, rowvar=False))  # Tr(S + 4S - 2·2S) = Tr S
    assert frechet_distance(x, 2 * x) == pytest.approx(trace, rel=1e-10)


@pytest.mark.parametrize(("n", "m"), [(500, 400), (40, 30), (40, 500), (500, 40), (64, 65), (2, 2)])
def test_it_is_the_definition(n, m):
    x, y = features(n, 64, 1), features(m, 64, 2, shift=0.1)
    expected = reference.frechet_distance(x, y)  # itself good to sqrt(eps) on singular covariances
    assert frechet_distance(x, y) == pytest.approx(expected, rel=1e-9 if min(n, m) > 64 else 1e-6)


@pytest.mark.parametrize("n", [40, 500])
def test_features_and_their_statistics_score_alike(n):
    x, y = features(n, 64, 1), features(300, 64, 2)
    expected = frechet_distance(x, y)
    assert frechet_distance(mean_covariance(x), y) == pytest.approx(expected, rel=1e-7)
    assert frechet_distance(mean_covariance(x), mean_covariance(y)) == pytest.approx(expected, rel=1e-7)


def test_few_samples_are_exact_where_eigenvalues_of_the_product_are_not():
    """Rank 2 in 400 dimensions: the singular values of 3x3 are all there is."""
    x, y = features(3, 400, 3), features(3, 400, 4)
    centred = [(a - a.mean(0)) / np.sqrt(2.0) for a in (x, y)]
    cross = np.linalg.svd(centred[0] @ centred[1].T, compute_uv=False).sum()
    exact = np.sum((x.mean(0) - y.mean(0)) ** 2) + sum((a**2).sum() for a in centred) - 2 * cross
    assert frechet_distance(x, y) == pytest.approx(exact, rel=1e-12)
    s1, s2 = (np.cov(a, rowvar=False) for a in (x, y))
    theirs = np.sum(np.sqrt(np.linalg.eigvals(s1 @ s2).astype(complex)).real)
    assert abs(theirs - cross) > 1e-9 * cross


def test_constant_dimensions_and_float32_are_fine():
    x = features(300, 16, 5).astype("float32")
    x[:, 3] = 7.0
    y = x[::-1] + np.float32(1.0)
    assert frechet_distance(x, y) == pytest.approx(16.0, rel=1e-5)


def test_mean_covariance_is_numpys():
    x = features(1000, 8, 6).astype("float32")
    mean, covariance = mean_covariance(x)
    np.testing.assert_allclose(mean, x.astype("float64").mean(0), rtol=1e-12)
    np.testing.assert_allclose(covariance, np.cov(x.astype("float64"), rowvar=False), rtol=1e-10, atol=1e-13)


GOOD = np.random.default_rng(0).normal(size=(20, 4))


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (GOOD[:, :3], "same dimensions"),
        (GOOD[:1], "at least 2"),
        (GOOD[0], "shape"),
        (np.where(np.arange(80).reshape(20, 4) == 41, np.nan, GOOD), "row 10"),
        (GOOD * np.inf, "finite"),
        ([["a", "b"]], "numbers"),
        ((np.zeros(4), np.zeros((4, 3))), "covariance"),
        ((np.zeros(4), np.triu(np.ones((4, 4)))), "symmetric"),
        ((np.zeros(4), -np.eye(4)), "negative"),
        ((np.zeros(4), np.full((4, 4), np.nan)), "finite"),
        ((np.zeros(4),), "2|items"),
    ],
)
def test_bad_input_is_a_clear_error(bad, message):
    with pytest.raises(ValueError, match=message):
        frechet_distance(GOOD, bad)
