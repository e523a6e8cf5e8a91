"""Sliced Wasserstein distance: draw for draw the original, with exact sorts replaced and nothing else."""

import numpy as np
import pytest
from scipy import ndimage

from keras_gans.metrics import wasserstein
from keras_gans.metrics.wasserstein import level_resolutions, sliced_wasserstein
from tests.reference import metrics as reference


def images(n, seed, size=32, blur=1.5):
    random = np.random.default_rng(seed)
    x = ndimage.gaussian_filter(random.normal(size=(n, size, size, 3)), (0, blur, blur, 0)) * 200 * blur + 128
    return x.clip(0, 255).astype("uint8")


REAL, FAKE = images(40, 0), images(40, 1, blur=2.0) // 2 + 60
SMALL = dict(patches_per_image=16, num_repeats=2, directions_per_repeat=24)


def assert_close(found, expected, rtol=1e-3):
    assert list(found) == list(expected)
    for key in expected:
        assert found[key] == pytest.approx(expected[key], rel=rtol)


@pytest.mark.parametrize("seed", [0, 1])
def test_it_is_the_original_draw_for_draw(seed):
    assert_close(sliced_wasserstein(REAL, FAKE, **SMALL, seed=seed),
                 reference.sliced_wasserstein(REAL, FAKE, 16, 2, 24, seed))  # fmt: skip


def test_flat_backgrounds_keep_the_accuracy():
    """Most patches are one and the same: the quantiser may not shift that atom."""
    real, fake = (np.where(x > 150, x, 255).astype("uint8") for x in (REAL, FAKE))
    assert_close(sliced_wasserstein(real, fake, **SMALL), reference.sliced_wasserstein(real, fake, 16, 2, 24, 0))


@pytest.mark.parametrize("patches", [50, 10])  # three images at a time; one, and more patches than asked for
def test_small_memory_gives_the_same_number(monkeypatch, patches):
    expected = sliced_wasserstein(REAL, FAKE, **SMALL)
    small = {"DIRECTIONS": 20, "COUNTED": 7, "PATCHES": patches, "COLUMNS": 9, "IMAGE_BYTES": 2 * 32 * 32 * 3 * 4}
    for name, value in small.items():  # images two by two, blocks that do not divide what they split
        monkeypatch.setattr(wasserstein, name, value)
    assert_close(sliced_wasserstein(REAL, FAKE, **SMALL), expected, rtol=1e-4)  # edges of steps are rounded by 1/64


def test_a_place_that_is_drawn_often_counts_as_often():
    """300 draws of 100 places: nearly every patch of 16x16 images is drawn several times."""
    settings = dict(patches_per_image=300, num_repeats=1, directions_per_repeat=70)
    real, fake = REAL[:6, :16, :16], FAKE[:6, :16, :16]
    assert_close(sliced_wasserstein(real, fake, **settings), reference.sliced_wasserstein(real, fake, 300, 1, 70, 0))


def test_one_level_in_a_thousand_flat_images():
    """Nearly all patches are flat: the edges of the steps may not lie where these do."""
    real, fake = np.full((2, 1000, 16, 16, 3), 10, "uint8")
    real[500, 8, 8], fake[333, 7, 8] = 11, 11
    assert_close(sliced_wasserstein(real, fake, 16), reference.sliced_wasserstein(real, fake, 16, 4, 128, 0))


def test_one_bright_pixel_among_thousands_of_dark_ones():
    """A projection of hundreds of deviations stays inside the quantiser."""
    real, fake = np.full((2, 64, 64, 64, 3), 10, "uint8")
    real[0, 30, 30], fake[1, 31, 32] = 255, 240
    assert_close(sliced_wasserstein(real, fake, **SMALL), reference.sliced_wasserstein(real, fake, 16, 2, 24, 0), 2e-3)


@pytest.mark.parametrize("size", [16, 32])
def test_bright_images_keep_the_accuracy_of_dark_ones(size):
    """Their squares are large: about zero, float32 sums of them lost a variance of a millionth."""
    dark = np.zeros((2, 40, size, size, 3), "uint8")
    dark[0, 3, 8, 8], dark[1, 5, 7, 8] = 1, 1
    assert_close(sliced_wasserstein(*(dark + 200), **SMALL), sliced_wasserstein(*dark, **SMALL), 1e-3)
    flickering = np.random.default_rng(6).integers(254, 256, (2, 200, size, size, 3), "uint8")
    assert_close(sliced_wasserstein(*flickering, 16, 1, 8), reference.sliced_wasserstein(*flickering, 16, 1, 8, 0))


