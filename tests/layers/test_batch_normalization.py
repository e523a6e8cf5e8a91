import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gans.layers import BatchNormalization
from tests.layers.harness import assert_close, check_layer, check_second_order


@pytest.mark.parametrize("call", [{}, {"training": True}])
@pytest.mark.parametrize("shape", [(4, 3, 3, 2), (4, 2)])
def test_basics(call, shape):
    check_layer(BatchNormalization, {"momentum": 0.8, "epsilon": 1e-3, "gamma_stddev": 0.02}, shape, call=call)


def paired(**config):
    """Our layer and Keras' own, with the same weights."""
    layers = BatchNormalization(**config), keras.layers.BatchNormalization(**{"momentum": 0.9, **config})
    for layer in layers:
        layer.build((None, 3, 3, 2))
        layer.gamma.assign([1.5, -0.5])
        layer.beta.assign([0.1, 0.2])
    return layers


def outcome(layer, x):
    """Outputs, statistics, gradients, and gradients of a gradient penalty."""
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape(persistent=True) as inner:
            inner.watch(x)
            y = layer(x, training=True)
            score = tf.reduce_sum(tf.sin(tf.cast(y, tf.float32)))
        gradients = inner.gradient(score, [x, layer.gamma.value, layer.beta.value])
        penalty = tf.reduce_mean((tf.norm(tf.cast(gradients[0], tf.float32)) - 1.0) ** 2)
    second = outer.gradient(penalty, [x, layer.gamma.value, layer.beta.value], unconnected_gradients="zero")
    return [y, *gradients, *second, tf.identity(layer.moving_mean), tf.identity(layer.moving_variance)]


@pytest.mark.parametrize("epsilon", [1e-8, 1e-5, 1e-3])
@pytest.mark.parametrize("mode", ["eager", "graph", "xla"])
def test_the_fused_kernel_equals_keras(rng, mode, epsilon):
    fused, plain = paired(epsilon=epsilon)
    x = tf.constant(rng.normal(0.5, 2, (4, 3, 3, 2)), tf.float32)
    expected = outcome(plain, x)
    actual = outcome(fused, x) if mode == "eager" else tf.function(outcome, jit_compile=mode == "xla")(fused, x)
    for have, want in zip(actual, expected):
        assert_close(have, want, 5e-6)


def test_the_fused_kernel_in_bfloat16(rng):
    x = tf.constant(rng.normal(0.5, 2, (64, 4, 4, 2)), tf.bfloat16)
    fused, plain = paired(dtype="mixed_bfloat16")
    have, want = outcome(fused, x), outcome(plain, x)
    assert have[0].dtype == tf.bfloat16 and fused.moving_mean.dtype == "float32"
    for a, b in zip(have[:4], want[:4]):
        assert_close(a, b, 0.01)
    for a, b in zip(have[-2:], want[-2:]):
        assert_close(a, b, 1e-6)


def test_second_derivatives_are_finite_differences(rng):
    layer = BatchNormalization(dtype="float64", epsilon=1e-3)  # in float64 by the formula
    layer.build((None, 2, 2, 2))
    check_second_order(lambda x: layer(x, training=True), rng.normal(size=(3, 2, 2, 2)))


def test_second_derivatives_of_the_kernel_are_those_of_the_formula(rng):
    fused, _ = paired(epsilon=1e-3)
    formula = BatchNormalization(dtype="float64", epsilon=1e-3)
    formula.build((None, 3, 3, 2))
    formula.set_weights(fused.get_weights())
    x, v = rng.normal(size=(2, 3, 3, 3, 2))
    results = []
    for layer in (fused, formula):
        points, direction = (tf.constant(a, layer.compute_dtype) for a in (x, v))
        with tf.GradientTape() as outer:
            outer.watch(points)
            with tf.GradientTape() as inner:
                inner.watch(points)
                score = tf.reduce_sum(tf.sin(layer(points, training=True)))
            slope = tf.reduce_sum(inner.gradient(score, points) * direction)
        results.append(outer.gradient(slope, points))
    assert_close(*results, 1e-5)


def test_stateless_calls_leave_the_moving_statistics(rng):
    layer = BatchNormalization()
    x = rng.normal(3, 2, (8, 2, 2, 3)).astype("float32")
    layer.build(x.shape)
    with keras.StatelessScope() as scope:
        layer(x, training=True)
    assert np.all(layer.moving_mean.numpy() == 0) and np.all(layer.moving_variance.numpy() == 1)
    np.testing.assert_allclose(scope.get_current_value(layer.moving_mean), 0.1 * x.mean((0, 1, 2)), rtol=1e-5)


def test_one_value_a_channel_and_frozen_layers():
    layer = BatchNormalization()
    assert np.all(layer(np.ones([1, 1, 1, 3], "float32"), training=True) == 0)
    np.testing.assert_allclose(layer.moving_variance, 0.9)
    layer.trainable = False
    layer(np.ones([4, 1, 1, 3], "float32"), training=True)
    np.testing.assert_allclose(layer.moving_variance, 0.9)


def test_numbers(rng):
    x = rng.normal(3, 2, (8, 2, 2, 3)).astype("float32")
    layer = BatchNormalization(momentum=0.9, epsilon=1e-5)
    y = layer(x, training=True)
    mean, var = x.mean((0, 1, 2)), x.var((0, 1, 2))
    np.testing.assert_allclose(y, (x - mean) / np.sqrt(var + 1e-5), atol=2e-6)
    np.testing.assert_allclose(layer.moving_mean, 0.1 * mean, rtol=1e-6)
    np.testing.assert_allclose(layer.moving_variance, 0.9 + 0.1 * var, rtol=1e-6)
    still = (x - layer.moving_mean) / np.sqrt(layer.moving_variance + 1e-5)
    np.testing.assert_allclose(layer(x, training=False), still, atol=2e-6)


def test_gamma_starts_around_one():
    layer = BatchNormalization(gamma_stddev=0.02)
    layer.build((None, 10000))
    assert abs(np.mean(layer.gamma) - 1) < 1e-3 and abs(np.std(layer.gamma) - 0.02) < 1e-3
    plain = BatchNormalization()
    plain.build((None, 10))
    assert np.all(plain.gamma.numpy() == 1)


def test_replicas_share_statistics(rng, mirrored_strategy):
    x = rng.normal(size=(4, 3)).astype("float32")
    strategy = mirrored_strategy
    with strategy.scope():
        layer = BatchNormalization()
        layer.build((None, 3))
    halves = strategy.experimental_distribute_values_from_function(
        lambda context: x[2 * context.replica_id_in_sync_group :][:2]
    )
    y = strategy.run(tf.function(lambda v: layer(v, training=True)), (halves,))
    expected = BatchNormalization()(x, training=True)
    np.testing.assert_allclose(np.concatenate(strategy.experimental_local_results(y)), expected, atol=1e-6)
