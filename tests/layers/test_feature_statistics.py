import numpy as np
import tensorflow as tf

from keras_gans.layers import CurrentBatchNormalization, feature_statistics


def test_scopes_nest_and_end():
    assert feature_statistics.current() is None
    with feature_statistics.scope(feature_statistics.PerImage()) as outer:
        with feature_statistics.scope(feature_statistics.Recording()) as inner:
            assert feature_statistics.current() is inner
        assert feature_statistics.current() is outer
    assert feature_statistics.current() is None


def test_what_was_recorded_can_be_replayed_on_a_part(rng):
    layers = [CurrentBatchNormalization(), CurrentBatchNormalization()]
    x = tf.constant(rng.normal(size=[1, 8, 8, 3]).astype("float32")) * [1.0, 2.0, 3.0]

    def network(x):
        return layers[1](tf.nn.relu(layers[0](x)))

    with feature_statistics.scope(feature_statistics.Recording()) as statistics:
        whole = network(x)
    assert [mean.shape for mean, _ in statistics.recorded] == [(1, 1, 1, 3)] * 2
    with feature_statistics.scope(feature_statistics.Replaying(statistics.recorded)):
        part = network(x[:, 2:5, 1:4])
    np.testing.assert_allclose(part, whole[:, 2:5, 1:4], atol=1e-6)
    np.testing.assert_allclose(whole, network(x), atol=1e-5)
    assert np.abs(network(x[:, 2:5, 1:4]) - part).max() > 0.05


def test_statistics_are_float32():
    x = tf.cast(tf.random.normal([2, 64, 64, 1], 100.0, 1.0), tf.bfloat16)
    mean, variance = feature_statistics.moments(x, (1, 2))
    assert mean.dtype == variance.dtype == tf.float32
