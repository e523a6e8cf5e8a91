"""The compiled step that `fit` runs, on a batch of pixels in memory."""

import numpy as np


def of_images(model, batch):
    """Returns (function that makes a step and returns the loss, networks) of a compiled model that learns from images.

    Args:
        model: compiled `keras_gans.GAN`.
        batch: real images a step.
    """
    import tensorflow as tf

    pixels = np.random.default_rng(0).integers(0, 256, (batch, *model.image_shape), dtype="uint8")
    return of_batch(model, tf.constant(pixels))


def of_batch(model, data):
    """Returns (function that makes a step and returns the loss, networks) of a compiled model.

    Args:
        model: compiled `keras_gans.GAN`.
        data: what a batch of its dataset is: tensors.
    """
    import tensorflow as tf

    train = tf.function(model.train_step)
    return lambda: float(train(data)["d_loss"]), [model.generator, model.discriminator]
