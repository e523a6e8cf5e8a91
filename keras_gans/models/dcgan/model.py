"""DCGAN: Radford, Metz, Chintala 2016, "Unsupervised Representation Learning with Deep Convolutional GANs"
(arXiv 1511.06434), Sec. 3 (architecture), Sec. 4 (training), Sec. 5.1 (features).

Held against pytorch/examples (dcgan), Newmu/dcgan_code and carpedm20/DCGAN-tensorflow; see `presets.py`.

Where paper and codes differ: the defaults are those of the Torch code (4x4 kernels, 64 filters, Gaussian latents, fakes
shared by both steps); the paper's own code is the preset "dcgan_newmu_64".

Deviations:
- Images are made with the averaged generator and moving statistics; the codes use the live one, Newmu's with the
  statistics of the batch, so that an image depends on its neighbours.
- The generator step uses the discriminator's batch statistics but leaves its moving ones alone, which only `evaluate`
  and `extract_features` read; the codes update them once more there.
- At 128 and 256 pixels, which the paper does not have, widths stop at 8 x filters.
"""

import keras
import tensorflow as tf

from keras_gans import noise, pixels
from keras_gans.models.checks import check_int, check_number
from keras_gans.models.dcgan.networks import Blocks, build_discriminator, build_generator
from keras_gans.models.dcgan.presets import presets
from keras_gans.models.gan import GAN

RESOLUTIONS = (16, 32, 64, 128, 256)


@keras.saving.register_keras_serializable(package="keras_gans")
class DCGAN(GAN):
    """A deep convolutional GAN (Radford et al. 2016).

    Args:
        resolution: pixels a side: 16, 32, 64, 128 or 256.
        channels: channels of the images: 1 grey, 3 RGB, 4 RGBA, or any other number.
        latent_dim: size of the latents z.
        num_classes: number of classes, 0 for none.
        conditioning: how the discriminator learns of labels: "concat", as one-hot maps beside each layer's input like
            the generator, or "auxiliary", by classifying real and generated images.
        generator_filters: feature maps of the generator's last hidden layer; they double inwards, up to 8 x.
        discriminator_filters: feature maps of the discriminator's first layer.
        kernel_size: side of all kernels.
        layers_per_resolution: 1; or 2 for an additional convolution of stride 1 at each resolution.
        use_bias: whether convolutions have biases.
        padding: "same" (TensorFlow's) or "symmetric" (Theano's and PyTorch's); they differ for odd kernels.
        normalize_units: whether the projection's batch norm is over units instead of maps.
        norm_momentum: decay of batch norm's moving statistics.
        norm_epsilon: ε of batch norm.
        gamma_stddev: batch norm's γ starts from N(1, gamma_stddev²).
        truncated_conv: whether the discriminator's convolutions start from a truncated normal.
        weight_decay: λ of λ/2 ||w||², added to both losses.
        latent_distribution: "normal" for N(0, I) or "uniform" for U(-1, 1).
        seed: integer in [0, 2^31): initial weights and all noise.
        dtype: dtype policy of the networks: "float32", "mixed_bfloat16" or "mixed_float16" (experimental).
        **kwargs: of `keras.Model`: name.

    Call arguments:
        inputs: latents float [N, latent_dim], or (latents, labels int [N]).

    Logs: those of `GAN`.

    Raises:
        ValueError: If an argument is out of range.

    Reference: arXiv 1511.06434.

    Example:

    >>> import numpy as np
    >>> model = DCGAN(resolution=16, channels=1, generator_filters=4, discriminator_filters=4)
    >>> history = model.fit(np.zeros([4, 16, 16, 1], "uint8"), batch_size=4, verbose=0)
    >>> model.generate(2, seed=1).shape
    (2, 16, 16, 1)
    """

    presets = presets
    default_batch_size = 128  # Sec. 4

    def __init__(
        self,
        resolution=64,
        channels=3,
        latent_dim=100,
        num_classes=0,
        conditioning="concat",
        generator_filters=64,
        discriminator_filters=64,
        kernel_size=4,
        layers_per_resolution=1,
        use_bias=False,
        padding="same",
        normalize_units=False,
        norm_momentum=0.9,
        norm_epsilon=1e-5,
        gamma_stddev=0.02,
        truncated_conv=False,
        weight_decay=0.0,
        latent_distribution="normal",
        seed=0,
        dtype=None,
        **kwargs,
    ):
        config = {k: v for k, v in locals().items() if k not in ("self", "kwargs", "__class__")}
        _check(**config)
        config["dtype"] = keras.dtype_policies.get(dtype or "float32").name
        config |= {name: int(config[name]) for name in _COUNTS}
        blocks = {name: config[name] for name in _BLOCKS}
        sizes = [config[name] for name in ("resolution", "channels", "latent_dim")]
        num_classes, layers = config["num_classes"], config["layers_per_resolution"]
        auxiliary = num_classes if conditioning == "auxiliary" else 0
        generator = build_generator(
            *sizes,
            config["generator_filters"],
            layers,
            normalize_units,
            Blocks(**blocks, num_classes=num_classes, seed=seed),
        )
        discriminator = build_discriminator(
            *sizes[:2],
            config["discriminator_filters"],
            layers,
            auxiliary,
            Blocks(**blocks, num_classes=num_classes - auxiliary, seed=seed + 1),
        )
        super().__init__(generator, discriminator, sizes[2], num_classes, latent_distribution, seed, **kwargs)
        self._config = tuple(config.items())

    def default_compile_arguments(self):
        return {**super().default_compile_arguments(), "reuse_fakes": True}

    def get_config(self):
        return {**dict(self._config), "seed": self.seed, "name": self.name}

    @classmethod
    def from_preset(cls, name, load_weights=False, **overrides):
        """Returns a model with the networks and the training settings of a preset.

        Args:
            name: a key of `DCGAN.presets`.
            load_weights: no DCGAN preset has published weights in a layout that is read here: must be False.
            **overrides: arguments of `DCGAN` that replace those of the preset.

        Raises:
            ValueError: If there is no such preset, or weights are asked for.

        Example:

        >>> DCGAN.from_preset("dcgan_fashion_32").image_shape
        (32, 32, 1)
        """
        if name not in cls.presets:
            raise ValueError(f"preset must be one of {', '.join(cls.presets)}. Received: {name!r}")
        if load_weights:
            raise ValueError(f"Preset {name!r} has no weights to load. Received: load_weights=True")
        preset = cls.presets[name]
        model = cls(**{**preset["config"], **overrides})
        model.default_batch_size = preset["data"]["batch_size"]
        model.compile(**preset["compile"])
        return model

    def extract_features(self, images, grid=4):
        """Returns the discriminator's activations, pooled to a grid: the features of Sec. 5.1.

        The activations of all convolutions, each max-pooled to grid x grid, flattened and concatenated; for
        "dcgan_features_32" these are 28,672 a image.

        Args:
            images: uint8, uint16 or float ([-1, 1]) array [N, H, W, C].
            grid: cells a side; 4 in the paper.

        Returns:
            Float32 tensor [N, features].

        Raises:
            ValueError: If the discriminator takes labels, or the grid does not divide the layers' sizes.
        """
        if len(self.discriminator.inputs) > 1:
            raise ValueError('Features need a discriminator without label inputs. Received: conditioning="concat"')
        layers = [layer.output for layer in self.discriminator.layers if layer.name.startswith("activation")]
        check_int(1, grid=grid)
        if any(output.shape[1] % grid for output in layers):
            raise ValueError(f"grid must divide {[output.shape[1] for output in layers]}. Received: grid={grid!r}")
        network = keras.Model(self.discriminator.inputs, layers)
        features = []
        for x in network(pixels.to_float(images), training=False):  # [N S S C]
            size = x.shape[1] // grid
            pooled = tf.nn.max_pool2d(tf.cast(x, tf.float32), size, size, "VALID")  # [N grid grid C]
            features.append(tf.reshape(pooled, [-1, grid * grid * x.shape[-1]]))
        return tf.concat(features, axis=-1)


