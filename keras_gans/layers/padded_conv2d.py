"""Convolution with the same padding at all four sides, as PyTorch and Torch pad."""

import keras
import tensorflow as tf

from keras_gans.layers import processor, strided_conv
from keras_gans.layers.strided_conv2d import same_dtype, takes_fast_way


@keras.saving.register_keras_serializable(package="keras_gans")
class PaddedConv2D(keras.layers.Conv2D):
    """`keras.layers.Conv2D` on an image with `pad` zeros at each side.

    4x4 kernels of stride 2 on even sizes go through `keras_gans.layers.strided_conv`. Elsewhere the image is padded
    first: TensorFlow's convolutions that pad by given numbers have derivatives that oneDNN does not know (2.21). The
    single feature map of a PatchGAN's scores is one matrix product for all taps, whose results are shifted and added;
    with AVX2, so is the gradient of a filter of stride 1, from patches.

    TensorFlow's "same" pads as little as the stride needs, at the far side first; this one has the sizes and positions
    of the networks that were written for Torch: (n + 2 pad - kernel_size) // stride + 1.

    Args:
        filters: feature maps of the output.
        kernel_size: side of the kernel.
        strides: step of the output.
        pad: integer >= 0, zeros at each side.
        **kwargs: of `keras.layers.Conv2D`, without padding.

    Input shape: [N, H, W, C].
    Output shape: [N, H', W', filters].

    Raises:
        ValueError: If `pad` is no such integer.

    Reference: `Conv2d` of PyTorch.

    Example:

    >>> PaddedConv2D(1, 4, 1, pad=1)(tf.zeros([1, 8, 9, 3])).shape
    TensorShape([1, 7, 8, 1])
    """

    def __init__(self, filters, kernel_size, strides=1, pad=0, **kwargs):
        kwargs.pop("padding", None)
        super().__init__(filters, kernel_size, strides, "valid", **kwargs)
        if isinstance(pad, bool) or int(pad) != pad or pad < 0:
            raise ValueError(f"pad must be an integer from 0. Received: pad={pad!r}")
        self.pad = int(pad)

    def convolution_op(self, inputs, kernel):
        """Convolves without bias, as Keras asks its convolutions to.

        Args:
            inputs: [N, H, W, C].
            kernel: [h, w, C, filters].
        """
        x, kernel = same_dtype(self, inputs, kernel)
        halves = takes_fast_way(self, padding="valid") and self.pad == 1
        if halves and all(size and size % 2 == 0 for size in x.shape[1:3]):
            return strided_conv.conv(x, kernel)
        if self.pad:
            sides = [self.pad, self.pad]
            x = tf.pad(x, [[0, 0], sides, sides, [0, 0]])
        if _adds_taps(x, self):
            return _to_one_map(x, kernel)
        if _joins_patches(x, self):
            return _conv(x, kernel)
        return processor.in_known_dtype(lambda x, k: tf.nn.conv2d(x, k, list(self.strides), "VALID"), x, kernel)

    def compute_output_shape(self, input_shape):
        n, h, w, c = input_shape
        h, w = (None if side is None else side + 2 * self.pad for side in (h, w))
        return super().compute_output_shape((n, h, w, c))

    def get_config(self):
        config = super().get_config()
        config.pop("padding")
        return {**config, "pad": self.pad}


def _adds_taps(x, layer):
    """Returns whether a convolution goes by `_to_one_map`.

    oneDNN takes 35 ms for 512 channels at 30x30, 4x4 taps, of one image, and 2 ms of two; the product takes 1 ms for
    either (float32, two cores with AVX2). Fewer than 32 bits would round each tap's result.
    """
    plain = layer.filters == 1 and layer.groups == 1 and layer.strides == (1, 1) and layer.dilation_rate == (1, 1)
    known = None not in x.shape[1:3] and x.dtype.size >= 4
    return plain and known and not tf.config.list_physical_devices("GPU")


def _to_one_map(x, kernel):
    """[N H W C], [h w C 1] -> [N H-h+1 W-w+1 1]."""
    (h, w, c), (height, width) = kernel.shape[:3], x.shape[1:3]
    products = tf.linalg.matmul(tf.reshape(x, [-1, c]), tf.reshape(kernel, [h * w, c]), transpose_b=True)  # [NHW hw]
    products = tf.reshape(products, [-1, height, width, h * w])
    rows, columns = height - h + 1, width - w + 1
    taps = [products[:, i : i + rows, j : j + columns, i * w + j] for i in range(h) for j in range(w)]
    return tf.add_n(taps)[..., tf.newaxis]


def _joins_patches(x, layer):
    """Returns whether the gradient of a filter goes by `_filter_gradient`.

    Measured in float32 on two cores with AVX2, 256 to 512 channels at 31x31, 4x4 taps: 27 ms instead of 35 for one
    image, 103 instead of 131 for four. More images would take more memory, 16 MB each.
    """
    plain = layer.groups == 1 and layer.strides == (1, 1) and layer.dilation_rate == (1, 1) and layer.kernel_size[0] > 1
    few = x.shape[0] is not None and x.shape[0] <= 4 and None not in x.shape[1:3]
    wide = layer.filters >= 512 and x.shape[3] >= 128 and x.dtype == tf.float32
    return plain and few and wide and processor.works_with_avx2()


@tf.custom_gradient
def _conv(x, k):
    """[N H W C], [h w C D] -> [N H-h+1 W-w+1 D]."""
    return tf.nn.conv2d(x, k, 1, "VALID"), lambda y: (_input_gradient(k, y), _filter_gradient(x, y, k.shape[:2]))


def _input_gradient(k, y):
    n, height, width = y.shape[:3]
    sizes = [n, height + k.shape[0] - 1, width + k.shape[1] - 1, k.shape[2]]
    return tf.raw_ops.Conv2DBackpropInput(
        input_sizes=sizes, filter=k, out_backprop=y, strides=[1, 1, 1, 1], padding="VALID"
    )


def _filter_gradient(x, y, size):
    """Σ over output pixels of what a tap sees times y, all taps in one product: [h w C D]."""

    @tf.custom_gradient
    def gradient(x, y):
        rows, columns, c, d = *y.shape[1:3], x.shape[3], y.shape[3]
        taps = [x[:, i : i + rows, j : j + columns] for i in range(size[0]) for j in range(size[1])]
        patches = tf.reshape(tf.concat(taps, -1), [-1, len(taps) * c])  # [NHW hwC]
        product = tf.matmul(patches, tf.reshape(y, [-1, d]), transpose_a=True)
        return tf.reshape(product, [*size, c, d]), lambda k: (_input_gradient(k, y), _conv(x, k))

    return gradient(x, y)
