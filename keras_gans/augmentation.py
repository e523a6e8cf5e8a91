"""Differentiable augmentation: what lets a GAN learn from few images.

Zhao et al. 2020, "Differentiable Augmentation for Data-Efficient GAN Training" (arXiv 2006.10738), Sec. 3: the
discriminator sees real and generated images through random transformations T, in its own step and in the generator's,
so that it cannot learn the real ones by heart; gradients flow through T, so that the generator does not learn T.

    L_D = E[f_D(-D(T(x)))] + E[f_D(D(T(G(z))))],   L_G = E[f_G(-D(T(G(z))))]      (Eq. 5, 6)
"""

import keras
import tensorflow as tf


def brightness(images, stream):
    """Adds to each image a number from U[-0.5, 0.5), a quarter of the range of [-1, 1].

    Args:
        images: float tensor [N, H, W, C] in [-1, 1].
        stream: `keras_gans.noise.NoiseStream`.
    """
    return images + stream.uniform([tf.shape(images)[0], 1, 1, 1], -0.5, 0.5)


def saturation(images, stream):
    """Scales each pixel's distance from its grey value, the mean of its channels, by U[0, 2).

    Args:
        images: float tensor [N, H, W, C].
        stream: `keras_gans.noise.NoiseStream`.
    """
    mean = tf.reduce_mean(images, axis=3, keepdims=True)  # [N H W 1]
    return mean + (images - mean) * stream.uniform([tf.shape(images)[0], 1, 1, 1], 0.0, 2.0)


def contrast(images, stream):
    """Scales each image's distance from its mean by U[0.5, 1.5).

    Args:
        images: float tensor [N, H, W, C].
        stream: `keras_gans.noise.NoiseStream`.
    """
    mean = tf.reduce_mean(images, axis=[1, 2, 3], keepdims=True)  # [N 1 1 1]
    return mean + (images - mean) * stream.uniform([tf.shape(images)[0], 1, 1, 1], 0.5, 1.5)


def translation(images, stream, ratio=0.125):
    """Moves each image by whole pixels, up to `ratio` of its size each way; what comes in is 0.

    Args:
        images: float tensor [N, H, W, C].
        stream: `keras_gans.noise.NoiseStream`.
        ratio: float, 1/8 in the paper.
    """
    for axis in (1, 2):
        size = images.shape[axis]
        reach = int(size * ratio + 0.5)
        shift = stream.integers([tf.shape(images)[0]], 2 * reach + 1)  # [N], 0 to 2 reach
        paddings = [[0, 0] for _ in images.shape]
        paddings[axis] = [reach, reach]
        rows = shift[:, None] + tf.range(size)[None]  # [N size]
        images = tf.gather(tf.pad(images, paddings), rows, axis=axis, batch_dims=1)
    return images


def cutout(images, stream, ratio=0.5):
    """Sets to 0 a square (rectangle) of `ratio` of each image's size, whose centre is anywhere in the image.

    Args:
        images: float tensor [N, H, W, C].
        stream: `keras_gans.noise.NoiseStream`.
        ratio: float, 1/2 in the paper.
    """
    inside = True
    for axis in (1, 2):
        size = images.shape[axis]
        side = int(size * ratio + 0.5)
        first = stream.integers([tf.shape(images)[0]], size + 1 - side % 2) - side // 2  # [N], of the square
        pixel = tf.range(size)[None]  # [1 size]
        cut = (pixel >= first[:, None]) & (pixel < first[:, None] + side)  # [N size]
        inside = tf.expand_dims(cut, 3 - axis) & inside  # [N 1 W], then [N H W] (or the other way round)
    return tf.where(inside[..., None], tf.zeros_like(images), images)


POLICIES = {"color": (brightness, saturation, contrast), "translation": (translation,), "cutout": (cutout,)}


@keras.saving.register_keras_serializable(package="keras_gans")
class Augmentation:
    """Random transformations of images, each image its own, in the order of the policy; differentiable to any order.

    Args:
        policy: names out of "color" (brightness, saturation, contrast), "translation" and "cutout", with commas
            between them, such as the paper's "color,translation,cutout".

    Raises:
        ValueError: If a name is none of these, or there is none.

    Example:

    >>> from keras_gans.noise import NoiseStream
    >>> Augmentation("color,cutout")(tf.zeros([2, 8, 8, 3]), NoiseStream(seed=0)).shape
    TensorShape([2, 8, 8, 3])
    """

    def __init__(self, policy):
        names = [name.strip() for name in policy.split(",")] if isinstance(policy, str) else [policy]
        if not all(isinstance(name, str) and name in POLICIES for name in names):
            raise ValueError(
                f"augment must be names out of {', '.join(POLICIES)} with commas between them. "
                f"Received: augment={policy!r}"
            )
        self.policy = ",".join(names)

    def __call__(self, images, stream):
        """Returns the images transformed, of the same shape and dtype.

        Args:
            images: float tensor [N, H, W, C] in [-1, 1]; H, W and C are static.
            stream: `keras_gans.noise.NoiseStream` to draw from.
        """
        for name in self.policy.split(","):
            for transform in POLICIES[name]:
                images = transform(images, stream)
        return images

    def get_config(self):
        """Returns {"policy": ...}."""
        return {"policy": self.policy}

    @classmethod
    def from_config(cls, config):
        """Returns the augmentation that `get_config` described.

        Args:
            config: what `get_config` returned.
        """
        return cls(**config)


def get(identifier):
    """Returns an augmentation, or None for none.

    Args:
        identifier: None or "" for none, a policy such as "color,translation", or a callable of images and a noise
            stream, such as an `Augmentation`, or its config.

    Raises:
        ValueError: If it is none of these.

    Example:

    >>> get("translation, cutout").policy
    'translation,cutout'
    """
    if identifier is None or identifier == "":
        return None
    if isinstance(identifier, dict):
        identifier = keras.saving.deserialize_keras_object(identifier)
    return identifier if callable(identifier) and not isinstance(identifier, type) else Augmentation(identifier)
