"""Convolution that doubles the resolution, with equalized learning rate."""

import keras
import tensorflow as tf

from keras_gans.layers import same_conv, strided_conv
from keras_gans.layers.equalized_conv2d import EqualizedConv2D
from keras_gans.layers.scaling import fuse_kernel, upscale


@keras.saving.register_keras_serializable(package="keras_gans")
class EqualizedConv2DUp(EqualizedConv2D):
    """Nearest upscaling by two and a convolution, done as one transposed convolution.

    y = up(x) * (ŵ · gain / sqrt(k² C_in)) + b, ŵ ~ N(0, 1)

    The fused form computes the same function with 4 instead of 9 products per output and never stores the upscaled
    features. Like the published networks, the layer stores ŵ as `(k, k, filters, channels)`; the plain convolution
    kernel is `ŵ[::-1, ::-1]` with the last two axes exchanged.

    Args:
        filters: number of output channels.
        kernel_size: side of the square kernel, odd. Defaults to 3.
        gain: He gain. Defaults to sqrt(2).
        use_bias: adds a bias. Defaults to True.
        equalized: `False` puts the scale into the initial weights instead. Defaults to True.
        activation: `None`, `"leaky_relu"` (slope 0.2), another name or a function.
        seed: integer seed of the initial weights, or `None`.
        fused: `False` upscales and convolves separately: slower, equal to rounding. Defaults to True.

    Input shape:
        `(batch, height, width, channels)`.

    Output shape:
        `(batch, 2 * height, 2 * width, filters)`.

    Example:

    >>> EqualizedConv2DUp(16)(tf.ones((2, 8, 8, 3))).shape
    TensorShape([2, 16, 16, 16])

    Raises:
        ValueError: as `EqualizedConv2D`.

    Reference:
        Karras et al., "Progressive Growing of GANs", arXiv 1710.10196; `Conv0_up` of the official code.
    """

    def __init__(self, filters, kernel_size=3, fused=True, **kwargs):
        super().__init__(filters, kernel_size, **kwargs)
        self.fused = fused

    def kernel_shape(self, channels):
        return (self.kernel_size, self.kernel_size, self.filters, channels)

    def call(self, x):
        if not self.fused:
            kernel = tf.transpose(tf.reverse(self.scaled_kernel(), axis=(0, 1)), (0, 1, 3, 2))
            return self.finish(same_conv.conv(upscale(x), kernel))
        kernel = tf.cast(fuse_kernel(tf.convert_to_tensor(self.kernel), self.scale), self.compute_dtype)
        if self.kernel_size + 1 == strided_conv.SIZE:  # knows faster ways
            return self.finish(strided_conv.conv_transpose(x, kernel))
        shape = (tf.shape(x)[0], 2 * x.shape[1], 2 * x.shape[2], self.filters)
        return self.finish(tf.nn.conv2d_transpose(x, kernel, shape, strides=2, padding="SAME"))

    def compute_output_shape(self, input_shape):
        n, h, w, _ = input_shape
        return (n, h and 2 * h, w and 2 * w, self.filters)

    def get_config(self):
        return {**super().get_config(), "fused": self.fused}
