"""pix2pix: Isola, Zhu, Zhou, Efros 2017, "Image-to-Image Translation with Conditional Adversarial Networks"
(arXiv 1611.07004), Sec. 3 (losses, networks, training), Sec. 4 (ablations), App. 6.1 (architectures).

Held against phillipi/pix2pix @89ff2a8 (Torch), junyanz/pytorch-CycleGAN-and-pix2pix and affinelayer/pix2pix-tensorflow
@0f21744; see `presets.py` and the tables of `generators.py` and `discriminators.py`.

Where paper and codes differ: the discriminator's loss is halved, as the paper says and PyTorch does; the Torch code
halves only what it prints. The innermost features are not normalised, as in the Torch code since its erratum.

Deviations:
- Crops start at 0 to 30 of 286, as in the TensorFlow code; at 1 to 30 in Torch.
- Images are resized by an antialiased filter (Lanczos) before the crop and keep their aspect; the codes squash them to
  a square: bilinear in Torch, by area in TensorFlow, bicubic in PyTorch.
- Images are RGB; Torch's are BGR.
- Instance norm has γ and β, which train; PyTorch's has none.
"""

import keras
import numpy as np

from keras_gans import noise, pixels
from keras_gans.models.gan import GAN
from keras_gans.models.pix2pix.blocks import check_flags, check_layers
from keras_gans.models.pix2pix.discriminators import PatchGANDiscriminator
from keras_gans.models.pix2pix.generators import EncoderDecoderGenerator, ResNetGenerator, UNetGenerator
from keras_gans.models.pix2pix.importing import Importing
from keras_gans.models.pix2pix.paired_data import PairedData
from keras_gans.models.pix2pix.presets import presets
from keras_gans.models.pix2pix.step import SSIM_WINDOW, PairedGame
from keras_gans.models.pix2pix.translating import Translating

GENERATORS = {"unet": UNetGenerator, "encoder_decoder": EncoderDecoderGenerator, "resnet": ResNetGenerator}
LARGEST_BOTTLENECK = 256  # resolution that is one pixel at the bottleneck of the deepest U-Net of the paper


