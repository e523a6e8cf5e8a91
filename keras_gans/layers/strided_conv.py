"""4x4 convolutions of stride 2 whose derivatives, of any order, take the fastest way that this processor knows.

One trilinear form holds the convolution, its transpose and the gradient of its filter, T(x, k, y) =

    Σ x[n, 2h + i - 1, 2w + j - 1, c] k[i, j, c, d] y[n, h, w, d]   over n, h, w, i, j, c, d; x is 0 beyond its border
    conv(x, k) = ∂T/∂y,   conv_transpose(y, k) = ∂T/∂x,   filter_gradient(x, y) = ∂T/∂k

so the derivatives of each of them are the two others, and three functions that call each other are exact for any order
of derivative. Each has two ways to the same numbers: TensorFlow's own kernel, and 2x2 blocks times matrix products.
oneDNN's kernels, as of TensorFlow 2.21, fall far behind matrix products on small outputs and, for the transpose, on
few channels; `uses_products` says where. Where oneDNN is left out the transpose has a third, by a convolution for the
four phases of its output. `conv_reference` is the slow and plain one that the tests hold them against.

"same" padding (1 at each border) and even sizes only.
"""

import tensorflow as tf

from keras_gans.layers import processor
from keras_gans.layers.custom_gradient import custom_gradient

SIZE, STRIDE = 4, 2
SPARE = 16  # columns of zeros, a line of the cache, between rows of patches
LARGE, PARTS = 2**22, 16  # numbers in a part of all patches, unless that makes more parts
FEW = 64  # rows of features up to which a product costs what reading the kernel costs


@custom_gradient
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
    return convolve(x, k), lambda y: derivatives(x, k, y)


@custom_gradient
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
    if uses_products("conv_transpose", y, k.shape):
        way = _transpose_by_products
    else:
        way = _transpose_by_phases if processor.slow_derivatives(y.dtype) else _transpose_native
    return way(y, k), lambda x: (conv(x, k), filter_gradient(x, y))


@custom_gradient
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


def convolve(x, k):
    """Returns what `conv` returns, without a gradient of its own: what TensorFlow fuses with bias and activation.

    Args:
        x: floating tensor [N, 2h, 2w, C].
        k: tensor [4, 4, C, D].
    """
    return (_conv_by_products if uses_products("conv", x, k.shape) else _conv_native)(x, k)


