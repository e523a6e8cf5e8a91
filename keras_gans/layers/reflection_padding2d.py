"""Padding by the image's own mirror image."""

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable(package="keras_gans")
class ReflectionPadding2D(keras.layers.Layer):
    """Continues an image beyond its border by reflection; the border itself is not repeated.

    Args:
        padding: integer >= 0, pixels at each side.
        **kwargs: of `keras.layers.Layer`: name, dtype.

    Input shape: [N, H, W, C], H and W larger than `padding`.
    Output shape: [N, H + 2 padding, W + 2 padding, C].

    Raises:
        ValueError: If `padding` is no such integer.

    Reference: `ReflectionPad2d` of PyTorch.

    Example:

    >>> ReflectionPadding2D(1)(tf.reshape([1.0, 2.0, 3.0, 4.0], [1, 2, 2, 1]))[0, 0, :, 0].numpy().tolist()
    [4.0, 3.0, 4.0, 3.0]
    """

    def __init__(self, padding=1, **kwargs):
        super().__init__(**kwargs)
        if isinstance(padding, bool) or int(padding) != padding or padding < 0:
            raise ValueError(f"padding must be an integer from 0. Received: padding={padding!r}")
        self.padding = int(padding)
        self.built = True

    def call(self, x):
        p = self.padding
        return tf.pad(x, [[0, 0], [p, p], [p, p], [0, 0]], "REFLECT")  # [N H+2p W+2p C]

    def compute_output_shape(self, input_shape):
        n, h, w, c = input_shape
        return (n, *(None if side is None else side + 2 * self.padding for side in (h, w)), c)

    def get_config(self):
        return {**super().get_config(), "padding": self.padding}
