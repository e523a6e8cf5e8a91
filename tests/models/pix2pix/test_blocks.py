import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gans.models.pix2pix import UNetGenerator
from keras_gans.models.pix2pix.blocks import Blocks, check_network, dtype_name


def test_odd_upscaling_is_the_transpose_of_the_padded_convolution(rng):
    b = Blocks("none")
    small, large = keras.Input((4, 5, 2)), keras.Input((8, 10, 3))
    up = keras.Model(small, b.up_odd(small, 3, False, "up"))
    down = keras.Model(large, b.conv(large, 2, 3, 2, 1, False, "down"))
    down.set_weights(up.get_weights())  # [3 3 3 2] both ways
    x, y = (tf.constant(rng.normal(size=[1, *n]).astype("float32")) for n in ((4, 5, 2), (8, 10, 3)))
    np.testing.assert_allclose(tf.reduce_sum(up(x) * y), tf.reduce_sum(x * down(y)), rtol=1e-4)


def test_initial_weights_are_of_the_seed():
    a, b, c = (UNetGenerator(8, filters=4, seed=seed).get_weights() for seed in (0, 0, 1))
    assert all(np.array_equal(x, y) for x, y in zip(a, b))
    kernel = [w for w in UNetGenerator(16, filters=32).get_weights() if w.ndim == 4][2]
    assert abs(kernel.std() - 0.02) < 1e-3 and not np.array_equal(a[0], c[0])


@pytest.mark.parametrize(
    "arguments, message",
    [
        (dict(normalization="layer"), "normalization must be one of batch, instance, none. Received: .*'layer'"),
        (dict(normalization="batch", dropout=1), r"dropout must be in \[0, 1\). Received: dropout=1"),
        (dict(normalization=None, filters=0), "filters must be an integer of at least 1. Received: filters=0"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        check_network(**arguments)
    with pytest.raises(ValueError, match="dtype must be .* Received: dtype='half'"):
        dtype_name("half")
