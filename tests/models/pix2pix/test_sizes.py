import numpy as np
import pytest

from keras_gans.models.pix2pix.sizes import padded, split_images


def test_what_is_given_comes_back():
    for shape, channels, count, back in (
        ((3, 8, 8, 3), 3, 3, (3, 8, 8, 3)),
        ((8, 8, 3), 3, 1, (8, 8, 3)),
        ((8, 9), 1, 1, (8, 9, 1)),
        ((2, 8, 9), 1, 2, (2, 8, 9, 1)),
        ((8, 9, 1), 1, 1, (8, 9, 1)),
    ):
        listed, rebuild = split_images(np.zeros(shape, "uint8"), channels)
        assert len(listed) == count and all(image.ndim == 3 for image in listed)
        assert rebuild(listed).shape == back
    listed, rebuild = split_images([np.zeros([4, 4]), np.zeros([8, 4, 1])], 1)
    assert [image.shape for image in rebuild(listed)] == [(4, 4, 1), (8, 4, 1)]


def test_padding_is_a_reflection_and_is_cut_off():
    image = np.arange(6.0).reshape(2, 3, 1)
    with padded(image, 4, pad=True) as (whole, cut):
        assert whole[:, :, 0].tolist() == [[0, 1, 2, 2], [3, 4, 5, 5], [3, 4, 5, 5], [0, 1, 2, 2]]
        np.testing.assert_array_equal(cut(whole), image)


def test_bad_images():
    for images, message in (
        (np.zeros([8, 8, 4]), r"image 0 must be of shape \[H, W, 3\]. Received: shape \[8, 8, 4\]"),
        (np.zeros([0, 8, 8, 3]), "at least one image"),
        (np.zeros([8]), r"array \[N, H, W, 3\]"),
        (np.full([1, 8, 8, 3], 9.0), r"must be in \[-1, 1\]"),
        (np.full([1, 8, 8, 3], np.nan), "must be finite"),
        (np.zeros([1, 8, 8, 3], "int32"), "must be uint8, uint16 or float"),
        ([np.zeros([8, 8, 3]), np.zeros([8, 8])], r"image 1 must be of shape"),
    ):
        with pytest.raises(ValueError, match=message):
            split_images(images, 3)
    with pytest.raises(
        ValueError, match="multiples of 4; pad=True continues it to 8 x 4 and .* Received: 5 x 4 pixels"
    ):
        with padded(np.zeros([4, 5, 3]), 4, pad=False):
            pass
