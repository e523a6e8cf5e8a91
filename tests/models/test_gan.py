"""The step that every model shares, on networks small enough to follow."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gans import data, noise
from keras_gans.layers import BatchNormalization, Dropout
from keras_gans.models import feeding
from keras_gans.models.gan import GAN


def small_gan(num_classes=0, auxiliary=False, dropout=0.0, seed=0, dtype=None, **kwargs):
    """A GAN of 4 x 4 grey images with batch norm in both networks."""
    latents, labels = keras.Input((3,)), keras.Input((), dtype="int32")
    x = latents
    if num_classes:
        x = keras.layers.Concatenate()([x, keras.layers.CategoryEncoding(num_classes, output_mode="one_hot")(labels)])
    x = keras.layers.Dense(16, dtype=dtype, kernel_initializer=keras.initializers.RandomNormal(0.3, seed=1))(x)
    x = BatchNormalization(dtype=dtype)(x)
    x = keras.layers.Reshape((4, 4, 1))(keras.layers.Activation("tanh", dtype="float32")(x))
    generator = keras.Model([latents, labels] if num_classes else latents, x)
    images = keras.Input((4, 4, 1))
    y = keras.layers.Dense(8, dtype=dtype, kernel_initializer=keras.initializers.RandomNormal(0.3, seed=2))(
        keras.layers.Flatten()(images)
    )
    y = keras.layers.LeakyReLU(dtype=dtype)(Dropout(dropout, dtype=dtype)(BatchNormalization(dtype=dtype)(y)))
    one = keras.initializers.RandomNormal(0.3, seed=3)
    logits = keras.layers.Dense(1, dtype="float32", kernel_initializer=one)(y)
    if auxiliary:
        logits = [logits, keras.layers.Dense(num_classes, dtype="float32", kernel_initializer=one)(y)]
    discriminator = keras.Model(images, logits)
    return GAN(generator, discriminator, num_classes=num_classes, seed=seed, **kwargs)


def images(n=32, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (n, 4, 4, 1), dtype=np.uint8)


def values(network):
    return [w.numpy().copy() for w in network.weights]


def same(a, b):
    return all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


def optimizers(model):
    return [v.numpy() for o in (model.g_optimizer, model.d_optimizer) for v in o.variables]


def steps(model, n, batch=8, labels=None):
    """n steps of compiled training on data whose order is the data's own."""
    x = data.load(images() if labels is None else (images(), labels))
    return model.fit(x, batch_size=batch, epochs=1, steps_per_epoch=n, verbose=0)


def test_a_step_of_either_network_leaves_the_other_bit_equal():
    model = small_gan(dropout=0.2)
    model.compile()
    real = tf.random.stateless_normal([8, 4, 4, 1], [0, 0])
    with model.noise_scope():
        fakes = model.fake_batch(real, None)
        generator, discriminator = values(model.generator), values(model.discriminator)
        model.discriminator_step(real, None, fakes)
        assert same(values(model.generator), generator) and not same(values(model.discriminator), discriminator)
        discriminator = values(model.discriminator)
        model.generator_step(fakes)
        assert same(values(model.discriminator), discriminator) and not same(values(model.generator), generator)


def test_gradients_against_one_tape_through_both_networks():
    """The generator's gradient, taken in two parts, is that of the loss through the whole game."""
    model = small_gan()
    model.compile(g_optimizer=keras.optimizers.SGD(1.0), d_optimizer=keras.optimizers.SGD(1.0))
    real = tf.zeros([8, 4, 4, 1])
    weights = model.generator.trainable_variables
    with model.noise_scope() as stream:
        fakes = model.fake_batch(real, None)
        before = [w.numpy() for w in weights]
        latents = model.draw_latents(noise.NoiseStream(0, 0), 8)
        with tf.GradientTape() as tape:
            logits, _ = model.discriminate(model.generate_images(latents, training=True), training=True)
            loss = tf.reduce_mean(tf.nn.softplus(-logits))
        expected = tape.gradient(loss, weights)
        assert stream is not None
        model.generator_step(fakes)
    for w, b, g in zip(weights, before, expected, strict=True):
        np.testing.assert_allclose(w, b - g, atol=1e-6)


