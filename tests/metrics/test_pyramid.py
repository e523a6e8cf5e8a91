"""Laplacian pyramid: the definition to 1e-4 on 0..255, and what it is made of can be put together again."""

import numpy as np
import pytest

from keras_gans.metrics import pyramid
from keras_gans.metrics.pyramid import laplacian_pyramid
from tests.reference import metrics as reference

RANDOM = np.random.default_rng(0)


@pytest.mark.parametrize(("shape", "levels"), [((2, 64, 64, 3), 3), ((1, 16, 48, 1), 4), ((2, 8, 4, 3), 3)])
def test_it_is_the_definition(shape, levels):
    images = RANDOM.integers(0, 256, shape).astype("uint8")
    for found, expected in zip(laplacian_pyramid(images, levels), reference.laplacian_pyramid(images, levels)):
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, expected, atol=1e-4, rtol=0)


def test_levels_add_up_to_the_image():
    images = RANDOM.integers(0, 256, (2, 32, 32, 3)).astype("uint8")
    levels = laplacian_pyramid(images, 3)
    x = levels[-1]
    for level in levels[-2::-1]:
        x = pyramid.up(x) + level
    np.testing.assert_allclose(x, images, atol=1e-4)


def test_one_level_is_the_image():
    images = RANDOM.integers(0, 256, (1, 5, 5, 3)).astype("uint8")
    np.testing.assert_array_equal(laplacian_pyramid(images, 1)[0], images)


@pytest.mark.parametrize(
    ("images", "levels", "message"),
    [
        (np.zeros((1, 20, 20, 3), "uint8"), 4, "divisible by 8"),
        (np.zeros((20, 20, 3), "uint8"), 1, "shape"),
        (np.zeros((1, 8, 8, 3), "uint8"), 0, "num_levels"),
        (np.zeros((1, 8, 8, 5), "uint8"), 1, "channels"),
        (np.full((1, 8, 8, 3), -1.0), 1, "0..255"),
        (np.full((1, 8, 8, 3), 256.0), 1, "0..255"),
        (np.full((1, 8, 8, 3), np.nan), 1, "0..255"),
        (np.full((1, 8, 8, 3), 0.3), 1, "multiply"),
        (np.zeros((1, 8, 8, 3), "int64"), 1, "uint8"),
        (np.zeros((0, 8, 8, 3), "uint8"), 1, "at least"),
    ],
)
def test_bad_input_is_a_clear_error(images, levels, message):
    with pytest.raises(ValueError, match=message):
        laplacian_pyramid(images, levels)


def test_more_levels_than_numbers_have_digits():
    with pytest.raises(ValueError, match="20000 levels need a height"):
        laplacian_pyramid(np.zeros((1, 16, 16, 3), "uint8"), 20_000)
