"""Instance normalisation: every image by itself."""

import keras

from keras_gans.layers import feature_statistics
from keras_gans.layers.current_batch_normalization import CurrentBatchNormalization


@keras.saving.register_keras_serializable(package="keras_gans")
class InstanceNormalization(CurrentBatchNormalization):
    """Normalises each feature map of each image by its own mean and variance, in training and at test.

    y = γ (x - mean_{h,w}(x)) / sqrt(var_{h,w}(x) + ε) + β

    It is affine; weights of a PyTorch network whose instance norm is not are those with γ = 1 and β = 0. Statistics are
    float32 in every dtype policy.

    Args:
        epsilon: ε.
        gamma_stddev: γ starts from N(1, gamma_stddev²); 0 for ones.
        seed: seed of that draw.
        **kwargs: of `keras.layers.Layer`: name, dtype.

    Input shape: [N, H, W, C].
    Output shape: that of the input.

    Raises:
        ValueError: If ε is not positive.

    Reference: Ulyanov et al. 2016, "Instance normalization" (arXiv 1607.08022).

    Example:

    >>> import numpy as np
    >>> x = np.array([[[[0.0], [2.0]]], [[[5.0], [5.0]]]], "float32")
    >>> InstanceNormalization()(x).numpy()[..., 0].round(3).tolist()
    [[[-1.0, 1.0]], [[0.0, 0.0]]]
    """

    def is_over_the_batch(self, statistics):
        return False

    def own_moments(self, x):
        return feature_statistics.moments(x, (1, 2))
