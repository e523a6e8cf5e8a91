"""Convolution with equalized learning rate."""

import keras

from keras_gans.layers import same_conv
from keras_gans.layers.equalized_kernel import HE_GAIN, EqualizedLayer, image_channels, positive_integer


@keras.saving.register_keras_serializable(package="keras_gans")
class EqualizedConv2D(EqualizedLayer):
    """Convolution of stride 1 whose weights are scaled by He's constant at run time.

    y = x * (ŵ · gain / sqrt(k² C_in)) + b, ŵ ~ N(0, 1)      (Karras et al. 2018, Sec. 4.1)

    Args:
        filters: number of output channels.
        kernel_size: side of the square kernel, odd. Defaults to 3.
        gain: He gain. Defaults to sqrt(2).
        use_bias: adds a bias. Defaults to True.
        equalized: `False` puts the scale into the initial weights instead. Defaults to True.
        activation: `None`, `"leaky_relu"` (slope 0.2), another name or a function.
        seed: integer seed of the initial weights, or `None`.

    Input shape:
        `(batch, height, width, channels)`.

    Output shape:
        `(batch, height, width, filters)`; borders are padded with zeros.

    Example:

    >>> EqualizedConv2D(16)(keras.ops.ones((2, 8, 8, 3))).shape
    TensorShape([2, 8, 8, 16])

    Raises:
        ValueError: `filters` or `gain` is not positive, `kernel_size` is even, or the input is not an image.

    Reference:
        Karras et al., "Progressive Growing of GANs", arXiv 1710.10196.
    """

    def __init__(
        self,
        filters,
        kernel_size=3,
        gain=HE_GAIN,
        use_bias=True,
        equalized=True,
        activation=None,
        seed=None,
        **kwargs,
    ):
        super().__init__(gain, use_bias, equalized, activation, seed, **kwargs)
        self.filters = positive_integer("filters", filters)
        self.kernel_size = positive_integer("kernel_size", kernel_size)
        if self.kernel_size % 2 == 0:
            raise ValueError(f"Expected an odd kernel size. Received: kernel_size={kernel_size}")

    def kernel_shape(self, channels):
        """Shape of the stored kernel for `channels` input channels."""
        return (self.kernel_size, self.kernel_size, channels, self.filters)

    def build(self, input_shape):
        channels = image_channels(self, input_shape)
        self.add_equalized_kernel(self.kernel_shape(channels), self.kernel_size**2 * channels, self.filters)

    def call(self, x):
        return self.convolve(same_conv, x, self.scaled_kernel())

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.filters)

    def get_config(self):
        return {**super().get_config(), "filters": self.filters, "kernel_size": self.kernel_size}
