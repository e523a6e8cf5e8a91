"""Layer normalization as in the WGAN-GP rows of PGGAN's ablation."""

import keras
import tensorflow as tf

from keras_gans.layers.equalized_kernel import accurate


@keras.saving.register_keras_serializable(package="keras_gans")
class ScalarGainLayerNorm(keras.layers.Layer):
    """Normalizes each sample over all its pixels and channels; one gain for all, one bias for every channel.

    y = g · (x - mean_{h,w,c}(x)) / sqrt(var_{h,w,c}(x) + ε) + b_c

    Mean and variance are float32 whatever the dtype policy. Put it before the activation, after a convolution that has
    no bias of its own.

    Args:
        epsilon: added to the variance. Defaults to 1e-4, as in the official code.

    Input shape:
        `(batch, ..., channels)`.

    Output shape:
        That of the input.

    Example:

    >>> ScalarGainLayerNorm()(tf.constant([[1.0, 3.0]])).numpy().round(3).tolist()
    [[-1.0, 1.0]]

    Raises:
        ValueError: `epsilon` is not positive.

    Reference:
        Ba et al., "Layer Normalization", arXiv 1607.06450, in the variant of the Theano code of Karras et al., arXiv
        1710.10196.
    """

    def __init__(self, epsilon=1e-4, **kwargs):
        super().__init__(**kwargs)
        if not epsilon > 0:
            raise ValueError(f"Expected a positive epsilon. Received: epsilon={epsilon}")
        self.epsilon = epsilon

    def build(self, input_shape):
        self.gain = self.add_weight(name="gain", shape=(), initializer="ones", autocast=False)
        self.bias = self.add_weight(name="bias", shape=(input_shape[-1],), initializer="zeros", autocast=False)

    def call(self, x):
        y = accurate(x)
        axes = list(range(1, len(x.shape)))
        y = y - tf.reduce_mean(y, axis=axes, keepdims=True)
        y = y * tf.math.rsqrt(tf.reduce_mean(tf.square(y), axis=axes, keepdims=True) + self.epsilon)
        return tf.cast(y * self.gain + self.bias, x.dtype)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "epsilon": self.epsilon}
