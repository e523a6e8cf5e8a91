"""Dropout that draws stateless noise."""

import keras
import tensorflow as tf

from keras_gans import noise


@keras.saving.register_keras_serializable(package="keras_gans")
class Dropout(keras.layers.Layer):
    """Sets inputs to 0 at random and scales the others up.

    y = x m / (1 - rate),  m ~ Bernoulli(1 - rate) per element

    The mask comes from the innermost `keras_gans.noise.scope`, so a resumed training repeats the unbroken one and
    replicas differ; `keras.layers.Dropout` gives every replica the same mask. Outside of a scope it comes from
    TensorFlow's global generator.

    Args:
        rate: float in [0, 1), the share of elements that are dropped.
        **kwargs: of `keras.layers.Layer`: name, dtype.

    Input shape: any.
    Output shape: that of the input.

    Raises:
        ValueError: If `rate` is out of range.

    Reference: Srivastava et al. 2014, "Dropout: a simple way to prevent neural networks from overfitting".

    Example:

    >>> import numpy as np
    >>> Dropout(0.5)(np.ones([2, 2], "float32")).numpy().tolist()  # not training: the identity
    [[1.0, 1.0], [1.0, 1.0]]
    """

    def __init__(self, rate, **kwargs):
        super().__init__(**kwargs)
        if not 0 <= rate < 1:
            raise ValueError(f"rate must be in [0, 1). Received: rate={rate!r}")
        self.rate = rate
        self.built = True

    def call(self, inputs, training=False):
        if not training or self.rate == 0:
            return inputs
        kept = noise.current().uniform(tf.shape(inputs)) >= self.rate
        return tf.where(kept, inputs / (1 - self.rate), tf.zeros_like(inputs))

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "rate": self.rate}
