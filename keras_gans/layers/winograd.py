"""Convolutions of stride 1 by Winograd's way: 3x3 kernels take 36 multiplications where a sum over all taps takes 144.

Winograd's convolution (arXiv 1509.09308), by Toom and Cook's polynomials: 4 outputs, 3 taps and the 6 inputs between
them are values of polynomials at 6 points, and y[i] = Σ x[i + j] k[j] is, in matrices, A' (A k * B x). In two
dimensions that is one product of matrices for each of 6x6 pairs of points, over all channels and all tiles of 4x4
outputs. 4x4 kernels have 7 points, and take 49 multiplications for 256.

The matrices of the tiles of a block, 8 along the width and 2 or 4 along the height, stand in one banded matrix, so that
to cut into tiles, pad and transform is one more product: along the width first, where the data are still small. Many
images are taken a part after the other, for the sake of memory.

The trilinear form, T(x, k, y) = Σ x[n, h + i - pad, w + j - pad, c] k[i, j, c, d] y[n, h, w, d], has three derivatives:

    conv(x, k) = ∂T/∂y,   input_gradient(k, y) = ∂T/∂x,   filter_gradient(x, y) = ∂T/∂k

and they are each other's, so any order of derivative is exact but for rounding. In float32 that is, for normal data and
128 to 512 channels, 1.5e-6 to 2.2e-6 of the gradient by the input and 1e-6 of that by the kernel with 3x3 kernels, 5e-6
and 2e-6 to 3e-6 with 4x4 (1e-5 at most for any data tried), where oneDNN's are rounded by 4e-7 to 7e-7 (root mean
squares). It goes by the largest value of a tile: small ones beside it are less exact than in a sum over taps, and zeros
beside it are zero to rounding only; a feature of zeros has gradients of zero. One that is not finite spreads over its
block. Values overflow that are 4 to 30 times smaller, and vanish towards 1e-38 that are 3 to 40 times larger. So
networks convolve by TensorFlow, and what they put out is rounded as everywhere; only derivatives go by these.
"""

import functools

import numpy as np
import tensorflow as tf

from keras_gans.layers import processor
from keras_gans.layers.custom_gradient import custom_gradient

TILE = 4  # outputs of a tile, in each direction
POINTS = {3: (0, 1, -1, 1 / 2, -2), 4: (0, 1, -1, 1 / 2, -1 / 2, 2)}  # by the size of the kernel; and infinity
HIGH, WIDE = {3: 2, 4: 4}, 8  # tiles of a block
MANY, PARTS = 2**21, 4  # numbers that stand for the images of a part; parts of a batch at most


def gains(operation, x_shape, y_shape, size, dtype):
    """Returns whether a derivative of TensorFlow's convolution is slower than the one here.

    Measured in float32 on two cores with AVX2. 3x3, 128 channels, batch 16: both gradients together 34 ms instead of 59
    at 32x32, 143 instead of 228 at 64x64, 9 instead of 19 at 16x16; of 64 channels that by the kernel alone, 8 instead
    of 14 at 64x64, batch 4. 4x4, 256 to 512 channels at 32x32: 14 ms instead of 26 by the input, 19 instead of 34 by
    the kernel, of one image; 37 instead of 99 and 49 instead of 132 of four. Few tiles cost what the transformation of
    the kernel costs, and tiles that are not full cost what full ones do. With AVX-512 it is taken unmeasured: what it
    saves, three in four multiplications, is no matter of how wide they are.

    Args:
        operation: "conv", "input_gradient" or "filter_gradient".
        x_shape: [N, H, W, C], of what a convolution takes.
        y_shape: [N, H', W', D], of what it puts out.
        size: side of the kernel.
        dtype: of both.
    """
    if size not in POINTS or None in (*x_shape, *y_shape) or not processor.multiplies_by_onednn(dtype):
        return False
    images, height, width, maps = y_shape
    few, many = sorted((x_shape[3], maps))
    tiles = _tiles(height) * _tiles(width)
    if images * tiles < 64 or TILE**2 * tiles > 1.5 * height * width:
        return False
    if size == 3:
        return few >= (64 if operation == "filter_gradient" else 128)
    return few >= 128 and many >= 256 and min(height, width) >= 8


def conv(x, k, pad):
    """Returns the convolution, ∂T/∂y, by TensorFlow; its gradients are `input_gradient` and `filter_gradient`.

    Args:
        x: floating tensor [N, H, W, C] of static shape.
        k: tensor [size, size, C, D].
        pad: zeros at each border, from 0 to size - 1.

    Returns:
        Tensor [N, H + 2 pad - size + 1, W + 2 pad - size + 1, D].

    Example:

    >>> conv(tf.ones([1, 4, 4, 1]), tf.ones([4, 4, 1, 1]), 1)[0, :, :, 0].numpy().tolist()
    [[9.0, 12.0, 9.0], [12.0, 16.0, 12.0], [9.0, 12.0, 9.0]]
    """

    @custom_gradient
    def convolve(x, k):
        sides = [[0, 0], [pad, pad], [pad, pad], [0, 0]]
        return tf.nn.conv2d(x, k, 1, sides), lambda y: (input_gradient(k, y, pad), filter_gradient(x, y, pad))

    return convolve(x, k)


