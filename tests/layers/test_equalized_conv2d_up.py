import numpy as np
import pytest
import tensorflow as tf

from keras_gans.layers import EqualizedConv2D, EqualizedConv2DUp, upscale
from tests.layers.harness import assert_close, check_layer


@pytest.mark.parametrize("config", [{"activation": "leaky_relu"}, {"fused": False}, {"kernel_size": 1}])
def test_basics(config):
    check_layer(EqualizedConv2DUp, {"filters": 4, "seed": 1, **config}, (2, 3, 4, 3))


@pytest.mark.parametrize("kernel_size", [1, 3, 5])
def test_fused_equals_plain_with_gradients(kernel_size):
    x = tf.random.stateless_normal((2, 4, 4, 3), (0, 1))
    results = []
    for fused in (True, False):
        layer = EqualizedConv2DUp(5, kernel_size, fused=fused, seed=1)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x)
            loss = tf.reduce_sum(y**2)
        results.append([y, *tape.gradient(loss, [x, layer.kernel.value])])
    for fused, plain in zip(*results):
        assert_close(fused, plain, 1e-5)


def test_equals_upscaling_and_the_turned_kernel():
    x = tf.random.stateless_normal((2, 3, 5, 2), (0, 1))
    layer, plain = EqualizedConv2DUp(4, seed=1), EqualizedConv2D(4)
    y = layer(x)
    plain.build((None, 6, 10, 2))
    plain.kernel.assign(np.asarray(layer.kernel)[::-1, ::-1].transpose(0, 1, 3, 2))
    assert_close(y, plain(upscale(x)), 1e-5)


def test_fan_in_counts_input_channels():
    layer = EqualizedConv2DUp(7, gain=3.0)
    layer.build((None, 4, 4, 16))
    assert layer.kernel.shape == (3, 3, 7, 16)
    assert layer.scale == 0.25
