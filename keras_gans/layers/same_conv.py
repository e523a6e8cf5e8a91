"""Convolutions of stride 1 whose derivatives, of any order, take the fastest way that this processor knows.

As in `strided_conv`, one trilinear form holds the convolution, its transpose and its filter's gradient, T(x, k, y) =

    Σ x[n, h + i - p, w + j - p, c] k[i, j, c, d] y[n, h, w, d]   over n, h, w, i, j, c, d; p = (size - 1) / 2
    conv(x, k) = ∂T/∂y,   conv_transpose(y, k) = ∂T/∂x,   filter_gradient(x, y) = ∂T/∂k

and the transpose is the convolution with the kernel turned by 180 degrees, its channels exchanged. Odd kernels, zeros
beyond the border. Derivatives of 3x3 convolutions go by `winograd` where that is faster; what a network puts out does
not.
"""

import tensorflow as tf

from keras_gans.layers import processor, winograd
from keras_gans.layers.custom_gradient import custom_gradient


@custom_gradient
def conv(x, k):
    """Returns the convolution of stride 1, ∂T/∂y.

    Args:
        x: floating tensor [N, h, w, C]; C is static.
        k: tensor [size, size, C, D].

    Returns:
        Tensor [N, h, w, D].

    Example:

    >>> conv(tf.ones([1, 2, 3, 1]), tf.ones([3, 3, 1, 1]))[0, :, :, 0].numpy().tolist()
    [[4.0, 6.0, 4.0], [4.0, 6.0, 4.0]]
    """
    return convolve(x, k), lambda y: derivatives(x, k, y)


@custom_gradient
def conv_transpose(y, k):
    """Returns the gradient of a convolution by its input, ∂T/∂x.

    Args:
        y: floating tensor [N, h, w, D]; D is static.
        k: tensor [size, size, C, D].

    Returns:
        Tensor [N, h, w, C].

    Example:

    >>> conv_transpose(tf.ones([1, 1, 1, 1]), tf.reshape(tf.range(9.0), [3, 3, 1, 1])).numpy().item()
    4.0
    """
    return _input_values(y, k), lambda x: (_conv_of_derivatives(x, k), filter_gradient(x, y, k.shape[0]))


def filter_gradient(x, y, size=3):
    """Returns the gradient of a convolution by its filter, ∂T/∂k.

    Args:
        x: floating tensor [N, h, w, C]; C is static.
        y: tensor [N, h, w, D]; D is static.
        size: side of the filter.

    Returns:
        Tensor [size, size, C, D].

    Example:

    >>> filter_gradient(tf.ones([1, 2, 2, 1]), tf.ones([1, 2, 2, 1]))[:, :, 0, 0].numpy().tolist()
    [[1.0, 2.0, 1.0], [2.0, 4.0, 2.0], [1.0, 2.0, 1.0]]
    """

    @custom_gradient
    def gradient(x, y):
        return _filter_values(x, y, size), lambda k: (conv_transpose(y, k), _conv_of_derivatives(x, k))

    return gradient(x, y)


def convolve(x, k):
    """Returns what `conv` returns, without a gradient of its own: what TensorFlow fuses with bias and activation.

    Args:
        x: floating tensor [N, h, w, C].
        k: tensor [size, size, C, D].
    """
    return tf.nn.conv2d(x, k, 1, "SAME")


def derivatives(x, k, y):
    """Returns the gradients of sum(conv(x, k) y) by x and k.

    Args:
        x: floating tensor [N, h, w, C].
        k: tensor [size, size, C, D].
        y: tensor [N, h, w, D].
    """
    return conv_transpose(y, k), filter_gradient(x, y, k.shape[0])


@custom_gradient
def _conv_of_derivatives(x, k):
    """What `conv` returns, where it is a derivative itself."""
    size = k.shape[0]
    if winograd.gains("conv", x.shape, [*x.shape[:3], k.shape[3]], size, x.dtype):
        y = winograd.conv_values(x, k, size // 2)
    else:
        y = convolve(x, k)
    return y, lambda y: derivatives(x, k, y)


def _input_values(y, k):
    size = k.shape[0]
    if winograd.gains("input_gradient", [*y.shape[:3], k.shape[2]], y.shape, size, y.dtype):
        return winograd.input_values(k, y, size // 2)
    if processor.slow_derivatives(y.dtype):
        return convolve(y, tf.transpose(tf.reverse(k, [0, 1]), [0, 1, 3, 2]))
    return tf.nn.conv2d_transpose(y, k, [*tf.unstack(tf.shape(y)[:3]), k.shape[2]], 1, "SAME")


def _filter_values(x, y, size):
    c, d = x.shape[3], y.shape[3]
    if size == 1 and processor.slow_derivatives(x.dtype):
        return tf.reshape(_product(tf.reshape(x, [-1, c]), tf.reshape(y, [-1, d])), [1, 1, c, d])
    if winograd.gains("filter_gradient", x.shape, y.shape, size, x.dtype):
        return winograd.filter_values(x, y, size // 2)

    def native(x, y):
        return tf.raw_ops.Conv2DBackpropFilter(
            input=x, filter_sizes=[size, size, c, d], out_backprop=y, strides=[1, 1, 1, 1], padding="SAME"
        )

    return processor.in_known_dtype(native, x, y)


def _product(x, y):
    """xᵀ y; a few rows times many columns is four times as fast as many rows times a few columns."""
    if x.shape[1] <= y.shape[1]:
        return tf.matmul(x, y, transpose_a=True)
    return tf.transpose(tf.matmul(y, x, transpose_a=True))
