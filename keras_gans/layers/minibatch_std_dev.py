"""Minibatch standard deviation of PGGAN's discriminator."""

import keras
import tensorflow as tf

from keras_gans.layers.equalized_kernel import accurate, image_channels, positive_integer


@keras.saving.register_keras_serializable(package="keras_gans")
class MinibatchStdDev(keras.layers.Layer):
    """Appends one feature map: the average standard deviation within a group of samples.

    s = mean_{h,w,c} sqrt(var_g(x) + ε)      (Karras et al. 2018, Sec. 3)

    Group m of M holds the samples m, m + M, m + 2M, ... The variance is the biased one. ε stands under the root, so
    that a group of equal samples has a gradient. Statistics are float32 whatever the dtype policy.

    Args:
        group_size: samples in a group, or `None` for the whole minibatch as in the paper. If it does not divide the
            minibatch, the largest smaller group size that does is taken. Defaults to 4, as in the official code.
        epsilon: added to the variance. Defaults to 1e-8.

    Call arguments:
        x: features, `(batch, height, width, channels)`.
        parts: number of minibatches of equal size that lie one after the other in `x`, such as 2 for real images
            followed by fake ones. No group reaches across parts. Defaults to 1.

    Input shape:
        `(batch, height, width, channels)`.

    Output shape:
        `(batch, height, width, channels + 1)`.

    Example:

    >>> x = tf.constant([1.0, 3.0, 5.0, 5.0])[:, None, None, None]
    >>> MinibatchStdDev(group_size=2)(x)[:, 0, 0, 1].numpy().round(3).tolist()
    [2.0, 1.0, 2.0, 1.0]
    >>> MinibatchStdDev(group_size=2)(x, parts=2)[:, 0, 0, 1].numpy().round(3).tolist()
    [1.0, 1.0, 0.0, 0.0]

    Raises:
        ValueError: `group_size` is not a positive integer or `None`, or `parts` does not divide the batch.

    Reference:
        Karras et al., "Progressive Growing of GANs", arXiv 1710.10196; its official code for the groups.
    """

    def __init__(self, group_size=4, epsilon=1e-8, **kwargs):
        super().__init__(**kwargs)
        self.group_size = None if group_size is None else positive_integer("group_size", group_size)
        if not epsilon > 0:
            raise ValueError(f"Expected a positive epsilon. Received: epsilon={epsilon}")
        self.epsilon = epsilon

    def build(self, input_shape):
        image_channels(self, input_shape)

    def call(self, x, parts=1):
        n, h, w, c = x.shape
        if n is not None and n % parts:
            raise ValueError(f"Expected a batch that {parts} parts divide. Received: batch size {n}, parts={parts}")
        n = tf.shape(x)[0] // parts if n is None else n // parts
        g = self._group_size(n)
        y = tf.reshape(accurate(x), (parts, g, -1, h, w, c))  # [P G M H W C]
        y = y - tf.reduce_mean(y, axis=1, keepdims=True)
        y = tf.sqrt(tf.reduce_mean(tf.square(y), axis=1, keepdims=True) + self.epsilon)  # [P 1 M H W C]
        y = tf.reduce_mean(y, axis=(3, 4, 5), keepdims=True)  # [P 1 M 1 1 1]
        y = tf.tile(y, (1, g, 1, h, w, 1))  # [P G M H W 1]
        y = tf.reshape(tf.cast(y, x.dtype), (-1, h, w, 1))  # [N H W 1]
        return tf.concat([x, y], axis=-1)  # [N H W C+1]

    def _group_size(self, n):
        """The largest group size up to `group_size` that divides the minibatch, an int where `n` is one."""
        if self.group_size is None:
            return n
        if isinstance(n, int):
            return next(g for g in range(min(self.group_size, n), 0, -1) if n % g == 0) if n else 1
        sizes = tf.range(1, self.group_size + 1)
        return tf.reduce_max(tf.where(n % sizes == 0, sizes, 1))

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], input_shape[-1] + 1)

    def get_config(self):
        return {**super().get_config(), "group_size": self.group_size, "epsilon": self.epsilon}
