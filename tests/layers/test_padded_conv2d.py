import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gans.layers import PaddedConv2D, padded_conv2d, processor
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


@pytest.mark.parametrize("size, pad, shape", [(4, 1, [2, 5, 4, 3]), ((2, 3), 0, [1, 4, 5, 2])])
def test_the_gradient_of_a_filter_may_be_one_product_of_patches(rng, monkeypatch, size, pad, shape):
    def gradients():
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(tf.tanh(layer(x)))
        return tape.gradient(loss, layer.trainable_variables)

    layer, x = PaddedConv2D(3, size, pad=pad, dtype="float64"), rng.normal(size=shape)
    layer.build(shape)
    expected = gradients()
    monkeypatch.setattr(padded_conv2d, "_joins_patches", lambda *_: True)
    check_second_order(layer, x)
    for have, want in zip(gradients(), expected):
        np.testing.assert_allclose(have, want, rtol=1e-12, atol=1e-12)


def test_patches_are_joined_where_that_was_measured_to_be_faster(monkeypatch):
    def joins(images=1, channels=256, dtype=tf.float32, filters=512, size=4, **config):
        layer = PaddedConv2D(filters, size, **config)
        return padded_conv2d._joins_patches(tf.zeros([images, 34, 34, channels], dtype), layer)

    monkeypatch.setattr(processor, "works_with_avx2", lambda: True)
    assert joins() and joins(4)
    assert not joins(5) and not joins(channels=64) and not joins(filters=256) and not joins(dtype=tf.bfloat16)
    assert not joins(strides=2) and not joins(groups=2) and not joins(dilation_rate=2) and not joins(size=1)
    monkeypatch.setattr(processor, "works_with_avx2", lambda: False)
    assert not joins()


def test_bad_arguments():
    with pytest.raises(ValueError, match="pad must be an integer from 0. Received: pad=-1"):
        PaddedConv2D(1, 4, pad=-1)