def input_gradient(k, y, pad):
    """Returns the gradient of `conv` by its input, ∂T/∂x.

    Args:
        k: floating tensor [size, size, C, D].
        y: tensor [N, H + 2 pad - size + 1, W + 2 pad - size + 1, D] of static shape.
        pad: of the convolution, from 0 to size - 1.

    Returns:
        Tensor [N, H, W, C].
    """

    @custom_gradient
    def gradient(k, y):
        return input_values(k, y, pad), lambda x: (filter_gradient(x, y, pad), conv(x, k, pad))

    return gradient(k, y)


def filter_gradient(x, y, pad):
    """Returns the gradient of `conv` by its kernel, ∂T/∂k.

    Args:
        x: floating tensor [N, H, W, C] of static shape.
        y: tensor [N, H + 2 pad - size + 1, W + 2 pad - size + 1, D] of static shape.
        pad: of the convolution, from 0 to size - 1.

    Returns:
        Tensor [size, size, C, D].
    """

    @custom_gradient
    def gradient(x, y):
        return filter_values(x, y, pad), lambda k: (input_gradient(k, y, pad), conv(x, k, pad))

    return gradient(x, y)


def conv_values(x, k, pad):
    """Returns what `conv` returns, by tiles and without a gradient of its own.

    Args:
        x: floating tensor [N, H, W, C] of static shape.
        k: tensor [size, size, C, D].
        pad: zeros at each border, from 0 to size - 1.
    """
    kernel = _transformed_kernel(k, _matrices(k.shape[0])[0])
    return _convolved(x, kernel, k.shape[0], pad)


def input_values(k, y, pad):
    """Returns what `input_gradient` returns, without a gradient of its own.

    Args:
        k: floating tensor [size, size, C, D].
        y: tensor [N, H + 2 pad - size + 1, W + 2 pad - size + 1, D] of static shape.
        pad: of the convolution, from 0 to size - 1.
    """
    turned = _transformed_kernel(k, _matrices(k.shape[0])[0][:, ::-1])
    return _convolved(y, turned, k.shape[0], k.shape[0] - 1 - pad, transpose=True)


def filter_values(x, y, pad):
    """Returns what `filter_gradient` returns, without a gradient of its own.

    Args:
        x: floating tensor [N, H, W, C] of static shape.
        y: tensor [N, H + 2 pad - size + 1, W + 2 pad - size + 1, D] of static shape.
        pad: of the convolution, from 0 to size - 1.
    """
    size, sides, total = x.shape[1] + 2 * pad - y.shape[1] + 1, y.shape[1:3], None
    taps, of_outputs, of_inputs = _matrices(size)
    for part in _parts(x):
        with tf.control_dependencies([] if total is None else [total]):
            inputs, outputs = _transformed(x[part], of_inputs, sides, pad), _transformed(y[part], of_outputs, sides)
        products = tf.reduce_sum(tf.matmul(inputs, outputs, transpose_a=True), 1)  # [points, points, C, D]
        total = products if total is None else total + products
    both = np.einsum("lj,ki->ijlk", taps, taps).reshape(size**2, -1)  # [i j, points of the width, and of the height]
    values = _constant(both, x) @ tf.reshape(total, [both.shape[1], -1])
    return tf.reshape(values, [size, size, x.shape[3], y.shape[3]])


def _convolved(x, kernel, size, pad, transpose=False):
    """Returns the convolution of x with a kernel whose values are given, [points, 1, points, C, D] or [... D, C]."""
    sides = [side + 2 * pad - size + 1 for side in x.shape[1:3]]
    results = []
    for part in _parts(x):
        with tf.control_dependencies(results[-1:]):
            values = _transformed(x[part], _matrices(size)[2], sides, pad)
        results.append(_outputs(tf.matmul(values, kernel, transpose_b=transpose), sides, size))
    return tf.concat(results, 0)


