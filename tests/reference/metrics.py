"""Features and images compared the slow way: every definition as one would write it on paper, in float64.

Each function restates the formula of the paper or of the original implementation that its docstring names; loops where
the package has matrix products, sorts where it has histograms.
"""

import numpy as np
from scipy import linalg, signal


def frechet_distance(real, fake):
    """Heusel et al. 2017, Eq. 6, with a matrix square root (symmetric form, roots by eigenvectors)."""
    mu1, mu2 = real.mean(0), fake.mean(0)
    s1, s2 = np.cov(real, rowvar=False), np.cov(fake, rowvar=False)
    values, vectors = linalg.eigh(s1)
    root = (vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T
    inner = np.clip(linalg.eigvalsh(root @ s2 @ root), 0, None)
    return np.sum((mu1 - mu2) ** 2) + np.trace(s1) + np.trace(s2) - 2 * np.sum(np.sqrt(inner))


def kernel_distance(real, fake, num_subsets, subset_size, seed, degree=3):
    """Bińkowski et al. 2018: unbiased MMD² of subsets, in the order in which torch-fidelity draws them."""
    random = np.random.RandomState(seed)
    m, d = subset_size, real.shape[1]
    values = []
    for _ in range(num_subsets):
        x = real[random.choice(len(real), m, replace=False)]
        y = fake[random.choice(len(fake), m, replace=False)]
        xx, yy, xy = ((a @ b.T / d + 1) ** degree for a, b in ((x, x), (y, y), (x, y)))
        within = (xx.sum() - np.trace(xx) + yy.sum() - np.trace(yy)) / (m * (m - 1))
        values.append(within - 2 * xy.mean())
    return np.mean(values), np.std(values)


def inception_score(logits, num_splits):
    """Salimans et al. 2016: contiguous parts, mean and deviation of exp(mean KL)."""
    p = np.exp(logits - logits.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    scores = []
    for i in range(num_splits):
        part = p[i * len(p) // num_splits : (i + 1) * len(p) // num_splits]
        kl = part * (np.log(part) - np.log(part.mean(0, keepdims=True)))
        scores.append(np.exp(np.mean(np.sum(kl, 1))))
    return np.mean(scores), np.std(scores)


def distances(a, b):
    """Squared Euclidean distances [len(a), len(b)], one difference at a time."""
    return np.array([[np.sum((x - y) ** 2) for y in b] for x in a])


def radii(features, k):
    """Squared distance to the k-th nearest other row."""
    squared = distances(features, features)
    return np.sort(squared + np.where(np.eye(len(features)), np.inf, 0), axis=1)[:, k - 1]


def precision_recall(real, fake, k):
    """Kynkäänniemi et al. 2019, Eq. 1 and 2."""
    squared, r, f = distances(real, fake), radii(real, k), radii(fake, k)
    return (squared <= r[:, None]).any(0).mean(), (squared <= f[None]).any(1).mean()


def density_coverage(real, fake, k):
    """Naeem et al. 2020, Eq. 4 and 5, with strict inequality as their code has."""
    inside = distances(real, fake) < radii(real, k)[:, None]
    return inside.sum() / (k * len(fake)), inside.any(1).mean()


def _mirror(i, n):
    period = max(1, 2 * (n - 1))
    i = abs(i) % period
    return min(i, period - i)


_KERNEL = np.outer([1, 4, 6, 4, 1], [1, 4, 6, 4, 1]) / 256.0


def _convolve_mirrored(x, kernel):
    """[N H W C] with 5x5 taps and the border 2 1 | 0 1 2 ... (the kernel is symmetric)."""
    n, h, w, c = x.shape
    out = np.zeros(x.shape)
    for i in range(-2, 3):
        rows = [_mirror(y + i, h) for y in range(h)]
        for j in range(-2, 3):
            columns = [_mirror(z + j, w) for z in range(w)]
            out += kernel[i + 2, j + 2] * x[:, rows][:, :, columns]
    return out


def laplacian_pyramid(images, num_levels):
    """Karras et al. 2018: blur and drop every second pixel; differences to the blown-up blur."""
    levels = [images.astype(np.float64)]
    for _ in range(num_levels - 1):
        low = _convolve_mirrored(levels[-1], _KERNEL)[:, ::2, ::2]
        zeros = np.zeros(levels[-1].shape)
        zeros[:, ::2, ::2] = low
        levels[-1] = levels[-1] - _convolve_mirrored(zeros, 4 * _KERNEL)
        levels.append(low)
    return levels


def sliced_wasserstein(real, fake, patches, repeats, directions, seed, size=7):
    """Karras et al. 2018, Sec. 5, and their code: descriptors (c, x, y), exact sorts; {height: x1000}."""
    random = np.random.RandomState(seed)
    resolutions = [real.shape[1]]
    while resolutions[-1] // 2 >= 16:
        resolutions.append(resolutions[-1] // 2)

    def descriptors(images):
        sets = []
        for level in laplacian_pyramid(images, len(resolutions)):
            n, h, w, c = level.shape
            half = size // 2
            xs = random.randint(half, w - half, n * patches)
            ys = random.randint(half, h - half, n * patches)
            found = []
            for i, (x, y) in enumerate(zip(xs, ys)):
                patch = level[i // patches, y - half : y + half + 1, x - half : x + half + 1]
                found.append(patch.transpose(2, 1, 0))
            found = np.array(found)  # [M C X Y]
            found = found - found.mean((0, 2, 3), keepdims=True)
            sets.append((found / found.std((0, 2, 3), keepdims=True)).reshape(len(found), -1))
        return sets

    both = descriptors(real), descriptors(fake)
    scores = {}
    for resolution, a, b in zip(resolutions, *both):
        values = []
        for _ in range(repeats):
            dirs = random.randn(a.shape[1], directions)
            dirs /= np.sqrt((dirs**2).sum(0))
            values.append(np.abs(np.sort(a @ dirs, 0) - np.sort(b @ dirs, 0)).mean())
        scores[resolution] = 1e3 * np.mean(values)
    scores["average"] = np.mean(list(scores.values()))
    return scores


def ms_ssim(images):
    """Wang et al. 2003 as in tensorflow/models and PGGAN: pairs (0, 1), (2, 3) ...; direct convolution."""
    weights = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333]
    scores = []
    for a, b in zip(images[0::2].astype(np.float64), images[1::2].astype(np.float64)):
        product = 1.0
        for level, weight in enumerate(weights):
            ssim, contrast = _ssim(a, b)
            product *= max(ssim if level == 4 else contrast, 0.0) ** weight
            a, b = (
                ((x[::2, ::2] + x[1::2, ::2] + x[::2, 1::2] + x[1::2, 1::2]) / 4 for x in (a, b))
                if level < 4
                else (a, b)
            )
        scores.append(product)
    return np.mean(scores)


def _ssim(a, b):
    size = min(11, *a.shape[:2])
    offsets = np.arange(size) - (size - 1) / 2
    window = np.exp(-(offsets[:, None] ** 2 + offsets[None] ** 2) / (2 * (1.5 * size / 11) ** 2))
    window = (window / window.sum())[:, :, None]

    def blur(x):
        return signal.convolve(x, window, mode="valid", method="direct")

    m1, m2 = blur(a), blur(b)
    v1, v2, v12 = blur(a * a) - m1 * m1, blur(b * b) - m2 * m2, blur(a * b) - m1 * m2
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    contrast = (2 * v12 + c2) / (v1 + v2 + c2)
    return np.mean((2 * m1 * m2 + c1) / (m1**2 + m2**2 + c1) * contrast), np.mean(contrast)
