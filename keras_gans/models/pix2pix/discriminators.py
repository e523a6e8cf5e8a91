"""The discriminator of pix2pix: PatchGAN, of any of the paper's receptive fields.

Isola et al. 2017 (arXiv 1611.07004), Sec. 3.2.2 and App. 6.1.2. Held against phillipi/pix2pix (models.lua) and
junyanz/pytorch-CycleGAN-and-pix2pix (networks.py).

| receptive field | 1 | 16 | 34 | 70 | 142 | 286 |
|---|---|---|---|---|---|---|
| strided layers | - | 1 | 2 | 3 | 4 | 5 |
| logits of 256 x 256 | 256 | 126 | 62 | 30 | 14 | 6 |
| parameters, 3 + 3 channels, Torch (default) | 9,153 | 139,713 | 666,817 | 2,769,601 | 6,965,441 | 11,161,281 |
| PyTorch: `use_bias=False` | 9,024 | 139,585 | 666,433 | 2,768,705 | 6,964,033 | 11,159,361 |
"""

import keras

from keras_gans.models.pix2pix.blocks import Blocks, Network, check_flags, check_network, dtype_name

STRIDED_LAYERS = {1: 0, 16: 1, 34: 2, 70: 3, 142: 4, 286: 5}


@keras.saving.register_keras_serializable(package="keras_gans")
class PatchGANDiscriminator(Network):
    """Scores every patch of an image on its own, given the input that the image was made from.

    4x4 convolutions with one zero at each side, LeakyReLU(0.2): strided ones with 64, 128, ... maps (up to 512), then
    two of stride 1, the last of which gives the logits. For one pixel: 1x1 convolutions, 64, 128, 1. All but the first
    and the last are followed by normalisation. Beyond the border are zeros, so the patch may be larger than the image.

    Args:
        receptive_field: side of the patch that one logit sees: 1, 16, 34, 70, 142 or 286.
        input_channels: channels of the input x.
        output_channels: channels of the output y.
        filters: feature maps of the first layer.
        normalization: "batch" (by the current batch, in training and at test), "instance" or "none".
        conditional: whether x is seen: D(x, y); otherwise D(y), and x is ignored.
        use_bias: whether convolutions before a normalisation have biases, as in Torch and TensorFlow; not in PyTorch.
        seed: integer, seed of the initial weights.
        dtype: dtype policy of the layers.
        **kwargs: of `keras.Model`: name.

    Call arguments:
        inputs: [input, output], float [N, H, W, C] each, in [-1, 1].

    Output shape: logits [N, H', W', 1], float32.

    Raises:
        ValueError: If an argument is out of range.

    Reference: Isola et al. 2017 (arXiv 1611.07004).

    Example:

    >>> x = keras.ops.zeros([1, 256, 256, 3])
    >>> PatchGANDiscriminator(receptive_field=70, filters=2)([x, x]).shape
    TensorShape([1, 30, 30, 1])
    """

    def __init__(
        self,
        receptive_field=70,
        input_channels=3,
        output_channels=3,
        filters=64,
        normalization="batch",
        conditional=True,
        use_bias=True,
        seed=0,
        dtype=None,
        **kwargs,
    ):
        settings = {k: v for k, v in locals().items() if k not in ("self", "kwargs", "__class__")}
        counts = dict(input_channels=input_channels, output_channels=output_channels, filters=filters)
        settings["normalization"] = check_network(normalization, **counts)
        check_flags(conditional=conditional, use_bias=use_bias)
        settings["dtype"] = dtype_name(dtype)
        if receptive_field not in list(STRIDED_LAYERS) or isinstance(receptive_field, (bool, float)):
            raise ValueError(
                f"receptive_field must be one of {', '.join(map(str, STRIDED_LAYERS))}. "
                f"Received: receptive_field={receptive_field!r}"
            )
        b = Blocks(settings["normalization"], settings["dtype"], seed)

        n = STRIDED_LAYERS[receptive_field]
        strided = [(filters * min(2**k, 8), 4, 2, 1) for k in range(n)]  # filters, size, stride, zeros
        one_pixel = [(filters, 1, 1, 0), (2 * filters, 1, 1, 0)]
        rows = [*strided, (filters * min(2**n, 8), 4, 1, 1)] if n else one_pixel
        inputs = [
            keras.Input((None, None, input_channels), name="input"),
            keras.Input((None, None, output_channels), name="output"),
        ]
        x = b.concat(inputs, "pair") if conditional else inputs[1]
        for k, (width, size, stride, pad) in enumerate(rows, start=1):
            x = b.conv(x, width, size, stride, pad, use_bias or k == 1, f"conv_{k}")
            if k > 1:
                x = b.norm(x, f"conv_{k}_norm")
            x = b.leaky_relu(x, f"conv_{k}_activation")
        x = b.conv(x, 1, size, 1, pad, use_bias or n > 0, "conv_last")  # the PyTorch pixel network lacks this bias too
        logits = keras.layers.Activation("linear", dtype="float32", name="logits")(x)
        super().__init__(inputs, logits, name=kwargs.pop("name", "discriminator"), **kwargs)
        self._settings = settings

    def check_sides(self, heights, widths):
        if len(heights) > 1 or len(widths) > 1:
            raise ValueError(
                "Input and output must be of one size. "
                f"Received: {' and '.join(map(str, heights))} x {' and '.join(map(str, widths))} pixels"
            )
        if min(heights | widths, default=self.smallest_side) < self.smallest_side:
            raise ValueError(
                f"Images must have at least {self.smallest_side} pixels a side for "
                f"receptive_field={self._settings['receptive_field']}. Received: {min(heights | widths)} pixels"
            )

    @property
    def smallest_side(self):
        """The smallest side of an image that gives a logit, zeros around it counted."""
        n = STRIDED_LAYERS[self._settings["receptive_field"]]
        return 3 * 2**n if n else 1
