"""Cross-fade between two versions of the same tensor, used while a PGGAN grows."""

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable(package="keras_gans")
class FadeIn(keras.layers.Layer):
    """Blends the output of a new layer into that of the old ones.

    y = (1 - α) · low + α · high      (Karras et al. 2018, Fig. 2)

    Exactly `low` at α = 0 and exactly `high` at α = 1, where also the gradient of the other input is exactly 0.

    Call arguments:
        inputs: list `[low, high]` of two tensors of one shape: what the old layers say, upscaled to the new
            resolution (or, in the discriminator, downscaled), and what the new layer says.
        alpha: weight of the new layer in [0, 1], a scalar.

    Input shape:
        Two tensors of the same shape.

    Output shape:
        That of one of them.

    Example:

    >>> FadeIn()([tf.constant([0.0]), tf.constant([4.0])], alpha=0.25).numpy().tolist()
    [1.0]

    Raises:
        ValueError: not two inputs, or their shapes differ.

    Reference:
        Karras et al., "Progressive Growing of GANs", arXiv 1710.10196.
    """

    def build(self, input_shape):
        if len(input_shape) != 2 or tuple(input_shape[0]) != tuple(input_shape[1]):
            raise ValueError(f"FadeIn expects [low, high] of one shape. Received: input_shape={input_shape}")

    def __call__(self, inputs, alpha, **kwargs):
        return super().__call__(inputs, alpha=alpha, **kwargs)  # Keras takes a float by name only

    def call(self, inputs, alpha):
        low, high = inputs
        alpha = tf.cast(alpha, low.dtype)
        return low * (1 - alpha) + high * alpha

    def compute_output_shape(self, input_shape, alpha_shape=None):
        return tuple(input_shape[0])