def derivatives(x, k, y):
    """Returns the gradients of sum(conv(x, k) y) by x and k.

    Args:
        x: floating tensor [N, 2h, 2w, C].
        k: tensor [4, 4, C, D].
        y: tensor [N, h, w, D].
    """
    return conv_transpose(y, k), filter_gradient(x, y)


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

    Measured with TensorFlow 2.21 on two Zen 4 cores with avx512_bf16, for three kinds of shapes: DCGAN's at batch 64
    (`benchmarks/train_step.py --operations` measures it again); PGGAN's, 128 to 512 channels at batch 16 to 64; and the
    U-Net's at batch 1 and 4, whose innermost layers have a few rows of features and kernels that oneDNN rearranges in
    every call. On two Zen 3 cores filter gradients gain from 32x32 outputs on for PGGAN's 128 channels, with 256 and
    more filters at all sizes (`_joins_patches`), and at all sizes where oneDNN is left out; DCGAN's innermost transpose
    takes 110 ms instead of 208.

    Args:
        operation: "conv", "conv_transpose" or "filter_gradient".
        tensor: its first operand.
        kernel_shape: [4, 4, C, D].
    """
    channels, filters = kernel_shape[2], kernel_shape[3]
    height, width = (n if operation == "conv_transpose" else n // STRIDE for n in tensor.shape[1:3])
    batch = float("inf") if tensor.shape[0] is None else tensor.shape[0]
    rows, size, whole = batch * height * width, channels * filters, tensor.dtype == tf.float32
    if tensor.dtype not in (tf.float32, tf.bfloat16) or tf.config.list_physical_devices("GPU"):
        return False
    if channels <= 4:
        return operation == "conv_transpose"
    if channels < 64:
        return False
    if processor.slow_derivatives(tensor.dtype) and rows > FEW:
        return operation == "filter_gradient"
    avx2 = whole and processor.works_with_avx2()
    if batch > 4 and rows > FEW:
        return {
            "conv": whole and height <= 4 and size >= 512 * 512,
            "conv_transpose": (avx2 or not whole) and height <= 4 and size >= 512 * 1024,
            "filter_gradient": (height <= 8 and (not whole or size >= 256 * 512))
            or (avx2 and (height >= 32 or _joins_patches(tensor, filters))),
        }[operation]
    return {
        "conv": rows <= (4 * FEW if whole and not _in_stripes(tensor, kernel_shape) else FEW),
        "conv_transpose": rows <= FEW or (avx2 and height <= 8 and size >= 512 * 1024),
        "filter_gradient": height <= 8 or (rows <= 16384 if whole else rows <= 4096 and filters >= 256),
    }[operation]


def _conv_native(x, k):
    if not _in_stripes(x, k.shape):
        return tf.nn.conv2d(x, k, STRIDE, "SAME")
    half = x.shape[1] // 2
    x = tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]])
    upper, lower = tf.split(tf.nn.conv2d(tf.concat([x[:, : half + 2], x[:, half:]], 0), k, STRIDE, "VALID"), 2)
    return tf.concat([upper, lower], 1)


def _in_stripes(x, kernel_shape):
    """Returns whether a single image is convolved as two halves of it: oneDNN's convolution is slow for one image.

    Measured in float32 on two cores with AVX2: 44 ms for 128 to 128 channels at 64x64 outputs, 14 ms in halves; for 512
    to 512 channels at 16x16, 23 and 18 ms. Where images are two or more, halves gain nothing.
    """
    alone = x.shape[0] == 1 and x.shape[1] % 4 == 0 and x.shape[1] * x.shape[2] > 4 * FEW and kernel_shape[2] >= 64
    return alone and x.dtype == tf.float32 and processor.works_with_avx2()


def _transpose_native(y, k):
    shape = [tf.shape(y)[0], STRIDE * y.shape[1], STRIDE * y.shape[2], k.shape[2]]
    return tf.nn.conv2d_transpose(y, k, shape, STRIDE, "SAME")


def _filter_native(x, y, shape):
    def native(x, y):
        return tf.raw_ops.Conv2DBackpropFilter(
            input=x, filter_sizes=shape, out_backprop=y, strides=[1, STRIDE, STRIDE, 1], padding="SAME"
        )

    return processor.in_known_dtype(native, x, y)


def _transpose_by_phases(y, k):
    """Output pixel (2h + p - 1, 2w + q - 1) sees the 2x2 pixels up to y[h, w] by the taps (2a + p, 2b + q)."""
    c, d = k.shape[2:]
    taps = tf.reshape(k, [2, 2, 2, 2, c, d])  # [a p b q C D]
    taps = tf.reshape(tf.transpose(taps[::-1, :, ::-1], [0, 2, 5, 1, 3, 4]), [2, 2, d, 4 * c])  # [a b D pqC], turned
    phases = tf.nn.conv2d(y, taps, 1, [[0, 0], [1, 1], [1, 1], [0, 0]])  # [N h+1 w+1 pqC]
    return tf.nn.depth_to_space(phases, 2)[:, 1:-1, 1:-1]  # [N 2h 2w C]


# Tap (i, j) = (2a + p, 2b + q) of output (h, w) sees the padded pixel (2(h + a) + p, 2(w + b) + q): split into blocks,
# [N h+1 p w+1 (q C)], it is a plain slice for each (a, p, b), and (q C) stays together. No stride, no transposition.


def _slices(x):
    """Returns for each (a, p, b), in the order of the kernel, what its taps see: 8 tensors [N h w (q C)]."""
    h, w, c = x.shape[1] // 2, x.shape[2] // 2, x.shape[3]
    blocks = tf.reshape(tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]]), [-1, h + 1, 2, w + 1, 2 * c])  # [N h+1 p w+1 qC]
    return [blocks[:, a : a + h, p, b : b + w] for a in (0, 1) for p in (0, 1) for b in (0, 1)]


def _patches(x, spare=0):
    """Returns what all taps see and some zeros, one row of features for each output: [Nhw ijC+spare]."""
    slices = _slices(x)
    if spare:
        slices.append(tf.zeros([tf.shape(x)[0], *slices[0].shape[1:3], spare], x.dtype))
    return tf.reshape(tf.concat(slices, axis=-1), [-1, SIZE**2 * x.shape[3] + spare])


def _inner_taps(k):
    """Returns the taps of rows 1 and 2 that see a single output pixel, [jC D] each; the others see the border."""
    taps = [tf.reshape(k[i], [4 * k.shape[2], k.shape[3]]) for i in (1, 2)]
    return [rows[k.shape[2] : 3 * k.shape[2]] for rows in taps]  # slices of first axes: nothing is copied


def _conv_by_products(x, k):
    h, w, c, d = x.shape[1] // 2, x.shape[2] // 2, k.shape[2], k.shape[3]
    if h == w == 1:
        above, below = _inner_taps(k)
        return tf.reshape(
            tf.reshape(x[:, 0], [-1, 2 * c]) @ above + tf.reshape(x[:, 1], [-1, 2 * c]) @ below, [-1, 1, 1, d]
        )
    return tf.reshape(_patches(x) @ tf.reshape(k, [16 * c, d]), [-1, h, w, d])  # [N h w D]


def _filter_by_products(x, y, shape):
    h, w, c, d = x.shape[1] // 2, x.shape[2] // 2, shape[2], shape[3]
    rows = tf.reshape(y, [-1, d])  # [Nhw D]
    if h == w == 1:
        inner = tf.matmul(tf.reshape(x, [-1, 4 * c]), rows, transpose_a=True)  # [ijC D], i and j from 1 to 2
        return tf.pad(tf.reshape(inner, [2, 2, c, d]), [[1, 1], [1, 1], [0, 0], [0, 0]])
    if _joins_patches(x, d):
        return tf.reshape(_joined(x, y), shape)  # [i j C D]
    taps = [tf.matmul(tf.reshape(s, [-1, 2 * c]), rows, transpose_a=True) for s in _slices(x)]  # 8 x [qC D]
    return tf.reshape(tf.concat(taps, axis=0), shape)  # [i j C D]


def _joins_patches(x, filters):
    """Returns whether all taps are one product: of patches that are smaller than the filter, and of many filters.

    The second was measured in float32 on two cores with AVX2: 104 ms instead of 157 for DCGAN's 256 to 512 channels at
    8x8, 120 instead of 136 for 128 to 256 at 16x16; at batch 4 31 instead of 36 for 128 to 256 at 32x32, 61 instead of
    69 for 64 to 256 at 64x64, the largest image tried. With 128 filters what is joined costs what it saves, and without
    oneDNN more.
    """
    batch, height, width, channels = x.shape
    if batch is None:
        return False
    pixels = height * width // STRIDE**2
    wide = channels >= 64 and filters >= 256 and SIZE**2 * channels * pixels <= 4 * LARGE
    return batch * pixels <= filters or (wide and processor.multiplies_with_avx2(x.dtype))


def _joined(x, y):
    """Returns the product of all patches with what they led to, [ijC D].

    Rows whose length is a power of two lie on the same few lines of the cache, and a product that reads them across
    takes twice as long; SPARE columns of zeros move them apart. Of up to 256 filters the product is taken transposed.
    Many patches are taken a part after the other, for the sake of memory.
    """
    taps, filters = SIZE**2 * x.shape[3], y.shape[3]
    if not processor.multiplies_with_avx2(x.dtype):
        return tf.matmul(_patches(x), tf.reshape(y, [-1, filters]), transpose_a=True)
    images, numbers = x.shape[0], y.shape[1] * y.shape[2] * taps
    most = max(1, LARGE // numbers, -(-images // PARTS))  # images in a part
    sizes = [min(most, images - first) for first in range(0, images, most)] or [0]
    total = None
    for part, led_to in zip(tf.split(x, sizes), tf.split(y, sizes)):
        with tf.control_dependencies([] if total is None else [total]):
            patches, rows = _patches(part, SPARE), tf.reshape(led_to, [-1, filters])
        if filters <= 256 < rows.shape[0]:
            product = tf.transpose(tf.matmul(rows, patches, transpose_a=True)[:, :taps])
        else:
            product = tf.matmul(patches, rows, transpose_a=True)[:taps]
        total = product if total is None else total + product
    return total


def _transpose_by_products(y, k):
    h, w, c, d = y.shape[1], y.shape[2], k.shape[2], k.shape[3]
    rows = tf.reshape(y, [-1, d])  # [Nhw D]
    if h == w == 1:
        return tf.reshape(
            tf.stack([tf.matmul(rows, taps, transpose_b=True) for taps in _inner_taps(k)], 1), [-1, 2, 2, c]
        )
    kernel = tf.reshape(k, [16 * c, d])
    if y.dtype == tf.float32 and y.shape[0] is not None and y.shape[0] * h * w <= FEW:
        patches = tf.transpose(tf.matmul(kernel, rows, transpose_b=True))  # [Nhw ijC], the kernel read as it lies
    else:
        patches = tf.matmul(rows, kernel, transpose_b=True)  # [Nhw ijC]
    patches = tf.transpose(tf.reshape(patches, [-1, h, w, 2, 2, 2, 2 * c]), [0, 3, 1, 4, 5, 2, 6])  # [N a h p b w qC]
    columns = _overlap(patches[:, :, :, :, 0], patches[:, :, :, :, 1], axis=4)  # [N a h p w+1 qC]
    blocks = _overlap(columns[:, 0], columns[:, 1], axis=1)  # [N h+1 p w+1 qC]
    return tf.reshape(blocks, [-1, 2 * h + 2, 2 * w + 2, c])[:, 1:-1, 1:-1]  # [N 2h 2w C]


def _overlap(first, second, axis):
    """Returns first + second, the second moved by one along an axis that grows by one."""
    behind, ahead = [[0, 0] for _ in first.shape], [[0, 0] for _ in first.shape]
    behind[axis], ahead[axis] = [0, 1], [1, 0]
    return tf.pad(first, behind) + tf.pad(second, ahead)
