"""Convolution with the same padding at all four sides, as PyTorch and Torch pad."""

import keras
import tensorflow as tf

from keras_gans.layers import processor, strided_conv, winograd
from keras_gans.layers.strided_conv2d import same_dtype, takes_fast_way


@keras.saving.register_keras_serializable(package="keras_gans")
class PaddedConv2D(keras.layers.Conv2D):
    """`keras.layers.Conv2D` on an image with `pad` zeros at each side.

    4x4 kernels of stride 2 on even sizes go through `keras_gans.layers.strided_conv`. Elsewhere the image is padded
    first: TensorFlow's convolutions that pad by given numbers have derivatives that oneDNN does not know (2.21). The
    single feature map of a PatchGAN's scores is one matrix product for all taps, whose results are shifted and added.
    The gradients of wide kernels of stride 1, 3x3 and 4x4, go by `keras_gans.layers.winograd`.

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
        if _gains_by_winograd(x, self):
            return winograd.conv(x, kernel, self.pad)
        if self.pad:
            sides = [self.pad, self.pad]
            x = tf.pad(x, [[0, 0], sides, sides, [0, 0]])
        if _adds_taps(x, self):
            return _to_one_map(x, kernel)
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


def _gains_by_winograd(x, layer):
    """Returns whether the gradients of a convolution go by `winograd`."""
    plain = layer.groups == 1 and layer.strides == (1, 1) and layer.dilation_rate == (1, 1)
    size = layer.kernel_size[0]
    if not plain or layer.kernel_size != (size, size) or layer.pad >= size or None in x.shape:
        return False
    outputs = (x.shape[0], *(side + 2 * layer.pad - size + 1 for side in x.shape[1:3]), layer.filters)
    return all(
        winograd.gains(operation, x.shape, outputs, size, x.dtype)
        for operation in ("input_gradient", "filter_gradient")
    )