@keras.saving.register_keras_serializable(package="keras_gans")
class Pix2Pix(PairedGame, PairedData, Translating, Importing, GAN):
    """Translates images into images, trained on pairs (Isola et al. 2017).

    G* = arg min_G max_D L_cGAN(G, D) + λ L_L1(G)      (Eq. 4)

    The generator sees the input image; its only noise is dropout, which stays on when images are translated. The
    discriminator judges patches of (input, output). There is no averaged generator: `averaged_generator` is the
    generator. Images need not have the size that the model was trained at: see `translate`.

    Args:
        resolution: size of training images: side of the square, or (height, width).
        input_channels: channels of the inputs.
        output_channels: channels of the outputs.
        generator: "unet", "encoder_decoder" or "resnet".
        filters: feature maps of the generator's first layer.
        discriminator_filters: feature maps of the discriminator's first layer.
        receptive_field: side of the discriminator's patches: 1, 16, 34, 70, 142 or 286.
        conditional: whether the discriminator sees the input (cGAN) or the output alone (GAN).
        normalization: of both networks: "batch" (by the current batch, in training and at test), "instance" or "none".
        use_bias: whether convolutions before a normalisation have biases (Torch, TensorFlow) or not (PyTorch).
        normalize_bottleneck: whether the innermost features are normalised (TensorFlow).
        dropout: share of features that are dropped.
        dropout_layers: decoder layers with dropout, from 1 at the innermost ("resnet" has it in all blocks).
        bottleneck_resolution: pixels that the U-Net's bottleneck sums up to one, a power of two; None: the largest
            one, up to 256, that divides both sides, and an error where that leaves over 16 pixels a side.
        blocks: residual blocks of "resnet"; None: 9 from 256 pixels on, else 6.
        seed: integer in [0, 2^31): initial weights and all noise.
        dtype: dtype policy of the networks: "float32", "mixed_bfloat16" or "mixed_float16" (experimental).
        **kwargs: of `keras.Model`: name.

    Call arguments:
        inputs: uint8, uint16, or float in [-1, 1], [N, H, W, C] -> float32 [N, H, W, C'], each image by itself; without
            noise unless training. `translate` gives pixels, with noise.

    Logs: `d_loss` and `g_loss`, what each network minimises; `d_real` and `d_fake`, mean logits of real and generated
        patches (higher is "real"); `l1`, mean |y - G(x)|; `evaluate` adds `psnr` and `ssim` (higher is better).

    Raises:
        ValueError: If an argument is out of range, or the images are too small for the discriminator.

    Reference: arXiv 1611.07004.

    Example:

    >>> import numpy as np
    >>> model = Pix2Pix(resolution=16, filters=2, discriminator_filters=2, receptive_field=16)
    >>> pairs = np.zeros([4, 16, 16, 3], "uint8"), np.zeros([4, 16, 16, 3], "uint8")
    >>> history = model.fit(*pairs, verbose=0)
    >>> model.translate(pairs[0]).shape
    (4, 16, 16, 3)
    """

    presets = presets
    default_batch_size = 1  # Sec. 3.3
    smallest_latent_dim = 0

    def __init__(
        self,
        resolution=256,
        input_channels=3,
        output_channels=3,
        generator="unet",
        filters=64,
        discriminator_filters=64,
        receptive_field=70,
        conditional=True,
        normalization="batch",
        use_bias=True,
        normalize_bottleneck=False,
        dropout=0.5,
        dropout_layers=(1, 2, 3),
        bottleneck_resolution=None,
        blocks=None,
        seed=0,
        dtype=None,
        **kwargs,
    ):
        config = {k: v for k, v in locals().items() if k not in ("self", "kwargs", "__class__")}
        config["dtype"] = dtype = "float32" if dtype is None else dtype
        size = _check_size(resolution)
        config["resolution"] = size[0] if size[0] == size[1] else list(size)
        if generator not in list(GENERATORS):
            raise ValueError(f"generator must be one of {', '.join(GENERATORS)}. Received: generator={generator!r}")
        seed = noise.check_seed(seed)
        common = dict(
            input_channels=input_channels,
            output_channels=output_channels,
            normalization=normalization,
            use_bias=use_bias,
            dtype=dtype,
        )
        settings = dict(filters=filters, dropout=dropout, seed=seed, **common)
        if generator == "resnet":
            settings["blocks"] = config["blocks"] = (9 if min(size) >= 256 else 6) if blocks is None else blocks
        else:
            deepest = min(side & -side for side in (*size, LARGEST_BOTTLENECK))  # the largest power of two in all
            if deepest < 4:
                raise ValueError(f"Both sides must be multiples of 4. Received: resolution={resolution!r}")
            if bottleneck_resolution is None:
                if min(size) > 16 * deepest:
                    raise ValueError(
                        f"Expected sides with a larger common power of two: {deepest} makes a U-Net of "
                        f"{deepest.bit_length() - 1} levels, which sees little of the image. Received: "
                        f"resolution={resolution!r}. Give multiples of {2 * deepest} or more, or "
                        f"bottleneck_resolution={deepest} if that is what you want"
                    )
                bottleneck_resolution = deepest
            elif bottleneck_resolution not in [2**k for k in range(2, 31)]:
                raise ValueError(
                    "bottleneck_resolution must be a power of two, from 4, or None. "
                    f"Received: bottleneck_resolution={bottleneck_resolution!r}"
                )
            settings["resolution"] = config["bottleneck_resolution"] = bottleneck_resolution
            settings.update(normalize_bottleneck=normalize_bottleneck, dropout_layers=dropout_layers)
            config["dropout_layers"] = check_layers(dropout_layers)
        network = GENERATORS[generator](**settings)
        discriminator = PatchGANDiscriminator(
            receptive_field,
            filters=discriminator_filters,
            conditional=conditional,
            seed=(seed + 1) % 2**31,
            **common,
        )
        if any(side % network.multiple_of for side in size):
            raise ValueError(
                f"Both sides must be multiples of {network.multiple_of} for this generator. "
                f"Received: resolution={resolution!r}"
            )
        if min(size) < discriminator.smallest_side:
            raise ValueError(
                f"A discriminator of receptive_field={receptive_field} needs images of at least "
                f"{discriminator.smallest_side} pixels a side; smaller fields are 34, 16 and 1. "
                f"Received: resolution={resolution!r}"
            )
        super().__init__(network, discriminator, latent_dim=0, seed=seed, **kwargs)
        self._size = size
        self._preview_pairs = None
        self.__dict__["_config"] = config

    def first_average(self):
        return self.generator

    @property
    def input_channels(self):
        """Channels of the inputs."""
        return self._config["input_channels"]

    @property
    def output_channels(self):
        """Channels of the outputs."""
        return self._config["output_channels"]

    @property
    def image_shape(self):
        return (*self._size, self.output_channels)

    def get_config(self):
        return {**self._config, "seed": self.seed, "name": self.name}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return cls(**config)

    # Settings

    def default_compile_arguments(self):
        return {**super().default_compile_arguments(), "average_decay": 0.0}

    def compile(
        self,
        g_optimizer=None,
        d_optimizer=None,
        loss=None,
        adversarial_weight=1.0,
        reconstruction="l1",
        reconstruction_weight=100.0,
        discriminator_weight=0.5,
        reuse_scores=False,
        **kwargs,
    ):
        """Sets how the model trains; the defaults are the paper's.

        Args:
            g_optimizer: keras optimizer of the generator, its name or its config; Adam(2e-4, β1 = 0.5) when None. Its
                rate may be a `learning_rate.LinearDecay`.
            d_optimizer: keras optimizer of the discriminator; likewise.
            loss: name of a pair in `keras_gans.losses`, or such a pair; "non_saturating" (the logarithmic one) when
                None; "least_squares", "hinge".
            adversarial_weight: weight of the generator's adversarial loss; with 0 there is no game and the
                discriminator does not train.
            reconstruction: "l1" or "l2", the distance to the target.
            reconstruction_weight: λ of Eq. 4.
            discriminator_weight: weight of the discriminator's loss: 1/2 slows it down relative to the generator (Sec.
                3.3).
            reuse_scores: whether the generator's adversarial gradient is that of the discriminator before its update,
                from the forward pass of the discriminator's step, as in the Torch code: a pass is saved, and the
                update is a simultaneous one.
            **kwargs: of `keras.Model.compile`: run_eagerly, steps_per_execution, jit_compile. Those that `GAN.compile`
                takes and this step does not (penalties, several steps, accumulate, augment, ...) are refused unless
                they ask for nothing.

        Raises:
            ValueError: If an argument is out of range, or one that this model does not take.
        """
        weights = dict(
            adversarial_weight=adversarial_weight,
            reconstruction_weight=reconstruction_weight,
            discriminator_weight=discriminator_weight,
        )
        for name, value in weights.items():
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < float("inf"):
                raise ValueError(f"{name} must be a number of at least 0. Received: {name}={value!r}")
        if not adversarial_weight and not reconstruction_weight:
            raise ValueError("adversarial_weight and reconstruction_weight cannot both be 0. Received: 0 and 0")
        if reconstruction not in ("l1", "l2"):
            raise ValueError(f'reconstruction must be "l1" or "l2". Received: reconstruction={reconstruction!r}')
        check_flags(reuse_scores=reuse_scores)
        neutral = self.default_compile_arguments()
        for name in [name for name in kwargs if name in neutral]:
            if (value := kwargs.pop(name)) not in (None, neutral[name]) and value != []:
                raise ValueError(
                    f"{type(self).__name__} does not take {name}: its step is one of each network on whole batches of "
                    f"pairs. Received: {name}={value!r}"
                )
        super().compile(g_optimizer=g_optimizer, d_optimizer=d_optimizer, loss=loss, **kwargs)
        self.adversarial_weight = float(adversarial_weight)
        self.reconstruction = reconstruction
        self.reconstruction_weight = float(reconstruction_weight)
        self.discriminator_weight = float(discriminator_weight)
        self.reuse_scores = bool(reuse_scores)
        self._log_names = ["g_loss", "l1"]
        if adversarial_weight:
            self._log_names = ["d_loss", "g_loss", "d_real", "d_fake", "l1"]
        for name in (*self._log_names, "psnr", *(["ssim"] if min(self._size) >= SSIM_WINDOW else [])):
            self._tracker_of(name)

    def get_compile_config(self):
        """Returns the settings of `compile` as plain data, or {} when the model was not compiled."""
        base = super().get_compile_config()
        if not base:
            return {}
        return dict(
            **{name: base[name] for name in ("g_optimizer", "d_optimizer", "loss")},
            adversarial_weight=self.adversarial_weight,
            reconstruction=self.reconstruction,
            reconstruction_weight=self.reconstruction_weight,
            discriminator_weight=self.discriminator_weight,
            reuse_scores=self.reuse_scores,
            **self._compile_kwargs,
        )

    @classmethod
    def from_preset(cls, name, load_weights=False, **overrides):
        """Returns a model with the networks and the training settings of a preset.

        Args:
            name: a key of `Pix2Pix.presets`.
            load_weights: presets have no weights; see `from_torch_state_dict`: must be False.
            **overrides: arguments of `Pix2Pix` that replace those of the preset.

        Raises:
            ValueError: If there is no such preset, or weights are asked for.

        Example:

        >>> small = dict(resolution=32, filters=2, discriminator_filters=2)
        >>> Pix2Pix.from_preset("pix2pix_l1", **small).adversarial_weight
        0.0
        """
        if name not in list(cls.presets):
            raise ValueError(f"preset must be one of {', '.join(cls.presets)}. Received: {name!r}")
        if load_weights:
            raise ValueError(f"Preset {name!r} has no weights to load. Received: load_weights=True")
        preset = cls.presets[name]
        model = cls(**{**preset["config"], **overrides})
        model.compile(**preset["compile"])
        return model

    # Keras' verbs

    @property
    def metrics(self):
        """The running means of the logs, those of `evaluate` too."""
        return list(self._trackers.values())

    def call(self, inputs, training=False):
        """Translates images (integers, or float in [-1, 1]), each by itself; noise is on when training."""
        return self.translate_images(pixels.to_float(inputs), self.seed, 0, use_noise=training)


def _check_size(resolution):
    sides = (resolution, resolution) if isinstance(resolution, (int, np.integer)) else resolution
    try:
        height, width = (int(side) for side in sides if int(side) == side and side > 0 and not isinstance(side, bool))
    except (TypeError, ValueError):
        raise ValueError(
            f"resolution must be a positive integer, or (height, width). Received: resolution={resolution!r}"
        ) from None
    return height, width
