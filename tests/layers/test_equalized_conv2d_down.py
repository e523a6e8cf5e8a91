import pytest
import tensorflow as tf

from keras_gans.layers import EqualizedConv2D, EqualizedConv2DDown, downscale
from tests.layers.harness import assert_close, check_layer


@pytest.mark.parametrize("config", [{"activation": "leaky_relu"}, {"fused": False}, {"kernel_size": 1}])
def test_basics(config):
    check_layer(EqualizedConv2DDown, {"filters": 4, "seed": 1, **config}, (2, 4, 6, 3))


@pytest.mark.parametrize("kernel_size", [1, 3, 5])
def test_fused_equals_plain_with_gradients(kernel_size):
    x = tf.random.stateless_normal((2, 4, 8, 3), (0, 1))
    results = []
    for fused in (True, False):
        layer = EqualizedConv2DDown(5, kernel_size, fused=fused, seed=1)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x)
            loss = tf.reduce_sum(y**2)
        results.append([y, *tape.gradient(loss, [x, layer.kernel.value])])
    for fused, plain in zip(*results):
        assert_close(fused, plain, 1e-5)


def test_equals_convolution_and_mean():
    x = tf.random.stateless_normal((2, 4, 4, 2), (0, 1))
    assert_close(EqualizedConv2DDown(4, seed=1)(x), downscale(EqualizedConv2D(4, seed=1)(x)), 1e-5)


def test_activation_comes_after_the_mean():
    x = tf.random.stateless_normal((2, 4, 4, 2), (0, 1))
    down = EqualizedConv2DDown(4, seed=1, activation="leaky_relu")(x)
    other = downscale(EqualizedConv2D(4, seed=1, activation="leaky_relu")(x))
    assert abs(down - other).numpy().max() > 1e-3


def test_odd_size():
    with pytest.raises(ValueError, match="even height and width"):
        EqualizedConv2DDown(4)(tf.ones((1, 5, 4, 1)))
