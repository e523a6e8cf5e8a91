"""Multi-scale structural similarity (MS-SSIM) within a set of images: how alike two random samples are.

    MS-SSIM = mean over pairs of  ∏_{j<5} cs_j^{w_j} · ssim_5^{w_5}                Wang et al. 2003; Odena et al. 2017

Held against tkarras/progressive_growing_of_gans `metrics/ms_ssim.py`, a copy of tensorflow/models `msssim.py` that
halves by the plain mean of aligned 2x2 blocks, x[2i, 2j] ... x[2i+1, 2j+1]. The `scipy.ndimage.convolve` with a 2x2
kernel and [::2, ::2] which that replaced averages the same pixels (an even kernel reaches forward in a convolution, and
backward in a correlation), so on even sizes its border rule is never met and both give the same numbers.

The original convolves by FFT. Here the Gaussian window is taken apart into a column and a row, and each into products
with a band matrix, in tiles, which is exact and keeps BLAS busy.
"""

import functools

import numpy as np

from keras_gans.metrics.checks import check_images, row_blocks
from keras_gans.metrics.parallel import parallel

WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)  # of the levels; their sum is 1.0001, as in the paper's own code
WINDOW, SIGMA = 11, 1.5
C1, C2 = (0.01 * 255.0) ** 2, (0.03 * 255.0) ** 2
TILE = 32


def ms_ssim(images):
    """Mean MS-SSIM of the pairs (0, 1), (2, 3), ...: lower means more varied; 1 for equal images.

    Comparable with published numbers only for generated images of one class (or of a data set as narrow as faces),
    10,000 pairs, and the same resolution. It is blind to colour shifts and to texture that all samples share; see it
    beside the value of the real images.

    Args:
        images: array [N H W C], uint8 or floats on the 0..255 scale, N even; H and W divisible by 16.

    Returns:
        float in [0, 1].

    Raises:
        ValueError: If the images are not such.

    Example:

    >>> image = np.random.default_rng(0).integers(0, 256, (1, 32, 32, 3), "uint8")
    >>> round(ms_ssim(np.concatenate([image, image])), 12)
    1.0

    Reference:
        Wang, Simoncelli and Bovik, "Multi-Scale Structural Similarity for Image Quality Assessment", 2003; Odena, Olah
        and Shlens, "Conditional Image Synthesis with Auxiliary Classifier GANs", 2017.
    """
    images = check_images(images, minimum=2)
    if len(images) % 2:
        raise ValueError(f"MS-SSIM compares pairs: images must be even in number. Received: {len(images)} images")
    if images.shape[1] % 16 or images.shape[2] % 16:
        raise ValueError(
            "The five scales of MS-SSIM need a height and a width divisible by 16: crop or resize. "
            f"Received: shape={images.shape}"
        )
    pairs = images.reshape(-1, 2, *images.shape[1:])
    blocks = row_blocks(len(pairs), 80 * images[0].size, 12 * 2**20)
    return float(sum(parallel(lambda block: pair_scores(pairs[block]).sum(), blocks)) / len(pairs))


def pair_scores(pairs):
    """MS-SSIM of each pair: [P 2 H W C] -> float64 [P]."""
    x = np.ascontiguousarray(np.moveaxis(pairs, (1, 4), (0, 2))).astype(np.float32)  # [2 P C H W]
    score = np.ones(len(pairs))
    for level, weight in enumerate(WEIGHTS):
        ssim, contrast = _ssim(x)
        last = level == len(WEIGHTS) - 1
        score *= np.clip(ssim if last else contrast, 0.0, None) ** weight
        if not last:
            x = (x[..., ::2, ::2] + x[..., 1::2, ::2] + x[..., ::2, 1::2] + x[..., 1::2, 1::2]) * np.float32(0.25)
    return score


def _ssim(x):
    """(SSIM, contrast-structure) of each pair, means over H, W, C: [2 P C H W] -> [P], [P]."""
    first, second = x
    maps = np.empty((4, *first.shape))  # float64; the products are rounded to float32, as in the original
    maps[0], maps[1], maps[3] = first, second, first * second
    np.add(first * first, second * second, out=maps[2], dtype=np.float64)
    mean1, mean2, squares, product = _blur(maps)  # [P C h w]
    mean12 = mean1 * mean2
    mean1 *= mean1
    mean2 *= mean2
    mean1 += mean2  # μ₁² + μ₂²
    squares -= mean1  # σ₁² + σ₂²
    product -= mean12  # σ₁₂
    # Nothing cancels from here on: float32 will do.
    mean1, mean12, squares, product = (x.astype(np.float32) for x in (mean1, mean12, squares, product))
    contrast = _ratio(product, squares, C2)  # (2 σ₁₂ + c₂) / (σ₁² + σ₂² + c₂)
    luminance = _ratio(mean12, mean1, C1)  # (2 μ₁μ₂ + c₁) / (μ₁² + μ₂² + c₁)
    luminance *= contrast
    return _mean(luminance), _mean(contrast)


def _ratio(product, squares, constant):
    """(2 product + c) / (squares + c), in place."""
    product *= np.float32(2.0)
    product += np.float32(constant)
    squares += np.float32(constant)
    product /= squares
    return product


def _mean(x):
    return x.reshape(len(x), -1).mean(axis=1).astype(np.float64)


def _blur(x):
    """The Gaussian window where it fits wholly: [... H W] -> [... h w]."""
    size = min(WINDOW, *x.shape[-2:])
    return _filter_rows(_filter_columns(x, size), size)


@functools.lru_cache(64)
def _band(size, outputs):
    """[outputs + size - 1, outputs]: multiplying a row of pixels by it slides the Gaussian window along."""
    offsets = np.arange(size) - (size - 1) / 2.0  # even windows are centred between two pixels
    window = np.exp(-(offsets**2) / (2.0 * (size * SIGMA / WINDOW) ** 2))
    window /= window.sum()
    band = np.zeros((outputs + size - 1, outputs))
    for k, value in enumerate(window):
        band[np.arange(outputs) + k, np.arange(outputs)] = value
    return band


def _filter_columns(x, size):
    """Along the last axis, in tiles: [... H W] -> [... H w]."""
    rows = x.reshape(-1, x.shape[-1])
    width = x.shape[-1] - size + 1
    out = np.empty((len(rows), width))
    for tile in row_blocks(width, 1, TILE):
        band = _band(size, tile.stop - tile.start)
        np.matmul(rows[:, tile.start : tile.start + len(band)], band, out=out[:, tile])
    return out.reshape(*x.shape[:-1], width)


def _filter_rows(x, size):
    """Along the axis before the last: [... H w] -> [... h w]."""
    height = x.shape[-2] - size + 1
    out = np.empty((*x.shape[:-2], height, x.shape[-1]))
    for tile in row_blocks(height, 1, TILE):
        band = _band(size, tile.stop - tile.start)
        np.matmul(band.T, x[..., tile.start : tile.start + len(band), :], out=out[..., tile, :])
    return out
