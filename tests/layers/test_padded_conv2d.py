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


@pytest.mark.parametrize("size, pad, shape", [(4, 1, [2, 5, 4, 3]), ((1, 3), 0, [1, 2, 5, 2])])
def test_a_single_map_is_a_sum_of_products(rng, monkeypatch, size, pad, shape):
    layer, x = PaddedConv2D(1, size, pad=pad, dtype="float64"), rng.normal(size=shape)
    check_second_order(layer, x)
    found = layer(x)
    monkeypatch.setattr(tf.nn, "conv2d", None)
    np.testing.assert_array_equal(layer(x), found)  # no convolution there
    monkeypatch.undo()
    padded = np.pad(x, [(0, 0), (pad, pad), (pad, pad), (0, 0)])
    expected = tf.nn.conv2d(padded, layer.kernel.value, 1, "VALID")
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


def test_convolves_where_a_sum_would_round_or_a_size_is_not_known(rng):
    def operations(dtype, size):
        layer = PaddedConv2D(1, 4, pad=1, dtype=dtype)
        layer.build([None, size, size, 3])
        graph = tf.function(layer.call).get_concrete_function(tf.TensorSpec([None, size, size, 3], dtype)).graph
        return {node.type for node in graph.get_operations()}

    assert "Conv2D" not in operations("float32", 8)
    assert "Conv2D" in operations("bfloat16", 8) and "Conv2D" in operations("float32", None)


def test_bad_arguments():
    with pytest.raises(ValueError, match="pad must be an integer from 0. Received: pad=-1"):
        PaddedConv2D(1, 4, pad=-1)
