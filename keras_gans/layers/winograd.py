"""4x4 convolutions of stride 1 whose gradients take 49 multiplications where a sum over all taps takes 256.

Winograd's convolution (arXiv 1509.09308), by Toom and Cook's polynomials: 4 outputs, 4 taps and the 7 inputs between
them are values of polynomials at 7 points, and y[i] = Σ x[i + j] k[j] is, in matrices, A' (A k * B x). In two
dimensions that is one product of matrices for each of 7x7 pairs of points, over all channels and all tiles of 4x4
outputs. Here the matrices of all tiles of a side stand in one banded matrix, so that to cut into tiles, pad and
transform is one more product.

The trilinear form, T(x, k, y) = Σ x[n, h + i - pad, w + j - pad, c] k[i, j, c, d] y[n, h, w, d], has three derivatives:

    conv(x, k) = ∂T/∂y,   input_gradient(k, y) = ∂T/∂x,   filter_gradient(x, y) = ∂T/∂k

and they are each other's, so any order of derivative is exact but for rounding. In float32 that is 5e-6 of the gradient
by the input and 3e-6 of that by the kernel for normal data, 256 to 512 channels at 32x32, where oneDNN's are rounded by
5e-7 to 1e-6 (root mean squares); 1e-5 was the most for any data tried. It goes by the largest value of a tile: small
ones beside it are less exact than in a sum over taps. One that is not finite spreads over its whole image, and values
overflow that are 30 times smaller. `conv` itself is TensorFlow's: what a network puts out is rounded as everywhere.
"""

import numpy as np
import tensorflow as tf

SIZE = 4  # of the kernel, and of a tile of outputs
POINTS = (0, 1, -1, 1 / 2, -1 / 2, 2)  # and infinity
COUNT = len(POINTS) + 1


def _powers(columns):
    """Returns the values at all points of polynomials with a number of coefficients, as a matrix [points, columns]."""
    values = np.vander(POINTS, columns, increasing=True)
    return np.vstack([values, np.eye(columns)[-1]])


_A = _powers(SIZE)  # of 4 outputs, or of 4 taps
_B = np.linalg.inv(_powers(COUNT).T)  # of 7 inputs


def conv(x, k, pad):
    """Returns the convolution, ∂T/∂y, by TensorFlow; its gradients are `input_gradient` and `filter_gradient`.

    Args:
        x: floating tensor [N, H, W, C] of static shape.
        k: tensor [4, 4, C, D].
        pad: zeros at each border, from 0 to 3.

    Returns:
        Tensor [N, H + 2 pad - 3, W + 2 pad - 3, D].

    Example:

    >>> conv(tf.ones([1, 4, 4, 1]), tf.ones([4, 4, 1, 1]), 1)[0, :, :, 0].numpy().tolist()
    [[9.0, 12.0, 9.0], [12.0, 16.0, 12.0], [9.0, 12.0, 9.0]]
    """

    @tf.custom_gradient
    def convolve(x, k):
        sides = [[0, 0], [pad, pad], [pad, pad], [0, 0]]
        return tf.nn.conv2d(x, k, 1, sides), lambda y: (input_gradient(k, y, pad), filter_gradient(x, y, pad))

    return convolve(x, k)


def input_gradient(k, y, pad):
    """Returns the gradient of `conv` by its input, ∂T/∂x.

    Args:
        k: floating tensor [4, 4, C, D].
        y: tensor [N, H + 2 pad - 3, W + 2 pad - 3, D] of static shape.
        pad: of the convolution, from 0 to 3.

    Returns:
        Tensor [N, H, W, C].
    """

    @tf.custom_gradient
    def gradient(k, y):
        border = SIZE - 1 - pad
        height, width = (size + 2 * border - SIZE + 1 for size in y.shape[1:3])
        tiles = _tiles(height), _tiles(width)
        turned = _transformed_kernel(k, _A[:, ::-1])
        products = [
            tf.matmul(values, kernel, transpose_b=True)
            for values, kernel in zip(_transformed(y, _B, tiles, border), turned)
        ]  # for each point along the width, [point along the height, tiles, C]
        x = _joined(products, y.shape[0], tiles, (height, width))
        return x, lambda x: (filter_gradient(x, y, pad), conv(x, k, pad))

    return gradient(k, y)


