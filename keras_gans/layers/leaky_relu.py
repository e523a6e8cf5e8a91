"""Leaky rectified linear unit whose gradient is taken from its output."""

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable(package="keras_gans")
def leaky_relu(x, negative_slope=0.2):
    """Computes `max(negative_slope * x, x)` and keeps only the output for the gradient.

    The sign of the output is the sign of the input, so the slope can be read off the output. The input then has one
    reader, which lets TensorFlow fuse convolution, bias and activation into one kernel while training too.
    Any order of derivative is exact: the second derivative is zero almost everywhere, and no zeros are propagated.

    Args:
        x: tensor of any shape, floating point.
        negative_slope: slope for negative inputs, in [0, 1]. Defaults to 0.2, as in both DCGAN and PGGAN; 0 is ReLU.

    Returns:
        A tensor of the shape and dtype of `x`.

    Raises:
        ValueError: `negative_slope` is outside of [0, 1].

    Example:

    >>> leaky_relu(tf.constant([-1.0, 2.0])).numpy().tolist()
    [-0.20000000298023224, 2.0]
    """
    if not 0 <= negative_slope <= 1:
        raise ValueError(f"Expected a negative slope in [0, 1]. Received: negative_slope={negative_slope}")

    @tf.custom_gradient
    def activate(x):
        y = tf.nn.leaky_relu(x, negative_slope)
        mask = tf.stop_gradient(y)

        def gradient(upstream):
            return tf.raw_ops.LeakyReluGrad(gradients=upstream, features=mask, alpha=negative_slope)

        return y, gradient

    return activate(tf.convert_to_tensor(x))


def get_activation(identifier):
    """Returns the function for an activation given as None, a name, a config or a function.

    `"leaky_relu"` means this package's version (slope 0.2), everything else is looked up by Keras.
    """
    if identifier == "leaky_relu":
        return leaky_relu
    try:
        return keras.activations.get(identifier)
    except (ValueError, TypeError) as error:
        raise ValueError(f"Expected an activation's name or a function. Received: activation={identifier!r}") from error


def serialize_activation(function):
    """Returns what `get_activation` turns back into `function`."""
    if function is leaky_relu:
        return "leaky_relu"
    return keras.activations.serialize(function)
