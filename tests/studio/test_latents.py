import types

import numpy as np
import pytest

from keras_gans.studio import latents


def linear_model(weights, size=4):
    """x(z) = z W, in pixels: its Jacobian is W everywhere."""

    class Linear:
        image_shape, latent_dim, latent_distribution, num_classes = (size, size, 1), len(weights), "normal", 0

        def sample_latents(self, n, seed):
            return np.random.default_rng(seed).standard_normal([n, len(weights)])

        def generate_from(self, z, labels=None, dtype="uint8"):
            return (z @ weights).reshape(len(z), size, size, 1)

    return Linear()


def test_visible_directions_are_those_of_a_linear_generator():
    u = np.linalg.qr(np.random.default_rng(0).standard_normal([6, 6]))[0]
    v = np.linalg.qr(np.random.default_rng(1).standard_normal([16, 16]))[0][:6]
    model = linear_model(u @ np.diag([10, 6, 3, 1, 0.5, 0.1]) @ v)
    found = latents.visible_directions(model, 3, samples=20_000)
    np.testing.assert_allclose(found @ found.T, np.eye(3), atol=1e-5)
    np.testing.assert_allclose(np.abs((found @ u[:, :3]).diagonal()), 1, atol=0.02)
    assert ((found @ u @ np.diag([10, 6, 3, 1, 0.5, 0.1]) @ v).sum(1) > 0).all()  # along each the picture gets lighter


def test_pictures_are_reduced_to_means_of_blocks():
    images = np.random.default_rng(0).standard_normal([2, 32, 48, 3])
    expected = images.reshape(2, 16, 2, 16, 3, 3).mean((2, 4))
    np.testing.assert_allclose(latents._reduced(images), expected)
    assert latents._reduced(np.ones([1, 20, 5, 1])).shape == (1, 16, 5, 1)
    np.testing.assert_allclose(latents._reduced(np.ones([1, 20, 5, 1])), 1)


def test_directions_of_models(dcgan, conditional):
    assert latents.visible_directions(dcgan, 8, samples=40).shape == (5, 5)
    assert latents.visible_directions(conditional, 2, samples=8).shape == (2, 3)
    assert latents.spread(dcgan) == 1 and latents.spread(conditional) == pytest.approx(np.sqrt(1 / 3))
    assert latents.spread(types.SimpleNamespace(latent_distribution="normal")) == 1


def test_slerp_keeps_lengths_between_and_meets_its_ends():
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal(50), 3 * rng.standard_normal(50)
    path = latents.slerp(a, b, np.linspace(0, 1, 5))
    np.testing.assert_allclose(path[[0, -1]], [a, b], rtol=1e-5)
    lengths = np.linalg.norm(path, axis=1)
    np.testing.assert_allclose(lengths, np.linspace(lengths[0], lengths[-1], 5), rtol=1e-5)
    for other in (2 * a, -a, 0 * a):  # no arc is defined
        path = latents.slerp(a, other, [0, 0.5, 1])
        assert np.isfinite(path).all()
        np.testing.assert_allclose(path[[0, -1]], [a, other], rtol=1e-5, atol=1e-6)


def test_walks_pass_through_all_latents():
    stops = np.random.default_rng(0).standard_normal([3, 7]).astype("float32")
    for spherical in (True, False):
        path = latents.walk(stops, 5, spherical=spherical)
        assert path.shape == (11, 7)
        np.testing.assert_allclose(path[::5], stops, rtol=1e-5)
        closed = latents.walk(stops, 5, loop=True, spherical=spherical)
        assert closed.shape == (15, 7)
        np.testing.assert_allclose(closed[::5], stops, rtol=1e-5)
    np.testing.assert_allclose(path[2], 0.6 * stops[0] + 0.4 * stops[1], rtol=1e-5)
    with pytest.raises(ValueError, match="at least two samples. Received: 1"):
        latents.walk(stops[:1], 5)


def test_arithmetic_by_hand():
    a, b, c = [[2.0, 0], [4, 0]], [[1.0, 1]], [[0.0, 5]]
    np.testing.assert_array_equal(latents.arithmetic(a, b, c), [2, 4])
    np.testing.assert_array_equal(latents.arithmetic(a, [], []), [3, 0])
    for bad in (([], b, c), (a, b, []), (a, [], c)):
        with pytest.raises(ValueError, match="at least one sample"):
            latents.arithmetic(*bad)


def test_moving_is_in_standard_deviations():
    directions = np.eye(3)[:2]
    np.testing.assert_array_equal(latents.moved([1, 1, 1], directions, [2, -1], 0.5), [2, 0.5, 1])
    np.testing.assert_array_equal(latents.moved([1, 1, 1], directions, []), [1, 1, 1])


def test_neighbours_are_near_and_repeatable():
    around = latents.neighbours(np.zeros(30))
    assert around.shape == (9, 30) and (around[4] == 0).all() and 0.1 < np.abs(around[:4]).max() <= 0.25
    assert np.array_equal(around, latents.neighbours(np.zeros(30))) and len(np.unique(around, axis=0)) == 9


def test_numbers():
    assert latents.numbers(" 3,1 2", 4) == [3, 1, 2] and latents.numbers("", 4) == latents.numbers(None, 4) == []
    for bad in ("4", "-1", "1.5", "a", "²", "9" * 5000, "0x1"):
        with pytest.raises(ValueError, match="from 0 to 3"):
            latents.numbers(bad, 4)
    with pytest.raises(ValueError, match="At most 64"):
        latents.numbers("1 " * 65, 4)
