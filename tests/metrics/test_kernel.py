"""Kernel distance: both ways of summing are the definition, draw for draw."""

import warnings

import numpy as np
import pytest

from keras_gans.metrics import kernel
from keras_gans.metrics.kernel import kernel_distance
from tests.reference import metrics as reference


def features(n, d, seed, dtype="float64"):
    return (np.maximum(np.random.default_rng(seed).normal(size=(n, d)), 0) + 0.1 * seed).astype(dtype)


@pytest.mark.parametrize(("n", "m", "subsets", "size"), [(300, 280, 20, 200), (900, 700, 3, 40), (50, 50, 5, 50)])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_it_is_the_definition_with_the_same_draws(n, m, subsets, size, dtype):
    x, y = features(n, 32, 1, dtype), features(m, 32, 2, dtype)
    expected = reference.kernel_distance(x.astype("float64"), y.astype("float64"), subsets, size, seed=2020)
    found = kernel_distance(x, y, num_subsets=subsets, subset_size=size)
    np.testing.assert_allclose(found, expected, rtol=1e-11 if dtype == "float64" else 1e-6, atol=1e-13)


def test_both_ways_agree_over_many_blocks(monkeypatch):
    x, y = features(700, 16, 1), features(600, 16, 2)
    random = np.random.default_rng(0)
    draws = [[random.permutation(700)[:520], random.permutation(600)[:520]] for _ in range(3)]

    monkeypatch.setattr(kernel, "ROWS", 123)
    np.testing.assert_allclose(
        kernel._sums_over_all(x, y, draws, 16.0, 3), kernel._sums_by_subset(x, y, draws, 16.0, 3), rtol=1e-12
    )


def test_degree_gamma_and_offset():
    x, y = features(60, 8, 1), features(60, 8, 2)
    linear = kernel_distance(x, y, num_subsets=1, subset_size=60, degree=1, gamma=1.0, coef0=0.0).mean
    m = 60
    expected = ((x.sum(0) ** 2).sum() - (x**2).sum() + (y.sum(0) ** 2).sum() - (y**2).sum()) / (m * (m - 1))
    assert linear == pytest.approx(expected - 2 * x.mean(0) @ y.mean(0), rel=1e-10)


def test_equal_distributions_score_about_zero_and_others_do_not():
    random = np.random.default_rng(0)
    x, y = random.normal(size=(2, 2000, 8))
    same = kernel_distance(x, y, num_subsets=20, subset_size=200)
    other = kernel_distance(x, y + 0.5, num_subsets=20, subset_size=200)
    assert abs(same.mean) < 0.05 < other.mean


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (dict(subset_size=1000), "subset_size=1000"),
        (dict(subset_size=1), "subset_size"),
        (dict(num_subsets=0), "num_subsets"),
        (dict(subset_size=10, gamma=0.0), "gamma"),
        (dict(subset_size=10, coef0=np.inf), "coef0"),
        (dict(subset_size=10, degree=1.5), "degree"),
        (dict(fake_features=np.zeros((20, 3)), subset_size=10), "same dimensions"),
        (dict(fake_features=np.full((20, 4), np.nan), subset_size=10), "finite"),
    ],
)
def test_bad_input_is_a_clear_error(arguments, message):
    with pytest.raises(ValueError, match=message):
        kernel_distance(**{"real_features": np.ones((20, 4)), "fake_features": np.ones((20, 4)), **arguments})


def test_a_distance_that_overflows_is_an_error():
    signs = np.sign(np.random.default_rng(0).normal(size=(40, 8)))
    for features, settings in ((signs * 1e44, dict(degree=6)), ((signs * 1e25).astype("float32"), {})):
        with np.errstate(all="ignore"), warnings.catch_warnings(), pytest.raises(ValueError, match="too large"):
            warnings.simplefilter("ignore")  # of numpy, in threads
            kernel_distance(features, -features, num_subsets=1, subset_size=20, **settings)


@pytest.mark.parametrize("arguments", [dict(seed=None), dict(coef0=None), dict(coef0="1"), dict(gamma="1")])
def test_settings_are_numbers(arguments):
    features = np.random.default_rng(0).normal(size=(10, 3))
    with pytest.raises(ValueError, match=f"Received: .*{list(arguments)[0]}="):
        kernel_distance(features, features, num_subsets=1, subset_size=5, **arguments)
