"""4x4 convolutions of stride 2 whose derivatives, of any order, take the fastest way that this processor knows.

One trilinear form holds the convolution, its transpose and the gradient of its filter, T(x, k, y) =

    Σ x[n, 2h + i - 1, 2w + j - 1, c] k[i, j, c, d] y[n, h, w, d]   over n, h, w, i, j, c, d; x is 0 beyond its border
    conv(x, k) = ∂T/∂y,   conv_transpose(y, k) = ∂T/∂x,   filter_gradient(x, y) = ∂T/∂k

so the derivatives of each of them are the two others, and three functions that call each other are exact for any order
of derivative. Each has two ways to the same numbers: TensorFlow's own kernel, and 2x2 blocks times matrix products.
oneDNN's kernels, as of TensorFlow 2.21, fall far behind matrix products on small outputs and, for the transpose, on
few channels; `uses_products` says where. `conv_reference` is the slow and plain one that the tests hold them against.

"same" padding (1 at each border) and even sizes only.
"""

import tensorflow as tf

SIZE, STRIDE = 4, 2


@tf.custom_gradient
def conv(x, k):
    """Returns the convolution of stride 2, ∂T/∂y.

    Args:
        x: floating tensor [N, 2h, 2w, C]; h, w and C are static.
        k: tensor [4, 4, C, D].

    Returns:
        Tensor [N, h, w, D].

    Example:

    >>> conv(tf.ones([1, 4, 4, 1]), tf.ones([4, 4, 1, 1]))[0, :, :, 0].numpy().tolist()
    [[9.0, 9.0], [9.0, 9.0]]
    """
    way = _conv_by_products if uses_products("conv", x, k.shape) else _conv_native
    return way(x, k), lambda y: (conv_transpose(y, k), filter_gradient(x, y))


@tf.custom_gradient
def conv_transpose(y, k):
    """Returns the transposed convolution of stride 2, ∂T/∂x: the generator's "fractionally strided" convolution.

    Args:
        y: floating tensor [N, h, w, D]; h, w and D are static.
        k: tensor [4, 4, C, D].

    Returns:
        Tensor [N, 2h, 2w, C].

    Example:

    >>> conv_transpose(tf.ones([1, 1, 1, 1]), tf.ones([4, 4, 1, 1]))[0, :, :, 0].numpy().tolist()
    [[1.0, 1.0], [1.0, 1.0]]
    """
    way = _transpose_by_products if uses_products("conv_transpose", y, k.shape) else _transpose_native
    return way(y, k), lambda x: (conv(x, k), filter_gradient(x, y))


@tf.custom_gradient
def filter_gradient(x, y):
    """Returns the gradient of a convolution by its filter, ∂T/∂k.

    Args:
        x: floating tensor [N, 2h, 2w, C]; h, w and C are static.
        y: tensor [N, h, w, D]; D is static.

    Returns:
        Tensor [4, 4, C, D].

    Example:

    >>> filter_gradient(tf.ones([1, 2, 2, 1]), tf.ones([1, 1, 1, 1]))[:, :, 0, 0].numpy().tolist()
    [[0.0, 0.0, 0.0, 0.0], [0.0, 1.0, 1.0, 0.0], [0.0, 1.0, 1.0, 0.0], [0.0, 0.0, 0.0, 0.0]]
    """
    shape = [SIZE, SIZE, x.shape[3], y.shape[3]]
    way = _filter_by_products if uses_products("filter_gradient", x, shape) else _filter_native
    return way(x, y, shape), lambda k: (conv_transpose(y, k), conv(x, k))


def conv_reference(x, k):
    """The same as `conv`, one tap after the other, in TensorFlow's own differentiable operations.

    Args:
        x: floating tensor [N, 2h, 2w, C].
        k: tensor [4, 4, C, D].
    """
    height, width = x.shape[1], x.shape[2]
    x = tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]])
    taps = [(i, j) for i in range(SIZE) for j in range(SIZE)]
    return tf.add_n([x[:, i : i + height : 2, j : j + width : 2] @ k[i, j] for i, j in taps])