def _parts(x):
    """Returns slices of images that are taken one after the other: for the sake of memory, few for that of tracing."""
    images, numbers = x.shape[0], 2 * np.prod(x.shape[1:])  # about those of the values of one image
    count = max(1, min(images, PARTS, -(-images * numbers // MANY)))
    ends = [images * part // count for part in range(count + 1)]
    return [slice(begin, end) for begin, end in zip(ends, ends[1:])]


@functools.cache
def _matrices(size):
    """Returns what turns a kernel's taps, a tile's outputs and its inputs into values at the points."""

    def powers(columns):  # the values at all points of polynomials with a number of coefficients
        values = np.vander(POINTS[size], columns, increasing=True)
        return np.vstack([values, np.eye(columns)[-1]])

    return powers(size), powers(TILE), np.linalg.inv(powers(size + TILE - 1).T)


def _tiles(side):
    return -(-side // TILE)


def _constant(matrix, like):
    return tf.constant(matrix, like.dtype)


def _blocks(side, most):
    """Returns (number of blocks, tiles in each) along a side."""
    tiles = _tiles(side)
    blocks = -(-tiles // most)
    return blocks, -(-tiles // blocks)


def _banded(matrix, tiles):
    """Returns the matrix of a number of tiles that follow each other, [points, tiles, what they see]."""
    points, seen = matrix.shape
    bands = np.zeros([points, tiles, TILE * (tiles - 1) + seen])
    for tile in range(tiles):
        bands[:, tile, TILE * tile : TILE * tile + seen] = matrix
    return bands


def _cut(x, axis, matrix, side, offset, most):
    """Cuts an axis into blocks of tiles.

    Returns (x with the blocks one after the other along the axis, the matrices of the blocks [blocks, points of all
    tiles, length]); what lies beyond the border is in no block, nor in its matrix.
    """
    blocks, tiles = _blocks(side, most)
    whole = _banded(matrix, blocks * tiles)
    size, seen = x.shape[axis], TILE * (tiles - 1) + matrix.shape[1]
    bands = np.zeros([*whole.shape[:2], offset + max(whole.shape[2], size)])
    bands[:, :, : whole.shape[2]] = whole
    bands = bands[:, :, offset : offset + size]
    length = min(seen, size)
    begins = [min(max(TILE * tiles * block - offset, 0), size - length) for block in range(blocks)]
    matrices = [
        bands[:, tiles * block : tiles * (block + 1), begin : begin + length].reshape(-1, length)
        for block, begin in enumerate(begins)
    ]
    places = np.concatenate([np.arange(begin, begin + length) for begin in begins])
    if not np.array_equal(places, np.arange(size)):
        x = tf.gather(x, places, axis=axis)
    return x, np.stack(matrices)


def _transformed(x, matrix, sides, offset=0):
    """Returns the values of all tiles, [points of the width, blocks, points of the height, tiles, C].

    Args:
        x: tensor [N, H, W, C].
        matrix: of one tile, [points, what it sees].
        sides: (height, width) that the tiles cover.
        offset: by how much the first tile begins before x.
    """
    n, channels, points = x.shape[0], x.shape[3], len(matrix)
    most = HIGH[points - TILE + 1]
    (high, tall), (wide, broad) = _blocks(sides[0], most), _blocks(sides[1], WIDE)
    x, rows = _cut(x, 1, matrix, sides[0], offset, most)
    x, columns = _cut(x, 2, matrix, sides[1], offset, WIDE)
    x = _constant(columns, x) @ tf.reshape(x, [-1, wide, columns.shape[2], channels])  # [N H, wide, points broad, C]
    x = tf.reshape(x, [n, high, rows.shape[2], wide, points, broad * channels])
    x = tf.reshape(tf.transpose(x, [4, 1, 2, 0, 3, 5]), [points, high, rows.shape[2], -1])
    return tf.reshape(_constant(rows, x) @ x, [points, high, points, tall * n * wide * broad, channels])


def _transformed_kernel(k, matrix):
    """Returns the values of a kernel, [points of the width, 1, points of the height, C, D]."""
    size, points = k.shape[0], len(matrix)
    both = np.einsum("lj,ki->lkij", matrix, matrix).reshape(points**2, size**2)
    return tf.reshape(_constant(both, k) @ tf.reshape(k, [size**2, -1]), [points, 1, points, *k.shape[2:]])


def _outputs(values, sides, size):
    """Returns the outputs of all tiles, [N, H, W, C], of values as `_transformed` orders them."""
    points, channels = values.shape[0], values.shape[4]
    (high, tall), (wide, broad) = _blocks(sides[0], HIGH[size]), _blocks(sides[1], WIDE)
    n = values.shape[3] // (tall * wide * broad)
    rows, columns = (_banded(_matrices(size)[1], tiles).reshape(points * tiles, -1).T for tiles in (tall, broad))
    x = _constant(rows, values) @ tf.reshape(values, [points, high, points * tall, -1])
    x = tf.reshape(x, [points, high * TILE * tall, n, wide, broad * channels])[:, : sides[0]]
    x = tf.reshape(tf.transpose(x, [2, 1, 3, 0, 4]), [n * sides[0], wide, points * broad, channels])
    x = tf.reshape(_constant(columns, x) @ x, [n, sides[0], wide * TILE * broad, channels])
    return x[:, :, : sides[1]]
