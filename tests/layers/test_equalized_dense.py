import numpy as np
import pytest
import tensorflow as tf

from keras_gans.layers import EqualizedDense
from tests.layers.harness import check_layer


@pytest.mark.parametrize("config", [{"units": 3, "activation": "leaky_relu"}, {"units": (2, 2, 5), "gain": 0.5}])
def test_basics(config):
    check_layer(EqualizedDense, {**config, "seed": 1}, (3, 2, 2, 4))


def test_numbers():
    layer = EqualizedDense((2, 1, 2), gain=2.0)
    layer.build((None, 4))
    layer.kernel.assign(np.eye(4))
    layer.bias.assign([10.0, 20.0])
    y = layer(tf.constant([[1.0, 2.0, 3.0, 4.0]]))
    assert y.numpy().tolist() == [[[[11.0, 22.0]], [[13.0, 24.0]]]]  # times 2 / sqrt(4), one bias a channel


def test_parameter_count_of_the_paper():
    layer = EqualizedDense((4, 4, 512))
    layer.build((None, 512))
    assert layer.count_params() == 4_194_816


def test_bad_arguments():
    with pytest.raises(ValueError, match="Received: units=0"):
        EqualizedDense(0)
    with pytest.raises(ValueError, match="Received: gain=0"):
        EqualizedDense(1, gain=0)
    with pytest.raises(ValueError, match="known size"):
        EqualizedDense(1).build((None, None))
