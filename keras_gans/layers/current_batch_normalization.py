"""Normalisation by what the layer is called on: over the current batch, in training and at test alike."""

import keras
import tensorflow as tf

from keras_gans.layers import feature_statistics


@keras.saving.register_keras_serializable(package="keras_gans")
class CurrentBatchNormalization(keras.layers.Layer):
    """Batch normalisation that always uses the statistics of the current batch; it has no moving ones.

    y = γ (x - mean_{n,h,w}(x)) / sqrt(var_{n,h,w}(x) + ε) + β

    With one image in the batch this is instance normalisation, which is how pix2pix runs. Statistics are float32 in
    every dtype policy. Replicas of a distribution strategy each use those of their own images. A
    `feature_statistics.scope` replaces them, for instance by each image's own.

    Args:
        epsilon: ε.
        gamma_stddev: γ starts from N(1, gamma_stddev²); 0 for ones.
        seed: seed of that draw.
        **kwargs: of `keras.layers.Layer`: name, dtype.

    Input shape: [N, H, W, C].
    Output shape: that of the input.

    Raises:
        ValueError: If ε is not positive.

    Reference: Ioffe and Szegedy 2015 (arXiv 1502.03167); Isola et al. 2017 (arXiv 1611.07004), Sec. 3.3.

    Example:

    >>> layer = CurrentBatchNormalization()
    >>> layer(tf.constant([[[[0.0]]], [[[2.0]]]])).numpy().ravel().round(3).tolist()
    [-1.0, 1.0]
    """

    def __init__(self, epsilon=1e-5, gamma_stddev=0.0, seed=None, **kwargs):
        super().__init__(**kwargs)
        if not epsilon > 0:
            raise ValueError(f"epsilon must be positive. Received: epsilon={epsilon!r}")
        self.epsilon = epsilon
        self.gamma_stddev = gamma_stddev
        self.seed = seed

    def build(self, input_shape):
        initializer = keras.initializers.RandomNormal(1.0, self.gamma_stddev, seed=self.seed)
        shape, initializer = (input_shape[-1],), initializer if self.gamma_stddev else "ones"
        self.gamma = self.add_weight(shape=shape, initializer=initializer, name="gamma", autocast=False)
        self.beta = self.add_weight(shape=shape, initializer="zeros", name="beta", autocast=False)

    def call(self, x):
        statistics = feature_statistics.current()
        alone = x.shape[0] == 1 and isinstance(statistics, (feature_statistics.PerImage, type(None)))
        recording = isinstance(statistics, feature_statistics.Recording)
        if (alone or self.is_over_the_batch(statistics)) and not recording and x.dtype != tf.float64:
            gamma, beta = tf.convert_to_tensor(self.gamma), tf.convert_to_tensor(self.beta)
            return tf.compat.v1.nn.fused_batch_norm(x, gamma, beta, epsilon=self.epsilon, is_training=True)[0]
        mean, variance = self.own_moments(x) if statistics is None else statistics.moments(x)
        scale = tf.cast(self.gamma, mean.dtype) * tf.math.rsqrt(variance + self.epsilon)
        return tf.cast((tf.cast(x, mean.dtype) - mean) * scale + tf.cast(self.beta, mean.dtype), x.dtype)

    def is_over_the_batch(self, statistics):
        """Whether the statistics are those of all images of the batch together.

        Args:
            statistics: of the scope, or None.
        """
        return statistics is None

    def own_moments(self, x):
        """Returns (mean, variance) where no scope says otherwise.

        Args:
            x: float tensor [N, H, W, C].
        """
        return feature_statistics.moments(x, (0, 1, 2))

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        config = dict(epsilon=self.epsilon, gamma_stddev=self.gamma_stddev, seed=self.seed)
        return {**super().get_config(), **config}
