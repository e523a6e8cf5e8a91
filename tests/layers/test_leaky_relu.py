import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gans.layers.leaky_relu import get_activation, leaky_relu, serialize_activation
from tests.layers.harness import check_second_order


def test_values_and_gradient_at_and_around_zero():
    x = tf.constant([-2.0, 0.0, 3.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = leaky_relu(x)
    assert y.numpy() == pytest.approx([-0.4, 0.0, 3.0])
    assert tape.gradient(y, x).numpy() == pytest.approx([0.2, 0.2, 1.0])


@pytest.mark.parametrize("slope", [0.2, 0.0, 1.0])
def test_derivatives_against_differences(slope):
    x = np.random.default_rng(0).normal(size=(4, 5))
    check_second_order(lambda x: leaky_relu(x**2 - 0.5, slope) * x, x)


def test_half_precision():
    assert leaky_relu(tf.constant([-1.0], tf.bfloat16)).dtype == tf.bfloat16


def test_bad_slope():
    with pytest.raises(ValueError, match="Received: negative_slope=-1"):
        leaky_relu(tf.ones(1), -1)


def test_names():
    assert get_activation("leaky_relu") is leaky_relu
    assert serialize_activation(leaky_relu) == "leaky_relu"
    assert serialize_activation(get_activation("tanh")) == "tanh"
    assert get_activation(None) is keras.activations.linear
    with pytest.raises(ValueError, match="Received: activation='no_such'"):
        get_activation("no_such")
