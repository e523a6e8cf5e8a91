"""Batch normalisation that agrees across replicas without being told how many there are."""

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable(package="keras_gans")
class BatchNormalization(keras.layers.BatchNormalization):
    """`keras.layers.BatchNormalization` over the global batch, whatever the number of replicas.

    y = γ (x - mean(x)) / sqrt(var(x) + ε) + β; mean and variance over the batch (and height and width) in training, of
    all replicas together where there are several; moving statistics otherwise. Statistics are float32 in every dtype
    policy.

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
        return super().call(inputs, training=training, mask=mask)

    def get_config(self):
        config = super().get_config()
        config.pop("synchronized")
        if self.gamma_stddev:
            config.pop("gamma_initializer")
        return {**config, "gamma_stddev": self.gamma_stddev}