_COUNTS = (
    *("resolution", "channels", "latent_dim", "num_classes", "generator_filters", "discriminator_filters"),
    *("kernel_size", "layers_per_resolution"),
)
_BLOCKS = (
    *("kernel_size", "use_bias", "padding", "norm_momentum", "norm_epsilon", "gamma_stddev", "truncated_conv"),
    *("weight_decay", "dtype"),
)


def _check(resolution, channels, latent_dim, num_classes, conditioning, padding, layers_per_resolution, dtype, **rest):
    noise.check_seed(rest["seed"])
    if resolution not in RESOLUTIONS or isinstance(resolution, bool):
        raise ValueError(f"resolution must be a power of two from 16 to 256. Received: resolution={resolution!r}")
    counts = dict(channels=channels, latent_dim=latent_dim)
    counts |= {k: rest[k] for k in ("generator_filters", "discriminator_filters", "kernel_size")}
    check_int(1, **counts)
    check_int(0, num_classes=num_classes)
    if num_classes == 1:
        raise ValueError(f"num_classes must be 0 (no labels) or at least 2. Received: num_classes={num_classes!r}")
    if rest["kernel_size"] < 2:
        raise ValueError(f"kernel_size must be at least 2. Received: kernel_size={rest['kernel_size']!r}")
    numbers = {k: rest[k] for k in ("norm_momentum", "norm_epsilon", "gamma_stddev", "weight_decay")}
    check_number(**numbers)
    if not 0 <= rest["norm_momentum"] < 1 or rest["norm_epsilon"] <= 0 or min(numbers.values()) < 0:
        raise ValueError(
            "norm_momentum must be in [0, 1), norm_epsilon above 0, gamma_stddev and weight_decay not below 0. "
            f"Received: {', '.join(f'{name}={value!r}' for name, value in numbers.items())}"
        )
    choices = dict(conditioning=("concat", "auxiliary"), padding=("same", "symmetric"), layers_per_resolution=(1, 2))
    for (name, allowed), value in zip(choices.items(), (conditioning, padding, layers_per_resolution), strict=True):
        if value not in allowed:
            raise ValueError(f"{name} must be one of {allowed}. Received: {name}={value!r}")
    try:
        keras.dtype_policies.get(dtype or "float32")
    except (ValueError, TypeError) as error:
        raise ValueError(
            f'dtype must be "float32", "mixed_bfloat16" or "mixed_float16". Received: dtype={dtype!r}'
        ) from error
