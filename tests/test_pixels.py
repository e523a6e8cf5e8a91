import numpy as np
import pytest
import tensorflow as tf

from keras_gans import pixels


@pytest.mark.parametrize(("dtype", "largest"), [("uint8", 255), ("uint16", 65535)])
def test_every_integer_survives_the_round_trip(dtype, largest):
    integers = np.arange(largest + 1).astype(dtype)
    floats = pixels.to_float(integers)
    assert floats.dtype == tf.float32
    assert floats[0] == -1 and floats[-1] == 1
    np.testing.assert_array_equal(pixels.to_pixels(floats, dtype).numpy(), integers)


def test_to_pixels_rounds_and_saturates():
    assert pixels.to_pixels([-3.0, -1 + 0.4 / 127.5, -1 + 0.6 / 127.5, 3.0]).numpy().tolist() == [0, 0, 1, 255]


def test_to_pixels_of_bfloat16_counts_in_float32():
    assert pixels.to_pixels(tf.constant([1.0, -1.0], tf.bfloat16), "uint16").numpy().tolist() == [65535, 0]


def test_float32_is_left_as_it_is():
    assert pixels.to_pixels([1.5], "float32").numpy().tolist() == [1.5]
    assert pixels.to_float(np.array([0.25], "float16")).dtype == tf.float32


def test_bad_arguments():
    with pytest.raises(ValueError, match="Received: dtype=int32"):
        pixels.to_float(np.zeros(2, "int32"))
    with pytest.raises(ValueError, match="Received: dtype='uint32'"):
        pixels.to_pixels([0.0], "uint32")
    with pytest.raises(ValueError, match="must be finite. Received: 1 values"):
        pixels.check_float_range(np.array([0.0, np.nan]))
    with pytest.raises(ValueError, match=r"Received: \[0, 255\]"):
        pixels.check_float_range(np.array([0.0, 255.0]))
    pixels.check_float_range(np.array([-1.0, 1.0]))
