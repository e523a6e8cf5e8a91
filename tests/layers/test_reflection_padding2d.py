import numpy as np
import pytest

from keras_gans.layers import ReflectionPadding2D
from tests.layers.harness import check_layer


def test_basics():
    check_layer(ReflectionPadding2D, {"padding": 2}, (2, 3, 4, 2))


def test_numbers(rng):
    x = rng.normal(size=[1, 5, 4, 2]).astype("float32")
    expected = np.pad(x, [[0, 0], [3, 3], [3, 3], [0, 0]], "reflect")
    np.testing.assert_array_equal(ReflectionPadding2D(3)(x), expected)


def test_bad_arguments():
    with pytest.raises(ValueError, match="padding must be an integer from 0. Received: padding=-1"):
        ReflectionPadding2D(-1)
