"""Pixelwise feature vector normalization of PGGAN's generator."""

import keras
import tensorflow as tf

from keras_gans.layers.equalized_kernel import accurate


def pixel_norm(x, epsilon=1e-8):
    """Divides every feature vector by its root mean square; see `PixelNorm`.

    Args:
        x: floating point tensor, `(batch, ..., channels)`.
        epsilon: added under the root.

    Returns:
        A tensor of the shape and dtype of `x`.
    """

    @tf.custom_gradient
    def normalize(x):
        mean_square = tf.reduce_mean(tf.square(accurate(x)), axis=-1, keepdims=True)
        scale = tf.cast(tf.math.rsqrt(mean_square + epsilon), x.dtype)  # [N ... 1]
        y = x * scale

        def gradient(upstream):
            # dL/dx = scale (dL/dy - y mean_c(y dL/dy))
            projection = tf.reduce_mean(accurate(upstream * y), axis=-1, keepdims=True)
            return scale * (upstream - y * tf.cast(projection, y.dtype))

        return y, gradient

    return normalize(x)


@keras.saving.register_keras_serializable(package="keras_gans")
class PixelNorm(keras.layers.Layer):
    """Normalizes the feature vector of every pixel to unit root mean square.

    y = x / sqrt(mean_c(x²) + ε)      (Karras et al. 2018, Sec. 4.2)

    The mean is taken in float32 whatever the dtype policy. The gradient is written from the output in one pass.

    Args:
        epsilon: added under the root, so that a zero vector stays zero. Defaults to 1e-8.

    Input shape:
        `(batch, ..., channels)`; also latent vectors `(batch, channels)`.

    Output shape:
        That of the input.

    Example:

    >>> PixelNorm()(tf.constant([[3.0, 3.0, 3.0, 3.0]])).numpy().round(4).tolist()
    [[1.0, 1.0, 1.0, 1.0]]

    Raises:
        ValueError: `epsilon` is not positive.

    Reference:
        Karras et al., "Progressive Growing of GANs", arXiv 1710.10196.
    """

    def __init__(self, epsilon=1e-8, **kwargs):
        super().__init__(**kwargs)
        if not epsilon > 0:
            raise ValueError(f"Expected a positive epsilon. Received: epsilon={epsilon}")
        self.epsilon = epsilon
        self.built = True

    def call(self, x):
        return pixel_norm(x, self.epsilon)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "epsilon": self.epsilon}
