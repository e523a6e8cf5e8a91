"""The generators of pix2pix: U-Net, encoder-decoder, and the residual network of the PyTorch code.

Isola et al. 2017 (arXiv 1611.07004), App. 6.1.1. Held against phillipi/pix2pix (models.lua),
junyanz/pytorch-CycleGAN-and-pix2pix (networks.py) and affinelayer/pix2pix-tensorflow. All take images of any size that
is a multiple of `multiple_of`, square or not.

| parameters, 3 -> 3 channels | U-Net 256 | U-Net 128 | encoder-decoder |
|---|---|---|---|
| Torch: biases everywhere (default) | 54,419,459 | 41,833,475 | 39,080,963 |
| PyTorch: `use_bias=False` | 54,413,955 | 41,828,995 | |
| TensorFlow: `normalize_bottleneck=True` | 54,420,483 | | |
"""

import keras

from keras_gans.layers.reflection_padding2d import ReflectionPadding2D
from keras_gans.models.pix2pix.blocks import Blocks, Network, check_flags, check_layers, check_network, dtype_name


@keras.saving.register_keras_serializable(package="keras_gans")
class UNetGenerator(Network):
    """An encoder-decoder with skip connections between mirrored layers (Sec. 3.2.1).

    Encoder: C64-C128-C256-C512-... : 4x4 convolutions of stride 2, LeakyReLU(0.2) before and normalisation after each
    but the first; the innermost has no normalisation. Decoder: ReLU, 4x4 transposed convolution of stride 2,
    normalisation, dropout in the innermost layers, then the encoder's features of that size beside the decoder's
    (decoder first); tanh at the end.

    Args:
        resolution: pixels a side at which the innermost features are one pixel: a power of two; 256 or 128 in the
            codes. Larger images, and rectangular ones, are translated too.
        input_channels: channels of the input.
        output_channels: channels of the output.
        filters: feature maps of the first layer; they double inwards, up to 8 x.
        normalization: "batch": by the current batch's statistics, in training and at test (one image: its own);
            "instance": each image by itself; both affine. "none" for none.
        use_bias: whether all convolutions have biases, as in Torch; otherwise only the last, as in PyTorch.
        normalize_bottleneck: whether the innermost features are normalised too, as in the TensorFlow code: with one
            image of one pixel they are then constant.
        dropout: share of features that are dropped, the model's only noise.
        dropout_layers: which decoder layers have it, counted from 1 at the innermost: 1, 2, 3 in Torch, 2, 3, 4 in
            PyTorch.
        seed: integer, seed of the initial weights.
        dtype: dtype policy of the layers.
        **kwargs: of `keras.Model`: name.

    Input shape: [N, H, W, input_channels] in [-1, 1], H and W multiples of `resolution`.
    Output shape: [N, H, W, output_channels] in (-1, 1), float32.

    Raises:
        ValueError: If an argument is out of range.

    Reference: Isola et al. 2017 (arXiv 1611.07004); Ronneberger et al. 2015 (arXiv 1505.04597).

    Example:

    >>> import numpy as np
    >>> UNetGenerator(resolution=8, filters=2)(np.zeros([1, 8, 16, 3], "float32")).shape
    TensorShape([1, 8, 16, 3])
    """

    has_skips = True

    def __init__(
        self,
        resolution=256,
        input_channels=3,
        output_channels=3,
        filters=64,
        normalization="batch",
        use_bias=True,
        normalize_bottleneck=False,
        dropout=0.5,
        dropout_layers=(1, 2, 3),
        seed=0,
        dtype=None,
        **kwargs,
    ):
        settings = {k: v for k, v in locals().items() if k not in ("self", "kwargs", "__class__")}
        counts = dict(input_channels=input_channels, output_channels=output_channels, filters=filters)
        settings["normalization"] = check_network(normalization, dropout, resolution=resolution, **counts)
        check_flags(use_bias=use_bias, normalize_bottleneck=normalize_bottleneck)
        if resolution < 4 or resolution & (resolution - 1):
            raise ValueError(f"resolution must be a power of two, from 4. Received: resolution={resolution!r}")
        settings["dropout_layers"] = check_layers(dropout_layers)
        settings["dtype"] = dtype_name(dtype)
        b = Blocks(settings["normalization"], settings["dtype"], seed)

        depth = resolution.bit_length() - 1
        widths = [filters * min(2**k, 8) for k in range(depth)]  # [64, 128, 256, 512, 512, ...]
        images = keras.Input((None, None, input_channels), name="input")
        x, skips = images, []
        for k, width in enumerate(widths, start=1):  # encoder, outside to inside
            if k > 1:
                x = b.leaky_relu(x, f"encoder_{k}_activation")
            x = b.down(x, width, use_bias, f"encoder_{k}")
            if 1 < k < depth or (k == depth and normalize_bottleneck):
                x = b.norm(x, f"encoder_{k}_norm")
            skips.append(x)
        for k, width in enumerate([*widths[-2::-1], output_channels], start=1):  # decoder, inside to outside
            x = b.relu(x, f"decoder_{k}_activation")
            last = k == depth
            x = b.up(x, width, use_bias or last, f"decoder_{k}")
            if last:
                break
            x = b.norm(x, f"decoder_{k}_norm")
            x = b.dropout(x, dropout if k in settings["dropout_layers"] else 0, f"decoder_{k}_dropout")
            if self.has_skips:
                x = b.concat([x, skips[depth - 1 - k]], f"decoder_{k}_concat")
        super().__init__(images, b.tanh(x, "images"), name=kwargs.pop("name", "generator"), **kwargs)
        self._settings = settings

    @property
    def multiple_of(self):
        """The sides of images must be multiples of this."""
        return self._settings["resolution"]


