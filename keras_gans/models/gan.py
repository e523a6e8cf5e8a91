"""The two-player game that every model of the zoo plays: two networks, two optimizers, one alternating step.

Goodfellow et al. 2014, "Generative Adversarial Nets" (arXiv 1406.2661), Algorithm 1; the averaged generator is the
weight average of Karras et al. 2018 (1710.10196) and Yazıcı et al. 2018 (1806.04498); the auxiliary classifier is
that of Odena et al. 2016 (1610.09585).

Deviations: none known; each paper's own settings and networks stand in its folder.
"""

import copy
import functools

import keras

from keras_gans import augmentation, losses, noise
from keras_gans.models import feeding
from keras_gans.models.checks import check_int, check_networks, check_number
from keras_gans.models.game import Game
from keras_gans.models.replicas import OnReplicas
from keras_gans.models.sampling import Sampling
from keras_gans.optimizers import FusedAdam
from keras_gans.penalties import get as get_penalty


@keras.saving.register_keras_serializable(package="keras_gans")
class GAN(Game, Sampling, OnReplicas, keras.Model):
    """A generator and a discriminator that train against each other.

    Each step (Alg. 1) takes n real batches for n discriminator steps, then makes one generator step, then updates
    the averaged generator.

    Calling the model (and `predict`) runs the averaged generator: latents float [N, latent_dim], or
    (latents, labels int [N]) when conditional, to float32 images [N, H, W, C] in [-1, 1]. `generate` gives pixels.

    The averaged generator follows all of the generator's weights, a <- d a + (1 - d) w, with decay
    d = min(average_decay, (1 + t) / (10 + t)) after t steps, so that a short training does not show its start. Moving
    statistics of batch normalisation are averaged like the weights: they belong to the same span of steps.

    Args:
        generator: keras model, latents [N, D] (or [latents, labels]) -> images [N, H, W, C] in [-1, 1].
        discriminator: keras model, images (or [images, labels]) -> logits [N, 1], or (logits, class logits [N, K])
            for an auxiliary classifier.
        latent_dim: D; taken from the generator when None.
        num_classes: K, or 0 for no labels. The generator takes labels when K > 0; the discriminator takes them when it
            has two inputs.
        latent_distribution: "normal" for N(0, I) or "uniform" for U(-1, 1).
        seed: integer in [0, 2^31), the seed of all noise of the training.
        **kwargs: of `keras.Model`: name, dtype.

    Logs: `d_loss` and `g_loss`, what each network minimises, penalties included; `d_real` and `d_fake`, mean logits of
        real and generated images (higher is "real"); each penalty under its name; `d_class_loss` and `g_class_loss`,
        cross-entropies of the auxiliary classifier. Callbacks that monitor one need their `mode` said.

    Raises:
        ValueError: If an argument is out of range or the networks do not fit together.

    Reference: Goodfellow et al. 2014 (arXiv 1406.2661).

    Example:

    >>> import numpy as np
    >>> generator = keras.Sequential([keras.Input((2,)), keras.layers.Dense(16), keras.layers.Reshape((4, 4, 1))])
    >>> discriminator = keras.Sequential([keras.Input((4, 4, 1)), keras.layers.Flatten(), keras.layers.Dense(1)])
    >>> gan = GAN(generator, discriminator)
    >>> history = gan.fit(np.zeros([8, 4, 4, 1], "uint8"), batch_size=4, verbose=0)
    >>> gan.generate(3, seed=0).shape
    (3, 4, 4, 1)
    """

    default_batch_size = 64
    own_step_takes = ()  # which of accumulate and augment a `train_step` that replaces that of `Game` knows
    smallest_latent_dim = 1  # 0 where images are made of something else

    def __init__(
        self,
        generator,
        discriminator,
        latent_dim=None,
        num_classes=0,
        latent_distribution="normal",
        seed=0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_int(num_classes=num_classes, minimum=0)
        if type(self) is GAN:  # subclasses build networks of their own, which fit
            check_networks(generator, discriminator, num_classes)
        if latent_dim is None:
            shape = generator.input_shape
            latent_dim = (shape[0] if isinstance(shape, list) else shape)[-1]
        check_int(latent_dim=latent_dim, minimum=self.smallest_latent_dim)
        if latent_distribution not in ("normal", "uniform"):
            raise ValueError(
                'latent_distribution must be "normal" or "uniform". '
                f"Received: latent_distribution={latent_distribution!r}"
            )
        self.seed = noise.check_seed(seed)
        self.latent_dim = int(latent_dim)
        self.num_classes = int(num_classes)
        self.latent_distribution = latent_distribution
        self.generator = generator
        self.discriminator = discriminator
        self.averaged_generator = self.first_average()
        self.images_seen = self.add_weight(
            shape=(), dtype="int64", initializer="zeros", trainable=False, name="images_seen",
            aggregation="only_first_replica",
        )  # fmt: skip
        self.__dict__["_trackers"] = {}  # untracked: running means are no part of what is saved
        for name in ("d_loss", "g_loss", "d_real", "d_fake"):
            self._tracker_of(name)
        self._log_names = list(self._trackers)
        self.build()
        self._tracker.unlock()  # Keras locks what is built: no subclass could add a layer or a metric of its own

    def build(self, input_shape=None):
        """Marks the model as built: its networks are, from the start.

        Args:
            input_shape: ignored.
        """
        self.built = True

    def first_average(self):
        """Returns the averaged generator as it starts: a copy of the generator, not trainable."""
        average = keras.models.clone_model(self.generator)
        average.set_weights(self.generator.get_weights())
        average.name = "averaged_generator"
        average.trainable = False
        return average

    @property
    def image_shape(self):
        """(H, W, C) of the images."""
        return tuple(self.generator.output_shape[1:])

    @property
    def metrics(self):
        """The running means of the logs."""
        return [self._trackers[name] for name in self._log_names]

    # Settings

    def default_compile_arguments(self):
        """Returns the paper's settings, as keyword arguments of `compile`."""
        return dict(
            g_optimizer=FusedAdam(2e-4, beta_1=0.5, epsilon=1e-8),
            d_optimizer=FusedAdam(2e-4, beta_1=0.5, epsilon=1e-8),
            loss="non_saturating",
            penalties=(),
            discriminator_steps=1,
            generator_steps=1,
            reuse_fakes=False,
            auxiliary_weights=(1.0, 1.0),
            average_decay=0.999,
            accumulate=1,
            augment="",
        )

    def compile(
        self,
        g_optimizer=None,
        d_optimizer=None,
        loss=None,
        penalties=None,
        discriminator_steps=None,
        generator_steps=None,
        reuse_fakes=None,
        auxiliary_weights=None,
        average_decay=None,
        accumulate=None,
        augment=None,
        **kwargs,
    ):
        """Sets how the model trains. What is None is set as in the paper; `fit` compiles so when nobody did.

        Args:
            g_optimizer: keras optimizer of the generator, its name or its config.
            d_optimizer: keras optimizer of the discriminator.
            loss: name of a pair in `keras_gans.losses`, or such a pair.
            penalties: sequence of `keras_gans.penalties` (or their names) on the discriminator.
            discriminator_steps: discriminator steps before each generator step, each with a real batch of its own.
            generator_steps: generator steps after them.
            reuse_fakes: whether the (first) generator step takes the fake batch of the last discriminator step, scored
                again by the updated discriminator, as the Torch implementations of DCGAN do; otherwise it draws anew.
            auxiliary_weights: weights of the auxiliary classifier's losses (discriminator, generator).
            average_decay: decay a step of the averaged generator, in [0, 1); 0 makes it a copy.
            accumulate: parts that a batch is cut into; each update then takes the mean of the parts' gradients, in the
                memory of one part. Divides the batch size; a smaller last batch of a dataset is left out. See
                `keras_gans.models.accumulation`.
            augment: differentiable augmentation of what the discriminator sees, for small data sets: names as in
                "color,translation,cutout", an `keras_gans.augmentation.Augmentation`, or "" for none. Penalties too
                look at the transformed images.
            **kwargs: as in Keras: run_eagerly, jit_compile, steps_per_execution (`fit` takes what divides an epoch).

        Raises:
            ValueError: If an argument is out of range.
        """
        given = {k: v for k, v in locals().items() if k not in ("self", "kwargs", "__class__") and v is not None}
        with self.distribute_strategy.scope():  # whose the optimizers among them are, wherever `fit` is called
            settings = {**self.default_compile_arguments(), **given}
        if unknown := set(kwargs) - {"run_eagerly", "steps_per_execution", "jit_compile", "auto_scale_loss"}:
            raise ValueError(f"compile() takes no argument {', '.join(sorted(unknown))}. Received: {kwargs}")
        check_int(1, steps_per_execution=kwargs.get("steps_per_execution", 1))
        check_int(1, **{name: settings[name] for name in ("discriminator_steps", "generator_steps", "accumulate")})
        for name, none in (
            dict(accumulate=1, augment="").items() if type(self).train_step is not Game.train_step else ()
        ):
            if settings[name] not in (none, None) and name not in self.own_step_takes:
                raise ValueError(f"{type(self).__name__} does not take {name}. Received: {name}={settings[name]!r}")
        if not isinstance(settings["average_decay"], (int, float)) or not 0 <= settings["average_decay"] < 1:
            raise ValueError(f"average_decay must be in [0, 1). Received: average_decay={settings['average_decay']!r}")
        if not isinstance(settings["penalties"], (list, tuple)):
            raise ValueError(f"penalties must be a list or tuple. Received: penalties={settings['penalties']!r}")
        weights = settings["auxiliary_weights"]
        if not isinstance(weights, (list, tuple)) or len(weights) != 2:
            raise ValueError(f"auxiliary_weights must be two numbers. Received: auxiliary_weights={weights!r}")
        check_number(**{f"auxiliary_weights[{k}]": weight for k, weight in enumerate(weights)})
        loss, penalties = losses.get(settings["loss"]), [get_penalty(p) for p in settings["penalties"]]
        augment = augmentation.get(settings["augment"])
        with self.distribute_strategy.scope():
            g_optimizer = _built_optimizer(settings["g_optimizer"], self.generator)
            d_optimizer = _built_optimizer(settings["d_optimizer"], self.discriminator)
        super().compile(optimizer=None, loss=None, **kwargs)  # from here on nothing is refused: no half of it stays
        self.adversarial_loss, self.penalties, self.augment = loss, penalties, augment
        self.g_optimizer, self.d_optimizer = g_optimizer, d_optimizer
        self.discriminator_steps = int(settings["discriminator_steps"])
        self.generator_steps = int(settings["generator_steps"])
        self.reuse_fakes = bool(settings["reuse_fakes"])
        self.auxiliary_weights = tuple(float(w) for w in settings["auxiliary_weights"])
        self.average_decay = float(settings["average_decay"])
        self.accumulate = int(settings["accumulate"])
        self._log_names = []
        self.add_logs("d_loss", "g_loss", "d_real", "d_fake", *(p.name for p in self.penalties))
        if self.has_auxiliary_classifier:
            self.add_logs("d_class_loss", "g_class_loss")
        self._compile_kwargs = kwargs

    def get_compile_config(self):
        """Returns the settings of `compile` as plain data, or {} when the model was not compiled."""
        if not self.compiled:
            return {}
        return dict(
            g_optimizer=keras.saving.serialize_keras_object(self.g_optimizer),
            d_optimizer=keras.saving.serialize_keras_object(self.d_optimizer),
            loss=keras.saving.serialize_keras_object(self.adversarial_loss),
            penalties=[keras.saving.serialize_keras_object(p) for p in self.penalties],
            discriminator_steps=self.discriminator_steps,
            generator_steps=self.generator_steps,
            reuse_fakes=self.reuse_fakes,
            auxiliary_weights=list(self.auxiliary_weights),
            average_decay=self.average_decay,
            accumulate=self.accumulate,
            augment=self.augment and keras.saving.serialize_keras_object(self.augment),
            **self._compile_kwargs,
        )

    def compile_from_config(self, config):
        """Compiles with the settings that `get_compile_config` returned.

        Args:
            config: dict.
        """
        self.compile(**config)

    def get_config(self):
        """Returns what `from_config` needs; the networks as their own configs."""
        return dict(
            generator=keras.saving.serialize_keras_object(self.generator),
            discriminator=keras.saving.serialize_keras_object(self.discriminator),
            latent_dim=self.latent_dim,
            num_classes=self.num_classes,
            latent_distribution=self.latent_distribution,
            seed=self.seed,
            name=self.name,
        )

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """Returns a new model of the same shape.

        Args:
            config: what `get_config` returned.
            custom_objects: dict of names to classes, as in Keras.
        """
        config = dict(config)
        for key in ("generator", "discriminator"):
            if isinstance(config.get(key), dict):
                config[key] = keras.saving.deserialize_keras_object(config[key], custom_objects)
        return cls(**config)

    # Networks

    @property
    def has_auxiliary_classifier(self):
        """Whether the discriminator also returns class logits."""
        return len(self.discriminator.outputs) > 1

    def generate_images(self, latents, labels=None, training=False, averaged=False):
        """Runs the generator.

        Args:
            latents: float tensor [N, latent_dim].
            labels: int tensor [N]; None without classes.
            training: whether in training mode.
            averaged: whether to run the averaged generator.

        Returns:
            Float32 tensor [N, H, W, C] in [-1, 1].
        """
        network = self.averaged_generator if averaged else self.generator
        return network([latents, labels] if self.num_classes else latents, training=training)

    def discriminate(self, images, labels=None, training=False):
        """Runs the discriminator.

        Args:
            images: float tensor [N, H, W, C] in [-1, 1].
            labels: int tensor [N]; used by a conditional discriminator.
            training: whether in training mode.

        Returns:
            (logits [N, 1], class logits [N, K] or None).
        """
        takes_labels = len(self.discriminator.inputs) > 1
        outputs = self.discriminator([images, labels] if takes_labels else images, training=training)
        return outputs if self.has_auxiliary_classifier else (outputs, None)

    def call(self, inputs, training=False):
        """Runs the averaged generator: latents, or (latents, labels), to float32 images in [-1, 1]."""
        latents, labels = inputs if isinstance(inputs, (list, tuple)) else (inputs, None)
        return self.generate_images(latents, labels, training=training, averaged=True)

    # Keras' verbs

    def fit(self, x=None, y=None, batch_size=None, epochs=1, steps_per_epoch=None, validation_data=None, **kwargs):
        """Trains; Keras' `fit`, for data of more kinds. A model that was not compiled trains as its paper says.

        Args:
            x: `keras_gans.data.ImageData`, numpy images [N, H, W, C] (uint8, uint16, or float in [-1, 1]), or a
                tf.data.Dataset of such images or of (image, label), batched or not. A model without classes leaves
                labels aside.
            y: labels [N] when x is an array.
            batch_size: real images a discriminator step (the global batch); `default_batch_size` when None. A
                batched dataset keeps its own.
            epochs: passes over the data.
            steps_per_epoch: training steps an epoch; from the data's size when None, which an endless dataset lacks.
            validation_data: as x, or (x, y); held-out images for `evaluate` after each epoch.
            **kwargs: of `keras.Model.fit`: verbose, callbacks, initial_epoch, validation_steps, ... `shuffle` is
                without effect: images are shuffled by their own seed, a tf.data.Dataset is read as it comes.

        Returns:
            `keras.callbacks.History`.

        Raises:
            ValueError: If the data do not fit the model, or for class_weight, sample_weight and validation_split.
        """
        feeding.check_fit_arguments(self, **kwargs)
        if not self.compiled:
            self.compile()
        batch_size = self.default_batch_size if batch_size is None else batch_size
        steps = 1 if steps_per_epoch is None else steps_per_epoch
        check_int(1, batch_size=batch_size, epochs=epochs, steps_per_epoch=steps)
        open_batches = functools.partial(feeding.training_batches, self, x, y, batch_size)
        batches = open_batches()
        if validation_data is not None:
            kwargs["validation_data"] = feeding.evaluation_batches(self, validation_data, None, batch_size)
        kwargs["shuffle"] = False  # the order is the data's own: it must be the same when resumed
        dataset, steps = feeding.begin(self, batches, open_batches, steps_per_epoch, epochs, kwargs)
        with feeding.errors_of(x):
            return super().fit(dataset, epochs=epochs, steps_per_epoch=steps, **kwargs)

    def evaluate(self, x=None, y=None, batch_size=None, **kwargs):
        """Returns the mean losses and scores on real images against generated ones, both networks as they are.

        Args:
            x: as in `fit`; read once, in order.
            y: labels [N] when x is an array.
            batch_size: images a batch.
            **kwargs: of `keras.Model.evaluate`.

        Raises:
            ValueError: If the data do not fit the model.
        """
        if not self.compiled:
            self.compile()
        if not kwargs.get("_use_cached_eval_dataset"):
            x, y = feeding.evaluation_batches(self, x, y, batch_size), None
        return super().evaluate(x, y, **kwargs)


def _built_optimizer(identifier, network):
    """A new or given optimizer with slots for all of the network's variables; scales losses in float16."""
    optimizer = keras.optimizers.get(copy.deepcopy(identifier) if isinstance(identifier, dict) else identifier)
    half = any(layer.compute_dtype == "float16" for layer in network._flatten_layers())
    if half and not isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
    optimizer.build(network.trainable_variables)
    return optimizer
