"""Latent space as the page shows it: directions that change the picture most, walks, and arithmetic.

Radford et al. 2016 (arXiv 1511.06434), Sec. 6.1 (walks) and 6.3.2 (arithmetic); slerp: White 2016 (1609.04468).
"""

import numpy as np

MAX_NUMBERS = 64  # samples that one may pick
SMALL = 16  # side of the pictures whose change is measured
NEIGHBOURS = 9  # the result of arithmetic and eight around it, as in the paper's Fig. 7


def spread(model):
    """The standard deviation of a latent coordinate: 1, or 1/sqrt(3) for U(-1, 1)."""
    return 1.0 if model.latent_distribution == "normal" else 3.0**-0.5


def visible_directions(model, count=8, samples=None, seed=0):
    """Unit vectors of latent space along which, on average, the picture changes most.

    For normal latents E[z x(z)^T] is the mean Jacobian of the generator (Stein's lemma); its left singular vectors,
    estimated from samples that are reduced to 16 x 16 pixels, are the directions.

    Args:
        model: GAN with latents.
        count: number of directions, at most `latent_dim`.
        samples: samples that they are estimated from; None: what takes about as long as 512 of 64 x 64 pixels.
        seed: integer of the samples.

    Returns:
        float32 [count, latent_dim], orthonormal, the most visible one first; along each, the picture gets lighter.

    Example:

    >>> import keras_gans
    >>> model = keras_gans.DCGAN(resolution=16, generator_filters=2, discriminator_filters=2, latent_dim=5)
    >>> visible_directions(model, 8, samples=16).shape
    (5, 5)
    """
    height, width, _ = model.image_shape
    samples = samples or int(np.clip(2**21 // (height * width), 32, 512))
    latents = np.asarray(model.sample_latents(samples, seed), "float64")
    labels = np.asarray(model.sample_labels(samples, seed)) if model.num_classes else None
    images = np.empty([samples, min(height, SMALL) * min(width, SMALL) * model.image_shape[-1]])
    for start in range(0, samples, 32):  # whole batches of large pictures are never held
        part = slice(start, start + 32)
        made = model.generate_from(latents[part], labels=None if labels is None else labels[part], dtype="float32")
        images[part] = _reduced(made).reshape(len(made), -1)
    images -= images.mean(0)
    latents = latents - latents.mean(0)
    directions, _, changes = np.linalg.svd(latents.T @ images, full_matrices=False)  # [D K], [K P]
    signs = np.where(changes.sum(1) < 0, -1.0, 1.0)
    return (directions * signs).T[:count].astype("float32")


def _reduced(images):
    """[N, H, W, C] -> [N, h, w, C], means over blocks, h and w at most 16."""
    for axis in (1, 2):
        edges = np.linspace(0, images.shape[axis], min(images.shape[axis], SMALL) + 1).astype(int)[:-1]
        sizes = np.diff([*edges, images.shape[axis]])
        shape = [-1 if a == axis else 1 for a in range(4)]
        images = np.add.reduceat(images, edges, axis=axis) / sizes.reshape(shape)
    return images


def moved(latent, directions, amounts, scale=1.0):
    """A latent moved along directions.

    Args:
        latent: [D].
        directions: [K, D].
        amounts: K numbers, in standard deviations.
        scale: one standard deviation, see `spread`.

    Returns:
        float32 [D].

    Example:

    >>> moved(np.zeros(3), np.eye(3), [1, 0, -2])
    array([ 1.,  0., -2.], dtype=float32)
    """
    amounts = np.asarray(amounts, "float32") * scale
    return np.asarray(latent, "float32") + amounts @ np.asarray(directions[: len(amounts)], "float32")


def slerp(a, b, t):
    """Points on the arc from `a` to `b`; lengths go linearly. Parallel ones are joined by a straight line.

    Args:
        a: [D].
        b: [D].
        t: [T], from 0 at `a` to 1 at `b`.

    Returns:
        float32 [T, D].

    Example:

    >>> slerp(np.array([1.0, 0]), np.array([0, 2.0]), [0, 0.5, 1]).round(2).tolist()
    [[1.0, 0.0], [1.06, 1.06], [0.0, 2.0]]
    """
    a, b, t = np.asarray(a, "float64"), np.asarray(b, "float64"), np.asarray(t, "float64")[:, None]
    lengths = np.linalg.norm(a), np.linalg.norm(b)
    straight = (1 - t) * a + t * b
    if min(lengths) < 1e-8:
        return straight.astype("float32")
    u, v = a / lengths[0], b / lengths[1]
    angle = np.arccos(np.clip(u @ v, -1.0, 1.0))
    if np.sin(angle) < 1e-4:
        return straight.astype("float32")
    arc = (np.sin((1 - t) * angle) * u + np.sin(t * angle) * v) / np.sin(angle)
    return (((1 - t) * lengths[0] + t * lengths[1]) * arc).astype("float32")


def walk(latents, frames, loop=False, spherical=True):
    """A path through latents.

    Args:
        latents: [N, D], N at least 2.
        frames: steps from each to the next.
        loop: whether to go back to the first.
        spherical: whether on arcs, as fits normal latents, or straight, as fits uniform ones.

    Returns:
        float32 [T, D]: T = (N - 1) frames + 1; N frames for a loop, whose last step leads to the first frame.

    Raises:
        ValueError: If there are fewer than two latents.

    Example:

    >>> walk(np.eye(3), 4).shape, walk(np.eye(3), 4, loop=True).shape
    ((9, 3), (12, 3))
    """
    latents = np.asarray(latents, "float32")
    if len(latents) < 2:
        raise ValueError(f"A walk leads through at least two samples. Received: {len(latents)}")
    stops = [*latents, latents[0]] if loop else list(latents)
    t = np.arange(frames) / frames
    between = slerp if spherical else lambda a, b, t: ((1 - t[:, None]) * a + t[:, None] * b).astype("float32")
    path = [between(a, b, t) for a, b in zip(stops, stops[1:])]
    return np.concatenate(path if loop else [*path, latents[-1:]])


def arithmetic(a, b, c):
    """mean(a) - mean(b) + mean(c), as in Fig. 7 of the paper: smiling woman - woman + man.

    Args:
        a: latents [N, D], N at least 1.
        b: latents [N, D]; may be empty, with `c`.
        c: latents [N, D]; may be empty, with `b`.

    Returns:
        float32 [D].

    Raises:
        ValueError: If `a` is empty, or one of `b` and `c`.

    Example:

    >>> arithmetic([[1.0, 2], [3, 2]], [[1, 0]], [[0, 5]])
    array([1., 7.], dtype=float32)
    """
    if not len(a) or bool(len(b)) != bool(len(c)):
        raise ValueError("Arithmetic needs at least one sample in A, in B and in C (or in A alone)")
    parts = [np.mean(np.asarray(x, "float64"), axis=0) if len(x) else 0.0 for x in (a, b, c)]
    return (parts[0] - parts[1] + parts[2]).astype("float32")


def neighbours(latent, seed=0, radius=0.25):
    """A latent in the middle of eight around it: uniform noise of +-0.25 is added, as in the paper.

    Args:
        latent: [D].
        seed: integer of the noise.
        radius: largest change of a coordinate.

    Returns:
        float32 [9, D]; number 4 is `latent`.

    Example:

    >>> around = neighbours(np.ones(100))
    >>> around.shape, bool((around[4] == 1).all()), bool(abs(around - 1).max() <= 0.25)
    ((9, 100), True, True)
    """
    noise = np.random.default_rng(seed).uniform(-radius, radius, [NEIGHBOURS, len(latent)])
    noise[NEIGHBOURS // 2] = 0.0
    return (np.asarray(latent) + noise).astype("float32")


def numbers(text, below):
    """Reads numbers of samples.

    Args:
        text: str, numbers separated by commas or spaces; "" for none.
        below: samples that there are.

    Returns:
        list of int in [0, below), at most 64.

    Raises:
        ValueError: If it is no such list.

    Example:

    >>> numbers("0, 3 11", 24)
    [0, 3, 11]
    """
    words = str(text or "").replace(",", " ").split()
    if len(words) > MAX_NUMBERS:
        raise ValueError(f"At most {MAX_NUMBERS} samples can be picked. Received: {len(words)}")
    if not all(len(word) < 10 and word.isascii() and word.isdigit() and int(word) < below for word in words):
        shown = text if len(text) <= 40 else text[:40] + "..."
        raise ValueError(f"Expected numbers of samples from 0 to {below - 1}, such as 0, 3. Received: {shown!r}")
    return [int(word) for word in words]
