"""PGGAN: Karras, Aila, Laine, Lehtinen 2018, "Progressive Growing of GANs for Improved Quality, Stability, and
Variation" (arXiv 1710.10196), Sec. 2 (growing), 3 (minibatch standard deviation), 4 (equalized learning rate, pixel
norm), 6.1 and Table 1 (ablation), App. A (networks and training) and B (LSGAN).

Held against tkarras/progressive_growing_of_gans: branch master @2504c3f (networks.py, loss.py, train.py), branch
original-theano-version @1a05598 for the ablation, CIFAR-10 and LSGAN; see `presets.py`.

Where paper and code differ: the default schedule is the paper's (800,000 images a phase, batch size 16 falling to 3);
the minibatch standard deviation takes groups of four like the code, where the paper takes the whole minibatch.

Deviations:
- With several discriminator steps a round, the average moves once a round as in the Theano code; master moves it with
  each of them.
- Rows a to c of the ablation are sampled with the moving statistics of batch norm; the code takes those of the batch.
- A tick ends where layers start or end fading in; the code's ticks run on across.
- The multiplicative noise of the LSGAN variant follows D's mean score on fakes, as the paper says; the code reads the
  discriminator's loss instead.
- Images and scores are computed in float32 in mixed precision too.
- With labels, generated images have those of the batch of real images; the code draws others from the data set.
"""

import copy

import keras

from keras_gans import layers, penalties
from keras_gans.models.gan import GAN
from keras_gans.models.pggan.discriminator import PGGANDiscriminator
from keras_gans.models.pggan.generator import PGGANGenerator
from keras_gans.models.pggan.growing import Growing
from keras_gans.models.pggan.levels import LevelsOfDetail
from keras_gans.models.pggan.presets import presets
from keras_gans.models.pggan.step import ProgressiveGame
from keras_gans.optimizers import FusedAdam
from keras_gans.schedules import ProgressiveSchedule


