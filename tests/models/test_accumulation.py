import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gans import noise
from keras_gans.layers import BatchNormalization, Dropout
from keras_gans.models.accumulation import PartOfStream
from keras_gans.models.gan import GAN


def tiny_gan(batch_norm=False):
    """A GAN of 4 x 4 grey images; its discriminator has dropout."""

    def dense(units, seed):
        return keras.layers.Dense(units, kernel_initializer=keras.initializers.RandomNormal(0.3, seed=seed))

    latents, images = keras.Input((3,)), keras.Input((4, 4, 1))
    x = dense(16, 1)(latents)
    x = BatchNormalization()(x) if batch_norm else x
    generator = keras.Model(latents, keras.layers.Reshape((4, 4, 1))(keras.layers.Activation("tanh")(x)))
    y = Dropout(0.3)(keras.layers.LeakyReLU()(dense(8, 2)(keras.layers.Flatten()(images))))
    return GAN(generator, keras.Model(images, dense(1, 3)(y)))


def trained(accumulate, batch_norm=False, batch=12, steps=3, jit_compile=False, **settings):
    model = tiny_gan(batch_norm)
    sgd = keras.optimizers.SGD
    settings = {"g_optimizer": sgd(0.02), "d_optimizer": sgd(0.02), **settings}
    model.compile(accumulate=accumulate, jit_compile=jit_compile, **settings)
    images = np.random.default_rng(0).integers(0, 256, (48, 4, 4, 1), dtype=np.uint8)
    history = model.fit(images, batch_size=batch, steps_per_epoch=steps, verbose=0)
    return model, history.history


@pytest.mark.parametrize(
    "settings",
    [
        {"reuse_fakes": True},
        {"reuse_fakes": True, "jit_compile": True},
        {"reuse_fakes": False, "penalties": ["gradient_penalty"], "augment": "color,translation,cutout"},
        {"reuse_fakes": True, "discriminator_steps": 2, "generator_steps": 2, "augment": "color"},
    ],
    ids=["reused", "xla", "penalties", "several-steps"],
)
def test_equals_the_whole_batch(settings):
    steps = 3 // settings.get("discriminator_steps", 1)
    settings = dict(settings, steps=steps)  # (XLA makes other normals of the same key)
    whole, whole_logs = trained(1, **settings)
    parts, parts_logs = trained(3, **settings)
    for have, want in zip(parts.weights, whole.weights, strict=True):
        np.testing.assert_allclose(have, want, atol=2e-6, err_msg=have.path)
    for name, values in whole_logs.items():
        np.testing.assert_allclose(parts_logs[name], values, atol=1e-5, err_msg=name)
    assert int(parts.g_optimizer.iterations) == steps * settings.get("generator_steps", 1)


def test_reused_fakes_are_made_again_without_moving_statistics_again():
    sgd = keras.optimizers.SGD
    model = tiny_gan(batch_norm=True)
    model.compile(accumulate=2, reuse_fakes=True, g_optimizer=sgd(0.0), d_optimizer=sgd(0.0), average_decay=0.0)
    calls, inputs = [], []
    inner = model.generate_images
    model.generate_images = lambda z, *args, **kwargs: (
        inputs.append(model.generator.layers[1](z)) or calls.append(inner(z, *args, **kwargs)) or calls[-1]
    )
    model.train_step(np.zeros([4, 4, 4, 1], "uint8"))
    assert len(calls) == 4
    for first, again in zip(calls[:2], calls[2:]):
        assert np.array_equal(first, again)
    layer = next(x for x in model.generator.layers if isinstance(x, BatchNormalization))
    untouched = layer.momentum**2  # of the first value, 1, after two moves and not four
    variances = [tf.math.reduce_variance(x, 0) for x in inputs]
    expected = untouched + 0.09 * variances[0] + 0.1 * variances[1]
    np.testing.assert_allclose(layer.moving_variance, expected, rtol=1e-5)


def test_a_part_waits_for_the_one_before():
    model = tiny_gan()
    model.compile(accumulate=2, reuse_fakes=True)
    graph = tf.function(model.train_step).get_concrete_function(tf.zeros([4, 4, 4, 1])).graph

    def reaches_a_gradient(operation):
        waiting, seen = [operation], set()
        while waiting:
            op = waiting.pop()
            if op.name not in seen:
                seen.add(op.name)
                waiting += [x.op for x in op.inputs] + list(op.control_inputs)
        return any("gradient_tape" in name for name in seen)

    layer = model.generator.layers[1].name
    forward = [op for op in graph.get_operations() if op.type == "MatMul" and layer in op.name]
    forward = [op for op in forward if "gradient_tape" not in op.name]
    assert [reaches_a_gradient(op) for op in forward] == [False, True, True, True]


def test_noise_of_a_part_is_rows_of_the_whole():
    whole = noise.NoiseStream(3, position=7)
    expected = [whole.normal([6, 2]), whole.uniform(tf.constant([6, 1]), 1.0, 2.0), whole.integers([6], 10)]
    for part in range(3):
        stream = PartOfStream(noise.NoiseStream(3, position=7), part, 3, 0)
        have = [stream.normal([2, 2]), stream.uniform(tf.constant([2, 1]), 1.0, 2.0), stream.integers([2], 10)]
        for a, b in zip(have, expected):
            assert np.array_equal(a, b[2 * part : 2 * part + 2])


def test_config_and_mistakes(tmp_path):
    model, _ = trained(2, steps=1, augment="cutout")
    model.save(tmp_path / "model.keras")
    copy = keras.models.load_model(tmp_path / "model.keras")
    assert copy.accumulate == 2 and copy.augment.policy == "cutout"
    with pytest.raises(ValueError, match="multiple of accumulate=5. Received: 12"):
        trained(5)
    with pytest.raises(ValueError, match="accumulate must be an integer of at least 1. Received: accumulate=0"):
        trained(0)
    with pytest.raises(ValueError, match="augment must be names.*Received"):
        trained(1, augment="mirror")


def test_models_with_a_step_of_their_own_say_what_they_do_not_take():
    class Other(GAN):
        def train_step(self, data):
            return {}

    model = tiny_gan()
    other = Other(model.generator, model.discriminator)
    with pytest.raises(ValueError, match="Other does not take accumulate. Received: accumulate=2"):
        other.compile(accumulate=2)
    with pytest.raises(ValueError, match="Other does not take augment"):
        other.compile(augment="color")
    Other.own_step_takes = ("augment",)
    other.compile(augment="color")
