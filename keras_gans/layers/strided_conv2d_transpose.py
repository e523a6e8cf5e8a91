"""Transposed convolution layer that takes the fast way where there is one."""

import keras

from keras_gans.layers import strided_conv
from keras_gans.layers.strided_conv2d import same_dtype, takes_fast_way


@keras.saving.register_keras_serializable(package="keras_gans")
class StridedConv2DTranspose(keras.layers.Conv2DTranspose):
    """`keras.layers.Conv2DTranspose`, faster in training with 4x4 kernels and stride 2.

    The same numbers to rounding, the same weights and arguments; `keras_gans.layers.strided_conv` says how. Other
    kernels, strides, paddings and sizes go through Keras' own.

    Args:
        filters: number of output channels.
        kernel_size: side of the kernel, or both sides.
        strides: stride, or both.
        padding: "same" or "valid".
        **kwargs: of `keras.layers.Conv2DTranspose`.

    Input shape: [N, H, W, C].
    Output shape: [N, 2H, 2W, filters] with the defaults.

    Example:

    >>> import numpy as np
    >>> StridedConv2DTranspose(3)(np.ones([2, 4, 4, 5], "float32")).shape
    TensorShape([2, 8, 8, 3])
    """

    def __init__(self, filters, kernel_size=4, strides=2, padding="same", **kwargs):
        super().__init__(filters, kernel_size, strides, padding, **kwargs)

    def call(self, inputs):
        if not (takes_fast_way(self) and all(inputs.shape[1:3])):
            return super().call(inputs)
        outputs = strided_conv.conv_transpose(*same_dtype(self, inputs, self.kernel))
        if self.use_bias:
            outputs += same_dtype(self, self.bias)[0]  # not bias_add, whose gradient in bfloat16 is summed in bfloat16
        return self.activation(outputs)
