"""Distances of pairs: hand-worked numbers, and what makes no sense is said."""

import numpy as np
import pytest

from keras_gans.metrics import l1_distance, perceptual_distance, psnr, ssim


def flat(*values, side=12):
    return np.stack([np.full((side, side, 3), value, "uint8") for value in values])


def test_l1_is_on_the_scale_of_the_models_logs():
    assert l1_distance(flat(0, 100), flat(255, 151)).tolist() == [2.0, 0.4]
    assert l1_distance(flat(200), flat(100)).tolist() == l1_distance(flat(100), flat(200)).tolist()  # no wrapping round


def test_psnr_by_hand():
    assert psnr(flat(10, 100), flat(0, 200)) == pytest.approx([10 * np.log10(255**2 / 100), 8.1308], abs=1e-4)
    with pytest.raises(ValueError, match="infinite.*Received: 1 of 2"):
        psnr(flat(10, 100), flat(10, 200))


def ssim_of_the_paper(x, y):
    """Wang et al. 2004, Eq. 12 and 13, the window written out."""
    offsets = np.arange(11) - 5
    window = np.exp(-(offsets[:, None] ** 2 + offsets**2) / (2 * 1.5**2))
    window /= window.sum()

    def mean(image):
        patches = np.lib.stride_tricks.sliding_window_view(image, (11, 11), axis=(0, 1))
        return (patches * window).sum(axis=(-2, -1))

    x, y = x.astype(float), y.astype(float)
    mx, my = mean(x), mean(y)
    vx, vy, covariance = mean(x * x) - mx**2, mean(y * y) - my**2, mean(x * y) - mx * my
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    return ((2 * mx * my + c1) * (2 * covariance + c2) / ((mx**2 + my**2 + c1) * (vx + vy + c2))).mean()


def test_ssim_is_the_papers(rng):
    x, y = rng.integers(0, 256, (2, 3, 40, 32, 3), dtype=np.uint8)
    y = ((x.astype(int) + y) // 2).astype("uint8")
    assert ssim(x, y) == pytest.approx([ssim_of_the_paper(*pair) for pair in zip(x, y)], abs=1e-5)
    assert ssim(x, x) == pytest.approx(np.ones(3))
    # two flat images: (2ab + c1) / (a² + b² + c1)
    assert ssim(flat(100), flat(50)) == pytest.approx([(2 * 5000 + 6.5025) / (12500 + 6.5025)], abs=1e-4)


def test_ssim_falls_with_noise(rng):
    x = rng.integers(60, 196, (1, 32, 32, 3)).astype("uint8")
    noisy = [np.clip(x + rng.normal(0, level, x.shape), 0, 255).astype("uint8") for level in (2, 20, 60)]
    scores = [ssim(x, y)[0] for y in noisy]
    assert 1 > scores[0] > scores[1] > scores[2]


def test_perceptual_distance_is_squared_euclid_of_each_row():
    assert perceptual_distance(np.eye(3, dtype="float32"), np.roll(np.eye(3), 1, axis=0)).tolist() == [2.0, 2.0, 2.0]


def test_no_result_depends_on_blocks(rng, monkeypatch):
    x, y = rng.integers(0, 256, (2, 5, 16, 16, 1), dtype=np.uint8)
    before = [function(x, y).tolist() for function in (l1_distance, psnr, ssim)]
    monkeypatch.setattr("keras_gans.metrics.checks.row_blocks.__defaults__", (1,))
    assert [function(x, y) for function in (l1_distance, psnr, ssim)] == [pytest.approx(b, abs=1e-6) for b in before]


@pytest.mark.parametrize("function", [l1_distance, psnr, ssim])
def test_bad_images(function):
    with pytest.raises(ValueError, match="one shape"):
        function(flat(1, 2), flat(1))
    with pytest.raises(ValueError, match="floats in"):
        function(flat(1) / 255.0, flat(1))
    with pytest.raises(ValueError, match="channels"):
        function(flat(1)[..., :2], flat(1)[..., :2])


def test_more_bad_input():
    with pytest.raises(ValueError, match="at least 11 pixels"):
        ssim(flat(1, side=8), flat(2, side=8))
    with pytest.raises(ValueError, match="its truth"):
        perceptual_distance(np.zeros((2, 3)), np.zeros((3, 3)))
    with pytest.raises(ValueError, match="same dimensions"):
        perceptual_distance(np.zeros((2, 3)), np.zeros((2, 4)))
    with pytest.raises(ValueError, match="NaN"):
        perceptual_distance(np.full((2, 3), np.nan), np.zeros((2, 3)))
