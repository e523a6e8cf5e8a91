import numpy as np
import pytest

from keras_gans.data.pair_lab import colour_pairs, coloured


def test_there_and_back(rng):
    images = rng.integers(0, 256, (4, 8, 8, 3), dtype="uint8")
    inputs, targets = colour_pairs(images)
    assert inputs.shape == (4, 8, 8, 1) and targets.shape == (4, 8, 8, 2) and np.abs(targets).max() <= 1
    np.testing.assert_allclose(coloured(inputs, targets).astype(int), images, atol=1)


def test_bad_images():
    with pytest.raises(ValueError, match=r"Expected uint8 \[N, H, W, 3\]. Received: uint8 of shape \[2, 2, 3\]"):
        colour_pairs(np.zeros((2, 2, 3), "uint8"))
