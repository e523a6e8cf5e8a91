"""Multiplicative Gaussian noise, the cure of PGGAN's LSGAN variant against an overconfident discriminator."""

import keras
import tensorflow as tf

from keras_gans import noise


@keras.saving.register_keras_serializable(package="keras_gans")
class MultiplicativeNoise(keras.layers.Layer):
    """Multiplies every feature map of every sample by a random factor around 1, in training only.

    y = x · (1 + strength · sqrt(C) · n), n ~ N(0, 1) for each sample and channel

    The noise is drawn from the innermost `keras_gans.noise.scope`, so a resumed training repeats the unbroken one.

    Call arguments:
        x: features.
        strength: scalar >= 0, usually a tensor that grows while the discriminator wins.
        training: `False` returns `x`.

    Input shape:
        `(batch, ..., channels)`.

    Output shape:
        That of the input.

    Example:

    >>> MultiplicativeNoise()(tf.ones((1, 2)), strength=0.0, training=True).numpy().tolist()
    [[1.0, 1.0]]

    Reference:
        Karras et al., "Progressive Growing of GANs", arXiv 1710.10196, App. B; "gdrop", mode "prop", in
        the Theano code.
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.built = True

    def call(self, x, strength, training=False):
        if not training:
            return x
        channels = x.shape[-1]
        normal = noise.current().normal((tf.shape(x)[0], *[1] * (len(x.shape) - 2), channels))  # [N 1 1 C]
        return x * tf.cast(1.0 + tf.cast(strength, tf.float32) * channels**0.5 * normal, x.dtype)

    def compute_output_shape(self, input_shape, strength_shape=None):
        return input_shape
