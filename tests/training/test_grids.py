import io

import numpy as np
import pytest
from PIL import Image

from keras_gans.training import grids


def test_image_grid_by_hand():
    images = np.arange(3, dtype=np.uint8).reshape(3, 1, 1, 1) * np.ones((3, 1, 2, 1), np.uint8)
    assert grids.image_grid(images, columns=2)[..., 0].tolist() == [[0, 0, 1, 1], [2, 2, 255, 255]]
    assert grids.image_grid(images, columns=2, border=1)[..., 0].tolist() == [
        [0, 0, 255, 1, 1],
        [255] * 5,
        [2, 2, 255, 255, 255],
    ]


def test_image_grid_takes_images_that_are_not_square_and_any_channels():
    assert grids.image_grid(np.zeros((4, 2, 6, 5), np.uint8)).shape == (4, 12, 5)
    assert grids.image_grid(np.zeros((2, 2, 6, 1), np.uint8), columns=8).shape == (2, 12, 1)


@pytest.mark.parametrize("shape", [(0, 4, 4, 3), (4, 4, 3)])
def test_image_grid_refuses(shape):
    with pytest.raises(ValueError, match=r"Received: images of shape"):
        grids.image_grid(np.zeros(shape, np.uint8))


@pytest.mark.parametrize("channels, mode", [(1, "L"), (2, "LA"), (3, "RGB"), (4, "RGBA"), (7, "L")])
def test_encode_keeps_pixels(rng, channels, mode):
    image = rng.integers(0, 256, (6, 5, channels), dtype=np.uint8)
    back = Image.open(io.BytesIO(grids.encode(image)))
    assert back.mode == mode
    pixels = np.asarray(back).reshape(6, 5, -1)
    assert np.array_equal(pixels, image[..., : pixels.shape[-1]])


def test_encode_other_formats():
    assert Image.open(io.BytesIO(grids.encode(np.zeros((4, 4, 4), np.uint8), "JPEG"))).mode == "RGB"
    with pytest.raises(ValueError, match="format='XYZ'"):
        grids.encode(np.zeros((4, 4, 3), np.uint8), "XYZ")
