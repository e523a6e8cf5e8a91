import json

import keras
import numpy as np
import pytest
import tensorflow as tf

import keras_gans
from keras_gans import data as data_sources
from keras_gans.models.gan import GAN
from keras_gans.training import Health, health, trainer
from tests.training.conftest import same_state


def fit(model, data, doctor, epochs=1, **options):
    model.fit(data, batch_size=8, epochs=epochs, steps_per_epoch=1, callbacks=[doctor], verbose=0, **options)


def names(doctor):
    return [finding["name"] for finding in doctor.record()["health"]]


@pytest.fixture
def lively(gan):
    """A model whose samples differ from the start."""
    kernel = gan.generator.get_layer("out").kernel
    kernel.assign(30 * kernel.value)
    return gan


def silence(network, layer):
    """Makes a layer of a network give zeros."""
    for variable in network.get_layer(layer).trainable_variables:
        variable.assign(tf.zeros_like(variable.value))


def test_a_healthy_training_says_nothing(lively, tiny_data):
    said = []
    doctor = Health(tiny_data, said.append, warm_up=0)
    fit(lively, tiny_data, doctor, epochs=3)
    record = doctor.record()
    assert said == [] and record["health"] == []
    assert record["generator_gradient"] > 0 and record["sample_spread"] > 0.01
    assert doctor.first_gradient is not None
    json.dumps(record, allow_nan=False)


def test_collapsed_samples_are_said_once_until_they_are_gone(lively, tiny_data):
    said = []
    doctor = Health(tiny_data, said.append, warm_up=0)
    lively.compile(g_optimizer=keras.optimizers.SGD(1e-9), average_decay=0.0, run_eagerly=True)
    out = lively.generator.get_layer("out")
    kernel = out.kernel.numpy()
    out.kernel.assign(np.zeros_like(kernel))
    fit(lively, tiny_data, doctor, epochs=2)
    assert names(doctor) == ["samples_collapsed"] and len(said) == 1 and said[0].startswith("Health: The samples")
    out.kernel.assign(kernel)
    fit(lively, tiny_data, doctor)
    assert names(doctor) == [] and len(said) == 1
    out.kernel.assign(np.zeros_like(kernel))
    fit(lively, tiny_data, doctor)
    assert len(said) == 2


def test_a_saturated_discriminator_starves_the_generator(gan, tiny_data):
    said = []
    gan.compile(g_optimizer=keras.optimizers.SGD(1e-9), d_optimizer=keras.optimizers.SGD(1e-9), loss="minimax")
    gan.generator.get_layer("out").bias.assign(np.full(16, -0.9))
    data = data_sources.load(np.full((8, 4, 4, 1), 255, "uint8") - np.arange(8, dtype="uint8").reshape(8, 1, 1, 1))
    score = gan.discriminator.get_layer("score")
    score.kernel.assign(np.full((16, 1), 2.0))
    doctor = Health(data, said.append, first_gradient=0.1, warm_up=0)
    fit(gan, data, doctor)
    assert names(doctor) == ["discriminator_saturated", "generator_gradient_vanishing"]
    assert "without effort" in said[0] and "(0.1 at first)" in said[1]


def test_a_discriminator_that_passes_nothing_on(lively, tiny_data):
    said = []
    lively.compile(d_optimizer=keras.optimizers.SGD(1e-30), run_eagerly=True)
    silence(lively.discriminator, "score")
    doctor = Health(tiny_data, said.append, warm_up=0)
    fit(lively, tiny_data, doctor)
    assert names(doctor) == ["generator_gradient_vanishing"] and "its norm is 0 of" in said[0]


def test_losses_that_are_not_finite(gan, tiny_data):
    said = []
    gan.generator.get_layer("out").bias.assign(np.full(16, np.nan))
    doctor = Health(tiny_data, said.append)
    fit(gan, tiny_data, doctor, epochs=2)
    assert names(doctor) == ["not_finite"] and len(said) == 1 and "g_loss is nan" in said[0]
    json.dumps(doctor.record(), allow_nan=False)


def test_weights_that_are_not_finite_leave_no_number(gan, tiny_data):
    doctor = Health(tiny_data, print, warm_up=0)
    doctor.set_model(gan)
    doctor.on_train_begin()
    gan.generator.get_layer("out").bias.assign(np.full(16, np.nan))
    doctor.on_epoch_end(0, {"d_loss": 1.0})
    assert doctor.record()["generator_gradient"] is None


