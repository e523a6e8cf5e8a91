import numpy as np
import pytest
import tensorflow as tf

from keras_gans import noise, penalties
from keras_gans.layers import downscale, upscale
from keras_gans.models.pggan import InvertedLeastSquares
from tests.models.pggan.tiny import compiled, images, schedule, state_of


def at(model, images_seen):
    """The model with its step at a moment of the schedule."""
    model.images_seen.assign(images_seen)
    model.make_train_function(force=True)
    return model


def step(model, x, y=None):
    return model.train_on_batch(x, y, return_dict=True)


def changed(before, after):
    return {name for name in before if not np.array_equal(before[name], after[name])}


def test_a_step_changes_the_layers_of_its_stage_only():
    model = at(compiled(16, schedule=schedule(16, 8, 8)), 12)
    before = state_of(model)
    step(model, images(4, 8, 8, 3))
    touched = {name.split()[0] for name in changed(before, state_of(model)) if not name.startswith(("g_", "d_opt"))}
    assert not any("16x16" in name for name in touched)
    assert {name.split("/")[0] for name in touched if "8x8" in name or "4x4" in name} == {
        *("8x8_conv0_up", "8x8_conv1", "8x8_to_rgb", "4x4_dense", "4x4_conv", "4x4_to_rgb"),
        *("8x8_from_rgb", "8x8_conv0", "8x8_conv1_down", "4x4_from_rgb", "4x4_dense0", "4x4_dense1"),
    }


def test_steps_of_one_network_leave_the_other():
    model = at(compiled(), 0)
    real = tf.constant(images(4, 4, 4, 3) / 127.5 - 1, tf.float32)
    with model.noise_scope():
        fakes = model.fake_batch(real, None)
        before = [w.numpy() for w in model.generator.weights]
        model.discriminator_step(real, None, fakes)
        assert all((a == b.numpy()).all() for a, b in zip(before, model.generator.weights))
        before = [w.numpy() for w in model.discriminator.weights]
        model.generator_step(model.fake_batch(real, None))
        assert all((a == b.numpy()).all() for a, b in zip(before, model.discriminator.weights))


def test_losses_by_hand():
    """WGAN-GP with drift as the reference writes it, real and fake scored apart."""
    model = at(compiled(), 14)
    real = tf.constant(images(4, 8, 8, 3) / 127.5 - 1, tf.float32)
    alpha = tf.constant(0.25)
    with noise.scope(noise.NoiseStream(3)):
        fake = model.fake_batch(real, None, alpha).images
        loss, logs, _ = model.discriminator_loss(real, None, fake, alpha)
    with noise.scope(noise.NoiseStream(3)):
        latents = model.draw_latents(noise.current(), 4)
        fake = model.generator(latents, stage=1, alpha=0.25)
        u = noise.current().uniform([4, 1, 1, 1])
    mixed = real * (1 - u) + fake * u

    def score(x):
        return model.discriminator(x, stage=1, alpha=0.25)

    with tf.GradientTape() as tape:
        tape.watch(mixed)
        scores = tf.reduce_sum(score(mixed))
    norm = tf.sqrt(tf.reduce_sum(tape.gradient(scores, mixed) ** 2, axis=(1, 2, 3)))
    penalty = 10 * tf.reduce_mean((norm - 1) ** 2)
    drift = 1e-3 * tf.reduce_mean(score(real) ** 2)
    expected = tf.reduce_mean(score(fake)) - tf.reduce_mean(score(real)) + penalty + drift
    assert float(loss) == pytest.approx(float(expected), rel=1e-5)
    assert float(logs["gradient_penalty"]) == pytest.approx(float(penalty), rel=1e-5)
    assert float(logs["drift"]) == pytest.approx(float(drift), rel=1e-4)


