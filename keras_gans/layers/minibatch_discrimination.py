"""Minibatch discrimination, the predecessor of minibatch standard deviation."""

import keras
import tensorflow as tf

from keras_gans.layers.equalized_kernel import positive_integer


@keras.saving.register_keras_serializable(package="keras_gans")
class MinibatchDiscrimination(keras.layers.Layer):
    """Appends to every sample how close it is to the other samples of its minibatch.

    M_i = x_i θ̂,  θ̂[:, b, c] = exp(s_bc) θ[:, b, c] / ||θ[:, b, c]||
    o(x_i)_b = Σ_{j != i} exp(-||M_ib - M_jb||_1) + β_b      (Salimans et al. 2016, Sec. 3.2)

    Distances are float32 whatever the dtype policy. `initialize` sets s and β from data, so that the distance to the
    nearest other sample averages to 2 and o to 0.

    Args:
        kernels: number B of features to append. Defaults to 100.
        kernel_dim: size C of each kernel's space. Defaults to 5.
        seed: integer seed of θ ~ N(0, 0.05²), or `None`.

    Call arguments:
        x: features, `(batch, ...)`; all axes but the first are flattened.
        parts: number of minibatches of equal size that lie one after the other in `x`; samples of different parts do
            not see each other. Defaults to 1.

    Input shape:
        `(batch, ...)` of known size.

    Output shape:
        `(batch, features + kernels)`.

    Example:

    >>> layer = MinibatchDiscrimination(kernels=1)
    >>> layer(tf.ones((3, 2))).numpy()[:, 2].tolist()  # two other samples at distance 0: 2 exp(0) - 1
    [1.0, 1.0, 1.0]

    Raises:
        ValueError: `kernels` or `kernel_dim` is not a positive integer, the size of the input is unknown, or `parts`
            does not divide the batch.

    Reference:
        Salimans et al., "Improved Techniques for Training GANs", arXiv 1606.03498; row e* of Table 1 in Karras et al.,
        arXiv 1710.10196, with 100 kernels of 5 dimensions.
    """

    def __init__(self, kernels=100, kernel_dim=5, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.kernels = positive_integer("kernels", kernels)
        self.kernel_dim = positive_integer("kernel_dim", kernel_dim)
        self.seed = seed

    def build(self, input_shape):
        if len(input_shape) < 2 or None in input_shape[1:]:
            raise ValueError(
                f"MinibatchDiscrimination expects inputs of known size. Received: input_shape={tuple(input_shape)}"
            )
        features = 1
        for size in input_shape[1:]:
            features *= size
        self.theta = self.add_weight(
            name="theta",
            shape=(features, self.kernels, self.kernel_dim),
            initializer=keras.initializers.RandomNormal(stddev=0.05, seed=self.seed),
            autocast=False,
        )
        self.log_scale = self.add_weight(
            name="log_scale", shape=(self.kernels, self.kernel_dim), initializer="zeros", autocast=False
        )
        self.bias = self.add_weight(
            name="bias", shape=(self.kernels,), initializer=keras.initializers.Constant(-1.0), autocast=False
        )

    def call(self, x, parts=1):
        x = tf.reshape(x, (-1, self.theta.shape[0]))  # [N F]
        if x.shape[0] is not None and x.shape[0] % parts:
            raise ValueError(f"Expected a batch that {parts} parts divide. Received: x.shape={x.shape}, parts={parts}")
        closeness = tf.concat([self._closeness(part)[0] for part in tf.split(x, parts)], axis=0)
        return tf.concat([x, tf.cast(closeness + self.bias, x.dtype)], axis=-1)  # [N F+B]

    def _closeness(self, x):
        """Sums of exp(-distance) to the other samples [N B], and the distances [N B N], 1e6 to the sample itself."""
        distance = self._distances(x)
        return tf.reduce_sum(tf.exp(-distance), axis=2), distance

    def _distances(self, x):
        theta = tf.convert_to_tensor(self.theta)
        theta = theta * tf.exp(self.log_scale) * tf.math.rsqrt(tf.reduce_sum(tf.square(theta), axis=0))
        m = tf.tensordot(tf.cast(x, tf.float32), theta, axes=1)  # [N B C]
        distance = tf.reduce_sum(tf.abs(m[:, :, :, None] - tf.transpose(m, (1, 2, 0))[None]), axis=2)  # [N B N]
        return distance + 1e6 * tf.eye(tf.shape(x)[0])[:, None, :]

    def initialize(self, x):
        """Sets scale and bias from a large minibatch of features, as the official code does with 500 real images.

        Args:
            x: the layer's input, `(batch, ...)`, at least two samples.

        Raises:
            ValueError: fewer than two samples.
        """
        if x.shape[0] is None or x.shape[0] < 2:
            raise ValueError(f"Expected at least two samples. Received: x of shape {tuple(x.shape)}")
        distance = self._distances(tf.reshape(x, (x.shape[0], -1)))
        half_nearest = 0.5 * tf.reduce_mean(tf.reduce_min(distance, axis=2), axis=0)  # [B]
        half_nearest = tf.maximum(half_nearest, 1e-8)  # equal samples
        self.log_scale.assign_sub(tf.broadcast_to(tf.math.log(half_nearest)[:, None], self.log_scale.shape))
        closeness = tf.reduce_sum(tf.exp(-distance / half_nearest[None, :, None]), axis=2)
        self.bias.assign(-tf.reduce_mean(closeness, axis=0))

    def compute_output_shape(self, input_shape):
        features = 1
        for size in input_shape[1:]:
            features *= size
        return (input_shape[0], features + self.kernels)

    def get_config(self):
        config = {"kernels": self.kernels, "kernel_dim": self.kernel_dim, "seed": self.seed}
        return {**super().get_config(), **config}
