"""Class labels as extra feature maps."""

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable(package="keras_gans")
class ConcatLabels(keras.layers.Layer):
    """Appends one-hot labels to features, or constant one-hot maps to feature maps.

    y = [x | onehot(label)], at every pixel where x has pixels   (Mirza and Osindero 2014; the conditional DCGAN code)

    Args:
        num_classes: number of classes K.
        **kwargs: of `keras.layers.Layer`: name, dtype.

    Call arguments:
        inputs: (x float [N, C] or [N, H, W, C], labels int [N]).

    Input shape: ([N, ..., C], [N]).
    Output shape: [N, ..., C + K].

    Raises:
        ValueError: If `num_classes` is not positive.

    Reference: Mirza and Osindero 2014 (arXiv 1411.1784).

    Example:

    >>> import numpy as np
    >>> ConcatLabels(2)([np.array([[5.0]], "float32"), np.array([1])]).numpy().tolist()
    [[5.0, 0.0, 1.0]]
    """

    def __init__(self, num_classes, **kwargs):
        super().__init__(**kwargs)
        if num_classes < 1:
            raise ValueError(f"num_classes must be at least 1. Received: num_classes={num_classes!r}")
        self.num_classes = num_classes
        self.built = True

    def call(self, inputs):
        x, labels = inputs
        one_hot = tf.one_hot(tf.cast(labels, tf.int32), self.num_classes, dtype=x.dtype)  # [N K]
        if len(x.shape) == 4:
            one_hot = tf.broadcast_to(
                one_hot[:, None, None, :], tf.concat([tf.shape(x)[:3], [self.num_classes]], 0)
            )  # [N H W K]
        return tf.concat([x, one_hot], axis=-1)

    def compute_output_shape(self, input_shape):
        x, _ = input_shape
        return (*x[:-1], x[-1] + self.num_classes)

    def get_config(self):
        return {**super().get_config(), "num_classes": self.num_classes}
