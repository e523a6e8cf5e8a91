import keras
import pytest

from keras_gans.models.pggan import InvertedLeastSquares


def test_numbers():
    loss = InvertedLeastSquares()
    assert float(loss.discriminator([2.0, 0.0], [3.0, 1.0])) == pytest.approx(2.0 + 0.1 * 2.0)
    assert float(loss.generator([3.0, 1.0])) == 5.0


def test_config():
    copy = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(InvertedLeastSquares(0.5)))
    assert copy.fake_weight == 0.5


def test_bad_weight():
    with pytest.raises(ValueError, match="fake_weight=0"):
        InvertedLeastSquares(0)
