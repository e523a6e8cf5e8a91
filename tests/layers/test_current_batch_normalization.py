import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gans.layers import CurrentBatchNormalization, feature_statistics
from tests.layers.harness import check_layer, check_second_order


@pytest.mark.parametrize("batch", [1, 3])
def test_basics(batch):
    check_layer(CurrentBatchNormalization, {"epsilon": 1e-3}, (batch, 4, 4, 2), rtol=1e-4)


def test_numbers(rng):
    x = rng.normal(size=[3, 4, 5, 2]).astype("float32")
    layer = CurrentBatchNormalization(epsilon=1e-5)
    layer.build(x.shape)
    layer.set_weights([np.array([2.0, 3.0]), np.array([0.5, -1.0])])
    expected = (x - x.mean((0, 1, 2))) / np.sqrt(x.var((0, 1, 2)) + 1e-5) * [2.0, 3.0] + [0.5, -1.0]
    np.testing.assert_allclose(layer(x), expected, atol=1e-5)
    with feature_statistics.scope(feature_statistics.PerImage()):
        y = layer(x)
    for k in range(3):
        np.testing.assert_allclose(y[k : k + 1], layer(x[k : k + 1]), atol=1e-5)


def test_has_no_moving_statistics_and_starts_as_torch():
    layer = CurrentBatchNormalization(gamma_stddev=0.02, seed=1)
    layer.build([None, None, None, 10000])
    assert len(layer.weights) == len(layer.trainable_weights) == 2
    assert abs(np.std(layer.gamma) - 0.02) < 1e-3 and abs(np.mean(layer.gamma) - 1) < 1e-3
    network = keras.Sequential([keras.Input((2, 2, 1)), CurrentBatchNormalization()])
    x = tf.reshape(tf.range(8.0), [2, 2, 2, 1])
    np.testing.assert_array_equal(network(x, training=True), network(x, training=False))


def test_a_single_pixel_becomes_beta():
    np.testing.assert_array_equal(CurrentBatchNormalization()(tf.constant([[[[7.0, -3.0]]]])), np.zeros([1, 1, 1, 2]))


def test_derivatives(rng):
    layer = CurrentBatchNormalization(dtype="float64")
    check_second_order(layer, rng.normal(size=[2, 2, 3, 2]))


def test_bad_arguments():
    with pytest.raises(ValueError, match="epsilon must be positive. Received: epsilon=0"):
        CurrentBatchNormalization(epsilon=0)
