"""Up- and down-scaling by two: of images, of feature maps and of convolution kernels."""

import functools

import numpy as np
import tensorflow as tf


def upscale(x, factor=2):
    """Repeats every pixel `factor` times in both directions (nearest neighbour).

    Args:
        x: `(batch, height, width, channels)`.
        factor: integer >= 1.

    Returns:
        `(batch, factor * height, factor * width, channels)`.

    Example:

    >>> upscale(tf.constant([[[[1], [2]]]]))[0, :, :, 0].numpy().tolist()
    [[1, 1, 2, 2], [1, 1, 2, 2]]
    """
    if factor == 1:
        return x
    n, h, w, c = tf.shape(x)[0], *x.shape[1:]
    x = tf.reshape(x, (n, h, 1, w, 1, c))
    x = tf.broadcast_to(x, (n, h, factor, w, factor, c))
    return tf.reshape(x, (n, h * factor, w * factor, c))  # [N fH fW C]


def downscale(x, factor=2):
    """Averages blocks of `factor` x `factor` pixels.

    Args:
        x: floating point, `(batch, height, width, channels)`; `factor` divides height and width.
        factor: integer >= 1.

    Returns:
        `(batch, height / factor, width / factor, channels)`.

    Example:

    >>> downscale(tf.constant([[[[1.0], [2.0]], [[3.0], [6.0]]]])).numpy().item()
    3.0
    """
    return x if factor == 1 else tf.nn.avg_pool2d(x, factor, factor, "VALID")


@functools.cache
def _fusing_matrix(size):
    """K [(size + 1)², size²]: sums the four copies of a kernel that are shifted by a pixel (K = M ⊗ M)."""
    a, r = np.ogrid[: size + 1, :size]
    m = ((a - 1 <= r) & (r <= a)).astype("float64")  # [k+1 k]
    return np.kron(m, m)


def fuse_kernel(kernel, scale=1.0):
    """Returns the (k + 1) x (k + 1) kernel that does a k x k convolution and the scaling by two in one operation.

    The zero-padded kernel is summed over its four shifts by one pixel, as one matrix product. With stride 2 and "SAME"
    padding, a convolution with a quarter of the result equals convolution then 2x2 mean, and a transposed convolution
    with it equals nearest upscaling, then a convolution with the kernel turned by 180 degrees.

    Args:
        kernel: `(k, k, a, b)`.
        scale: constant factor.

    Returns:
        `(k + 1, k + 1, a, b)`, the dtype of `kernel`.

    Example:

    >>> fuse_kernel(tf.ones((1, 1, 1, 1)))[:, :, 0, 0].numpy().tolist()
    [[1.0, 1.0], [1.0, 1.0]]
    """
    size, _, a, b = kernel.shape
    matrix = tf.constant(_fusing_matrix(size) * scale, kernel.dtype)
    fused = tf.matmul(matrix, tf.reshape(kernel, (size * size, a * b)))  # [(k+1)² ab]
    return tf.reshape(fused, (size + 1, size + 1, a, b))
