import numpy as np
import pytest

from keras_gans.data.pair_lab import colour_pairs, coloured, lab_to_rgb, rgb_to_lab


def test_known_colours():
    rgb = np.array([[255, 255, 255], [0, 0, 0], [0, 0, 255], [119, 119, 119]], "uint8")
    expected = [[100, 0, 0], [0, 0, 0], [32.3, 79.2, -107.9], [50.0, 0, 0]]
    np.testing.assert_allclose(rgb_to_lab(rgb), expected, atol=0.1)


def test_there_and_back(rng):
    images = rng.integers(0, 256, (4, 8, 8, 3), dtype="uint8")
    np.testing.assert_array_equal(lab_to_rgb(rgb_to_lab(images)), images)
    inputs, targets = colour_pairs(images)
    assert inputs.shape == (4, 8, 8, 1) and targets.shape == (4, 8, 8, 2) and np.abs(targets).max() <= 1
    np.testing.assert_allclose(coloured(inputs, targets).astype(int), images, atol=1)


def test_bad_images():
    with pytest.raises(ValueError, match=r"Expected uint8 \[N, H, W, 3\]. Received: uint8 of shape \[2, 2, 3\]"):
        colour_pairs(np.zeros((2, 2, 3), "uint8"))
