import numpy as np
import pytest
from PIL import Image

from keras_gans.metrics.extractors.resizers import antialias, clean, pytorch, tf1


def bilinear(images, size, half_pixels):
    """The textbook form: where each target pixel falls, and the two neighbours' weights, one axis at a time."""
    images = images.astype("float64")
    for axis in (1, 2):
        length = images.shape[axis]
        source = np.arange(size) * (length / size)
        if half_pixels:
            source = np.maximum((np.arange(size) + 0.5) * (length / size) - 0.5, 0)
        low = np.minimum(np.floor(source).astype(int), length - 1)
        high = np.minimum(low + 1, length - 1)
        weight = (source - low).reshape([-1 if n == axis else 1 for n in range(4)])
        images = np.take(images, low, axis) * (1 - weight) + np.take(images, high, axis) * weight
    return images


@pytest.fixture
def pictures(rng):
    return rng.integers(0, 256, (2, 7, 12, 3), dtype=np.uint8)


@pytest.mark.parametrize("size", [5, 7, 20, 299])
def test_tf1_and_pytorch_are_the_textbook_forms(pictures, size):
    np.testing.assert_allclose(tf1(pictures, size), bilinear(pictures, size, False), atol=2e-4)
    np.testing.assert_allclose(pytorch(pictures, size), bilinear(pictures, size, True), atol=2e-4)


def test_tf1_by_hand():
    """2 pixels to 4: sources 0, 0.5, 1, 1.5, the last of which has no right neighbour."""
    row = np.array([0, 100], "uint8").reshape(1, 1, 2, 1)
    np.testing.assert_allclose(np.ravel(tf1(row, 4)[0, 0]), [0, 50, 100, 100])
    np.testing.assert_allclose(np.ravel(pytorch(row, 4)[0, 0]), [0, 25, 75, 100])


def test_clean_is_pillow_in_floats(pictures):
    resized = clean(pictures, 20)
    assert resized.dtype == np.float32 and resized.shape == (2, 20, 20, 3)
    channel = Image.fromarray(pictures[1, :, :, 2].astype("float32")).resize((20, 20), Image.Resampling.BICUBIC)
    np.testing.assert_allclose(resized[1, :, :, 2], np.clip(np.asarray(channel), 0, 255))
    assert resized.min() >= 0 and resized.max() <= 255
    assert np.any(resized != np.round(resized))  # not quantised
    np.testing.assert_array_equal(clean(pictures[:, :, :7], 7), pictures[:, :, :7])  # the right size stays as it is


def test_antialiasing_keeps_a_checkerboard_grey():
    """Shrinking one-pixel squares eightfold: a filter as wide as the step gives their mean, tf1 one colour."""
    board = np.zeros((1, 64, 64, 3), "uint8")
    board[:, ::2, ::2] = board[:, 1::2, 1::2] = 255
    for resizer in (clean, antialias):
        inside = np.asarray(resizer(board, 8))[:, 1:-1, 1:-1]
        np.testing.assert_allclose(inside, 127.5, atol=2)
    assert np.ptp(tf1(board, 8)) == 0 and abs(float(np.mean(tf1(board, 8))) - 127.5) > 100


def test_every_resizer_keeps_a_flat_image(pictures):
    flat = np.full((1, 9, 14, 3), 200, "uint8")
    for resizer in (tf1, pytorch, clean, antialias):
        np.testing.assert_allclose(resizer(flat, 11), 200, rtol=1e-5)
