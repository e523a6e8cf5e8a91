"""The questions that a served GAN answers, as functions of tensors.

A signature is a pair: a Python function of tensors that returns a dict of tensors, and the list of `tf.TensorSpec`s of
its arguments, whose names the clients use. A model returns its signatures from `serving_signatures()`.
"""

import tensorflow as tf

from keras_gans.pixels import to_pixels

# One `sample` request makes at most so many images: a typing error must not take a server's memory.
MAX_SAMPLES = 1024
RANDOM_LABEL = -1


def encode_png(images):
    """Encodes uint8 or uint16 images as PNG files.

    Args:
        images: tensor [N, H, W, C], uint8 or uint16, with 1 to 4 channels (grey, grey + alpha, RGB, RGBA).

    Returns:
        A string tensor [N]: the bytes of N files.

    Raises:
        ValueError: If the channels or the dtype cannot be written as PNG.

    Example:

    >>> import numpy as np
    >>> files = encode_png(np.zeros((2, 4, 4, 3), "uint8"))
    >>> files.shape, files.numpy()[0][1:4]
    (TensorShape([2]), b'PNG')
    """
    images = tf.convert_to_tensor(images)
    if images.dtype not in (tf.uint8, tf.uint16):
        raise ValueError(f"images must be uint8 or uint16. Received: dtype={images.dtype.name}")
    if images.shape.rank != 4 or images.shape[-1] not in (1, 2, 3, 4):
        raise ValueError(f"images must be [N, H, W, C] with 1 to 4 channels. Received: shape={images.shape}")
    return tf.io.encode_png(images)


def generator_signatures(generate, sample_latents, latent_dim, channels, sample_labels=None, num_classes=0):
    """Returns the signatures of a generator of images from its functions of tensors.

    | name | inputs | outputs |
    |---|---|---|
    | `serving_default` | latents float32 [N, D] (and labels int32 [N]) | images uint8 [N, H, W, C] |
    | `sample` | count int32 [], seed int64 [] (and label int32 [], -1: drawn) | images uint8 [count, H, W, C] |
    | `png` | as `serving_default` | image_bytes string [N], PNG files |

    The inputs in brackets exist where `num_classes` is positive, `png` for 1 to 4 channels. (The REST interface
    sends strings in base 64 when their name ends with `_bytes`.)

    Args:
        generate: function (latents float32 [N, D], labels int32 [N] or None) -> images [N, H, W, C] in [-1, 1].
        sample_latents: function (count, seed), scalar tensors -> latents float32 [count, D].
        latent_dim: int, D.
        channels: int, C.
        sample_labels: function (count, seed) -> labels int32 [count], for a model with classes.
        num_classes: int, how many classes, needed with `sample_labels`; 0 for none.

    Returns:
        A dict: name -> (function, list of `tf.TensorSpec`).

    Raises:
        ValueError: If one of `num_classes` and `sample_labels` is there without the other.

    Example:

    >>> grey = lambda latents, labels: tf.reshape(latents, [-1, 1, 2, 1])
    >>> noise = lambda count, seed: tf.random.stateless_uniform([count, 2], [seed, 0], -1, 1)
    >>> signatures = generator_signatures(grey, noise, latent_dim=2, channels=1)
    >>> sorted(signatures)
    ['png', 'sample', 'serving_default']
    >>> signatures["serving_default"][0](tf.constant([[-1.0, 1.0]]))["images"].numpy().ravel().tolist()
    [0, 255]
    """
    if bool(num_classes) != (sample_labels is not None):
        raise ValueError(
            "num_classes and sample_labels belong together. "
            f"Received: num_classes={num_classes}, sample_labels={sample_labels}"
        )
    latents_spec = tf.TensorSpec([None, latent_dim], tf.float32, name="latents")
    labels_spec = [tf.TensorSpec([None], tf.int32, name="labels")] if num_classes else []

    def images_of(latents, labels=None):
        if labels is not None:
            labels = _checked_labels(labels, num_classes, lowest=0)
        return to_pixels(generate(latents, labels))

    def serving_default(latents, labels=None):
        return {"images": images_of(latents, labels)}

    def png(latents, labels=None):
        return {"image_bytes": encode_png(images_of(latents, labels))}

    def sample(count, seed, label=None):
        count = _checked_count(count)
        labels = None
        if label is not None:
            label = _checked_labels(label, num_classes, lowest=RANDOM_LABEL)
            drawn = tf.cast(sample_labels(count, seed), tf.int32)
            labels = tf.where(label == RANDOM_LABEL, drawn, label)  # [count]
        return {"images": images_of(sample_latents(count, seed), labels)}

    sample_specs = [tf.TensorSpec([], tf.int32, name="count"), tf.TensorSpec([], tf.int64, name="seed")]
    if num_classes:
        sample_specs.append(tf.TensorSpec([], tf.int32, name="label"))
    signatures = {
        "serving_default": (serving_default, [latents_spec, *labels_spec]),
        "sample": (sample, sample_specs),
        "png": (png, [latents_spec, *labels_spec]),
    }
    if channels not in (1, 2, 3, 4):
        del signatures["png"]
    return signatures


def _checked_count(count):
    message = f"count must be from 1 to {MAX_SAMPLES}"
    with tf.control_dependencies(
        [
            tf.debugging.assert_greater_equal(count, 1, message=message),
            tf.debugging.assert_less_equal(count, MAX_SAMPLES, message=message),
        ]
    ):
        return tf.identity(count)


def _checked_labels(labels, num_classes, lowest):
    message = f"labels must be from {lowest} to {num_classes - 1}"
    with tf.control_dependencies(
        [
            tf.debugging.assert_greater_equal(labels, lowest, message=message),
            tf.debugging.assert_less(labels, num_classes, message=message),
        ]
    ):
        return tf.identity(labels)
