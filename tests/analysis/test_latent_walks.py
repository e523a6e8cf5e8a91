import numpy as np
import pytest
import scipy.ndimage

from keras_gans.analysis import latent_walk


def test_the_numbers_of_the_official_code():
    # generate_interpolation_video, spelled out: 30 frames a second, 0.5 s of smoothing, a grid of 2 x 1
    expected = np.random.RandomState(1000).randn(60, 2, 16).astype(np.float32)
    expected = scipy.ndimage.gaussian_filter(expected, [0.5 * 30, 0, 0], mode="wrap")
    expected /= np.sqrt(np.mean(np.square(expected)))
    np.testing.assert_array_equal(latent_walk(60, 2, 16, sigma=15.0), expected)


def test_it_is_smooth_closed_and_normal():
    walk = latent_walk(200, 3, 64, sigma=10.0, seed=5)
    assert walk.shape == (200, 3, 64) and walk.dtype == np.float32
    steps = np.linalg.norm(np.roll(walk, -1, axis=0) - walk, axis=(1, 2))
    assert steps.max() < 2 * steps.min()  # from the last to the first as from any other
    assert steps.max() < 0.15 * np.linalg.norm(walk[0] - walk[100])
    assert np.mean(walk**2) == pytest.approx(1.0, rel=1e-5)


def test_more_smoothing_is_slower():
    def step(sigma):
        walk = latent_walk(400, 1, 32, sigma)
        return np.abs(walk[1:] - walk[:-1]).mean()

    # of noise smoothed by a Gaussian, a step is sqrt(2 (1 - exp(-1 / (4 σ²)))) standard deviations, about 1 / (√2 σ)
    assert step(20.0) == pytest.approx(step(10.0) / 2, rel=0.15)
    assert np.abs(np.diff(latent_walk(400, 1, 32, 10.0), axis=0)).std() < 0.1 < latent_walk(400, 1, 32, 0).std()


def test_uniform_latents():
    walk = latent_walk(500, 2, 100, sigma=3.0, distribution="uniform")
    assert walk.min() > -1 and walk.max() < 1 and walk.dtype == np.float32
    shares = np.histogram(walk, bins=4, range=(-1, 1))[0] / walk.size
    np.testing.assert_allclose(shares, 0.25, atol=0.02)


@pytest.mark.parametrize(
    "arguments, received",
    [
        ((0, 1, 4, 1.0), "frames=0"),
        ((2.5, 1, 4, 1.0), "frames=2.5"),
        ((2, True, 4, 1.0), "count=True"),
        ((2, 1, 4, -1.0), "sigma=-1.0"),
        ((2, 1, 4, float("nan")), "sigma=nan"),
        ((10**6, 100, 512, 1.0), "1,000,000 frames of 100 latents of 512"),
        ((2, 1, 4, 1.0, 0, "cauchy"), "distribution='cauchy'"),
    ],
)
def test_bad_arguments(arguments, received):
    with pytest.raises(ValueError, match=f"Expected.*Received: .*{received}"):
        latent_walk(*arguments)
