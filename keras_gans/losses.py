"""Adversarial losses as named pairs: what the discriminator and what the generator minimise.

Written on logits s, with D(x) = sigmoid(s) where a probability is meant; each is the mean over the batch, float32.
References: Goodfellow et al. 2014 (arXiv 1406.2661), Mao et al. 2016 (1611.04076), Arjovsky et al. 2017 (1701.07875),
Lim and Ye 2017 (1705.02894).
"""

import keras
import tensorflow as tf


class AdversarialLoss:
    """A pair of losses. Subclasses give `discriminator(real_logits, fake_logits)` and `generator(fake_logits)`.

    Both take float tensors [N] or [N, 1] (or patches [N, H, W, 1]) and return a float32 scalar to be minimised.
    """

    def discriminator(self, real_logits, fake_logits):
        """Returns the discriminator's loss.

        Args:
            real_logits: scores of real images, any shape.
            fake_logits: scores of generated images, any shape.
        """
        raise NotImplementedError(f"{type(self).__name__} must give `discriminator(real_logits, fake_logits)`")

    def generator(self, fake_logits):
        """Returns the generator's loss.

        Args:
            fake_logits: scores of generated images, any shape.
        """
        raise NotImplementedError(f"{type(self).__name__} must give `generator(fake_logits)`")

    def get_config(self):
        """Returns the constructor's arguments as plain data."""
        return {}

    @classmethod
    def from_config(cls, config):
        """Returns the loss that `get_config` described.

        Args:
            config: what `get_config` returned.
        """
        return cls(**config)


def _float(logits):
    return tf.cast(logits, tf.float32)


_mean, _softplus, _relu, _square = tf.reduce_mean, tf.nn.softplus, tf.nn.relu, tf.square


@keras.saving.register_keras_serializable(package="keras_gans")
class Minimax(AdversarialLoss):
    """The game's value itself (Goodfellow et al. 2014, Eq. 1).

    L_D = -log D(x) - log(1 - D(G(z))),  L_G = log(1 - D(G(z)))

    Example:

    >>> round(float(Minimax().generator([0.0])), 4)  # log(1/2)
    -0.6931
    """

    def discriminator(self, real_logits, fake_logits):
        return _mean(_softplus(-_float(real_logits))) + _mean(
            _softplus(_float(fake_logits))
        )  # -log D(x) - log(1 - D(G(z)))

    def generator(self, fake_logits):
        return -_mean(_softplus(_float(fake_logits)))  # log(1 - D(G(z)))


@keras.saving.register_keras_serializable(package="keras_gans")
class NonSaturating(Minimax):
    """The "modified minimax" game: the generator maximises log D(G(z)) (Goodfellow et al. 2014, end of Sec. 3).

    L_D = -log D(x) - log(1 - D(G(z))),  L_G = -log D(G(z))

    Example:

    >>> round(float(NonSaturating().generator([0.0])), 4)  # -log(1/2)
    0.6931
    """

    def generator(self, fake_logits):
        return _mean(_softplus(-_float(fake_logits)))  # -log D(G(z))


@keras.saving.register_keras_serializable(package="keras_gans")
class LeastSquares(AdversarialLoss):
    """LSGAN (Mao et al. 2016, Eq. 2; the defaults are its 0-1 coding, Eq. 9).

    L_D = 1/2 (s_r - b)^2 + 1/2 (s_f - a)^2,  L_G = 1/2 (s_f - c)^2

    Args:
        fake_target: a, what the discriminator says of generated images.
        real_target: b, what it says of real ones.
        generator_target: c, what the generator wants it to say.

    Example:

    >>> float(LeastSquares().discriminator([1.0], [0.0]))
    0.0
    """

    def __init__(self, fake_target=0.0, real_target=1.0, generator_target=1.0):
        self.fake_target = fake_target
        self.real_target = real_target
        self.generator_target = generator_target

    def discriminator(self, real_logits, fake_logits):
        real = _mean(_square(_float(real_logits) - self.real_target))
        fake = _mean(_square(_float(fake_logits) - self.fake_target))
        return 0.5 * (real + fake)

    def generator(self, fake_logits):
        return 0.5 * _mean(_square(_float(fake_logits) - self.generator_target))

    def get_config(self):
        return dict(fake_target=self.fake_target, real_target=self.real_target, generator_target=self.generator_target)


@keras.saving.register_keras_serializable(package="keras_gans")
class Wasserstein(AdversarialLoss):
    """WGAN (Arjovsky et al. 2017, Eq. 3): the critic's loss is minus its estimate of the earth mover's distance.

    L_D = s_f - s_r,  L_G = -s_f

    Example:

    >>> float(Wasserstein().discriminator([3.0], [1.0]))
    -2.0
    """

    def discriminator(self, real_logits, fake_logits):
        return _mean(_float(fake_logits)) - _mean(_float(real_logits))

    def generator(self, fake_logits):
        return -_mean(_float(fake_logits))


@keras.saving.register_keras_serializable(package="keras_gans")
class Hinge(AdversarialLoss):
    """The hinge loss of geometric GAN, SNGAN and what followed (Lim and Ye 2017).

    L_D = relu(1 - s_r) + relu(1 + s_f),  L_G = -s_f

    Example:

    >>> float(Hinge().discriminator([2.0], [-2.0]))
    0.0
    """

    def discriminator(self, real_logits, fake_logits):
        return _mean(_relu(1.0 - _float(real_logits))) + _mean(_relu(1.0 + _float(fake_logits)))

    def generator(self, fake_logits):
        return -_mean(_float(fake_logits))


NAMED = {
    "minimax": Minimax,
    "non_saturating": NonSaturating,
    "least_squares": LeastSquares,
    "wasserstein": Wasserstein,
    "hinge": Hinge,
}


def get(identifier):
    """Returns an `AdversarialLoss`.

    Args:
        identifier: a name ("minimax", "non_saturating", "least_squares", "wasserstein", "hinge"), a serialised loss
            (dict), or any object with methods `discriminator` and `generator`.

    Raises:
        ValueError: If it is none of these.

    Example:

    >>> type(get("hinge")).__name__
    'Hinge'
    """
    if isinstance(identifier, str) and identifier in NAMED:
        return NAMED[identifier]()
    if isinstance(identifier, dict):
        identifier = keras.saving.deserialize_keras_object(identifier)
    is_pair = callable(getattr(identifier, "discriminator", None)) and callable(getattr(identifier, "generator", None))
    if is_pair and not isinstance(identifier, type):
        return identifier
    raise ValueError(
        f"loss must be one of {', '.join(NAMED)}, or an object (no class) with methods `discriminator` and "
        f"`generator`. Received: loss={identifier!r}"
    )


def classification(labels, class_logits):
    """Softmax cross-entropy of an auxiliary classifier (AC-GAN, Odena et al. 2016, arXiv 1610.09585, Eq. 3).

    Args:
        labels: integer tensor [N], classes from 0.
        class_logits: float tensor [N, K].

    Returns:
        Float32 scalar, the mean over the batch.

    Example:

    >>> round(float(classification([0], [[0.0, 0.0]])), 4)  # -log(1/2)
    0.6931
    """
    class_logits = tf.cast(class_logits, tf.float32)
    return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=class_logits))
