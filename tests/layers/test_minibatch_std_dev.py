import numpy as np
import pytest
import tensorflow as tf

from keras_gans.layers import MinibatchStdDev
from tests.layers.harness import check_layer, check_second_order


@pytest.mark.parametrize("config", [{"group_size": 4}, {"group_size": None}, {"group_size": 2, "epsilon": 1e-4}])
def test_basics(config):
    check_layer(MinibatchStdDev, config, (8, 2, 3, 2))


def test_groups_are_strided():
    x = np.zeros((4, 1, 1, 1), "float32")
    x[:, 0, 0, 0] = [0, 10, 2, 30]  # groups of two: (0, 2) and (10, 30)
    y = MinibatchStdDev(group_size=2)(x)[:, 0, 0, 1].numpy()
    assert y == pytest.approx([1, 10, 1, 10], abs=1e-3)


def test_whole_minibatch_against_numpy():
    x = np.random.default_rng(0).normal(size=(6, 2, 2, 3)).astype("float32")
    y = MinibatchStdDev(group_size=None)(x).numpy()
    np.testing.assert_array_equal(y[..., :3], x)
    assert y[..., 3] == pytest.approx(np.sqrt(x.var(axis=0) + 1e-8).mean())


def test_parts_are_separate_minibatches():
    x = np.random.default_rng(0).normal(size=(8, 2, 2, 3)).astype("float32")
    layer = MinibatchStdDev()
    both = layer(tf.constant(x), parts=2)
    np.testing.assert_array_equal(both, np.concatenate([layer(x[:4]), layer(x[4:])]))
    with pytest.raises(ValueError, match="parts=3"):
        layer(tf.constant(x), parts=3)


@pytest.mark.parametrize("batch, group", [(6, 3), (5, 1), (3, 3), (16, 4)])
def test_largest_group_that_divides(batch, group):
    x = tf.random.stateless_normal((batch, 2, 2, 1), (0, 1))
    layer = MinibatchStdDev(group_size=4)
    expected = MinibatchStdDev(group_size=group)(x)
    np.testing.assert_allclose(layer(x), expected, rtol=1e-6)
    dynamic = tf.function(layer, input_signature=[tf.TensorSpec((None, 2, 2, 1))])
    np.testing.assert_allclose(dynamic(x), expected, rtol=1e-5)


def test_derivatives_against_differences():
    x = np.random.default_rng(0).normal(size=(4, 1, 2, 2))
    layer = MinibatchStdDev(group_size=2, epsilon=1e-2, dtype="float64")
    check_second_order(layer, x)


def test_equal_samples_have_a_second_derivative():
    x = tf.ones((4, 2, 2, 1))
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = tf.reduce_sum(MinibatchStdDev()(x) ** 2)
        penalty = tf.reduce_sum(inner.gradient(y, x) ** 2)
    assert np.isfinite(outer.gradient(penalty, x)).all()


def test_bad_arguments():
    with pytest.raises(ValueError, match="Received: group_size=0"):
        MinibatchStdDev(group_size=0)
    with pytest.raises(ValueError, match="Received: epsilon=0"):
        MinibatchStdDev(epsilon=0)
    with pytest.raises(ValueError, match="expects images"):
        MinibatchStdDev().build((None, 3))