def filter_gradient(x, y, pad):
    """Returns the gradient of `conv` by its kernel, ∂T/∂k.

    Args:
        x: floating tensor [N, H, W, C] of static shape.
        y: tensor [N, H + 2 pad - 3, W + 2 pad - 3, D] of static shape.
        pad: of the convolution, from 0 to 3.

    Returns:
        Tensor [4, 4, C, D].
    """

    @tf.custom_gradient
    def gradient(x, y):
        tiles = tuple(_tiles(size) for size in y.shape[1:3])
        pairs = zip(_transformed(x, _B, tiles, pad), _transformed(y, _A, tiles))
        products = tf.concat([tf.matmul(a, b, transpose_a=True) for a, b in pairs], 0)  # [points' pairs, C, D]
        both = np.einsum("lj,ki->ijlk", _A, _A).reshape(SIZE**2, COUNT**2)
        taps = _constant(both, x) @ tf.reshape(products, [COUNT**2, -1])  # [i j, C D]
        taps = tf.reshape(taps, [SIZE, SIZE, x.shape[3], y.shape[3]])
        return taps, lambda k: (input_gradient(k, y, pad), conv(x, k, pad))

    return gradient(x, y)


def _tiles(size):
    return -(-size // SIZE)


def _constant(matrix, like):
    return tf.constant(matrix, like.dtype)


def _banded(matrix, tiles, size, offset=0):
    """Returns the matrix of every tile of a side, [points, tiles, size]; tile t begins at SIZE t - offset."""
    bands = np.zeros([COUNT, tiles, offset + SIZE * tiles + max(size, COUNT)])
    for tile in range(tiles):
        bands[:, tile, SIZE * tile : SIZE * tile + matrix.shape[1]] = matrix
    return bands[:, :, offset : offset + size]


def _transformed(x, matrix, tiles, offset=0):
    """Returns for each point along the width the values of all tiles, [points along the height, T_h N T_w, C]."""
    n, h, w, c = x.shape
    rows = _banded(matrix, tiles[0], h, offset).reshape(-1, h)
    x = _constant(rows, x) @ tf.reshape(tf.transpose(x, [1, 0, 2, 3]), [h, n * w * c])  # [points T_h, N W C]
    x = tf.reshape(x, [-1, w, c])
    columns = _banded(matrix, tiles[1], w, offset)
    return [tf.reshape(_constant(one, x) @ x, [COUNT, -1, c]) for one in columns]


def _transformed_kernel(k, matrix):
    """Returns for each point along the width the values of the kernel, [points along the height, C, D]."""
    both = np.einsum("lj,ki->lkij", matrix, matrix).reshape(COUNT**2, SIZE**2)
    values = _constant(both, k) @ tf.reshape(k, [SIZE**2, -1])
    return tf.unstack(tf.reshape(values, [COUNT, COUNT, *k.shape[2:]]))


def _joined(products, n, tiles, sizes):
    """Returns the outputs of all tiles, [N, H, W, C], of products as `_transformed` orders them."""
    c = products[0].shape[2]
    rows, columns = (_constant(_banded(_A, *side).reshape(-1, side[1]).T, products[0]) for side in zip(tiles, sizes))
    values = [rows @ tf.reshape(product, [-1, n * tiles[1] * c]) for product in products]  # 7 x [H, N T_w C]
    values = tf.concat([tf.reshape(value, [sizes[0] * n, tiles[1], c]) for value in values], 1)
    return tf.transpose(tf.reshape(columns @ values, [sizes[0], n, sizes[1], c]), [1, 0, 2, 3])
