import numpy as np
import tensorflow as tf

from keras_gans.layers import BatchNormalization
from tests.layers.harness import check_layer


def test_basics():
    check_layer(BatchNormalization, {"momentum": 0.8, "epsilon": 1e-3, "gamma_stddev": 0.02}, (4, 3, 3, 2))


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


def test_replicas_share_statistics(rng):
    x = rng.normal(size=(4, 3)).astype("float32")
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    with strategy.scope():
        layer = BatchNormalization()
        layer.build((None, 3))
    halves = strategy.experimental_distribute_values_from_function(
        lambda context: x[2 * context.replica_id_in_sync_group :][:2]
    )
    y = strategy.run(tf.function(lambda v: layer(v, training=True)), (halves,))
    expected = BatchNormalization()(x, training=True)
    np.testing.assert_allclose(np.concatenate(strategy.experimental_local_results(y)), expected, atol=1e-6)
