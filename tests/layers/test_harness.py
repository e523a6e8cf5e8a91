import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.layers.harness import check_layer, check_second_order


class Forgetful(keras.layers.Layer):
    def __init__(self, size=1, **kwargs):
        super().__init__(**kwargs)

    def call(self, x):
        return tf.identity(x)

    def get_config(self):
        return {"name": self.name}


class Infinite(keras.layers.Layer):
    def call(self, x):
        return tf.sqrt(tf.abs(x))

    def compute_output_shape(self, input_shape):
        return input_shape


def test_a_forgotten_argument_is_found():
    with pytest.raises(AssertionError, match="get_config lacks 'size'"):
        check_layer(Forgetful, {"size": 2}, (2, 3))


def test_an_infinite_gradient_is_found():
    with pytest.raises(AssertionError, match="not finite on constant input"):
        with keras.saving.custom_object_scope({"Infinite": Infinite}):
            check_layer(Infinite, {}, (2, 3), mixed=False)


def test_a_wrong_second_derivative_is_found():
    @tf.custom_gradient
    def cube(x):
        slope = tf.stop_gradient(3 * x**2)
        return x**3, lambda upstream: upstream * slope

    x = np.array([0.3, 0.7])
    check_second_order(lambda x: x**3, x)
    with pytest.raises(AssertionError, match="curvature"):
        check_second_order(cube, x)
