import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gans import layers, noise, penalties

W = np.arange(1, 13).reshape(2, 2, 3).astype("float32") / 10
NORM = np.sqrt((W**2).sum())


def linear_pass(images=None, score=None, scale=1.0):
    """A critic whose gradient is W everywhere."""
    real = tf.constant(np.ones([4, 2, 2, 3]) if images is None else images, tf.float32)
    fake = tf.zeros([4, 2, 2, 3])
    score = score or (lambda x: tf.reduce_sum(x * W, axis=(1, 2, 3))[:, None])
    return penalties.DiscriminatorPass(score, real, fake, score(real), score(fake), scale)


@pytest.mark.parametrize("scale", [1.0, 1024.0])
@pytest.mark.parametrize(
    ("penalty", "expected"),
    [
        (penalties.GradientPenalty(), 10 * (NORM - 1) ** 2),
        (penalties.GradientPenalty(weight=3.0, target=750.0), 3 / 750**2 * (NORM - 750) ** 2),
        (penalties.R1(weight=4.0), 2 * NORM**2),
        (penalties.R2(), 5 * NORM**2),
        (penalties.Drift(), 0.001 * W.sum() ** 2),
    ],
)
def test_linear_critic(penalty, expected, scale):
    np.testing.assert_allclose(penalty(linear_pass(scale=scale)), expected, rtol=1e-5)


def test_where_each_penalty_looks():
    """D(x) = x²/2 has gradient x: R1 sees the real images, R2 the generated ones, the penalty points between."""
    seen = []

    def score(x):
        seen.append(x.numpy())
        return tf.reduce_sum(x**2, axis=(1, 2, 3))[:, None] / 2

    step = linear_pass(score=score)
    np.testing.assert_allclose(penalties.R1(2.0)(step), 12, rtol=1e-6)
    np.testing.assert_allclose(penalties.R2(2.0)(step), 0, atol=1e-12)
    with noise.scope(noise.NoiseStream(0)):
        penalties.GradientPenalty()(step)
    u = seen[-1]
    assert (u == u[:, :1, :1, :1]).all() and len(np.unique(u)) == 4 and 0 <= u.min() and u.max() < 1


def test_second_derivative_against_finite_differences():
    """d/dv of (||∇ D|| - 1)² for D(x) = v sum x³/3."""
    images = np.random.default_rng(0).normal(size=[4, 2, 2, 3])

    def loss(v):
        with noise.scope(noise.NoiseStream(0)):
            return penalties.GradientPenalty()(
                linear_pass(images, score=lambda x: v * tf.reduce_sum(x**3, axis=(1, 2, 3))[:, None] / 3)
            )

    v = tf.Variable(0.7)
    with tf.GradientTape() as tape:
        value = loss(v)
    numeric = (loss(tf.constant(0.701)) - loss(tf.constant(0.699))) / 0.002
    np.testing.assert_allclose(tape.gradient(value, v), numeric, rtol=2e-3)


def test_gradient_at_a_constant_critic_is_finite():
    v = tf.Variable(0.0)
    with tf.GradientTape() as tape:
        value = penalties.GradientPenalty()(linear_pass(score=lambda x: v * tf.reduce_sum(x, axis=(1, 2, 3))[:, None]))
    assert float(value) == 10 and np.isfinite(tape.gradient(value, v))


def test_serialisation():
    for penalty in (penalties.GradientPenalty(2.0, 750.0), penalties.R1(3.0), penalties.R2(3.0), penalties.Drift(0.1)):
        again = penalties.get(keras.saving.serialize_keras_object(penalty))
        assert type(again) is type(penalty) and again.get_config() == penalty.get_config()


def test_bad_arguments():
    with pytest.raises(ValueError, match="weight must be greater than 0. Received: weight=0"):
        penalties.GradientPenalty(weight=0)
    with pytest.raises(ValueError, match="Received: 'r3'"):
        penalties.get("r3")
    with pytest.raises(NotImplementedError, match="must give"):
        penalties.Penalty()(None)
    assert type(penalties.get("drift")) is penalties.Drift


def test_small_images_that_stand_for_large_ones(rng):
    """A network of large images that starts by averaging equal pixels has the norms of one of small images."""
    small = tf.constant(rng.normal(size=(3, 4, 4, 2)), tf.float32)
    weights = tf.constant(rng.normal(size=(4, 4, 2)), tf.float32)

    def score(images):
        return tf.reduce_sum(tf.square(images) * weights, axis=(1, 2, 3))

    def norms(score, images, **arguments):
        step = penalties.DiscriminatorPass(score, images, images, score(images), score(images), **arguments)
        return step.squared_gradient_norm(images)

    large = layers.upscale(small, 4)
    np.testing.assert_allclose(
        norms(score, small, pixel_size=4), norms(lambda x: score(layers.downscale(x, 4)), large), rtol=1e-5
    )


def test_a_class_is_not_taken_for_its_instance():
    with pytest.raises(ValueError, match="Received: .*class"):
        penalties.get(penalties.R1)
