import numpy as np
import tensorflow as tf

from keras_gans import noise
from keras_gans.layers import MultiplicativeNoise
from tests.layers.harness import check_layer


def test_basics():
    check_layer(MultiplicativeNoise, {}, (2, 3, 3, 4), call={"strength": 0.5})
    check_layer(MultiplicativeNoise, {}, (2, 3, 3, 4), call={"strength": 0.0, "training": True})


def test_one_factor_for_each_sample_and_channel():
    x = tf.ones((500, 2, 2, 4))
    with noise.scope(noise.NoiseStream(seed=1)):
        y = MultiplicativeNoise()(x, strength=0.1, training=True).numpy()
    np.testing.assert_array_equal(y, np.broadcast_to(y[:, :1, :1], y.shape))
    assert abs(y.mean() - 1) < 0.02
    assert abs(y[:, 0, 0].std() - 0.1 * np.sqrt(4)) < 0.01


def test_repeats_with_the_position():
    layer, x = MultiplicativeNoise(), tf.ones((2, 3))

    def draw(position):
        with noise.scope(noise.NoiseStream(seed=1, position=position)):
            return layer(x, strength=1.0, training=True).numpy()

    np.testing.assert_array_equal(draw(64), draw(64))
    assert (draw(64) != draw(65)).any()
