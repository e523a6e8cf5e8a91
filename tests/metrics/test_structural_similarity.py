"""MS-SSIM: the original's numbers to 1e-6, over sizes where the window shrinks and where tiles are many."""

import numpy as np
import pytest
from scipy import ndimage

from keras_gans.metrics.structural_similarity import ms_ssim
from tests.reference import metrics as reference


def images(n, height, width, channels, seed=0):
    random = np.random.default_rng(seed)
    x = ndimage.gaussian_filter(random.normal(size=(n, height, width, channels)), (0, 2, 2, 0)) * 300 + 128
    return np.clip(x + 20 * x[:1], 0, 255).astype("uint8") if n > 2 else x.clip(0, 255).astype("uint8")


@pytest.mark.parametrize(("height", "width", "channels", "n"), [(16, 16, 3, 6), (64, 48, 1, 4), (128, 160, 3, 2)])
def test_it_is_the_definition(height, width, channels, n):
    x = images(n, height, width, channels)
    assert ms_ssim(x) == pytest.approx(reference.ms_ssim(x), abs=1e-6)


def test_pairs_are_consecutive_and_their_order_does_not_matter():
    x = images(8, 32, 32, 3)
    pairs = [ms_ssim(x[i : i + 2]) for i in range(0, 8, 2)]
    assert ms_ssim(x) == pytest.approx(np.mean(pairs), rel=1e-12)
    assert ms_ssim(x.reshape(4, 2, 32, 32, 3)[:, ::-1].reshape(x.shape)) == pytest.approx(ms_ssim(x), rel=1e-12)


def test_equal_images_score_one_and_opposite_ones_nothing_below_zero():
    x = images(1, 32, 32, 3)
    assert ms_ssim(np.concatenate([x, x])) == pytest.approx(1.0, abs=1e-12)
    assert 0.0 <= ms_ssim(np.concatenate([x, 255 - x])) < 0.2


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (images(1, 32, 32, 3), "at least 2"),
        (images(3, 32, 32, 3), "even"),
        (images(2, 28, 28, 1), "divisible by 16"),
        (images(2, 32, 32, 2), "channels"),
        (images(2, 32, 32, 3) / 255.0, "multiply"),
        (images(2, 32, 32, 3)[0], "shape"),
    ],
)
def test_bad_input_is_a_clear_error(x, message):
    with pytest.raises(ValueError, match=message):
        ms_ssim(x)
