"""Perceptual path length (PPL): how much images change per step through the latent space.

    PPL = E[ d(G(z_t), G(z_{t+ε})) / ε² ]                            Karras et al. 2019 (arXiv 1812.04948), Sec. 4.1

Held against toshas/torch-fidelity 0.4.0 `metric_ppl.py` (its draws, interpolations and percentiles) with any perceptual
distance d; the published one is LPIPS on VGG-16 (`lpips`). NVIDIA's own protocol differs, and so do its numbers: t is
uniform for "full" paths, latents are normalised, faces are cropped first, distances are taken at 256 pixels.
"""

import numbers
from typing import NamedTuple

import numpy as np

from keras_gans.metrics.checks import check_count, check_images, check_seed

EPSILON = 1e-7


class PathLength(NamedTuple):
    """Mean and standard deviation of the distances that were kept."""

    mean: float
    std: float


def perceptual_path_length(
    generator,
    distance,
    latent_dim,
    num_samples=50_000,
    epsilon=1e-4,
    interpolation="lerp",
    sampling="end",
    percentiles=(1, 99),
    num_classes=0,
    batch_size=64,
    seed=2020,
):
    """Perceptual path length: lower means a smoother latent space.

    Two latents z₀, z₁ ~ N(0, I) per sample; images at t and t + ε on the way between; their distance over ε²; the
    samples between two percentiles (drawn from the sample itself: "lower" and "higher"), mean and deviation.

    Args:
        generator: function (latents float32 [B latent_dim], labels int64 [B] or None) -> images [B H W C], uint8 or
            floats on the 0..255 scale. Both ends of a path pass in one call, first all starts, then all ends.
        distance: function (images, images) -> array [B], not negative; such as LPIPS.
        latent_dim: int.
        num_samples: int, paths.
        epsilon: float, the step.
        interpolation: "lerp", "slerp_any" (on the sphere, lengths interpolated as they are), "slerp_unit" (its result
            is normalised, torch-fidelity) or "slerp_sphere" (the latents are normalised first as well, StyleGAN).
        sampling: "end" (t = 0, torch-fidelity) or "full" (t uniform in [0, 1), StyleGAN).
        percentiles: (lowest, highest) that are kept, or None to keep all.
        num_classes: int, 0 for no labels; else one random label a path.
        batch_size: int, paths a call; the result does not depend on it.
        seed: int, of the draws (np.random.RandomState): all z₀, all z₁, labels, then t.

    Returns:
        PathLength(mean, std) of floats.

    Raises:
        ValueError: If an argument is not as said, or the functions return something else.

    Example:

    >>> def generator(latents, labels):
    ...     return np.tile(128 + 10 * latents[:, None, None, :1], (1, 2, 2, 3))
    >>> def distance(first, second):
    ...     return ((first - second) ** 2).mean(axis=(1, 2, 3))
    >>> 100 < perceptual_path_length(generator, distance, 4, num_samples=200, epsilon=0.01).mean < 250
    True

    Reference:
        Karras, Laine and Aila, "A Style-Based Generator Architecture for GANs", 2019.
    """
    num_samples = check_count(num_samples, "num_samples")
    latent_dim, batch_size = check_count(latent_dim, "latent_dim"), check_count(batch_size, "batch_size")
    check_count(num_classes, "num_classes", minimum=0)
    for name, function in (("generator", generator), ("distance", distance)):
        if not callable(function):
            raise ValueError(f"{name} must be a function. Received: {name}={function!r}")
    if not isinstance(interpolation, str) or interpolation not in INTERPOLATIONS:
        raise ValueError(
            f"interpolation must be one of {sorted(INTERPOLATIONS)}. Received: interpolation={interpolation!r}"
        )
    if sampling not in ("end", "full"):
        raise ValueError(f'sampling must be "end" or "full". Received: sampling={sampling!r}')
    if not isinstance(epsilon, numbers.Real) or not 0 < epsilon < 1:
        raise ValueError(f"epsilon must be between 0 and 1. Received: epsilon={epsilon!r}")
    if percentiles is not None and not _are_percentiles(percentiles):
        raise ValueError(f"percentiles must be two ascending numbers in 0..100. Received: percentiles={percentiles!r}")

    random = np.random.RandomState(check_seed(seed))
    z0, z1 = (random.randn(num_samples, latent_dim).astype(np.float32) for _ in range(2))
    labels = random.randint(0, num_classes, (num_samples,)) if num_classes else None
    t = random.uniform(size=(num_samples, 1)).astype(np.float32) if sampling == "full" else np.float32(0)
    interpolate = INTERPOLATIONS[interpolation]
    start = interpolate(z0, z1, t) if sampling == "full" else z0
    end = interpolate(z0, z1, t + np.float32(epsilon))

    distances = []
    for first in range(0, num_samples, batch_size):
        rows = slice(first, first + batch_size)
        batch_labels = None if labels is None else np.tile(labels[rows], 2)
        images = check_images(generator(np.concatenate([start[rows], end[rows]]), batch_labels), "generator's images")
        count = len(start[rows])
        if len(images) != 2 * count:
            raise ValueError(f"generator must return an image for each of {2 * count} latents. Received: {len(images)}")
        found = np.asarray(distance(images[:count], images[count:]), np.float64)
        if found.shape != (count,) or not np.isfinite(found).all():
            raise ValueError(f"distance must return {count} finite numbers. Received: shape={found.shape}")
        distances.append(found)
    kept = np.concatenate(distances) / epsilon**2
    if percentiles is not None:
        low = np.percentile(kept, percentiles[0], method="lower")
        high = np.percentile(kept, percentiles[1], method="higher")
        kept = kept[(low <= kept) & (kept <= high)]
    return PathLength(float(kept.mean()), float(kept.std()))


