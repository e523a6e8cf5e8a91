import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gans.layers import ConcatLabels


def test_vectors_and_maps():
    x, labels = np.zeros([2, 1, 2, 1], "float32"), np.array([1, 0])
    y = ConcatLabels(2)([x, labels]).numpy()
    assert y.shape == (2, 1, 2, 3)
    assert (y[0, :, :, 1:] == [0, 1]).all() and (y[1, :, :, 1:] == [1, 0]).all() and (y[..., 0] == 0).all()
    assert ConcatLabels(2)([x[:, 0, 0], labels]).numpy().tolist() == [[0, 0, 1], [0, 1, 0]]


def test_shape_config_and_policy():
    layer = ConcatLabels(3, dtype="mixed_bfloat16")
    assert layer.compute_output_shape([(None, 4, 4, 5), (None,)]) == (None, 4, 4, 8)
    assert layer([np.zeros([1, 2]), np.array([2])]).dtype == tf.bfloat16
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert again.num_classes == 3


def test_bad_arguments():
    with pytest.raises(ValueError, match="Received: num_classes=0"):
        ConcatLabels(0)
