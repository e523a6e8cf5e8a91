"""Smooth closed walks through latent space.

Karras et al. 2018 (arXiv 1710.10196), `generate_interpolation_video` of the official code
(tkarras/progressive_growing_of_gans @2504c3f, util_scripts.py): white noise, smoothed along time, normalised.
"""

import numpy as np
import scipy.ndimage
import scipy.special

MAX_VALUES = 2**28  # of a walk: 1 GB of float32


def latent_walk(frames, count, latent_dim, sigma, seed=1000, distribution="normal"):
    """Makes latents that move smoothly and come back to where they began.

    w = (g_σ * n) / rms(g_σ * n), n ~ N(0, I): white noise [frames, count, latent_dim] filtered by a Gaussian along
    time, periodically, and divided by the root of the mean of all its squares. The numbers are those of the official
    code for the same seed. For a uniform latent distribution w is taken through 2 Φ(w) - 1.

    Args:
        frames: int, number of moments, at least 1.
        count: int, number of latents that walk side by side.
        latent_dim: int, size of a latent.
        sigma: float, σ in frames: seconds times frames a second; 0 for no smoothing.
        seed: int in [0, 2^32).
        distribution: "normal" or "uniform" on [-1, 1].

    Returns:
        float32 array [frames, count, latent_dim]; after the last moment comes the first.

    Raises:
        ValueError: where an argument is out of range, or the walk is larger than 2^28 numbers.

    Example:

    >>> walk = latent_walk(60, 1, 512, sigma=10.0)
    >>> walk.shape, float(np.sqrt(np.mean(walk**2)).round(4))
    ((60, 1, 512), 1.0)
    >>> step, half = (float(np.abs(walk[k] - walk[0]).mean()) for k in (-1, 30))
    >>> step < half / 5
    True
    """
    for name, value in dict(frames=frames, count=count, latent_dim=latent_dim).items():
        if isinstance(value, bool) or int(value) != value or value < 1:
            raise ValueError(f"Expected a whole number of at least 1. Received: {name}={value!r}")
    if not 0 <= sigma < np.inf:
        raise ValueError(f"Expected a number of frames, 0 or more. Received: sigma={sigma!r}")
    if distribution not in ("normal", "uniform"):
        raise ValueError(f'Expected "normal" or "uniform". Received: distribution={distribution!r}')
    shape = (int(frames), int(count), int(latent_dim))
    if np.prod(shape, dtype=np.int64) > MAX_VALUES:
        raise ValueError(
            f"Expected a walk of at most {MAX_VALUES:,} numbers. Received: {frames:,} frames of {count:,} latents of "
            f"{latent_dim:,}"
        )
    walk = np.random.RandomState(seed).randn(*shape).astype(np.float32)  # [T N D]
    if sigma > 0:
        walk = scipy.ndimage.gaussian_filter1d(walk, sigma, axis=0, mode="wrap")
    walk /= np.sqrt(np.mean(np.square(walk)))
    return walk if distribution == "normal" else (2.0 * scipy.special.ndtr(walk) - 1.0).astype(np.float32)
