import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gans.layers import InstanceNormalization, feature_statistics
from tests.layers.harness import check_layer, check_second_order


@pytest.mark.parametrize("batch", [1, 3])
def test_basics(batch):
    check_layer(InstanceNormalization, {"epsilon": 1e-3}, (batch, 4, 4, 2), rtol=1e-4)


def test_agrees_with_keras_group_normalization(rng):
    x = rng.normal(size=[3, 4, 5, 2]).astype("float32")
    reference = keras.layers.GroupNormalization(groups=-1, epsilon=1e-5)
    np.testing.assert_allclose(InstanceNormalization()(x), reference(x), atol=1e-5)
    np.testing.assert_allclose(InstanceNormalization()(x)[1:2], InstanceNormalization()(x[1:2]), atol=1e-5)


def test_a_scope_replaces_the_statistics():
    shared = [(tf.fill([1, 1, 1, 1], 1.0), tf.fill([1, 1, 1, 1], 4.0))]
    with feature_statistics.scope(feature_statistics.Replaying(shared)):
        y = InstanceNormalization(epsilon=1e-9)(tf.constant([[[[3.0]]]]))
    np.testing.assert_allclose(y, [[[[1.0]]]])


def test_derivatives(rng):
    check_second_order(InstanceNormalization(dtype="float64"), rng.normal(size=[2, 2, 3, 2]))


def test_bad_arguments():
    with pytest.raises(ValueError, match="epsilon must be positive. Received: epsilon=-1"):
        InstanceNormalization(epsilon=-1)
