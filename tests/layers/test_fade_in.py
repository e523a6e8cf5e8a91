import numpy as np
import pytest
import tensorflow as tf

from keras_gans.layers import FadeIn
from tests.layers.harness import check_layer


def test_basics():
    check_layer(FadeIn, {}, [(2, 3, 3, 2), (2, 3, 3, 2)], call={"alpha": 0.3})


def test_exact_at_both_ends():
    low, high = tf.random.stateless_normal((2, 100), (0, 1)) * 1e3, tf.random.stateless_normal((2, 100), (0, 2))
    np.testing.assert_array_equal(FadeIn()([low, high], 0.0), low)
    np.testing.assert_array_equal(FadeIn()([low, high], 1.0), high)


def test_alpha_is_a_tensor_without_retracing():
    traces = []

    @tf.function
    def fade(alpha):
        traces.append(1)
        return FadeIn()([tf.constant([0.0]), tf.constant([8.0])], alpha)

    values = [float(fade(tf.constant(alpha))[0]) for alpha in (0.0, 0.25, 1.0)]
    assert values == [0.0, 2.0, 8.0]
    assert len(traces) == 1


def test_bad_inputs():
    with pytest.raises(ValueError, match="of one shape"):
        FadeIn()([tf.ones((2, 3)), tf.ones((2, 4))], 0.5)
