"""Equalized learning rate: what the equalized layers have in common."""

import math
import numbers

import keras
import tensorflow as tf

from keras_gans.layers.activated_conv import activated_conv
from keras_gans.layers.leaky_relu import get_activation, leaky_relu, serialize_activation

HE_GAIN = math.sqrt(2)


class EqualizedLayer(keras.layers.Layer):
    """Base of layers whose weights are stored as N(0, 1) and scaled by He's constant at run time.

    w = ŵ · gain / sqrt(fan_in), ŵ ~ N(0, 1)      (Karras et al. 2018, Sec. 4.1)

    Adam normalizes the update of every weight by its own history, so weights of a large dynamic range take longer to
    learn; stored at the same scale, all weights learn at the same speed. The bias starts at 0 and is not scaled.

    Args:
        gain: the gain of He's initializer: sqrt(2) before a (leaky) ReLU, 1 before a linear output.
        use_bias: adds one bias for every channel.
        equalized: `True` scales at run time. `False` draws the weights from N(0, (gain / sqrt(fan_in))²) instead and
            scales nothing, the paper's ablation.
        activation: applied after the bias: `None`, `"leaky_relu"` (slope 0.2), another name or a function.
        seed: integer seed of the initial weights, or `None`.
    """

    def __init__(self, gain=HE_GAIN, use_bias=True, equalized=True, activation=None, seed=None, **kwargs):
        super().__init__(**kwargs)
        if not gain > 0:
            raise ValueError(f"Expected a positive gain. Received: gain={gain}")
        self.gain = gain
        self.use_bias = use_bias
        self.equalized = equalized
        self.activation = get_activation(activation)
        self.seed = seed

    def add_equalized_kernel(self, shape, fan_in, channels):
        """Creates `self.kernel`, `self.bias` and `self.scale`, the factor the kernel is to be multiplied with."""
        std = self.gain / math.sqrt(fan_in)
        self.scale = std if self.equalized else 1.0
        self.kernel = self.add_weight(
            name="kernel",
            shape=shape,
            initializer=keras.initializers.RandomNormal(stddev=1.0 if self.equalized else std, seed=self.seed),
            autocast=False,
        )
        self.bias = self.add_weight(name="bias", shape=(channels,), initializer="zeros") if self.use_bias else None

    def scaled_kernel(self):
        """The kernel as it is used, in the layer's compute dtype."""
        kernel = tf.convert_to_tensor(self.kernel)
        if self.scale != 1.0:
            kernel = kernel * self.scale
        return tf.cast(kernel, self.compute_dtype)

    def convolve(self, ways, x, kernel):
        """Convolution, bias and activation; `ways` is `same_conv` or `strided_conv`."""
        if self.bias is None or self.activation is not leaky_relu:
            return self.finish(ways.conv(x, kernel))
        return activated_conv(ways, x, kernel, tf.cast(self.bias, x.dtype))

    def finish(self, x):
        """Adds the bias and applies the activation."""
        if self.bias is not None:
            x = x + tf.cast(self.bias, x.dtype)  # not bias_add, whose gradient in bfloat16 is summed in bfloat16
        return x if self.activation is None else self.activation(x)

    def get_config(self):
        return {
            **super().get_config(),
            "gain": self.gain,
            "use_bias": self.use_bias,
            "equalized": self.equalized,
            "activation": serialize_activation(self.activation),
            "seed": self.seed,
        }


def positive_integer(name, value):
    """Returns `value` as an int, or says that `name` has to be a positive integer."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real) or value < 1 or value % 1:
        raise ValueError(f"Expected a positive integer for {name}. Received: {name}={value!r}")
    return int(value)


def image_channels(layer, input_shape):
    """Returns the channel count of an `(batch, height, width, channels)` shape, or says what is wrong with it."""
    if len(input_shape) != 4 or input_shape[-1] is None:
        raise ValueError(
            f"{type(layer).__name__} expects images of shape (batch, height, width, channels) with a known channel "
            f"count. Received: input_shape={tuple(input_shape)}"
        )
    return input_shape[-1]


def accurate(x):
    """Returns `x` in the dtype that statistics are taken in: float32, or float64 if it is that already."""
    return x if x.dtype == tf.float64 else tf.cast(x, tf.float32)