@pytest.mark.parametrize("images_seen, size, lod", [(0, 4, 2.0), (12, 8, 1.5)])
def test_the_penalty_is_that_of_images_of_full_resolution(images_seen, size, lod):
    """The code's networks take full-size images at every stage: 2^k equal pixels each way for one of the stage."""
    model = at(compiled(16, schedule=schedule(16, 8, 8)), images_seen)
    real = tf.constant(images(4, size, size, 3) / 127.5 - 1, tf.float32)
    alpha = None if lod == 2 else tf.constant(2 - lod)
    with noise.scope(noise.NoiseStream(3)):
        fake = model.fake_batch(real, None, alpha).images
        _, logs, _ = model.discriminator_loss(real, None, fake, alpha)
    with noise.scope(noise.NoiseStream(3)):
        model.draw_latents(noise.current(), 4)
        u = noise.current().uniform([4, 1, 1, 1])
    mixed = upscale(real * (1 - u) + fake * u, 16 // size)
    with tf.GradientTape() as tape:
        tape.watch(mixed)
        scores = tf.reduce_sum(model.discriminator.linear(mixed, lod))
    norm = tf.sqrt(tf.reduce_sum(tape.gradient(scores, mixed) ** 2, axis=(1, 2, 3)))
    assert float(logs["gradient_penalty"]) == pytest.approx(float(10 * tf.reduce_mean((norm - 1) ** 2)), rel=1e-4)


def test_real_images_fade_like_the_networks():
    model = at(compiled(16), 14)
    x = tf.constant(images(2, 8, 8, 3) / 255, tf.float32)
    blurred = upscale(downscale(x))
    np.testing.assert_allclose(model.stage_images(x, tf.constant(0.25)), 0.75 * blurred + 0.25 * x, atol=1e-6)
    assert model.stage_images(x, None) is x
    full = upscale(x)
    np.testing.assert_allclose(model.stage_images(full, None), x, atol=1e-6)


def test_images_smaller_than_the_stage():
    model = at(compiled(16), 14)
    with pytest.raises(ValueError, match="at least 8 x 8. Received: images of 4 x 4"):
        model.stage_images(tf.ones((2, 4, 4, 3)), None)


def test_the_average_follows_before_the_generator_moves():
    model = at(compiled(average_decay=0.9), 0)
    for weight in model.averaged_generator.weights:
        weight.assign(np.asarray(weight) + 1.0)
    before = {w.path: np.asarray(w) for w in model.generator.weights}
    step(model, images(4, 4, 4, 3))
    for name, layer in model.averaged_generator.parts.items():
        for averaged, live in zip(layer.weights, model.generator.parts[name].weights):
            old = before[live.path]
            expected = old + 0.9 * 1.0 if name.startswith("4x4") else old + 1.0
            np.testing.assert_allclose(averaged, expected, atol=1e-6)


def test_average_of_zero_decay_is_a_copy():
    model = at(compiled(average_decay=0.0), 0)
    step(model, images(4, 4, 4, 3))
    before = model.generator.get_weights()
    step(model, images(4, 4, 4, 3))
    for averaged, old in zip(model.averaged_generator.get_weights(), before):
        np.testing.assert_array_equal(averaged, old)


def test_alpha_moves_without_retracing():
    model = at(compiled(schedule=schedule(fade=64, total=160), run_eagerly=False), 12)
    levels = []
    for _ in range(4):
        step(model, images(4, 8, 8, 3))
        levels.append(float(model.lod))
    assert levels == [1 - k / 64 for k in (8, 12, 16, 20)]


def test_values_hold_for_a_group_of_steps():
    model = at(compiled(schedule=schedule(fade=64, total=160, minibatch_repeats=4)), 16)
    levels = []
    for _ in range(8):
        step(model, images(4, 8, 8, 3))
        levels.append(1 - float(model.lod))
    assert levels == [12 / 64] * 4 + [28 / 64] * 4


class Poison(penalties.Penalty):
    """A penalty that is not finite when the images are white."""

    name = "poison"

    def __call__(self, step):
        return tf.where(tf.reduce_mean(step.real_images) > 0.9, float("nan"), 1.0) * tf.reduce_mean(step.real_logits)


def test_an_update_that_is_not_finite_is_skipped_and_counted():
    model = at(compiled(penalties=[Poison()], schedule=schedule(stable=40)), 0)
    step(model, images(4, 4, 4, 3))
    before, iterations = model.discriminator.get_weights(), int(model.d_optimizer.iterations)
    step(model, np.full((4, 4, 4, 3), 255, "uint8"))
    assert all((a == b).all() for a, b in zip(before, model.discriminator.get_weights()))
    assert int(model.d_optimizer.iterations) == iterations == 1
    assert int(model.g_optimizer.iterations) == 2
    assert int(model.skipped_updates) == 1
    step(model, images(4, 4, 4, 3))
    assert int(model.skipped_updates) == 1 and int(model.d_optimizer.iterations) == 2


def test_simultaneous_update_uses_one_batch_of_fakes():
    model = at(compiled(simultaneous=True, penalties=[penalties.Drift(1e-3)]), 0)
    x = images(4, 4, 4, 3)
    real = tf.constant(x / 127.5 - 1, tf.float32)
    with model.noise_scope():
        fakes = model.fake_batch(real, None)
    scores = model.discriminator(fakes.images, stage=0)
    logs = step(model, x)
    assert logs["g_loss"] == pytest.approx(-float(tf.reduce_mean(scores)), rel=1e-4)
    assert logs["d_fake"] == pytest.approx(-logs["g_loss"], rel=1e-4)  # the same scores, before either update
    assert int(model.g_optimizer.iterations) == int(model.d_optimizer.iterations) == 1


def test_classes():
    model = at(compiled(config={"num_classes": 3}), 12)
    logs = step(model, images(4, 8, 8, 3), np.array([0, 1, 2, 0]))
    assert logs["d_class_loss"] > 0 and logs["g_class_loss"] > 0
    simultaneous = at(compiled(config={"num_classes": 3}, simultaneous=True), 12)
    assert step(simultaneous, images(4, 8, 8, 3), np.array([0, 1, 2, 0]))["g_class_loss"] > 0


def test_noise_grows_while_the_discriminator_wins():
    model = at(compiled(config={"noise": True}, loss=InvertedLeastSquares(), penalties=[]), 0)
    assert float(model.noise_strength()) == 0.0
    for score in (1.0, 5.0, 1.0):  # clipped to 1
        model.follow_fake_scores(tf.constant(score))
    assert float(model.fake_score_average) == pytest.approx(1 - 0.9**3)
    for _ in range(10):
        model.follow_fake_scores(tf.constant(1.0))
    d = 1 - 0.9**13
    assert float(model.noise_strength()) == pytest.approx(0.2 * (d - 0.5) ** 2, rel=1e-4)
    step(model, images(4, 4, 4, 3))
    assert float(model.fake_score_average) != pytest.approx(d)


def test_noise_moves_once_a_round_after_both_networks():
    model = at(compiled(config={"noise": True}, loss=InvertedLeastSquares(), penalties=[], discriminator_steps=3), 0)
    seen, strengths = [], []
    model.follow_fake_scores = lambda score: seen.append(len(strengths))
    model.noise_strength = lambda: strengths.append(None) or tf.constant(0.1)
    model.run_eagerly = True
    step(at(model, 0), images(12, 4, 4, 3))
    assert len(strengths) == 4 and seen == [4]  # three steps of the discriminator, one of the generator


@pytest.mark.parametrize("loss", ["non_saturating", "least_squares", "hinge", "minimax"])
def test_other_losses(loss):
    logs = step(at(compiled(loss=loss, penalties=["r1"]), 12), images(4, 8, 8, 3))
    assert np.isfinite(list(logs.values())).all()


def test_several_steps_of_each_network():
    model = at(compiled(discriminator_steps=2, generator_steps=2), 0)
    step(model, images(8, 4, 4, 3))
    assert int(model.d_optimizer.iterations) == 2 and int(model.g_optimizer.iterations) == 2
    assert int(model.images_seen) == 8


@pytest.mark.parametrize("dtype", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision(dtype):
    model = at(compiled(config={"dtype": dtype}), 12)
    for _ in range(3):
        logs = step(model, images(4, 8, 8, 3))
    assert np.isfinite(list(logs.values())).all()
    assert int(model.skipped_updates) <= 2


@pytest.mark.parametrize("jit_compile", [False, True])
def test_graph_and_xla_agree_with_eager(jit_compile):
    x, logs = images(4, 8, 8, 3), []
    for settings in (dict(), dict(run_eagerly=False, jit_compile=jit_compile)):
        model = at(compiled(**settings), 12)
        model.draw_latents = lambda stream, n: tf.ones((n, 6))  # XLA turns the same random bits into other normals
        logs.append(step(model, x))
    for key in logs[0] if not jit_compile else ("d_real", "d_fake", "drift"):
        assert logs[1][key] == pytest.approx(logs[0][key], rel=1e-3, abs=1e-4), key


def test_a_replica_step_restores_where_it_is_not_finite():
    from keras_gans.models.pggan.step import _apply_or_restore

    model = at(compiled(), 0)
    variables = model.discriminator.active_variables(0)
    before = state_of(model)
    ones = [tf.ones(v.shape) for v in variables]
    _apply_or_restore(model.d_optimizer, [ones[0] * float("nan"), *ones[1:]], variables, tf.constant(False))
    assert not changed(before, state_of(model))
    _apply_or_restore(model.d_optimizer, ones, variables, tf.constant(True))
    assert int(model.d_optimizer.iterations) == 1
