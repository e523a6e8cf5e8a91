"""The DCGAN networks of Radford et al. 2016 (arXiv 1511.06434), Sec. 3 and Fig. 1.

Guidelines (Sec. 3): strided convolutions in the discriminator, fractionally strided ones in the generator; batch norm
in both, but neither at the generator's output nor at the discriminator's input; no hidden fully connected layers; ReLU
in the generator with tanh at its output; LeakyReLU(0.2) in the discriminator.

Held against Newmu/dcgan_code, pytorch/examples (dcgan) and carpedm20/DCGAN-tensorflow: kernels, biases, normalisation
and parameter counts of each stand in `presets.py`.
"""

import keras
import numpy as np
from keras import layers

from keras_gans.layers.batch_normalization import BatchNormalization
from keras_gans.layers.concat_labels import ConcatLabels
from keras_gans.layers.strided_conv2d import StridedConv2D
from keras_gans.layers.strided_conv2d_transpose import StridedConv2DTranspose

BASE = 4  # pixels a side where the generator starts and the discriminator ends


class Blocks:
    """The layers that both networks are made of, under one set of conventions.

    Args:
        kernel_size: side of the kernels; 4, 5 or 3.
        use_bias: whether (de)convolutions and dense layers have biases. The last layer of each follows suit.
        padding: "same" (TensorFlow's: an odd kernel at stride 2 pads more at the far border) or "symmetric" (Theano's
            and PyTorch's: kernel_size // 2 at the near border).
        norm_momentum: decay of the moving statistics.
        norm_epsilon: ε of batch norm.
        gamma_stddev: γ starts from N(1, gamma_stddev²).
        truncated_conv: whether the discriminator's convolutions start from a truncated normal.
        weight_decay: λ of the L2 term λ/2 ||w||² on all trainable parameters, added to the loss.
        num_classes: classes concatenated to the input of each layer; 0 for none.
        seed: seed of the initial weights.
        dtype: dtype policy of the layers, or None.
    """

    def __init__(
        self,
        kernel_size=4,
        use_bias=False,
        padding="same",
        norm_momentum=0.9,
        norm_epsilon=1e-5,
        gamma_stddev=0.02,
        truncated_conv=False,
        weight_decay=0.0,
        num_classes=0,
        seed=0,
        dtype=None,
    ):
        self.kernel_size = kernel_size
        self.use_bias = use_bias
        self.symmetric = padding == "symmetric" and kernel_size % 2 == 1
        self.norm = dict(momentum=norm_momentum, epsilon=norm_epsilon, gamma_stddev=gamma_stddev)
        self.conv_initializer = (
            keras.initializers.TruncatedNormal if truncated_conv else keras.initializers.RandomNormal
        )
        self.weight_decay = weight_decay
        self.num_classes = num_classes
        self.labels = layers.Input((), dtype="int32", name="labels") if num_classes else None
        self.seeds = np.random.RandomState(seed)
        self.dtype = dtype

    def regularizer(self):
        return keras.regularizers.L2(self.weight_decay / 2) if self.weight_decay else None

    def weights(self, initializer=keras.initializers.RandomNormal):
        """Keyword arguments of a layer with a kernel: N(0, 0.02²), a bias or none, weight decay."""
        return dict(
            kernel_initializer=initializer(stddev=0.02, seed=int(self.seeds.randint(2**31))),
            kernel_regularizer=self.regularizer(),
            bias_regularizer=self.regularizer() if self.use_bias else None,
            use_bias=self.use_bias,
        )

    def labelled(self, x, k):
        if self.labels is None:
            return x
        return ConcatLabels(self.num_classes, dtype=self.dtype, name=f"labels{k}")([x, self.labels])

    def normalize(self, x, k):
        norm = BatchNormalization(
            **self.norm,
            beta_regularizer=self.regularizer(),
            gamma_regularizer=self.regularizer(),
            dtype=self.dtype,
            name=f"norm{k}",
        )
        if self.norm["gamma_stddev"]:
            norm.gamma_initializer.seed = int(self.seeds.randint(2**31))
        return norm(x)

    def dense(self, x, units, name, dtype=None):
        return layers.Dense(units, **self.weights(), dtype=dtype or self.dtype, name=name)(x)

    def conv(self, x, filters, stride, k):
        size, padding = self.kernel_size, "same"
        if self.symmetric and stride == 2:  # output ceil(n / 2): the near border gets one more than TensorFlow gives it
            near = size // 2
            x = layers.ZeroPadding2D(((near, near - 1),) * 2, dtype=self.dtype, name=f"pad{k}")(x)
            padding = "valid"
        return StridedConv2D(
            filters, size, stride, padding, **self.weights(self.conv_initializer), dtype=self.dtype, name=f"conv{k}"
        )(x)

    def deconv(self, x, filters, stride, k):
        size, symmetric = self.kernel_size, self.symmetric and stride == 2
        x = StridedConv2DTranspose(
            filters,
            size,
            stride,
            "valid" if symmetric else "same",
            **self.weights(),
            dtype=self.dtype,
            name=f"deconv{k}",
        )(x)
        if symmetric:  # the transpose of the padded convolution: 2 n + size - 2 pixels, of which 2 n stay
            near = size // 2
            x = layers.Cropping2D(((near, near - 1),) * 2, dtype=self.dtype, name=f"crop{k}")(x)
        return x


