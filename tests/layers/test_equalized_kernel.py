import math

import numpy as np
import pytest
import tensorflow as tf

from keras_gans.layers import EqualizedConv2D
from keras_gans.layers.equalized_kernel import positive_integer


def test_stored_at_unit_variance_and_scaled_at_run_time():
    layer = EqualizedConv2D(64, seed=1)
    layer.build((None, 8, 8, 32))
    assert np.std(layer.kernel) == pytest.approx(1.0, abs=0.02)
    assert layer.scale == math.sqrt(2) / math.sqrt(9 * 32)
    assert np.std(layer.scaled_kernel()) == pytest.approx(layer.scale, rel=0.02)


def test_not_equalized_starts_as_the_same_function():
    plain, equalized = EqualizedConv2D(4, equalized=False, seed=3), EqualizedConv2D(4, seed=3)
    x = tf.random.stateless_normal((2, 4, 4, 5), (0, 1))
    np.testing.assert_allclose(plain(x), equalized(x), rtol=1e-4, atol=1e-5)
    assert plain.scale == 1.0


def test_bias_is_not_scaled():
    layer = EqualizedConv2D(2)
    layer.build((None, 4, 4, 1))
    layer.bias.assign([1.0, -1.0])
    assert layer(tf.zeros((1, 4, 4, 1)))[0, 0, 0].numpy().tolist() == [1.0, -1.0]


@pytest.mark.parametrize("value", [0, -1, 1.5, True, "a", None, float("nan")])
def test_positive_integer(value):
    with pytest.raises(ValueError, match=f"positive integer for size. Received: size={value!r}"):
        positive_integer("size", value)
    assert positive_integer("size", np.int64(3)) == 3
