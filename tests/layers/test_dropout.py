import keras
import numpy as np
import pytest

from keras_gans import noise
from keras_gans.layers import Dropout
from tests.layers.harness import check_layer


def test_basics():
    check_layer(Dropout, {"rate": 0.3}, (2, 3, 3, 4))


def test_mask_is_the_noise_of_the_scope():
    x = np.ones([2, 1000], "float32")

    def masked(position):
        with noise.scope(noise.NoiseStream(0, position)):
            return Dropout(0.25)(x, training=True).numpy()

    np.testing.assert_array_equal(masked(1), masked(1))
    assert not np.array_equal(masked(1), masked(2))
    y = masked(1)
    assert set(np.unique(y)) == {0, np.float32(1 / 0.75)} and abs((y == 0).mean() - 0.25) < 0.04


def test_works_without_a_scope_and_saves_no_state():
    model = keras.Sequential([keras.Input((8,)), Dropout(0.5)])
    assert model.weights == [] and model(np.ones([1, 8]), training=True).shape == (1, 8)
    np.testing.assert_array_equal(Dropout(0)(np.ones([1, 8]), training=True), np.ones([1, 8]))


def test_bad_arguments():
    with pytest.raises(ValueError, match=r"rate must be in \[0, 1\). Received: rate=1"):
        Dropout(1)
