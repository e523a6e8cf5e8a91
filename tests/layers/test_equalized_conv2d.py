import numpy as np
import pytest
import tensorflow as tf

from keras_gans.layers import EqualizedConv2D
from tests.layers.harness import check_layer


@pytest.mark.parametrize("config", [{"activation": "leaky_relu"}, {"kernel_size": 1, "gain": 1.0, "use_bias": False}])
def test_basics(config):
    check_layer(EqualizedConv2D, {"filters": 4, "seed": 1, **config}, (2, 4, 6, 3))


def test_numbers():
    layer = EqualizedConv2D(1, gain=3.0)  # 3 / sqrt(9 * 1) = 1
    layer.build((None, 2, 2, 1))
    layer.kernel.assign(np.ones((3, 3, 1, 1)))
    x = tf.constant([[1.0, 2.0], [3.0, 4.0]])[None, :, :, None]
    assert layer(x)[0, :, :, 0].numpy().tolist() == [[10.0, 10.0], [10.0, 10.0]]


def test_bad_arguments():
    with pytest.raises(ValueError, match="Received: filters=0"):
        EqualizedConv2D(0)
    with pytest.raises(ValueError, match="odd kernel size. Received: kernel_size=4"):
        EqualizedConv2D(1, kernel_size=4)
    with pytest.raises(ValueError, match=r"batch, height, width, channels.*Received: input_shape=\(None, 3\)"):
        EqualizedConv2D(1).build((None, 3))