@keras.saving.register_keras_serializable(package="keras_gans")
class EncoderDecoderGenerator(UNetGenerator):
    """`UNetGenerator` without its skip connections: all that the output knows has passed the bottleneck (Sec. 4.3).

    Arguments and shapes are those of `UNetGenerator`.

    Reference: Isola et al. 2017 (arXiv 1611.07004).

    Example:

    >>> import numpy as np
    >>> EncoderDecoderGenerator(8, filters=2, output_channels=1)(np.zeros([1, 16, 8, 3], "float32")).shape
    TensorShape([1, 16, 8, 1])
    """

    has_skips = False


@keras.saving.register_keras_serializable(package="keras_gans")
class ResNetGenerator(Network):
    """The residual generator of the PyTorch code, after Johnson et al.: down twice, residual blocks, up twice.

    c7s1-64, d128, d256, R256 x blocks, u128, u64, c7s1-3; reflection padding around 7x7 and residual convolutions.

    Args:
        blocks: residual blocks: 9 for 256 pixels and more, 6 for 128.
        input_channels: channels of the input.
        output_channels: channels of the output.
        filters: feature maps of the first layer.
        normalization: "batch", "instance" or "none", as of `UNetGenerator`.
        use_bias: whether convolutions before a normalisation have biases; PyTorch has them with "instance" only. The
            last one always has.
        dropout: share of features that are dropped in each block.
        seed: integer, seed of the initial weights.
        dtype: dtype policy of the layers.
        **kwargs: of `keras.Model`: name.

    Input shape: [N, H, W, input_channels] in [-1, 1], H and W multiples of 4, at least 8.
    Output shape: [N, H, W, output_channels] in (-1, 1), float32.

    Raises:
        ValueError: If an argument is out of range.

    Reference: Johnson et al. 2016 (arXiv 1603.08155); junyanz/pytorch-CycleGAN-and-pix2pix, networks.py.

    Example:

    >>> import numpy as np
    >>> ResNetGenerator(blocks=1, filters=2)(np.zeros([1, 8, 12, 3], "float32")).shape
    TensorShape([1, 8, 12, 3])
    """

    multiple_of = 4

    def __init__(
        self,
        blocks=9,
        input_channels=3,
        output_channels=3,
        filters=64,
        normalization="batch",
        use_bias=True,
        dropout=0.5,
        seed=0,
        dtype=None,
        **kwargs,
    ):
        settings = {k: v for k, v in locals().items() if k not in ("self", "kwargs", "__class__")}
        counts = dict(input_channels=input_channels, output_channels=output_channels, filters=filters, blocks=blocks)
        settings["normalization"] = check_network(normalization, dropout, **counts)
        check_flags(use_bias=use_bias)
        settings["dtype"] = dtype_name(dtype)
        b = Blocks(settings["normalization"], settings["dtype"], seed)

        def unit(x, conv, width, name, activate=True):
            x = b.norm(conv(x, width, use_bias=use_bias, name=name), f"{name}_norm")
            return b.relu(x, f"{name}_activation") if activate else x

        def conv3(x, width, use_bias, name):
            x = ReflectionPadding2D(1, dtype=b.dtype, name=f"{name}_pad")(x)
            return b.conv(x, width, 3, 1, 0, use_bias, name)

        def conv7(x, width, use_bias, name):
            x = ReflectionPadding2D(3, dtype=b.dtype, name=f"{name}_pad")(x)
            return b.conv(x, width, 7, 1, 0, use_bias, name)

        def down(x, width, use_bias, name):
            return b.conv(x, width, 3, 2, 1, use_bias, name)

        images = keras.Input((None, None, input_channels), name="input")
        x = unit(images, conv7, filters, "first")
        for k in (1, 2):
            x = unit(x, down, filters * 2**k, f"down_{k}")
        for k in range(1, blocks + 1):
            y = unit(x, conv3, filters * 4, f"block_{k}_1")
            y = b.dropout(y, dropout, f"block_{k}_dropout")
            y = unit(y, conv3, filters * 4, f"block_{k}_2", activate=False)
            x = keras.layers.Add(dtype=b.dtype, name=f"block_{k}")([x, y])
        for k in (1, 2):
            x = unit(x, b.up_odd, filters * 2 ** (2 - k), f"up_{k}")
        x = conv7(x, output_channels, True, "last")
        super().__init__(images, b.tanh(x, "images"), name=kwargs.pop("name", "generator"), **kwargs)
        self._settings = settings
