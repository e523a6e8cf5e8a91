"""What metrics ask of their input."""

import warnings

import numpy as np
import pytest

from keras_gans.metrics.checks import check_count, check_features, check_images, check_seed, row_blocks


def test_features_keep_their_precision_and_integers_become_floats():
    assert check_features(np.ones((2, 3), "float32"), "x").dtype == np.float32
    assert check_features(np.ones((2, 3), "int64"), "x").dtype == np.float64
    with pytest.raises(ValueError, match="x must have the shape"):
        check_features(np.ones((2, 0)), "x")


def test_images_may_be_floats_on_the_same_scale_only():
    assert check_images(np.full((1, 2, 2, 3), 200.0)).dtype == np.float32
    assert check_images(np.zeros((1, 2, 2, 3), "float32")).dtype == np.float32  # black
    with pytest.raises(ValueError, match="must not be empty"):
        check_images(np.zeros((1, 0, 2, 3), "uint8"))


def test_counts_are_whole_numbers():
    assert check_count(np.int64(3), "k") == 3
    for bad in (True, 1.0, 0, "3", None):
        with pytest.raises(ValueError, match="k must be a whole number"):
            check_count(bad, "k")


def test_blocks_cover_every_row_once():
    blocks = row_blocks(10, 3, 10)
    assert [i for block in blocks for i in range(10)[block]] == list(range(10))
    assert row_blocks(0, 3) == [] and len(row_blocks(5, 10**12)) == 5


def test_complex_numbers_are_no_features():
    with pytest.raises(ValueError, match="x must be an array of numbers"):
        check_features(np.ones((2, 3)) + 1j, "x")


def test_features_whose_powers_would_overflow():
    features = np.ones((4, 3))
    features[2, 1] = -1e160
    with pytest.raises(ValueError, match="must be finite. Received: numbers beyond 1e\\+45 in row 2"):
        check_features(features, "features")


def test_features_of_float32_make_no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert check_features(np.full((1, 1), 3e38, "float32"), "features").dtype == np.float32
        with pytest.raises(ValueError, match="NaN or infinity in row 0"):
            check_features(np.full((1, 1), np.inf, "float32"), "features")


def test_seeds_are_whole_numbers_that_numpy_takes():
    assert check_seed(np.uint32(2**32 - 1)) == 2**32 - 1
    for bad in (None, 1.5, "a", True, -1, 2**32, [1, 2]):
        with pytest.raises(ValueError, match="seed must be a whole number.*Received: seed="):
            check_seed(bad)


def test_what_numpy_would_turn_into_numbers():
    with pytest.raises(ValueError, match="x must be an array of numbers"):
        check_features(np.zeros((2, 3), "M8[s]"), "x")
    with pytest.raises(ValueError, match="images must all have one shape"):
        check_images([[1], [1, 2]])
