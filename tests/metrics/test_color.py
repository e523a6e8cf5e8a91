"""Lab histograms: known colours, known overlaps."""

import numpy as np
import pytest

from keras_gans.metrics.color import histogram_intersection, lab_histogram_intersection, lab_histograms, rgb_to_lab


def flat(*rgb):
    return np.zeros((2, 4, 4, 3), "uint8") + np.array(rgb, "uint8")


@pytest.mark.parametrize(
    ("rgb", "lab"),  # published values under D65
    [((255, 0, 0), (53.24, 80.09, 67.20)), ((0, 255, 0), (87.73, -86.18, 83.18)),
     ((0, 0, 255), (32.30, 79.19, -107.86)), ((0, 0, 0), (0, 0, 0)), ((119, 119, 119), (50.03, 0, 0))],
)  # fmt: skip
def test_known_colours(rgb, lab):
    np.testing.assert_allclose(rgb_to_lab(np.array(rgb)), lab, atol=0.02)


def test_half_of_the_pixels_overlap_by_half():
    real = np.concatenate([flat(255, 0, 0), flat(0, 0, 255)])
    assert lab_histogram_intersection(real, flat(255, 0, 0)) == pytest.approx((0.5, 0.5, 0.5))
    assert lab_histogram_intersection(flat(255, 0, 0), flat(0, 255, 0)) == (0.0, 0.0, 0.0)


def test_number_and_size_may_differ_and_bins_can_be_coarse():
    random = np.random.default_rng(0)
    a, b = (
        random.integers(0, 256, (3, 64, 64, 3)).astype("uint8"),
        random.integers(0, 256, (5, 48, 32, 3)).astype("uint8"),
    )
    fine, coarse = lab_histogram_intersection(a, b), lab_histogram_intersection(a, b, num_bins=8)
    assert all(0.9 < x < y <= 1 for x, y in zip(fine, coarse))


def test_bad_input_is_a_clear_error():
    with pytest.raises(ValueError, match="3 channels"):
        lab_histogram_intersection(flat(1, 2, 3), np.zeros((1, 4, 4, 1), "uint8"))
    with pytest.raises(ValueError, match="num_bins"):
        lab_histogram_intersection(flat(1, 2, 3), flat(1, 2, 3), num_bins=0)


def test_histograms_are_shares_and_can_be_kept():
    random = np.random.default_rng(0)
    a, b = random.integers(0, 256, (2, 3, 16, 16, 3), "uint8")
    assert lab_histograms(a).shape == (3, 256) and lab_histograms(a).sum(axis=1) == pytest.approx([1, 1, 1])
    assert histogram_intersection(lab_histograms(a), lab_histograms(b)) == lab_histogram_intersection(a, b)
    assert lab_histograms(flat(255, 255, 255))[:, [255, 128]].tolist() == [[1, 0], [0, 1], [0, 1]]