def uses_products(operation, tensor, kernel_shape):
    """Returns whether an operation goes by matrix products: where that was measured to be faster, on processors only.

    Measured with TensorFlow 2.21 on two Zen 4 cores with avx512_bf16, batch 64; `benchmarks/train_step.py --operations`
    measures it again.

    Args:
        operation: "conv", "conv_transpose" or "filter_gradient".
        tensor: its first operand.
        kernel_shape: [4, 4, C, D].
    """
    channels = kernel_shape[2]
    height = tensor.shape[1] if operation == "conv_transpose" else tensor.shape[1] // STRIDE
    if tensor.dtype not in (tf.float32, tf.bfloat16) or tf.config.list_physical_devices("GPU"):
        return False
    if operation == "conv":
        return channels >= 64 and height <= 4 and tensor.dtype == tf.float32
    if operation == "conv_transpose":
        return channels <= 4 or (channels >= 64 and height <= 4 and tensor.dtype == tf.bfloat16)
    return channels >= 64 and height <= 8


def _conv_native(x, k):
    return tf.nn.conv2d(x, k, STRIDE, "SAME")


def _transpose_native(y, k):
    shape = [tf.shape(y)[0], STRIDE * y.shape[1], STRIDE * y.shape[2], k.shape[2]]
    return tf.nn.conv2d_transpose(y, k, shape, STRIDE, "SAME")


def _filter_native(x, y, shape):
    return tf.raw_ops.Conv2DBackpropFilter(
        input=x, filter_sizes=shape, out_backprop=y, strides=[1, STRIDE, STRIDE, 1], padding="SAME"
    )


# Tap (i, j) = (2a + p, 2b + q) of output (h, w) sees the padded pixel (2(h + a) + p, 2(w + b) + q): split into blocks,
# [N h+1 p w+1 (q C)], it is a plain slice for each (a, p, b), and (q C) stays together. No stride, no transposition.


def _slices(x):
    """Returns for each (a, p, b), in the order of the kernel, what its taps see: 8 tensors [N h w (q C)]."""
    h, w, c = x.shape[1] // 2, x.shape[2] // 2, x.shape[3]
    blocks = tf.reshape(tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]]), [-1, h + 1, 2, w + 1, 2 * c])  # [N h+1 p w+1 qC]
    return [blocks[:, a : a + h, p, b : b + w] for a in (0, 1) for p in (0, 1) for b in (0, 1)]


def _conv_by_products(x, k):
    h, w, d = x.shape[1] // 2, x.shape[2] // 2, k.shape[3]
    patches = tf.reshape(tf.concat(_slices(x), axis=-1), [-1, 16 * k.shape[2]])  # [Nhw ijC]
    return tf.reshape(patches @ tf.reshape(k, [16 * k.shape[2], d]), [-1, h, w, d])  # [N h w D]


def _filter_by_products(x, y, shape):
    rows = tf.reshape(y, [-1, shape[3]])  # [Nhw D]
    taps = [tf.matmul(tf.reshape(s, [-1, 2 * shape[2]]), rows, transpose_a=True) for s in _slices(x)]  # 8 x [qC D]
    return tf.reshape(tf.concat(taps, axis=0), shape)  # [i j C D]


def _transpose_by_products(y, k):
    h, w, c, d = y.shape[1], y.shape[2], k.shape[2], k.shape[3]
    patches = tf.matmul(tf.reshape(y, [-1, d]), tf.reshape(k, [16 * c, d]), transpose_b=True)  # [Nhw ijC]
    patches = tf.transpose(tf.reshape(patches, [-1, h, w, 2, 2, 2, 2 * c]), [0, 3, 1, 4, 5, 2, 6])  # [N a h p b w qC]
    columns = _overlap(patches[:, :, :, :, 0], patches[:, :, :, :, 1], axis=4)  # [N a h p w+1 qC]
    blocks = _overlap(columns[:, 0], columns[:, 1], axis=1)  # [N h+1 p w+1 qC]
    return tf.reshape(blocks, [-1, 2 * h + 2, 2 * w + 2, c])[:, 1:-1, 1:-1]  # [N 2h 2w C]


def _overlap(first, second, axis):
    """Returns first + second, the second moved by one along an axis that grows by one."""
    behind, ahead = [[0, 0] for _ in first.shape], [[0, 0] for _ in first.shape]
    behind[axis], ahead[axis] = [0, 1], [1, 0]
    return tf.pad(first, behind) + tf.pad(second, ahead)
