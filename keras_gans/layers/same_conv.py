"""Convolutions of stride 1 whose derivatives, of any order, take the fastest way that this processor knows.

As in `strided_conv`, one trilinear form holds the convolution, its transpose and its filter's gradient, T(x, k, y) =

    Σ x[n, h + i - p, w + j - p, c] k[i, j, c, d] y[n, h, w, d]   over n, h, w, i, j, c, d; p = (size - 1) / 2
    conv(x, k) = ∂T/∂y,   conv_transpose(y, k) = ∂T/∂x,   filter_gradient(x, y) = ∂T/∂k

and the transpose is the convolution with the kernel turned by 180 degrees, its channels exchanged. Odd kernels, zeros
beyond the border.
"""

import numpy as np
import tensorflow as tf

from keras_gans.layers import processor


@tf.custom_gradient
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


@tf.custom_gradient
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
    if processor.slow_derivatives(y.dtype):
        result = convolve(y, tf.transpose(tf.reverse(k, [0, 1]), [0, 1, 3, 2]))
    else:
        result = tf.nn.conv2d_transpose(y, k, [*tf.unstack(tf.shape(y)[:3]), k.shape[2]], 1, "SAME")
    return result, lambda x: (conv(x, k), filter_gradient(x, y, k.shape[0]))


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

    @tf.custom_gradient
    def gradient(x, y):
        c, d = x.shape[3], y.shape[3]
        if size == 1 and processor.slow_derivatives(x.dtype):
            return tf.reshape(_product(tf.reshape(x, [-1, c]), tf.reshape(y, [-1, d])), [1, 1, c, d]), upstream
        if _adds_taps(x, y, size):
            return _filter_by_taps(x, y, size), upstream
        return processor.in_known_dtype(native, x, y), upstream

    def native(x, y):
        shape = [size, size, x.shape[3], y.shape[3]]
        return tf.raw_ops.Conv2DBackpropFilter(
            input=x, filter_sizes=shape, out_backprop=y, strides=[1, 1, 1, 1], padding="SAME"
        )

    def upstream(k):
        return conv_transpose(y, k), conv(x, k)

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


def _adds_taps(x, y, size):
    """Returns whether the gradient of a filter goes by `_filter_by_taps`.

    Measured in float32 on two cores with AVX2, 3x3, 128 channels, batch 16: 141 ms instead of 200 at 64x64, 37 instead
    of 41 at 32x32, slower below.
    """
    known = None not in (*x.shape[1:], y.shape[3]) and x.shape[1] * x.shape[2] >= 32 * 32
    wide = size > 1 and known and min(x.shape[3], y.shape[3]) >= 64
    return wide and x.dtype == tf.float32 and processor.works_with_avx2()


def _filter_by_taps(x, y, size):
    """Σ over images of xᵀ y, for each tap: [size size C D].

    With `pad` zeros after each row and below each image, and an image of zeros at either end, the pixels that a tap
    sees are the rows of one matrix from another place on: a slice that copies nothing.
    """
    (h, w, c), d, pad = x.shape[1:], y.shape[3], size // 2
    height, width = h + pad, w + pad
    image = height * width
    rows = tf.reshape(tf.pad(x, [[1, 1], [0, pad], [0, pad], [0, 0]]), [-1, c])  # [(N+2)(h+pad)(w+pad) C]
    y = tf.reshape(tf.pad(y, [[0, 0], [0, pad], [0, pad], [0, 0]]), [-1, image, d])  # [N (h+pad)(w+pad) D]
    taps = []
    for i, j in np.ndindex(size, size):
        begin = image + (i - pad) * width + j - pad
        seen = tf.reshape(rows[begin : begin - 2 * image], [-1, image, c])
        taps.append(tf.reduce_sum(tf.matmul(seen, y, transpose_a=True), 0))
    return tf.reshape(tf.stack(taps), [size, size, c, d])


def _product(x, y):
    """xᵀ y; a few rows times many columns is four times as fast as many rows times a few columns."""
    if x.shape[1] <= y.shape[1]:
        return tf.matmul(x, y, transpose_a=True)
    return tf.transpose(tf.matmul(y, x, transpose_a=True))
