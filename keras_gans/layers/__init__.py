"""Layers shared by the models: one concept a file."""

from keras_gans.layers.batch_normalization import BatchNormalization
from keras_gans.layers.concat_labels import ConcatLabels
from keras_gans.layers.current_batch_normalization import CurrentBatchNormalization
from keras_gans.layers.dropout import Dropout
from keras_gans.layers.equalized_conv2d import EqualizedConv2D
from keras_gans.layers.equalized_conv2d_down import EqualizedConv2DDown
from keras_gans.layers.equalized_conv2d_up import EqualizedConv2DUp
from keras_gans.layers.equalized_dense import EqualizedDense
from keras_gans.layers.fade_in import FadeIn
from keras_gans.layers.instance_normalization import InstanceNormalization
from keras_gans.layers.leaky_relu import leaky_relu
from keras_gans.layers.minibatch_discrimination import MinibatchDiscrimination
from keras_gans.layers.minibatch_std_dev import MinibatchStdDev
from keras_gans.layers.multiplicative_noise import MultiplicativeNoise
from keras_gans.layers.padded_conv2d import PaddedConv2D
from keras_gans.layers.pixel_norm import PixelNorm, pixel_norm
from keras_gans.layers.reflection_padding2d import ReflectionPadding2D
from keras_gans.layers.scalar_gain_layer_norm import ScalarGainLayerNorm
from keras_gans.layers.scaling import downscale, fuse_kernel, upscale
from keras_gans.layers.strided_conv2d import StridedConv2D
from keras_gans.layers.strided_conv2d_transpose import StridedConv2DTranspose

__all__ = [
    "BatchNormalization",
    "ConcatLabels",
    "CurrentBatchNormalization",
    "Dropout",
    "EqualizedConv2D",
    "EqualizedConv2DDown",
    "EqualizedConv2DUp",
    "EqualizedDense",
    "FadeIn",
    "InstanceNormalization",
    "MinibatchDiscrimination",
    "MinibatchStdDev",
    "MultiplicativeNoise",
    "PaddedConv2D",
    "PixelNorm",
    "ReflectionPadding2D",
    "ScalarGainLayerNorm",
    "StridedConv2D",
    "StridedConv2DTranspose",
    "downscale",
    "fuse_kernel",
    "leaky_relu",
    "pixel_norm",
    "upscale",
]
