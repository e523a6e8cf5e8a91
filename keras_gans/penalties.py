"""Penalties on the discriminator: values given to `compile(penalties=[...])`, added to its loss.

Each is called with a `DiscriminatorPass`, the forward passes of the step, and returns a float32 scalar.
References: Gulrajani et al. 2017 (arXiv 1704.00028), Mescheder et al. 2018 (1801.04406), Karras et al. 2018
(1710.10196).
"""

import dataclasses
from collections.abc import Callable

import keras
import tensorflow as tf

from keras_gans import noise


@dataclasses.dataclass
class DiscriminatorPass:
    """What a penalty may look at.

    Args:
        score: function images [N, H, W, C] float -> logits [N, ...], the discriminator in training mode.
        real_images: float tensor [N, H, W, C] in [-1, 1].
        fake_images: float tensor [N, H, W, C] in [-1, 1]; a constant of the step.
        real_logits: float tensor [N, ...], scores of the real images.
        fake_logits: float tensor [N, ...], scores of the generated images.
        gradient_scale: factor on scores before a gradient by images is taken, so that it survives float16; the
            gradient is divided by it in float32.
        pixel_size: side of the square of equal pixels for which each pixel of these images stands. Norms are those of
            the larger images, whose gradient is spread evenly over each square: 1 / pixel_size of the smaller ones'.
    """

    score: Callable
    real_images: tf.Tensor
    fake_images: tf.Tensor
    real_logits: tf.Tensor
    fake_logits: tf.Tensor
    gradient_scale: float | tf.Tensor = 1.0
    pixel_size: int = 1

    def gradient_by_images(self, images):
        """Returns d sum(score(images)) / d images, float32 [N, H, W, C].

        Args:
            images: float tensor [N, H, W, C].
        """
        with tf.GradientTape() as tape:
            tape.watch(images)
            scores = tf.cast(self.score(images), tf.float32) * self.gradient_scale
        return tf.cast(tape.gradient(scores, images), tf.float32) / self.gradient_scale

    def squared_gradient_norm(self, images):
        """Returns ||d score / d x||_2^2 of each sample, over all pixels and channels, float32 [N].

        Args:
            images: float tensor [N, H, W, C].
        """
        gradient = self.gradient_by_images(images)
        return tf.reduce_sum(tf.square(gradient), axis=list(range(1, len(images.shape)))) / self.pixel_size**2


class Penalty:
    """Base of the penalties: a weight, a name under which it is logged, plain data in `get_config`."""

    name = "penalty"

    def __call__(self, step):
        """Returns the penalty, a float32 scalar.

        Args:
            step: a `DiscriminatorPass`.
        """
        raise NotImplementedError(f"{type(self).__name__} must give `__call__(step)`")

    def get_config(self):
        """Returns the constructor's arguments as plain data."""
        return dict(self.__dict__)

    @classmethod
    def from_config(cls, config):
        """Returns the penalty that `get_config` described.

        Args:
            config: what `get_config` returned.
        """
        return cls(**config)


def _check_positive(**values):
    for name, value in values.items():
        if not value > 0:
            raise ValueError(f"{name} must be greater than 0. Received: {name}={value!r}")


@keras.saving.register_keras_serializable(package="keras_gans")
class GradientPenalty(Penalty):
    """WGAN-GP: the gradient's norm is pulled to a target between real and generated images.

    λ/γ² mean((||∇ D(x̂)||₂ - γ)²),  x̂ = x + u (G(z) - x),  u ~ U[0, 1) per sample   (Gulrajani 2017, Eq. 3, γ = 1;
    Karras 2018: γ = 750 for CIFAR-10)

    The norm is over all pixels and channels, without an epsilon; where the gradient is exactly 0, that of the norm is
    taken as 0.

    Args:
        weight: λ, 10 in both papers.
        target: γ.

    Raises:
        ValueError: If an argument is not positive.
    """

    name = "gradient_penalty"

    def __init__(self, weight=10.0, target=1.0):
        _check_positive(weight=weight, target=target)
        self.weight = weight
        self.target = target

    def __call__(self, step):
        rank = len(step.real_images.shape)
        u = noise.current().uniform([tf.shape(step.real_images)[0]] + [1] * (rank - 1))
        mixed = step.real_images + (step.fake_images - step.real_images) * u
        norm = _norm(step.squared_gradient_norm(mixed))
        return self.weight / self.target**2 * tf.reduce_mean(tf.square(norm - self.target))


def _norm(squared):
    """sqrt whose gradient at 0 is 0 and not NaN; exact everywhere else."""
    positive = squared > 0
    return tf.where(positive, tf.sqrt(tf.where(positive, squared, 1.0)), 0.0)


@keras.saving.register_keras_serializable(package="keras_gans")
class R1(Penalty):
    """Zero-centred gradient penalty on real images: γ/2 mean(||∇ D(x)||²)   (Mescheder et al. 2018, Eq. 9)

    Args:
        weight: γ. The authors' code has 10 without the half: that is γ = 20 here.

    Raises:
        ValueError: If `weight` is not positive.
    """

    name = "r1"

    def __init__(self, weight=10.0):
        _check_positive(weight=weight)
        self.weight = weight

    def __call__(self, step):
        return 0.5 * self.weight * tf.reduce_mean(step.squared_gradient_norm(step.real_images))


@keras.saving.register_keras_serializable(package="keras_gans")
class R2(R1):
    """Zero-centred gradient penalty on generated images: γ/2 mean(||∇ D(G(z))||²)   (Mescheder et al. 2018, Eq. 10)

    Args:
        weight: γ, as in `R1`.

    Raises:
        ValueError: If `weight` is not positive.
    """

    name = "r2"

    def __call__(self, step):
        return 0.5 * self.weight * tf.reduce_mean(step.squared_gradient_norm(step.fake_images))


@keras.saving.register_keras_serializable(package="keras_gans")
class Drift(Penalty):
    """Keeps a critic's scores from drifting: ε mean(D(x)²) over real images   (Karras et al. 2018)

    Args:
        weight: ε, 0.001 in the paper.

    Raises:
        ValueError: If `weight` is not positive.
    """

    name = "drift"

    def __init__(self, weight=0.001):
        _check_positive(weight=weight)
        self.weight = weight

    def __call__(self, step):
        return self.weight * tf.reduce_mean(tf.square(tf.cast(step.real_logits, tf.float32)))


NAMED = {"gradient_penalty": GradientPenalty, "r1": R1, "r2": R2, "drift": Drift}


def get(identifier):
    """Returns a penalty.

    Args:
        identifier: a name ("gradient_penalty", "r1", "r2", "drift": with default arguments), a serialised penalty
            (dict), or a callable with an attribute `name`.

    Raises:
        ValueError: If it is none of these.

    Example:

    >>> get("r1").weight
    10.0
    """
    if isinstance(identifier, str) and identifier in NAMED:
        return NAMED[identifier]()
    if isinstance(identifier, dict):
        identifier = keras.saving.deserialize_keras_object(identifier)
    is_penalty = callable(identifier) and isinstance(getattr(identifier, "name", None), str)
    if is_penalty and not isinstance(identifier, type):
        return identifier
    raise ValueError(
        f"A penalty must be one of {', '.join(NAMED)}, or a callable with a `name`, not its class. "
        f"Received: {identifier!r}"
    )