@pytest.mark.parametrize("n", [1, 3])
def test_each_discriminator_step_sees_real_images_of_its_own(n):
    model = small_gan()
    model.compile(discriminator_steps=n)
    seen = []
    step = model.discriminator_step

    def watched(real_images, labels, fakes):
        seen.append(np.asarray(real_images))
        step(real_images, labels, fakes)

    model.discriminator_step = watched
    model.train_step(images(8 * n))
    np.testing.assert_allclose(np.concatenate(seen), images(8 * n) / 127.5 - 1, atol=1e-6)
    assert len(seen) == n and int(model.images_seen) == 8 * n


def test_fit_counts_images_in_int64_and_groups_batches():
    model = small_gan()
    model.compile(discriminator_steps=2)
    stream = tf.data.Dataset.from_tensor_slices(images(32)).batch(4)
    model.fit(stream, verbose=0)
    assert model.images_seen.dtype == "int64" and int(model.images_seen) == 32
    assert int(model.g_optimizer.iterations) == 4 and int(model.d_optimizer.iterations) == 8
    model.images_seen.assign(2**40)
    model.fit(images(), batch_size=8, verbose=0)
    assert int(model.images_seen) == 2**40 + 32


def test_the_end_of_a_stream_of_unknown_length_changes_nothing():
    """The graph of a step that finds no batch has begun already: counters and G's batch norm must wait for images."""
    known, unknown = small_gan(), small_gan()
    stream = tf.data.Dataset.from_tensor_slices(images(32)).batch(8, drop_remainder=True)
    known.fit(stream, epochs=2, verbose=0)
    unknown.fit(stream.filter(lambda x: True), epochs=2, verbose=0)
    assert same([v.numpy() for v in known.variables], [v.numpy() for v in unknown.variables])
    assert same(optimizers(known), optimizers(unknown))


def test_average_follows_the_formula():
    model = small_gan()
    model.compile(average_decay=0.6)
    average = values(model.generator)
    for t in range(1, 9):
        model.train_step(images(8))
        decay = min(0.6, (1 + t) / (10 + t))
        average = [decay * a + (1 - decay) * w for a, w in zip(average, values(model.generator), strict=True)]
    for a, b in zip(average, values(model.averaged_generator), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)
    model.compile(average_decay=0)
    model.train_step(images(8))
    assert same(values(model.generator), values(model.averaged_generator))


def test_n_plus_m_steps_are_n_steps_saved_and_m_steps(tmp_path):
    whole, first = small_gan(dropout=0.3), small_gan(dropout=0.3)
    steps(whole, 7)
    steps(first, 3)
    first.save(tmp_path / "model.keras")
    second = keras.models.load_model(tmp_path / "model.keras")
    assert int(second.images_seen) == 24 and same(optimizers(first), optimizers(second))
    steps(second, 4)
    assert same([v.numpy() for v in whole.variables], [v.numpy() for v in second.variables])
    assert same(optimizers(whole), optimizers(second))


def test_compile_leaves_what_it_is_given():
    schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.5)
    given = keras.saving.serialize_keras_object(keras.optimizers.Adam(schedule))
    before = json.dumps(given)
    small_gan().compile(g_optimizer=given, d_optimizer=given)
    assert json.dumps(given) == before  # Keras would write objects into it, and a run could not be resumed


def test_compile_settings_survive_a_file(tmp_path):
    model = small_gan()
    model.compile(
        g_optimizer=keras.optimizers.RMSprop(1e-3), loss="hinge", penalties=["r1", "drift"], discriminator_steps=2,
        generator_steps=3, reuse_fakes=True, auxiliary_weights=(1, 0.1), average_decay=0.5,
    )  # fmt: skip
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert again.get_compile_config() == model.get_compile_config()
    assert type(again.g_optimizer) is keras.optimizers.RMSprop
    assert all(again.get_config()[k] == model.get_config()[k] for k in ("latent_dim", "num_classes", "seed", "name"))


