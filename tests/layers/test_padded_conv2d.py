import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gans.layers import PaddedConv2D, padded_conv2d, processor, winograd
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


@pytest.mark.parametrize("pad, shape", [(1, [2, 5, 4, 3]), (0, [1, 4, 5, 2]), (3, [1, 1, 3, 2])])
def test_the_gradients_may_go_by_winograd(rng, monkeypatch, pad, shape):
    def gradients():
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = tf.reduce_sum(tf.tanh(layer(x)))
        return tape.gradient(loss, [x, *layer.trainable_variables])

    layer, x = PaddedConv2D(3, 4, pad=pad, dtype="float64"), tf.constant(rng.normal(size=shape))
    layer.build(shape)
    outputs, expected, taken = layer(x), gradients(), set()
    monkeypatch.setattr(padded_conv2d, "_gains_by_winograd", lambda *_: True)
    for name in ("input_values", "filter_values"):
        values = getattr(winograd, name)
        monkeypatch.setattr(winograd, name, lambda *args, n=name, values=values: taken.add(n) or values(*args))
    check_second_order(layer, x)
    np.testing.assert_allclose(layer(x), outputs, rtol=1e-12, atol=1e-12)
    for have, want in zip(gradients(), expected):
        np.testing.assert_allclose(have, want, rtol=1e-10, atol=1e-10)
    assert taken == {"input_values", "filter_values"}


def test_winograd_is_taken_for_many_channels_and_tiles(monkeypatch):
    def gains(shape=(1, 32, 32, 128), filters=256, size=4, pad=1, **config):
        layer = PaddedConv2D(filters, size, pad=pad, **config)
        return padded_conv2d._gains_by_winograd(tf.TensorSpec(shape, tf.float32), layer)

    monkeypatch.setattr(processor, "uses_onednn", lambda: True)
    assert gains() and gains((4, 16, 16, 128)) and gains(pad=0) and gains(size=3, pad=0)
    assert gains((64, 9, 9, 128)) and not gains((64, 8, 8, 128))  # outputs of 8x8 and 7x7
    assert not gains((1, None, 32, 128)) and not gains((None, 32, 32, 128))
    assert not gains((1, 2, 2, 128), pad=0) and not gains(pad=4)
    assert not gains(size=(4, 3)) and not gains(size=3, filters=64)  # too few for the gradient by the input
    assert not gains(strides=2) and not gains(groups=2) and not gains(dilation_rate=2)


def test_bad_arguments():
    with pytest.raises(ValueError, match="pad must be an integer from 0. Received: pad=-1"):
        PaddedConv2D(1, 4, pad=-1)
