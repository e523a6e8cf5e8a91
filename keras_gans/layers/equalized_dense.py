"""Dense layer with equalized learning rate."""

import math

import keras
import tensorflow as tf

from keras_gans.layers.equalized_kernel import HE_GAIN, EqualizedLayer, positive_integer


@keras.saving.register_keras_serializable(package="keras_gans")
class EqualizedDense(EqualizedLayer):
    """Dense layer whose weights are scaled by He's constant at run time.

    y = x (ŵ · gain / sqrt(inputs)) + b, ŵ ~ N(0, 1)      (Karras et al. 2018, Sec. 4.1)

    Args:
        units: size of the output, or a tuple such as `(4, 4, 512)`: the output is reshaped to it and the bias has one
            value for every element of the last axis, as in the first layer of PGGAN's generator.
        gain: He gain. Defaults to sqrt(2).
        use_bias: adds a bias. Defaults to True.
        equalized: `False` puts the scale into the initial weights instead. Defaults to True.
        activation: `None`, `"leaky_relu"` (slope 0.2), another name or a function.
        seed: integer seed of the initial weights, or `None`.

    Input shape:
        `(batch, ...)`; all axes but the first are flattened.

    Output shape:
        `(batch, units)` or `(batch, *units)`.

    Example:

    >>> EqualizedDense(3)(tf.ones((2, 8))).shape
    TensorShape([2, 3])
    >>> EqualizedDense((4, 4, 16))(tf.ones((2, 8))).shape
    TensorShape([2, 4, 4, 16])

    Raises:
        ValueError: `units` or `gain` is not positive, or the size of the input is unknown.

    Reference:
        Karras et al., "Progressive Growing of GANs", arXiv 1710.10196.
    """

    def __init__(self, units, gain=HE_GAIN, use_bias=True, equalized=True, activation=None, seed=None, **kwargs):
        super().__init__(gain, use_bias, equalized, activation, seed, **kwargs)
        sizes = tuple(units) if isinstance(units, (tuple, list)) else (units,)
        self.units = tuple(positive_integer("units", size) for size in sizes)

    def build(self, input_shape):
        if len(input_shape) < 2 or None in input_shape[1:]:
            raise ValueError(f"EqualizedDense expects inputs of known size. Received: input_shape={tuple(input_shape)}")
        inputs = math.prod(input_shape[1:])
        self.add_equalized_kernel((inputs, math.prod(self.units)), inputs, self.units[-1])

    def call(self, x):
        x = tf.reshape(x, (-1, self.kernel.shape[0]))
        x = tf.matmul(x, self.scaled_kernel())
        if len(self.units) > 1:
            x = tf.reshape(x, (-1, *self.units))
        return self.finish(x)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], *self.units)

    def get_config(self):
        return {**super().get_config(), "units": self.units if len(self.units) > 1 else self.units[0]}
