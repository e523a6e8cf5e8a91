"""Batch normalisation that agrees across replicas without being told how many there are."""

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable(package="keras_gans")
class BatchNormalization(keras.layers.BatchNormalization):
    """`keras.layers.BatchNormalization` over the global batch, whatever the number of replicas.

    y = γ (x - mean(x)) / sqrt(var(x) + ε) + β; mean and variance over the batch (and height and width) in training, of
    all replicas together where there are several; moving statistics otherwise. Moving statistics follow the biased
    variance, as in Keras. Statistics are float32 in every dtype policy.

    On a processor, images in training go through TensorFlow's fused kernel, which reads bfloat16 as it is; all else
    through Keras' formula. Both give the same to rounding, derivatives of first and second order included. (The second
    derivatives of Keras' own layer are inexact: `tf.nn.moments` takes the mean in the variance for a constant, which
    the first derivative does not notice.)

    Args:
        momentum: decay of the moving statistics (1 - the "momentum" of PyTorch).
        epsilon: ε.
        gamma_stddev: γ starts from N(1, gamma_stddev²), as in the DCGAN codes; 0 for ones.
        **kwargs: of `keras.layers.BatchNormalization`.

    Input shape: [N, ..., C].
    Output shape: that of the input.

    Reference: Ioffe and Szegedy 2015 (arXiv 1502.03167).

    Example:

    >>> import numpy as np
    >>> y = BatchNormalization(epsilon=1e-5)(np.array([[0.0], [2.0]], "float32"), training=True)
    >>> y.numpy().round(3).tolist()
    [[-1.0], [1.0]]
    """

    def __init__(self, momentum=0.9, epsilon=1e-5, gamma_stddev=0.0, **kwargs):
        if gamma_stddev:
            kwargs["gamma_initializer"] = keras.initializers.RandomNormal(1.0, gamma_stddev)
        super().__init__(momentum=momentum, epsilon=epsilon, **kwargs)
        self.gamma_stddev = gamma_stddev

    def call(self, inputs, training=None, mask=None):
        self.synchronized = tf.distribute.get_strategy().num_replicas_in_sync > 1
        if training and mask is None and self._is_fused(inputs):
            return self._call_fused(inputs)
        return super().call(inputs, training=training, mask=mask)

    def _is_fused(self, inputs):
        """Whether the fused kernel computes what this layer is asked for."""
        plain = self.synchronized or self.renorm or not (self.trainable and self.scale and self.center)
        images = len(inputs.shape) == 4 and self.axis in (-1, 3)
        known = inputs.dtype in (tf.float32, tf.bfloat16)
        return images and known and not plain and not tf.config.list_physical_devices("GPU")

    def _call_fused(self, inputs):
        x = tf.convert_to_tensor(inputs)  # [N H W C]
        y, mean, unbiased_variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=x,
            scale=tf.convert_to_tensor(self.gamma),
            offset=tf.convert_to_tensor(self.beta),
            mean=tf.zeros([0]),
            variance=tf.zeros([0]),
            epsilon=self.epsilon,
        )
        count = tf.cast(tf.size(x) // x.shape[-1], tf.float32)
        variance = unbiased_variance * ((count - 1.0) / count)
        for moving, value in ((self.moving_mean, mean), (self.moving_variance, variance)):
            moving.assign(tf.convert_to_tensor(moving) * self.momentum + value * (1.0 - self.momentum))
        return tf.cast(y, self.compute_dtype)

    def _moments(self, inputs, mask):
        if mask is not None or self.synchronized:
            return super()._moments(inputs, mask)
        mean = tf.reduce_mean(inputs, self._reduction_axes, keepdims=True)
        variance = tf.reduce_mean(tf.math.squared_difference(inputs, mean), self._reduction_axes)
        return tf.reshape(mean, [-1]), variance

    def get_config(self):
        config = super().get_config()
        config.pop("synchronized")
        if self.gamma_stddev:
            config.pop("gamma_initializer")
        return {**config, "gamma_stddev": self.gamma_stddev}