def widths(resolution, filters, layers_per_resolution=1):
    """Returns the feature maps at 4, 8, ... pixels: doubling from the image inwards, at most 8 x `filters`.

    Args:
        resolution: pixels a side of the image.
        filters: feature maps next to the image.
        layers_per_resolution: 1 when the layer next to the image works at half its resolution, 2 when at full.

    Example:

    >>> widths(64, 128)
    {4: 1024, 8: 512, 16: 256, 32: 128}
    >>> widths(32, 128, layers_per_resolution=2)
    {4: 512, 8: 512, 16: 256, 32: 128}
    """
    top = resolution if layers_per_resolution == 2 else resolution // 2
    maps, size, count = {}, top, filters
    while size >= BASE:
        maps[size] = count
        size, count = size // 2, min(2 * count, 8 * filters)
    if layers_per_resolution == 2:
        maps[BASE] = maps[2 * BASE]
    return dict(sorted(maps.items()))


def build_generator(resolution, channels, latent_dim, filters, layers_per_resolution, normalize_units, blocks):
    """Returns the generator: latents [N, latent_dim] (and labels [N]) -> images [N, R, R, channels] in (-1, 1).

    Args:
        resolution: R, pixels a side.
        channels: channels of the images.
        latent_dim: size of the latents.
        filters: feature maps of the last hidden layer.
        layers_per_resolution: 1, or 2 to add a convolution of stride 1 after each fractionally strided one.
        normalize_units: whether the first batch norm is over each unit of the projection (Newmu) or each map.
        blocks: `Blocks`.
    """
    maps = widths(resolution, filters, layers_per_resolution)
    latents = layers.Input((latent_dim,), name="latents")
    x = blocks.dense(blocks.labelled(latents, 0), BASE * BASE * maps[BASE], "project")
    if normalize_units:
        x = blocks.normalize(x, 0)
    x = layers.Reshape((BASE, BASE, maps[BASE]), dtype=blocks.dtype, name="reshape")(x)  # [N 4 4 C]
    if not normalize_units:
        x = blocks.normalize(x, 0)
    x = layers.ReLU(dtype=blocks.dtype, name="activation0")(x)
    rows = []  # (filters, stride) of each layer up to the image
    for size in (2**k for k in range(3, resolution.bit_length())):
        if layers_per_resolution == 2:
            rows += [(maps[size], 2), (maps.get(2 * size, channels), 1)]
        else:
            rows += [(maps.get(size, channels), 2)]
    for k, (count, stride) in enumerate(rows, start=1):
        x = blocks.deconv(blocks.labelled(x, k), count, stride, k)
        if k < len(rows):
            x = layers.ReLU(dtype=blocks.dtype, name=f"activation{k}")(blocks.normalize(x, k))
    images = layers.Activation("tanh", dtype="float32", name="images")(x)
    inputs = latents if blocks.labels is None else [latents, blocks.labels]
    return keras.Model(inputs, images, name="generator")


def build_discriminator(resolution, channels, filters, layers_per_resolution, num_classes, blocks):
    """Returns the discriminator: images [N, R, R, channels] (and labels [N]) -> logits [N, 1].

    Args:
        resolution: R, pixels a side.
        channels: channels of the images.
        filters: feature maps of the first layer.
        layers_per_resolution: 1, or 2 to add a convolution of stride 1 before each strided one.
        num_classes: K > 0 for an auxiliary classifier: the outputs are then (logits [N, 1], class logits [N, K]).
        blocks: `Blocks`.
    """
    maps = widths(resolution, filters, layers_per_resolution)
    images = layers.Input((resolution, resolution, channels), name="images")
    rows = []
    for size in (2**k for k in range(resolution.bit_length() - 1, 2, -1)):
        rows += [(maps[size], 1), (maps[size], 2)] if layers_per_resolution == 2 else [(maps[size // 2], 2)]
    x = images
    for k, (count, stride) in enumerate(rows, start=1):
        x = blocks.conv(blocks.labelled(x, k), count, stride, k)
        if k > 1:
            x = blocks.normalize(x, k)
        x = layers.LeakyReLU(negative_slope=0.2, dtype=blocks.dtype, name=f"activation{k}")(x)
    x = layers.Flatten(dtype=blocks.dtype, name="flatten")(x)
    x = blocks.labelled(x, len(rows) + 1)
    outputs = blocks.dense(x, 1, "logits", dtype="float32")
    if num_classes:
        outputs = [outputs, blocks.dense(x, num_classes, "class_logits", dtype="float32")]
    inputs = images if blocks.labels is None else [images, blocks.labels]
    return keras.Model(inputs, outputs, name="discriminator")
