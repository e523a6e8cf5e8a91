"""Convolution, bias and leaky ReLU as one function with one gradient."""

import tensorflow as tf


def activated_conv(ways, x, kernel, bias, negative_slope=0.2):
    """Returns leaky_relu(x * kernel + bias), as one operation of the tape.

    With u = dL/dy · (1 where y > 0, else the slope), the gradients are those of the convolution for u, and Σ u over all
    pixels for the bias. The forward pass stays the three operations that TensorFlow fuses into one kernel, which a
    convolution with a gradient of its own would not be. Any order of derivative is exact.

    Args:
        ways: module of a convolution: `same_conv` or `strided_conv`.
        x: floating tensor [N, H, W, C].
        kernel: tensor [h, w, C, D].
        bias: tensor [D].
        negative_slope: of the leaky ReLU, in [0, 1].

    Returns:
        Tensor [N, H', W', D].

    Example:

    >>> from keras_gans.layers import same_conv
    >>> activated_conv(same_conv, tf.ones([1, 1, 1, 1]), -tf.ones([1, 1, 1, 1]), tf.zeros([1])).numpy().item()
    -0.20000000298023224
    """

    @tf.custom_gradient
    def run(x, kernel, bias):
        y = tf.nn.leaky_relu(tf.nn.bias_add(ways.convolve(x, kernel), bias), negative_slope)
        mask = tf.stop_gradient(y)

        def gradient(upstream):
            u = tf.raw_ops.LeakyReluGrad(gradients=upstream, features=mask, alpha=negative_slope)
            x_gradient, kernel_gradient = ways.derivatives(x, kernel, u)
            return x_gradient, kernel_gradient, tf.reduce_sum(u, [0, 1, 2])

        return y, gradient

    return run(x, kernel, bias)
