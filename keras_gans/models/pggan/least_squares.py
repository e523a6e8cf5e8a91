"""The LSGAN losses of PGGAN's variant: Karras et al. 2018 (arXiv 1710.10196), App. B, as the Theano code has them."""

import keras
import tensorflow as tf

from keras_gans.losses import AdversarialLoss


@keras.saving.register_keras_serializable(package="keras_gans")
class InvertedLeastSquares(AdversarialLoss):
    """LSGAN with target 0 for real images and 1 for generated ones, which count less.

    L_D = mean(s_r²) + w mean((s_f - 1)²),  L_G = mean(s_f²)

    Goes with a discriminator that has `noise=True`.

    Args:
        fake_weight: w, 0.1 in the official code.

    Raises:
        ValueError: If `fake_weight` is not positive.

    Reference: original-theano-version @1a05598 of tkarras/progressive_growing_of_gans, `L2_fake_weight`.

    Example:

    >>> float(InvertedLeastSquares().discriminator([0.0], [1.0]))
    0.0
    """

    def __init__(self, fake_weight=0.1):
        if not fake_weight > 0:
            raise ValueError(f"fake_weight must be greater than 0. Received: fake_weight={fake_weight!r}")
        self.fake_weight = fake_weight

    def discriminator(self, real_logits, fake_logits):
        real, fake = (tf.cast(x, tf.float32) for x in (real_logits, fake_logits))
        return tf.reduce_mean(tf.square(real)) + self.fake_weight * tf.reduce_mean(tf.square(fake - 1.0))

    def generator(self, fake_logits):
        return tf.reduce_mean(tf.square(tf.cast(fake_logits, tf.float32)))

    def get_config(self):
        return {"fake_weight": self.fake_weight}
