"""Path length: draws, interpolations and percentiles as torch-fidelity has them; a linear generator has known ones."""

import numpy as np
import pytest

from keras_gans.metrics.path_length import lerp, perceptual_path_length, slerp_any, slerp_sphere, slerp_unit

RANDOM = np.random.default_rng(0)


def linear(latents, labels):
    return (128 + 4 * latents[:, None, None, :3]).clip(0, 255) + np.zeros((1, 2, 2, 1), "float32")


def squared(first, second):
    return ((first.astype("float64") - second) ** 2).mean(axis=(1, 2, 3))


def test_a_linear_generator_by_hand():
    """lerp moves by ε (z₁ - z₀), so that d / ε² = 16 mean |z₁ - z₀|²."""
    found = perceptual_path_length(linear, squared, 3, num_samples=50, epsilon=0.1, percentiles=None, seed=3)
    random = np.random.RandomState(3)
    z0, z1 = (random.randn(50, 3).astype("float32") for _ in range(2))
    expected = 16 * ((z1 - z0) ** 2).mean(axis=1)
    assert found == pytest.approx((expected.mean(), expected.std()), rel=1e-3)


def test_percentiles_are_samples_and_are_kept():
    values = iter([np.arange(101.0)])
    found = perceptual_path_length(
        linear, lambda a, b: next(values), 3, num_samples=101, epsilon=0.5, percentiles=(10, 80), batch_size=101
    )
    assert found.mean == pytest.approx(45.0 / 0.25)


@pytest.mark.parametrize("sampling", ["end", "full"])
@pytest.mark.parametrize("interpolation", ["lerp", "slerp_any", "slerp_unit", "slerp_sphere"])
def test_batches_do_not_matter_and_seeds_do(sampling, interpolation):
    def score(**more):
        arguments = dict(latent_dim=5, num_samples=30, epsilon=0.05, sampling=sampling, interpolation=interpolation)
        return perceptual_path_length(linear, squared, **{**arguments, **more})

    assert score(batch_size=7) == pytest.approx(score(batch_size=30), rel=1e-6)
    assert score(seed=1) != score(seed=2)


def test_both_ends_of_a_path_get_one_label():
    seen = []

    def generator(latents, labels):
        seen.append(labels)
        return linear(latents, labels)

    perceptual_path_length(generator, squared, 3, num_samples=10, epsilon=0.1, num_classes=4, batch_size=6)
    assert [len(labels) for labels in seen] == [12, 8]
    for labels in seen:
        np.testing.assert_array_equal(labels[: len(labels) // 2], labels[len(labels) // 2 :])
    assert set(np.concatenate(seen)) <= set(range(4))


def test_slerp_stays_on_the_sphere_and_falls_back_on_lines():
    a, b = RANDOM.normal(size=(2, 10, 4))
    a, b = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in (a, b))
    half = slerp_any(a, b, 0.3)
    np.testing.assert_allclose(np.linalg.norm(half, axis=1), 1.0, rtol=1e-12)
    angle = np.arccos((a * b).sum(1))
    np.testing.assert_allclose(np.arccos((a * half).sum(1)), 0.3 * angle, rtol=1e-9)
    np.testing.assert_allclose(slerp_any(a, 2 * a, 0.5), lerp(a, 2 * a, 0.5))
    np.testing.assert_allclose(slerp_any(np.zeros((1, 4)), b[:1], 0.5), b[:1] / 2)
    np.testing.assert_allclose(np.linalg.norm(slerp_unit(3 * a, b, 0.5), axis=1), 1.0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (dict(interpolation="cubic"), "interpolation"),
        (dict(sampling="middle"), "sampling"),
        (dict(epsilon=0.0), "epsilon"),
        (dict(percentiles=(99, 1)), "percentiles"),
        (dict(num_samples=0), "num_samples"),
        (dict(generator=lambda z, y: np.zeros((3, 2, 2, 3), "uint8")), "for each of 20 latents"),
        (dict(generator=lambda z, y: np.zeros((len(z), 2, 2, 3)) - 1), "0..255"),
        (dict(distance=lambda a, b: np.full(len(a), np.nan)), "finite"),
    ],
)
def test_bad_input_is_a_clear_error(arguments, message):
    with pytest.raises(ValueError, match=message):
        perceptual_path_length(
            **{**dict(generator=linear, distance=squared, latent_dim=3, num_samples=10, epsilon=0.1), **arguments}
        )


def test_the_sphere_of_stylegan():
    """NVlabs/stylegan: a, b of unit length; c ⟂ a in their plane; a cos(tΩ) + c sin(tΩ)."""
    a, b = RANDOM.normal(size=(2, 10, 4))
    t = RANDOM.uniform(size=(10, 1))
    x, y = (v / np.linalg.norm(v, axis=1, keepdims=True) for v in (a, b))
    dot = (x * y).sum(1, keepdims=True)
    c = y - dot * x
    c /= np.linalg.norm(c, axis=1, keepdims=True)
    angle = t * np.arccos(dot)
    np.testing.assert_allclose(slerp_sphere(a, b, t), x * np.cos(angle) + c * np.sin(angle), rtol=1e-9)
    assert np.abs(slerp_unit(a, b, t) - slerp_sphere(a, b, t)).max() > 0.01  # lengths count there


@pytest.mark.parametrize(
    "arguments",
    [
        dict(generator=5),
        dict(distance=None),
        dict(epsilon="x"),
        dict(percentiles=5),
        dict(percentiles=(1,)),
        dict(percentiles=("a", "b")),
        dict(interpolation=[]),
        dict(seed=None),
    ],
)
def test_arguments_of_another_kind(arguments):
    usual = dict(generator=lambda z, labels: None, distance=lambda x, y: None, latent_dim=2, num_samples=2)
    with pytest.raises(ValueError, match=f"Received: {list(arguments)[0]}="):
        perceptual_path_length(**{**usual, **arguments})
