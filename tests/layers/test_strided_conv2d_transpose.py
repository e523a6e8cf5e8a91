import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gans.layers import StridedConv2DTranspose, strided_conv
from tests.layers.harness import assert_close, check_layer

CONFIG = {
    "filters": 5,
    "kernel_size": (4, 4),
    "strides": (2, 2),
    "padding": "same",
    "bias_initializer": keras.initializers.Ones(),
}


@pytest.mark.parametrize("products", [False, True])
def test_basics(monkeypatch, products):
    monkeypatch.setattr(strided_conv, "uses_products", lambda *_: products)
    check_layer(StridedConv2DTranspose, CONFIG, (2, 4, 3, 3))


@pytest.mark.parametrize(
    "change",
    [{}, {"kernel_size": 5}, {"strides": 1}, {"padding": "valid"}, {"activation": "tanh"}, {"use_bias": False}],
)
def test_equals_keras(rng, change):
    x = rng.normal(size=(2, 4, 3, 3)).astype("float32")
    layer, plain = (kind(**{**CONFIG, **change}) for kind in (StridedConv2DTranspose, keras.layers.Conv2DTranspose))
    y = layer(x)
    plain.build(x.shape)
    plain.set_weights(layer.get_weights())
    assert [w.path.split("/")[-1] for w in layer.weights] == [w.path.split("/")[-1] for w in plain.weights]
    assert_close(y, plain(x), 1e-6)


def test_takes_the_fast_way(rng, monkeypatch):
    calls = []
    real = strided_conv.filter_gradient
    monkeypatch.setattr(strided_conv, "filter_gradient", lambda x, y: calls.append(1) or real(x, y))
    layer = StridedConv2DTranspose(5)
    with tf.GradientTape() as tape:
        y = layer(rng.normal(size=(2, 4, 3, 3)).astype("float32"))
    assert tape.gradient(y, layer.kernel.value).shape == (4, 4, 5, 3) and calls


def test_sizes_may_be_unknown():
    images = keras.Input((None, None, 3))
    model = keras.Model(images, StridedConv2DTranspose(5)(images))
    x = np.ones((2, 4, 3, 3), "float32")
    assert_close(model(x), model.layers[1](x), 1e-6)
