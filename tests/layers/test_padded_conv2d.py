import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gans.layers import PaddedConv2D
from tests.layers.harness import check_layer, check_second_order


@pytest.mark.parametrize("strides, size", [((1, 1), (4, 4)), ((2, 2), (4, 4)), ((2, 2), (3, 3))])
@pytest.mark.parametrize("height", [7, 8])
def test_basics(strides, size, height):
    config = {"filters": 3, "kernel_size": size, "strides": strides, "pad": 1}
    check_layer(PaddedConv2D, config, (2, height, 8, 2), rtol=1e-4)


def test_agrees_with_padding_and_then_convolving(rng):
    x = rng.normal(size=[2, 7, 6, 3]).astype("float32")
    layer = PaddedConv2D(5, 4, 2, pad=1)
    layer.build(x.shape)
    expected = tf.nn.conv2d(tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]]), layer.kernel.value, 2, "VALID")
    np.testing.assert_allclose(layer(x), expected, atol=1e-5)
    same = keras.layers.Conv2D(5, 4, 2, "same", use_bias=False)
    same.build([None, 8, 8, 3])
    same.set_weights([layer.kernel])
    even = rng.normal(size=[1, 8, 8, 3]).astype("float32")
    np.testing.assert_allclose(layer(even), same(even), atol=1e-5)


@pytest.mark.parametrize("stride, shape", [(2, [1, 5, 4, 2]), (2, [1, 4, 4, 2]), (1, [1, 4, 5, 2])])
def test_derivatives(rng, stride, shape):
    layer = PaddedConv2D(2, 4, stride, pad=1, dtype="float64")
    check_second_order(layer, rng.normal(size=shape))


def test_bad_arguments():
    with pytest.raises(ValueError, match="pad must be an integer from 0. Received: pad=-1"):
        PaddedConv2D(1, 4, pad=-1)
