"""The generator's gradient, measured beside the training: nothing of the model changes, no draw of it is used up."""

import math

import keras
import tensorflow as tf

from keras_gans import noise


def generator_gradient(model, latents, labels=None):
    """Norms of dL_G/dw and of w, over the weights of the generator that the adversarial loss reaches.

    Both networks run in training mode, with batch statistics; their moving statistics stay. Layers that draw noise
    draw it at a position that no training step has.

    Args:
        model: compiled GAN.
        latents: float [N, latent_dim].
        labels: int [N] or None.

    Returns:
        (float, float): norm of the gradient, norm of the weights; the first one is 0 where the loss reaches no weight.

    Example:

    >>> import keras_gans
    >>> model = keras_gans.DCGAN(resolution=16, generator_filters=4, discriminator_filters=4)
    >>> model.compile()
    >>> gradient, weights = generator_gradient(model, model.sample_latents(4))
    >>> 0 < gradient < weights
    True
    """
    # float16 has no room for small gradients, nor for large ones: its scale at first is what the optimizer's is.
    scale = float(model.g_optimizer.scale_loss(tf.constant(1.0)))
    gradient, weights = _norms(model, latents, labels, scale)
    while scale > 1.0 and not math.isfinite(gradient):
        scale /= 16.0
        gradient, weights = _norms(model, latents, labels, scale)
    return gradient, weights


def _norms(model, latents, labels, scale):
    stream = noise.NoiseStream(model.seed, noise.SAMPLING, first_draw=noise.EVALUATION_DRAWS)
    variables = model.generator.trainable_variables
    with noise.scope(stream), keras.StatelessScope(), tf.GradientTape() as tape:
        images = model.generate_images(tf.convert_to_tensor(latents), labels, training=True)
        logits, _ = model.discriminate(images, labels, training=True)
        loss = scale * model.adversarial_loss.generator(logits)
    gradients = tape.gradient(loss, [variable.value for variable in variables])
    reached = [(g, v) for g, v in zip(gradients, variables, strict=True) if g is not None]
    if not reached:
        return 0.0, float(_norm(variables))
    return float(_norm([g for g, _ in reached])) / scale, float(_norm([v for _, v in reached]))


def _norm(tensors):
    return tf.linalg.global_norm([tf.cast(tf.convert_to_tensor(tensor), tf.float32) for tensor in tensors])