@keras.saving.register_keras_serializable(package="keras_gans")
class PGGAN(Growing, ProgressiveGame, LevelsOfDetail, GAN):
    """A GAN that grows: both networks start at 4x4 pixels, and each doubling of the resolution is faded in.

    All weights exist from the start; the layers above the present stage are not run. `images_seen` and the schedule
    say what trains, `lod` (level of detail: 0 is full resolution) how far the weights have come.

    Args:
        resolution: final resolution: an integer or (height, width), a base times 2^k, such as 64 = 4 * 2^4.
        channels: channels of the images.
        latent_dim: size of the latents z.
        num_classes: classes of an auxiliary classifier; labels also enter the generator. 0 for none.
        fmap_base: multiplier of the feature maps; a layer has min(fmap_base / 2^level, fmap_max).
        fmap_max: most feature maps of a layer.
        fmap_decay: log2 reduction of the feature maps at each doubling.
        normalize_latents: whether pixel norm is applied to the latents.
        equalized: whether weights are scaled at run time (Sec. 4.1).
        pixel_norm: whether the generator has pixel norm (Sec. 4.2).
        epsilon: ε of pixel norm.
        batch_norm: whether the generator has batch norm (rows a to c of Table 1).
        layer_norm: whether the discriminator has layer norm (rows a to c).
        activation: of the generator: "leaky_relu" (slope 0.2) or "relu".
        output_activation: of the generator's images: None, or "tanh".
        fused_scale: whether up- and down-scaling are part of the convolutions. The discriminator's bias and activation
            come after pooling with it, before without: these are different networks.
        group_size: of the minibatch standard deviation; None for the whole minibatch, 0 for none.
        minibatch_kernels: kernels of minibatch discrimination, 0 for none (row e*).
        noise: whether the discriminator has the multiplicative noise of the LSGAN variant.
        seed: integer in [0, 2^31): initial weights and all noise.
        dtype: dtype policy of the networks: "float32", "mixed_bfloat16" or "mixed_float16" (experimental).
        **kwargs: of `keras.Model`: name.

    Call arguments:
        inputs: latents float [N, latent_dim], or (latents, labels int [N]); the output has full resolution, with the
            detail of the level trained so far.

    Logs: those of `GAN`; `fit` adds `resolution`, `alpha`, `batch_size`, `images_seen` and `skipped_updates`, the
        number of updates that were not finite and therefore not made.

    Raises:
        ValueError: If an argument is out of range.

    Reference: arXiv 1710.10196.

    Example:

    >>> import numpy as np
    >>> model = PGGAN(resolution=8, latent_dim=8, fmap_max=4)
    >>> model.compile(schedule=ProgressiveSchedule(8, stable_images=8, fade_images=8, total_images=24, batch_size=4))
    >>> history = model.fit(np.zeros([16, 8, 8, 3], "uint8"), verbose=0)
    >>> history.history["resolution"]
    [4.0, 8.0, 8.0]
    >>> model.generate(2, seed=1).shape
    (2, 8, 8, 3)
    """

    presets = presets
    default_batch_size = 16

    def __init__(
        self,
        resolution=64,
        channels=3,
        latent_dim=512,
        num_classes=0,
        fmap_base=8192,
        fmap_max=512,
        fmap_decay=1.0,
        normalize_latents=True,
        equalized=True,
        pixel_norm=True,
        epsilon=1e-8,
        batch_norm=False,
        layer_norm=False,
        activation="leaky_relu",
        output_activation=None,
        fused_scale=True,
        group_size=4,
        minibatch_kernels=0,
        noise=False,
        seed=0,
        dtype=None,
        **kwargs,
    ):
        config = {k: v for k, v in locals().items() if k not in ("self", "kwargs", "__class__")}
        config["dtype"] = _policy_name(dtype)
        both = {k: config[k] for k in _BOTH}
        generator = PGGANGenerator(**both, **{k: config[k] for k in _GENERATOR})
        discriminator = PGGANDiscriminator(**both, **{k: config[k] for k in _DISCRIMINATOR})
        config["resolution"] = generator.resolution
        super().__init__(generator, discriminator, latent_dim, num_classes, "normal", seed, **kwargs)
        self._config = tuple(config.items())

    def build(self, input_shape=None):
        if self.built:
            return
        self.stage = 0  # which layers the step trains; a Python integer, constant in its graph
        self.fade_in = layers.FadeIn(dtype="float32")

        def state(name, value, dtype):
            return self.add_weight(
                shape=(),
                dtype=dtype,
                initializer=keras.initializers.Constant(value),
                trainable=False,
                name=name,
                aggregation="only_first_replica",
            )

        self.lod = state("lod", self.generator.final_stage, "float32")
        self.skipped_updates = state("skipped_updates", 0, "int64")
        self.learning_rate_factor = state("learning_rate_factor", 1.0, "float32")
        self.fake_score_average = state("fake_score_average", 0.0, "float32")
        super().build(input_shape)

    # Settings

    def default_compile_arguments(self):
        def adam():
            return FusedAdam(1e-3, beta_1=0.0, beta_2=0.99, epsilon=1e-8)

        return {
            **super().default_compile_arguments(),
            "g_optimizer": adam(),
            "d_optimizer": adam(),
            "loss": "wasserstein",
            "penalties": [penalties.GradientPenalty(10.0), penalties.Drift(1e-3)],
            "average_decay": 0.999,
        }

    def compile(
        self,
        g_optimizer=None,
        d_optimizer=None,
        loss=None,
        penalties=None,
        discriminator_steps=None,
        generator_steps=None,
        auxiliary_weights=None,
        average_decay=None,
        schedule=None,
        simultaneous=False,
        reset_optimizers=True,
        **kwargs,
    ):
        """Sets how the model trains; see `GAN.compile`. What is None is set as in the paper.

        Args:
            g_optimizer: keras optimizer; default Adam(0.001, β1 = 0, β2 = 0.99, ε = 1e-8).
            d_optimizer: keras optimizer; default the same.
            loss: default "wasserstein".
            penalties: default gradient penalty (λ = 10) and drift (0.001).
            discriminator_steps: default 1.
            generator_steps: default 1.
            auxiliary_weights: weights of the auxiliary classifier's losses (discriminator, generator).
            average_decay: decay a step of the averaged generator, without a warm-up; default 0.999.
            schedule: `ProgressiveSchedule`; default 800,000 images a phase, with batch sizes of the paper.
            simultaneous: whether both networks are updated from one batch of fakes at once, as in the reference's
                CIFAR-10 run.
            reset_optimizers: whether optimizers forget at both ends of each fade.
            **kwargs: of `keras.Model.compile`: run_eagerly, steps_per_execution, jit_compile.

        Raises:
            ValueError: If an argument is out of range, or the schedule is for another resolution.
        """
        schedule = paper_schedule(self.generator.resolution) if schedule is None else schedule
        if isinstance(schedule, dict):
            schedule = keras.saving.deserialize_keras_object(schedule)
        if not isinstance(schedule, ProgressiveSchedule):
            raise ValueError(f"schedule must be a ProgressiveSchedule. Received: schedule={schedule!r}")
        if schedule.resolutions != self.generator.resolutions:
            raise ValueError(
                f"The schedule must be for this model's resolution {self.generator.resolution}. "
                f"Received: a schedule for {schedule.resolution}"
            )
        if simultaneous and {discriminator_steps or 1, generator_steps or 1} != {1}:
            raise ValueError("A simultaneous update has one step of each network. Received: simultaneous=True")
        for optimizer in (g_optimizer, d_optimizer) if schedule.learning_rate_factors else ():
            if optimizer is not None and not _has_constant_rate(optimizer):
                raise ValueError(
                    f"learning_rate_factors need optimizers of a constant learning rate. Received: {optimizer!r}"
                )
        super().compile(
            g_optimizer,
            d_optimizer,
            loss,
            penalties,
            discriminator_steps,
            generator_steps,
            False,
            auxiliary_weights,
            average_decay,
            **kwargs,
        )
        self.schedule, self.simultaneous = schedule, bool(simultaneous)
        self.reset_optimizers = bool(reset_optimizers)
        self.learning_rate_factor.assign(1.0)

    def get_compile_config(self):
        config = super().get_compile_config()
        if not config:
            return {}
        config.pop("reuse_fakes")
        return dict(
            **config,
            schedule=keras.saving.serialize_keras_object(self.schedule),
            simultaneous=self.simultaneous,
            reset_optimizers=self.reset_optimizers,
        )

    def get_config(self):
        return {**dict(self._config), "seed": self.seed, "name": self.name}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return cls(**config)

    @classmethod
    def from_preset(cls, name, load_weights=False, **overrides):
        """Returns a model with the networks and the training settings of a preset.

        Args:
            name: a key of `PGGAN.presets`.
            load_weights: presets have no weights to download: must be False; see `from_karras_pickle`.
            **overrides: arguments of `PGGAN` that replace those of the preset. With another resolution, the schedule is
                that of the preset at that resolution.

        Raises:
            ValueError: If there is no such preset, or weights are asked for.

        Example:

        >>> PGGAN.from_preset("pggan_cifar10").schedule.stable_images
        400000
        """
        if name not in cls.presets:
            raise ValueError(f"preset must be one of {', '.join(cls.presets)}. Received: {name!r}")
        if load_weights:
            raise ValueError(f"Preset {name!r} has no weights to load. Received: load_weights=True")
        preset = cls.presets[name]
        model = cls(**{**preset["config"], **overrides})
        settings = dict(preset["compile"])
        schedule = dict(settings.pop("schedule"))
        resolution = model.generator.resolution
        if resolution != preset["config"]["resolution"]:
            schedule.pop("total_images", None)
            if schedule.get("initial_resolution") == preset["config"]["resolution"]:
                schedule.update(initial_resolution=min(model.generator.resolutions[-1]), total_images=10_000_000)
        model.compile(schedule=ProgressiveSchedule(resolution, **schedule), **settings)
        return model

    # Networks

    @property
    def image_shape(self):
        return (*self.generator.resolutions[-1], self.generator.channels)

    @property
    def has_auxiliary_classifier(self):
        return self.discriminator.num_classes > 0

    def test_step(self, data):
        images, labels = self.unpack(data)
        stage, alpha = self.trained_level()
        if alpha is not None:  # real images fade as in training
            factor = 2 ** (self.generator.final_stage - stage)
            images = layers.upscale(layers.downscale(images, factor), factor)
            images = self.fade_in([layers.upscale(layers.downscale(images, 2 * factor), 2 * factor), images], alpha)
        return super().test_step((images, labels))


