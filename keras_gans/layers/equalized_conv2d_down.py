"""Convolution that halves the resolution, with equalized learning rate."""

import keras
import tensorflow as tf

from keras_gans.layers import same_conv, strided_conv
from keras_gans.layers.equalized_conv2d import EqualizedConv2D
from keras_gans.layers.scaling import downscale, fuse_kernel


@keras.saving.register_keras_serializable(package="keras_gans")
class EqualizedConv2DDown(EqualizedConv2D):
    """Convolution and 2x2 mean, done as one convolution of stride 2.

    y = mean_2x2(x * (ŵ · gain / sqrt(k² C_in))) + b, ŵ ~ N(0, 1)

    Bias and activation come after the mean in both forms of this layer. A network that applies them before the mean,
    as the paper's Theano code does, is another network: build it from `EqualizedConv2D` and `downscale`.

    Args:
        filters: number of output channels.
        kernel_size: side of the square kernel, odd. Defaults to 3.
        gain: He gain. Defaults to sqrt(2).
        use_bias: adds a bias. Defaults to True.
        equalized: `False` puts the scale into the initial weights instead. Defaults to True.
        activation: `None`, `"leaky_relu"` (slope 0.2), another name or a function.
        seed: integer seed of the initial weights, or `None`.
        fused: `False` convolves and averages separately: slower, equal to rounding. Defaults to True.

    Input shape:
        `(batch, height, width, channels)`, height and width even.

    Output shape:
        `(batch, height / 2, width / 2, filters)`.

    Example:

    >>> EqualizedConv2DDown(16)(tf.ones((2, 8, 8, 3))).shape
    TensorShape([2, 4, 4, 16])

    Raises:
        ValueError: as `EqualizedConv2D`, or height or width is odd.

    Reference:
        Karras et al., "Progressive Growing of GANs", arXiv 1710.10196; `Conv1_down` of the official code.
    """

    def __init__(self, filters, kernel_size=3, fused=True, **kwargs):
        super().__init__(filters, kernel_size, **kwargs)
        self.fused = fused

    def build(self, input_shape):
        super().build(input_shape)
        if any(side is not None and side % 2 for side in input_shape[1:3]):
            raise ValueError(f"Expected an even height and width. Received: input_shape={tuple(input_shape)}")

    def call(self, x):
        if not self.fused:
            return self.finish(downscale(same_conv.conv(x, self.scaled_kernel())))
        kernel = tf.cast(fuse_kernel(tf.convert_to_tensor(self.kernel), self.scale / 4), self.compute_dtype)
        if self.kernel_size + 1 == strided_conv.SIZE:  # knows faster ways to the derivatives
            return self.convolve(strided_conv, x, kernel)
        return self.finish(tf.nn.conv2d(x, kernel, strides=2, padding="SAME"))

    def compute_output_shape(self, input_shape):
        n, h, w, _ = input_shape
        return (n, h and h // 2, w and w // 2, self.filters)

    def get_config(self):
        return {**super().get_config(), "fused": self.fused}