def _are_percentiles(value):
    pair = isinstance(value, (tuple, list)) and len(value) == 2 and all(isinstance(v, numbers.Real) for v in value)
    return pair and 0 <= value[0] < value[1] <= 100


def lerp(a, b, t):
    """a + (b - a) t, rows of latents [N D]; t a number or [N 1].

    >>> lerp(np.array([[0.0, 2.0]]), np.array([[1.0, 0.0]]), 0.5).tolist()
    [[0.5, 1.0]]
    """
    return a + (b - a) * t


def slerp_any(a, b, t):
    """Spherical interpolation of vectors of any length; `lerp` where they are zero or lie on one line.

    [sin((1-t)Ω) a + sin(tΩ) b] / sin Ω, Ω the angle between a and b.

    >>> slerp_any(np.array([[1.0, 0.0]]), np.array([[0.0, 1.0]]), 0.5).round(4).tolist()
    [[0.7071, 0.7071]]
    """
    unit_a, unit_b = _unit(a), _unit(b)
    cosine = np.sum(unit_a * unit_b, axis=-1, keepdims=True)
    zero = np.minimum(*(np.linalg.norm(u, axis=-1, keepdims=True) for u in (unit_a, unit_b))) < EPSILON
    straight = zero | (np.abs(cosine) > 1 - EPSILON)
    omega = np.arccos(np.clip(cosine, -1.0, 1.0))
    sine = np.maximum(np.sin(omega), EPSILON)
    around = np.sin((1 - t) * omega) / sine * a + np.sin(t * omega) / sine * b
    return np.where(straight, lerp(a, b, t), around).astype(a.dtype)


def slerp_unit(a, b, t):
    """`slerp_any`, then of unit length, as torch-fidelity.

    >>> slerp_unit(np.array([[2.0, 0.0]]), np.array([[0.0, 1.0]]), 0.0).tolist()
    [[1.0, 0.0]]
    """
    return _unit(slerp_any(a, b, t))


def slerp_sphere(a, b, t):
    """`slerp_any` of a and b at unit length, as StyleGAN: equal steps of t are equal angles, whatever the lengths.

    >>> slerp_sphere(np.array([[2.0, 0.0]]), np.array([[0.0, 1.0]]), 0.5).round(4).tolist()
    [[0.7071, 0.7071]]
    """
    return _unit(slerp_any(_unit(a), _unit(b), t))


def _unit(x):
    return x / np.maximum(np.sqrt(np.sum(x * x, axis=-1, keepdims=True)), EPSILON)


INTERPOLATIONS = {"lerp": lerp, "slerp_any": slerp_any, "slerp_unit": slerp_unit, "slerp_sphere": slerp_sphere}