def test_billions_of_patches_are_counted_one_by_one(monkeypatch):
    """float32 forgets ones beyond 2^24, and each that is missing shifts the whole rest of a cumulative count."""
    monkeypatch.setattr(wasserstein, "PATCHES", 32)  # two images at a time
    expected, count = sliced_wasserstein(REAL, FAKE, **SMALL), wasserstein._weighted_counts
    monkeypatch.setattr(wasserstein, "_weighted_counts", lambda *args: count(*args) * np.float64(100_000_001))
    found = {key: score / 100_000_001 for key, score in sliced_wasserstein(REAL, FAKE, **SMALL).items()}
    assert_close(found, expected, rtol=1e-9)


def test_a_set_and_itself_differ_by_sampling_only_and_less_than_two_sets():
    same = sliced_wasserstein(REAL, REAL, **SMALL)["average"]
    noise = np.random.default_rng(0).integers(0, 256, REAL.shape).astype("uint8")
    assert 0 < same < 0.8 * sliced_wasserstein(REAL, noise, **SMALL)["average"]


def test_colour_balance_and_contrast_of_a_set_are_not_seen():
    shifted = (REAL // 2 + np.array([0, 40, 100], "uint8")).astype("uint8")
    assert sliced_wasserstein(REAL, shifted, **SMALL)["average"] == pytest.approx(
        sliced_wasserstein(REAL, REAL, **SMALL)["average"], rel=0.02
    )


def test_grey_is_taken_for_rgb_and_keys_are_heights():
    grey = REAL[..., :1], FAKE[..., :1]
    tiled = [np.repeat(x, 3, axis=3) for x in grey]
    assert sliced_wasserstein(*grey, **SMALL) == sliced_wasserstein(*tiled, **SMALL)
    assert level_resolutions(128, 128) == [128, 64, 32, 16]
    assert level_resolutions(28, 28) == [28]
    assert level_resolutions(64, 32) == [64, 32]


@pytest.mark.parametrize(
    ("real", "fake", "message"),
    [
        (REAL, FAKE[:20], "equally many"),
        (REAL, FAKE[:, :16], "equally many"),
        (REAL[:, :8, :8], FAKE[:, :8, :8], "at least 16"),
        (np.pad(REAL, ((0, 0), (0, 4), (0, 5), (0, 0))), np.pad(FAKE, ((0, 0), (0, 4), (0, 5), (0, 0))), "divisible"),
        (REAL, np.full_like(REAL, 7), "do not vary"),
        (REAL[:, :16, :16], np.full((40, 16, 16, 3), 200.3), "do not vary"),
        (REAL, np.ones_like(REAL) * np.random.default_rng(0).uniform(0, 255, (40, 1, 1, 3)), "do not vary"),
        (REAL, np.where(REAL > 150, 1e-39, 0.0), "do not vary|multiply"),
        (REAL, FAKE / 255.0, "multiply"),
        (REAL, FAKE * 2.0, "0..255"),
        (REAL[..., :2], FAKE[..., :2], "channels"),
    ],
)
def test_bad_input_is_a_clear_error(real, fake, message):
    with pytest.raises(ValueError, match=message):
        sliced_wasserstein(real, fake)


@pytest.mark.parametrize("name", ["patches_per_image", "num_repeats", "directions_per_repeat", "patch_size"])
def test_bad_counts_are_clear_errors(name):
    with pytest.raises(ValueError, match=name):
        sliced_wasserstein(REAL, FAKE, **{name: 0})


def test_the_order_in_memory_does_not_matter():
    """Channels-first arrays, transposed, are views whose copies numpy lays out as it found them."""
    real, fake = np.random.default_rng(5).integers(0, 256, (2, 6, 32, 48, 3), "uint8")
    views = [np.ascontiguousarray(images.transpose(0, 3, 2, 1)).transpose(0, 3, 2, 1) for images in (real, fake)]
    expected = sliced_wasserstein(real, fake, patches_per_image=8, num_repeats=1)
    assert sliced_wasserstein(*views, patches_per_image=8, num_repeats=1) == expected


def test_draws_have_a_seed():
    images = np.random.default_rng(0).integers(0, 256, (2, 16, 16, 3), "uint8")
    for seed in (None, 1.5):
        with pytest.raises(ValueError, match=f"Received: seed={seed}"):
            sliced_wasserstein(images, images, seed=seed)
