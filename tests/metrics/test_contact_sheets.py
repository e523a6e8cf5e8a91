"""Contact sheets show the right neighbours in the right places."""

import numpy as np
import pytest

from keras_gans.metrics.contact_sheets import contact_sheet, neighbor_sheets, pixel_rows

IMAGES = np.random.default_rng(0).integers(0, 256, (12, 16, 24, 3)).astype("uint8")


def test_a_copy_stands_beside_its_original():
    fake = np.ascontiguousarray(IMAGES[[7, 2]])
    sheet = neighbor_sheets(fake, IMAGES, num_rows=2, k=2)["pixels_fake_to_real"]
    assert sheet.shape == (34, 24 * 3 + 8, 3) and sheet.dtype == np.uint8
    for row, original in enumerate((7, 2)):
        band = sheet[row * 18 : row * 18 + 16]
        np.testing.assert_array_equal(band[:, :24], IMAGES[original])
        np.testing.assert_array_equal(band[:, 32:56], IMAGES[original])
    assert (sheet[16:18] == 255).all() and (sheet[:, 24:32] == 255).all()


def test_feature_space_has_its_own_neighbours():
    features = np.arange(12.0)[:, None]
    sheets = neighbor_sheets(IMAGES[:3], IMAGES, features[:3] + 4.1, features, num_rows=1, k=1)
    np.testing.assert_array_equal(sheets["features_fake_to_real"][:, 32:], IMAGES[4])
    np.testing.assert_array_equal(sheets["features_real_to_fake"][:, 32:], IMAGES[0])


def test_indices_choose_the_images():
    sheet = contact_sheet(IMAGES[:1], IMAGES, np.array([[3, 5]]), gap=0)
    np.testing.assert_array_equal(sheet, np.concatenate([IMAGES[0], IMAGES[3], IMAGES[5]], axis=1))


def test_large_images_are_compared_small():
    assert pixel_rows(np.zeros((2, 200, 100, 1), "uint8")).shape == (2, 50 * 25)
    np.testing.assert_array_equal(pixel_rows(IMAGES), IMAGES.reshape(12, -1))


def test_bad_input_is_a_clear_error():
    with pytest.raises(ValueError, match="one height"):
        neighbor_sheets(IMAGES[:, :8], IMAGES)
    with pytest.raises(ValueError, match="one feature vector"):
        neighbor_sheets(IMAGES, IMAGES, np.ones((3, 2)), np.ones((12, 2)))
    with pytest.raises(ValueError, match="num_rows"):
        neighbor_sheets(IMAGES, IMAGES, num_rows=0)


def test_features_of_one_side_only():
    images = np.zeros((2, 16, 16, 3), "uint8")
    for one in ("fake_features", "real_features"):
        with pytest.raises(ValueError, match="those of one"):
            neighbor_sheets(images, images, **{one: np.zeros((2, 3))})