_BOTH = (
    *("resolution", "channels", "num_classes", "fmap_base", "fmap_max", "fmap_decay"),
    *("equalized", "fused_scale", "seed", "dtype"),
)
_GENERATOR = (
    *("latent_dim", "normalize_latents", "pixel_norm", "epsilon"),
    *("batch_norm", "activation", "output_activation"),
)
_DISCRIMINATOR = ("layer_norm", "group_size", "minibatch_kernels", "noise")


def paper_schedule(resolution):
    """The paper's schedule: 800,000 images a phase, batch size 16, and 14, 6 and 3 from 256x256 on (App. A.1).

    Args:
        resolution: an integer or (height, width).
    """
    return ProgressiveSchedule(resolution, 800_000, 800_000, batch_size=16, batch_sizes={256: 14, 512: 6, 1024: 3})


def _has_constant_rate(optimizer):
    optimizer = keras.optimizers.get(copy.deepcopy(optimizer) if isinstance(optimizer, dict) else optimizer)
    return isinstance(getattr(optimizer, "inner_optimizer", optimizer)._learning_rate, keras.Variable)


def _policy_name(dtype):
    try:
        name = keras.dtype_policies.get(dtype or "float32").name
    except (ValueError, TypeError):
        name = None
    if name not in ("float32", "mixed_bfloat16", "mixed_float16"):
        raise ValueError(f'dtype must be "float32", "mixed_bfloat16" or "mixed_float16". Received: dtype={dtype!r}')
    return name
