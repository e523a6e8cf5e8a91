"""What keras_gans replaced: the published algorithms with the same numpy and scipy calls, for timing and agreement.

Written from the definitions (reference numbers: bioinf-jku/TTUR `fid.py`, tkarras/progressive_growing_of_gans
`metrics/`, toshas/torch-fidelity 0.4.0); what counts here is that the costly calls are the ones of the published code:
sqrtm, eigvals, 5x5 `ndimage.convolve`, fancy indexing, float32 `np.sort`, `fftconvolve`.
"""

import numpy as np
from scipy import linalg, ndimage, signal


def frechet_sqrtm(real, fake):
    """TTUR, pytorch-fid, clean-fid: scipy's matrix square root of the product of covariances."""
    (mean1, cov1), (mean2, cov2) = real, fake
    root = np.real(linalg.sqrtm(cov1 @ cov2))
    return np.sum((mean1 - mean2) ** 2) + np.trace(cov1) + np.trace(cov2) - 2 * np.trace(root)


def frechet_eigenvalues(real, fake):
    """torch-fidelity: eigenvalues of the unsymmetric product."""
    (mean1, cov1), (mean2, cov2) = real, fake
    roots = np.sqrt(np.linalg.eigvals(cov1 @ cov2).astype(complex)).real
    return np.sum((mean1 - mean2) ** 2) + np.trace(cov1) + np.trace(cov2) - 2 * roots.sum()


def statistics(features):
    """Mean and covariance as numpy gives them."""
    return features.mean(axis=0), np.cov(features, rowvar=False)


def kernel_distance(real, fake, num_subsets=100, subset_size=1000, seed=2020):
    """torch-fidelity: three kernel matrices for each subset, in the features' own precision."""
    random = np.random.RandomState(seed)
    values = []
    for _ in range(num_subsets):
        x = real[random.choice(len(real), subset_size, replace=False)]
        y = fake[random.choice(len(fake), subset_size, replace=False)]
        xx, yy, xy = ((np.matmul(a, b.T) * (1.0 / a.shape[1]) + 1) ** 3 for a, b in ((x, x), (y, y), (x, y)))
        within = sum((k.sum(axis=1) - np.diagonal(k)).sum() for k in (xx, yy))
        values.append(within / (subset_size * (subset_size - 1)) - 2 * xy.sum(axis=0).sum() / subset_size**2)
    return float(np.mean(values)), float(np.std(values))


TAPS = (np.outer([1, 4, 6, 4, 1], [1, 4, 6, 4, 1]) / 256).astype(np.float32)[None, None]


def laplacian_pyramid(images, num_levels):
    """PGGAN: [N C H W] float32 levels by 25-tap convolutions."""
    levels = [images.astype(np.float32)]
    for _ in range(num_levels - 1):
        low = ndimage.convolve(levels[-1], TAPS, mode="mirror")[:, :, ::2, ::2]
        wide = np.zeros(levels[-1].shape, np.float32)
        wide[:, :, ::2, ::2] = low
        levels[-1] -= ndimage.convolve(wide, TAPS * 4, mode="mirror")
        levels.append(low)
    return levels


def sliced_wasserstein(real, fake, patches=128, repeats=4, directions=128, seed=0):
    """PGGAN, on [N H W C] uint8: descriptors by one gather, normalised, projected, sorted; list of x1000 and mean."""
    random = np.random.RandomState(seed)
    num_levels = 1 + max(0, int(np.log2(real.shape[1] / 16)))

    def descriptors(level):
        n, c, h, w = level.shape
        count = n * patches
        columns = random.randint(3, w - 3, count)[:, None, None, None] + np.arange(-3, 4)[None, None, :, None]
        rows = random.randint(3, h - 3, count)[:, None, None, None] + np.arange(-3, 4)[None, None, None, :]
        plane = (np.arange(count) // patches)[:, None, None, None] * c + np.arange(c)[None, :, None, None]
        found = level.reshape(-1)[(plane * h + rows) * w + columns]  # [M C X Y]
        found -= found.mean(axis=(0, 2, 3), keepdims=True)
        found /= found.std(axis=(0, 2, 3), keepdims=True)
        return found.reshape(count, -1)

    pyramids = (laplacian_pyramid(x.transpose(0, 3, 1, 2), num_levels) for x in (real, fake))
    both = [[descriptors(level) for level in pyramid] for pyramid in pyramids]
    scores = []
    for a, b in zip(*both):
        values = []
        for _ in range(repeats):
            dirs = random.randn(a.shape[1], directions)
            dirs = (dirs / np.sqrt((dirs**2).sum(axis=0, keepdims=True))).astype(np.float32)
            values.append(np.abs(np.sort(a @ dirs, axis=0) - np.sort(b @ dirs, axis=0)).mean())
        scores.append(1e3 * float(np.mean(values)))
    return [*scores, float(np.mean(scores))]


def ms_ssim(images, batch=64):
    """PGGAN and tensorflow/models: Gaussian windows by FFT, in batches of pairs."""
    weights = np.array([0.0448, 0.2856, 0.3001, 0.2363, 0.1333])
    total = 0.0
    for start in range(0, len(images), 2 * batch):
        a, b = (images[start + side : start + 2 * batch : 2].astype(np.float32) for side in (0, 1))
        product = np.ones(len(a))
        for level, weight in enumerate(weights):
            ssim, contrast = _ssim(a, b)
            product *= np.clip(ssim if level == 4 else contrast, 0, None) ** weight
            if level < 4:
                a, b = ((x[:, ::2, ::2] + x[:, 1::2, ::2] + x[:, ::2, 1::2] + x[:, 1::2, 1::2]) * 0.25 for x in (a, b))
        total += product.sum()
    return total / (len(images) // 2)


def _ssim(a, b):
    size = min(11, *a.shape[1:3])
    offsets = np.arange(size) - (size - 1) / 2
    window = np.exp(-(offsets[:, None] ** 2 + offsets**2) / (2 * (1.5 * size / 11) ** 2))
    window = (window / window.sum())[None, :, :, None]
    m1, m2, s1, s2, s12 = (signal.fftconvolve(x, window, mode="valid") for x in (a, b, a * a, b * b, a * b))
    c1, c2 = 2.55**2, 7.65**2
    contrast = (2 * (s12 - m1 * m2) + c2) / (s1 - m1 * m1 + s2 - m2 * m2 + c2)
    ssim = (2 * m1 * m2 + c1) / (m1 * m1 + m2 * m2 + c1) * contrast
    return ssim.mean(axis=(1, 2, 3)), contrast.mean(axis=(1, 2, 3))
