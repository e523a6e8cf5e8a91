import keras
import numpy as np
import pytest
import tensorflow as tf

import keras_gans
from keras_gans.models.gan import GAN
from keras_gans.training.gradient_probe import generator_gradient
from tests.training.conftest import state_of


def build(kind):
    tiny = dict(resolution=16, channels=1, latent_dim=4)
    if kind == "dcgan":
        return keras_gans.DCGAN(**tiny, generator_filters=4, discriminator_filters=4, num_classes=3)
    if kind == "pggan":
        from keras_gans.models.pggan import PGGAN

        return PGGAN(**tiny, fmap_base=32, fmap_max=8)
    layers = keras.layers
    return GAN(
        keras.Sequential([keras.Input((4,)), layers.Dense(16), layers.Dropout(0.5), layers.Reshape((4, 4, 1))]),
        keras.Sequential(
            [
                keras.Input((4, 4, 1)),
                layers.BatchNormalization(),
                layers.Dropout(0.5),
                layers.Flatten(),
                layers.Dense(1),
            ]
        ),
    )


@pytest.mark.parametrize("kind", ["dcgan", "pggan", "dropout and batch norm of Keras"])
def test_nothing_changes_but_what_is_measured(kind):
    model = build(kind)
    model.compile()
    labels = model.sample_labels(4) if model.num_classes else None
    before = [*state_of(model), *(np.asarray(v) for v in model.variables)]
    gradient, weights = generator_gradient(model, model.sample_latents(4), labels)
    assert 0 < gradient < np.inf and 0 < weights < np.inf
    after = [*state_of(model), *(np.asarray(v) for v in model.variables)]
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))


def test_it_is_the_gradient_of_the_step(make_gan):
    model = make_gan()
    model.compile(loss="wasserstein")
    latents = model.sample_latents(8)
    gradient, weights = generator_gradient(model, latents)
    with tf.GradientTape() as tape:
        loss = -tf.reduce_mean(model.discriminator(model.generator(latents)))
    expected = tape.gradient(loss, [v.value for v in model.generator.trainable_variables])
    assert np.isclose(gradient, float(tf.linalg.global_norm(expected)), rtol=1e-5)
    squares = sum(float(tf.reduce_sum(v.value**2)) for v in model.generator.trainable_variables)
    assert np.isclose(weights, squares**0.5, rtol=1e-5)


def test_a_dead_discriminator_gives_nothing(make_gan):
    model = make_gan()
    model.compile()
    score = model.discriminator.get_layer("score")
    score.kernel.assign(tf.zeros_like(score.kernel.value))
    assert generator_gradient(model, model.sample_latents(4))[0] == 0.0
    constant = GAN(
        keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, name="a"), keras.layers.Reshape((1, 1, 1))]),
        keras.Sequential(
            [keras.Input((1, 1, 1)), keras.layers.Lambda(tf.zeros_like), keras.layers.Flatten(), keras.layers.Dense(1)]
        ),
    )
    constant.compile()
    gradient, weights = generator_gradient(constant, constant.sample_latents(4))
    assert gradient == 0.0 and weights > 0


def test_float16_keeps_small_gradients():
    model = keras_gans.DCGAN(
        resolution=16, channels=1, generator_filters=4, discriminator_filters=4, dtype="mixed_float16"
    )
    model.compile()
    gradient, _ = generator_gradient(model, model.sample_latents(4))
    plain = keras_gans.DCGAN(resolution=16, channels=1, generator_filters=4, discriminator_filters=4)
    plain.compile()
    assert np.isclose(gradient, generator_gradient(plain, plain.sample_latents(4))[0], rtol=0.1)