def test_a_model_that_was_not_compiled_has_the_papers_settings():
    model = small_gan()
    assert model.get_compile_config() == {}
    history = model.fit(images(), batch_size=8, verbose=0)
    assert set(history.history) == {"d_loss", "g_loss", "d_real", "d_fake"}
    assert model.g_optimizer.beta_1 == 0.5 and model.average_decay == 0.999
    assert small_gan().evaluate(images(), verbose=0, return_dict=True).keys() == set(history.history)


def test_reused_fakes_and_extra_generator_steps():
    counts = {}
    for name, kwargs in {"shared": dict(reuse_fakes=True), "fresh": {}, "three": dict(generator_steps=3)}.items():
        model = small_gan()
        model.compile(**kwargs)
        drawn, draw = [], model.fake_batch
        model.fake_batch = lambda *a, draw=draw, drawn=drawn: drawn.append(1) or draw(*a)
        model.train_step(images(8))
        counts[name] = len(drawn), int(model.g_optimizer.iterations)
    assert counts == {"shared": (1, 1), "fresh": (2, 1), "three": (4, 3)}


@pytest.mark.parametrize("penalty", ["gradient_penalty", "r1", "r2", "drift"])
def test_penalties_are_logged_and_part_of_the_loss(penalty):
    model, plain = small_gan(), small_gan()
    model.compile(penalties=[penalty])
    plain.compile()
    logs, plain_logs = model.train_step(images(8)), plain.train_step(images(8))
    assert float(logs[penalty]) > 0
    np.testing.assert_allclose(logs["d_loss"], plain_logs["d_loss"] + logs[penalty], rtol=1e-5)


def test_auxiliary_classifier():
    model = small_gan(num_classes=3, auxiliary=True)
    labels = np.arange(32) % 3
    history = steps(model, 2, labels=labels)
    assert {"d_class_loss", "g_class_loss"} <= set(history.history)
    logs = model.evaluate(images(), labels, verbose=0, return_dict=True)
    assert 0 < logs["d_class_loss"] < 3


def test_labels_reach_the_generator_and_must_be_there():
    model = small_gan(num_classes=3)
    steps(model, 1, labels=np.arange(32) % 3)
    assert not np.array_equal(model.generate(4, labels=0), model.generate(4, labels=1))
    with pytest.raises(ValueError, match="needs labels|labels"):
        model.fit(images(), batch_size=8, verbose=0)
    with pytest.raises(ValueError, match="images only"):
        model.fit(tf.data.Dataset.from_tensor_slices(images()), batch_size=8, verbose=0)
    with pytest.raises(ValueError, match="Labels must be from 0 to 2"):
        model.fit(images(), np.arange(32), batch_size=8, verbose=0)


def test_regularizers_of_the_networks_count():
    model = small_gan()
    layer = next(x for x in model.generator.layers if isinstance(x, keras.layers.Dense))
    other = next(x for x in model.discriminator.layers if isinstance(x, keras.layers.Dense))
    layer.kernel_regularizer = other.kernel_regularizer = keras.regularizers.L2(0.5)
    layer.kernel.regularizer = other.kernel.regularizer = keras.regularizers.L2(0.5)
    plain = small_gan()
    for m in (model, plain):
        m.compile(g_optimizer=keras.optimizers.SGD(1.0), d_optimizer=keras.optimizers.SGD(1.0))
    kernel, other_kernel = layer.kernel.numpy(), other.kernel.numpy()
    logs, plain_logs = model.train_step(images(8)), plain.train_step(images(8))
    plain_layer = next(x for x in plain.generator.layers if isinstance(x, keras.layers.Dense))
    plain_other = next(x for x in plain.discriminator.layers if isinstance(x, keras.layers.Dense))
    np.testing.assert_allclose(other.kernel, plain_other.kernel.numpy() - other_kernel, atol=1e-5)
    assert np.abs(layer.kernel - (plain_layer.kernel.numpy() - kernel)).max() < 0.5 * np.abs(kernel).max()
    np.testing.assert_allclose(logs["d_loss"], plain_logs["d_loss"] + 0.5 * (other_kernel**2).sum(), rtol=1e-4)


