"""LPIPS: the formula by hand, the input's normalisation, the two resizings."""

import numpy as np
import pytest

from keras_gans.metrics.lpips import LPIPS, lpips_input

RANDOM = np.random.default_rng(0)
A, B = RANDOM.integers(0, 256, (2, 3, 8, 8, 3)).astype("uint8")


def test_it_is_the_formula():
    weights = [RANDOM.uniform(size=3), RANDOM.uniform(size=2)]

    def features(x):
        return [x, x[:, ::2, ::2, :2] ** 2]

    expected = np.zeros(3)
    for fa, fb, w in zip(features(lpips_input(A)), features(lpips_input(B)), weights):
        fa, fb = (f / (np.linalg.norm(f, axis=-1, keepdims=True) + 1e-10) for f in (fa, fb))
        expected += ((fa - fb) ** 2 * w).sum(-1).mean((1, 2))
    np.testing.assert_allclose(LPIPS(features, weights, resize=None)(A, B), expected, rtol=1e-6)


def test_input_is_scaled_by_the_published_constants():
    x = lpips_input(np.array([0, 127.5, 255], "float32")[:, None, None, None] * np.ones((1, 1, 1, 3), "float32"))
    np.testing.assert_allclose(x[:, 0, 0, 0], [(-1 + 0.03) / 0.458, 0.03 / 0.458, (1 + 0.03) / 0.458], rtol=1e-6)


def test_large_images_are_averaged_in_blocks_and_small_ones_interpolated():
    x = lpips_input(A)
    np.testing.assert_allclose(lpips_input(A, 4), x.reshape(3, 4, 2, 4, 2, 3).mean((2, 4)), atol=1e-5)
    ramp = np.tile(np.arange(4, dtype="float32")[None, :, None, None], (1, 1, 4, 3))
    up = lpips_input(ramp, 8)[0, :, 0, 0] * 0.458 - 0.03
    np.testing.assert_allclose((up + 1) * 127.5, [0, 0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3], atol=1e-4)
    uneven = lpips_input(A, 3)  # blocks overlap: [0, 3), [2, 6), [5, 8)
    np.testing.assert_allclose(uneven[:, 1, 1], x[:, 2:6, 2:6].mean((1, 2)), atol=1e-5)


def test_bad_input_is_a_clear_error():
    distance = LPIPS(lambda x: [x], [np.ones(3)])
    with pytest.raises(ValueError, match="one shape"):
        distance(A, B[:2])
    with pytest.raises(ValueError, match="3 channels"):
        distance(A[..., :1], B[..., :1])
    with pytest.raises(ValueError, match="negative"):
        LPIPS(lambda x: [x], [-np.ones(3)])
    with pytest.raises(ValueError, match="2 layers"):
        LPIPS(lambda x: [x], [np.ones(3)] * 2)(A, B)
    with pytest.raises(ValueError, match="4 channels"):
        LPIPS(lambda x: [x], [np.ones(4)])(A, B)


def test_what_is_no_distance():
    for features, weights in ((5, [np.ones(3)]), (list, 5), (list, [np.full(3, np.nan)])):
        with pytest.raises(ValueError, match="must be"):
            LPIPS(features, weights)
