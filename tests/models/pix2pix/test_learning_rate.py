import keras
import numpy as np
import pytest

from keras_gans.models.pix2pix import LinearDecay


def test_is_the_rule_of_the_pytorch_code():
    schedule = LinearDecay(2e-4, steps_per_epoch=400)
    for epoch in (0, 98, 99, 100, 150, 199, 200, 500):
        expected = 2e-4 * max(0.0, 1 - max(0, epoch + 1 - 100) / 101)
        for step in (400 * epoch, 400 * epoch + 399):
            np.testing.assert_allclose(schedule(step), expected, rtol=1e-5, atol=1e-12)


def test_config():
    optimizer = keras.optimizers.Adam(LinearDecay(1e-3, 10, 2, 3))
    copy = keras.optimizers.deserialize(keras.optimizers.serialize(optimizer))
    assert copy.get_config() == optimizer.get_config()
    with pytest.raises(ValueError, match="decay_epochs must be a positive number. Received: decay_epochs=0"):
        LinearDecay(decay_epochs=0)


@pytest.mark.parametrize("value", ["x", None, True, float("nan"), 0])
def test_bad_numbers(value):
    with pytest.raises(ValueError, match="steps_per_epoch must be a positive number. Received: steps_per_epoch="):
        LinearDecay(steps_per_epoch=value)