@pytest.mark.parametrize("dtype", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision_trains_and_saves(dtype, tmp_path):
    model = small_gan(dtype=dtype)
    model.compile(penalties=["gradient_penalty"])
    before = values(model.generator)
    steps(model, 3)
    assert all(np.isfinite(v).all() for v in values(model.generator) + values(model.discriminator))
    assert not same(before, values(model.generator))
    scaled = isinstance(model.d_optimizer, keras.optimizers.LossScaleOptimizer)
    assert scaled == (dtype == "mixed_float16")
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert same(optimizers(model), optimizers(again))


class FixedNoise(noise.NoiseStream):
    """Noise that XLA computes like everybody else; from the same Philox key it makes other normals."""

    def normal(self, shape):
        return 3 * self.uniform(shape) - 1.5

    def uniform(self, shape, minval=0.0, maxval=1.0):
        self._draw += 1
        count = tf.reduce_prod(shape)
        return tf.reshape(tf.math.floormod(tf.cast(tf.range(count), tf.float32) * 0.618 + self._draw * 0.3, 1.0), shape)


@pytest.mark.parametrize("penalties", [(), ("gradient_penalty", "drift")])
def test_the_step_compiles_with_xla(penalties, monkeypatch):
    monkeypatch.setattr(noise, "NoiseStream", FixedNoise)
    results = []
    for jit_compile in (False, True):
        model = small_gan()
        sgd = keras.optimizers.SGD
        model.compile(g_optimizer=sgd(0.1), d_optimizer=sgd(0.1), penalties=penalties, jit_compile=jit_compile)
        model.fit(images(16), batch_size=8, verbose=0)
        results.append(values(model))
    for plain, compiled in zip(*results, strict=True):
        np.testing.assert_allclose(compiled, plain, atol=1e-5)


def test_two_replicas_are_one_device_on_the_global_batch(monkeypatch, mirrored_strategy):
    def train(penalties=("drift",)):  # (of gradient penalties batch norm would make each replica's its own)
        model = small_gan()
        sgd = keras.optimizers.SGD
        model.compile(g_optimizer=sgd(0.1), d_optimizer=sgd(0.1), penalties=penalties)
        model.fit(tf.data.Dataset.from_tensor_slices(images()).batch(8), verbose=0)
        return model

    with mirrored_strategy.scope():
        two = train()

    class BothReplicas(noise.NoiseStream):
        """What two replicas draw, one after the other along the batch."""

        def _both(self, draw, shape, *args):
            number, parts = self._draw, []
            for self.replica in (0, 1):
                self._draw = number
                parts.append(draw([shape[0] // 2, *shape[1:]], *args))
            assert not np.array_equal(parts[0], parts[1]) if tf.executing_eagerly() else True
            return tf.concat(parts, 0)

        def normal(self, shape):
            return self._both(super().normal, shape)

        def uniform(self, shape, minval=0.0, maxval=1.0):
            return self._both(super().uniform, shape, minval, maxval)

    monkeypatch.setattr(noise, "NoiseStream", BothReplicas)
    one = train()
    assert feeding.count_of(two.images_seen) == feeding.count_of(one.images_seen) == 32
    for a, b in zip(values(two), values(one), strict=True):
        np.testing.assert_allclose(a, b, atol=2e-6)


def test_evaluate_draws_anew_for_each_batch_and_changes_nothing():
    model = small_gan()
    steps(model, 2)
    before = values(model)
    first = model.evaluate(images(), batch_size=8, verbose=0, return_dict=True)
    assert first == model.evaluate(images(), batch_size=8, verbose=0, return_dict=True)
    assert same(before, values(model))
    positions = []
    draw = model.draw_latents
    model.draw_latents = lambda stream, n: positions.append(int(stream.position)) or draw(stream, n)
    model.reset_metrics()
    for _ in range(3):
        model.test_step(images(8))
    assert len(set(positions)) == 3


def test_keras_verbs_and_callbacks(tmp_path):
    model = small_gan()
    callbacks = [
        keras.callbacks.ModelCheckpoint(tmp_path / "best.keras", monitor="g_loss", mode="min", save_best_only=True),
        keras.callbacks.EarlyStopping(monitor="val_d_loss", mode="min", min_delta=10.0, restore_best_weights=True),
    ]
    history = model.fit(
        images(), batch_size=8, epochs=5, verbose=0, validation_data=images(8, seed=1), callbacks=callbacks
    )
    assert len(history.epoch) == 2 and "val_g_loss" in history.history
    best = keras.models.load_model(tmp_path / "best.keras")
    latents = np.zeros([3, 3], "float32")
    assert best.predict(latents, verbose=0).shape == (3, 4, 4, 1)
    np.testing.assert_array_equal(best.predict(latents, verbose=0), best.generate_from(latents, dtype="float32"))
    lines = []
    model.summary(print_fn=lines.append)
    assert "averaged_generator" in "\n".join(lines)
    conditional = small_gan(num_classes=3)
    assert conditional([latents, np.zeros([3], "int32")]).shape == (3, 4, 4, 1)


def test_the_same_seed_gives_the_same_training_and_another_does_not():
    a, b, c = small_gan(dropout=0.1), small_gan(dropout=0.1), small_gan(dropout=0.1, seed=1)
    for model in (a, b, c):
        steps(model, 2)
    assert same(values(a), values(b)) and not same(values(a), values(c))


def test_a_subclass_adds_what_it_likes_after_the_networks():
    class Watched(GAN):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self.encoder = keras.layers.Dense(2)
            self.brightness = keras.metrics.Mean(name="brightness")

        def train_step(self, data):
            self.brightness.update_state(tf.cast(data, tf.float32))
            return {**super().train_step(data), "brightness": self.brightness.result()}

    gan = small_gan()
    model = Watched(gan.generator, gan.discriminator)
    assert "brightness" in model.fit(images(8), batch_size=4, verbose=0).history
    assert model.encoder in model.layers


def test_bad_arguments():
    model = small_gan()
    with pytest.raises(ValueError, match="discriminator_steps must be an integer of at least 1. Received.*=0"):
        model.compile(discriminator_steps=0)
    with pytest.raises(ValueError, match="steps_per_execution must be an integer of at least 1. Received.*=0"):
        model.compile(steps_per_execution=0)
    with pytest.raises(ValueError, match=r"average_decay must be in \[0, 1\). Received: average_decay=1"):
        model.compile(average_decay=1)
    for weights, message in ((3, "=3"), ((1.0, "a"), r"\[1\]='a'")):
        with pytest.raises(ValueError, match=f"auxiliary_weights.*Received: auxiliary_weights{message}"):
            model.compile(auxiliary_weights=weights)
    with pytest.raises(ValueError, match="takes no argument optimizer"):
        model.compile(optimizer="adam")
    with pytest.raises(ValueError, match="penalties must be a list"):
        model.compile(penalties="r1")
    with pytest.raises(ValueError, match="latent_distribution must be"):
        small_gan(latent_distribution="cauchy")
    with pytest.raises(ValueError, match="seed must be"):
        small_gan(seed=-1)
    with pytest.raises(ValueError, match="latent_dim must be"):
        GAN(model.generator, model.discriminator, latent_dim=0)
    model.compile(discriminator_steps=3)
    with pytest.raises(ValueError, match="multiple of discriminator_steps=3. Received: 8"):
        model.train_step(images(8))


@pytest.mark.parametrize(
    "wrong", [dict(loss="nope"), dict(penalties=["nope"]), dict(augment="nope"), dict(d_optimizer="nope")]
)
def test_a_compile_that_is_refused_changes_nothing(wrong):
    model = small_gan()
    with pytest.raises(ValueError, match="nope"):
        model.compile(**wrong)
    assert not model.compiled
    model.compile(loss="hinge", generator_steps=2)
    before = model.get_compile_config()
    with pytest.raises(ValueError, match="nope"):
        model.compile(generator_steps=3, **wrong)
    assert model.get_compile_config() == before
