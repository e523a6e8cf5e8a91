import numpy as np
import pytest
import tensorflow as tf

from keras_gans.layers.pixel_norm import PixelNorm, pixel_norm
from tests.layers.harness import check_layer, check_second_order


@pytest.mark.parametrize("shape", [(2, 3, 4, 5), (2, 6)])
def test_basics(shape):
    check_layer(PixelNorm, {"epsilon": 1e-6}, shape)


def test_numbers():
    y = PixelNorm()(tf.constant([[3.0, 4.0], [0.0, 0.0]])).numpy()
    assert y == pytest.approx(np.array([[3.0, 4.0], [0.0, 0.0]]) / np.sqrt(12.5))


def test_derivatives_against_differences():
    x = np.random.default_rng(1).normal(size=(3, 2, 4))
    check_second_order(lambda x: pixel_norm(x, 1e-2), x)


def test_statistics_are_float32():
    x = tf.fill((1, 4), tf.constant(300.0, tf.float16))  # 300² is not a float16
    assert PixelNorm(dtype="mixed_float16")(x).numpy() == pytest.approx(1.0)


def test_bad_epsilon():
    with pytest.raises(ValueError, match="Received: epsilon=0"):
        PixelNorm(epsilon=0)