def test_the_start_is_not_judged(gan, tiny_data):
    gan.generator.get_layer("out").kernel.assign(np.zeros((16, 16)))
    gan.compile(g_optimizer=keras.optimizers.SGD(1e-9), run_eagerly=True)
    doctor = Health(tiny_data, print)
    fit(gan, tiny_data, doctor)
    assert names(doctor) == [] and doctor.record()["sample_spread"] < 0.1


def test_what_others_found_is_said_and_recorded_once(gan, tiny_data):
    said = []
    doctor = Health(tiny_data, said.append)
    doctor.note(health.lost("d_loss is nan"))
    doctor.note(health.lost("d_loss is inf"))
    assert len(said) == 1
    fit(gan, tiny_data, doctor)
    assert names(doctor) == ["not_finite"]
    fit(gan, tiny_data, doctor)
    assert names(doctor) == [] and len(said) == 1


def conditional_gan():
    latents, labels = keras.Input((2,)), keras.Input((), dtype="int32")
    x = keras.layers.Concatenate()([latents, keras.layers.Embedding(3, 2)(labels)])
    images = keras.layers.Reshape((4, 4, 1))(keras.layers.Dense(16)(x))
    discriminator = keras.Sequential([keras.Input((4, 4, 1)), keras.layers.Flatten(), keras.layers.Dense(1)])
    model = GAN(keras.Model([latents, labels], images), discriminator, latent_dim=2, num_classes=3)
    model.compile(run_eagerly=True)
    return model


@pytest.mark.parametrize("source", ["labels", "a stream", "nothing"])
def test_classes_are_compared_within_themselves(rng, source):
    model = conditional_gan()
    images, labels = rng.integers(0, 256, (24, 4, 4, 1), dtype=np.uint8), np.repeat([0, 1, 1, 2], 6)
    data = data_sources.load((images, labels))
    if source == "a stream":
        data = data_sources.load(tf.data.Dataset.from_tensor_slices((images, labels)), num_classes=3, cache=False)
    doctor = Health(None if source == "nothing" else data, print, warm_up=0)
    fit(model, data, doctor)
    counts = np.bincount(doctor._labels)
    assert len(counts) == 3 and (counts >= 6).all() and (doctor._reals is not None) == (source == "labels")
    assert doctor.record()["sample_spread"] > 0


def test_models_without_latents_are_left_at_their_logs(gan, tiny_data):
    doctor = Health(tiny_data, print, warm_up=0)
    gan.latent_dim = 0
    doctor.set_model(gan)
    doctor.on_train_begin()
    doctor.on_epoch_end(0, {"d_real": 9.0, "d_fake": -11.0})
    assert names(doctor) == ["discriminator_saturated"] and doctor.measured == {}


def build(kind):
    if kind == "dcgan":
        return keras_gans.DCGAN(resolution=16, channels=1, latent_dim=4, generator_filters=4, discriminator_filters=4)
    layers = keras.layers
    return GAN(
        keras.Sequential([keras.Input((4,)), layers.Dense(256), layers.Dropout(0.5), layers.Reshape((16, 16, 1))]),
        keras.Sequential(
            [
                keras.Input((16, 16, 1)),
                layers.BatchNormalization(),
                layers.Dropout(0.5),
                layers.Flatten(),
                layers.Dense(1),
            ]
        ),
    )


@pytest.mark.parametrize("kind", ["dcgan", "dropout"])
def test_the_training_is_the_same_bit_for_bit(rng, kind):
    data = data_sources.load(rng.integers(0, 256, (32, 16, 16, 1), dtype=np.uint8))
    models = []
    for callbacks in ([], [Health(data, print, warm_up=0)]):
        keras.utils.set_random_seed(1)
        models.append(build(kind))
        models[-1].fit(data, batch_size=8, epochs=3, steps_per_epoch=2, callbacks=callbacks, verbose=0)
    assert same_state(*models)


def test_a_run_records_it(gan, tiny_data, run, monkeypatch):
    monkeypatch.setattr(trainer, "Health", lambda *args, **kwargs: Health(*args, **kwargs, warm_up=0))
    gan.compile(g_optimizer=keras.optimizers.SGD(1e-9), average_decay=0.0, run_eagerly=True)
    gan.generator.get_layer("out").kernel.assign(np.zeros((16, 16)))
    trainer.train(gan, tiny_data, run, 32, batch_size=8, every=16)
    lines = [json.loads(line) for line in run.log.read_text().splitlines()]
    assert [[finding["name"] for finding in line["health"]] for line in lines] == [["samples_collapsed"]] * 2
    assert run.first("generator_gradient") == lines[0]["generator_gradient"]
    assert run.first("no such name") is None
