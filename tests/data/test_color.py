import numpy as np

from keras_gans.data.color import lab_to_rgb, rgb_to_lab


def test_known_colours():
    rgb = np.array([[255, 255, 255], [0, 0, 0], [0, 0, 255], [119, 119, 119]], "uint8")
    expected = [[100, 0, 0], [0, 0, 0], [32.3, 79.2, -107.9], [50.0, 0, 0]]
    np.testing.assert_allclose(rgb_to_lab(rgb), expected, atol=0.1)


def test_there_and_back(rng):
    images = rng.integers(0, 256, (4, 8, 8, 3), dtype="uint8")
    np.testing.assert_array_equal(lab_to_rgb(rgb_to_lab(images)), images)


def test_colours_that_srgb_lacks_are_clipped():
    assert lab_to_rgb([[50.0, 200.0, 0.0], [100.0, -100.0, -100.0]]).dtype == np.uint8
