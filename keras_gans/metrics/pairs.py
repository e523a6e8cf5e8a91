"""Distances of images from their truths, one a pair: L1, PSNR, SSIM, and a perceptual one in the features of a network.

Functions of (images, truths) that return float64 [N]; the score of a set is their mean.
"""

import numpy as np

from keras_gans.metrics.checks import check_features, check_images, check_same_width, row_blocks

WINDOW = 11  # pixels of SSIM's Gaussian


def l1_distance(images, truths):
    """Mean |x - y| of each pair on the scale of [-1, 1], as the logs of pix2pix have it: lower is better.

    Args:
        images: array [N H W C], uint8 or floats on the 0..255 scale.
        truths: array [N H W C].

    Returns:
        float64 array [N], in [0, 2].

    Raises:
        ValueError: If the images are not such, or of unlike shapes.

    Example:

    >>> black, white = np.zeros((1, 4, 4, 3), "uint8"), np.full((1, 4, 4, 3), 255, "uint8")
    >>> l1_distance(black, white).tolist()
    [2.0]
    """
    return _of_blocks(lambda x, y: np.abs(x - y).mean(axis=(1, 2, 3)) / 127.5, images, truths)


def psnr(images, truths):
    """Peak signal-to-noise ratio of each pair in decibels, 10 log10(255² / MSE): higher is better.

    Args:
        images: array [N H W C], uint8 or floats on the 0..255 scale.
        truths: array [N H W C].

    Returns:
        float64 array [N].

    Raises:
        ValueError: If the images are not such, of unlike shapes, or a pair is equal: its ratio is infinite, and would
            make the mean so.

    Example:

    >>> grey = np.full((1, 4, 4, 3), 100, "uint8")
    >>> psnr(grey, grey + np.uint8(1)).round(2).tolist()
    [48.13]
    """
    errors = _of_blocks(lambda x, y: np.square(x - y).mean(axis=(1, 2, 3)), images, truths)
    if (errors == 0).any():
        raise ValueError(
            f"PSNR is infinite where an image equals its truth. Received: {(errors == 0).sum():,} of {len(errors):,} "
            "such pairs"
        )
    return 10 * np.log10(255.0**2 / errors)


def ssim(images, truths):
    """Structural similarity of each pair, by TensorFlow's `tf.image.ssim`: higher is better, 1 for equal images.

    Gaussian window of 11 pixels, σ 1.5, k1 = 0.01, k2 = 0.03, only where the window fits; the mean over channels.

    Args:
        images: array [N H W C], uint8 or floats on the 0..255 scale, at least 11 pixels a side.
        truths: array [N H W C].

    Returns:
        float64 array [N], at most 1.

    Raises:
        ValueError: If the images are not such, or of unlike shapes.

    Example:

    >>> image = np.random.default_rng(0).integers(0, 256, (1, 16, 16, 3), "uint8")
    >>> ssim(image, image).tolist()
    [1.0]

    Reference:
        Wang et al., "Image Quality Assessment: From Error Visibility to Structural Similarity", 2004.
    """
    shape = np.shape(images)
    if len(shape) == 4 and min(shape[1:3]) < WINDOW:
        raise ValueError(f"SSIM needs images of at least {WINDOW} pixels a side. Received: shape={shape}")
    import tensorflow as tf

    return _of_blocks(lambda x, y: tf.image.ssim(x, y, 255.0, filter_size=WINDOW).numpy(), images, truths, np.float32)


def perceptual_distance(features, true_features):
    """Squared distance of each pair of perceptual features: lower is better, 0 for equal images.

    d(x, y) = Σ_l mean_{h,w} |f̂_l(x) - f̂_l(y)|²,   f̂ = f / |f|_c        (Zhang et al. 2018, Eq. 1, all weights 1)

    This is LPIPS without learned weights; the network is EfficientNet-Lite0, whose tap "perceptual" holds f̂_l over
    √(h·w), all layers one after another. Its values compare with no published LPIPS.

    Args:
        features: float array [N D].
        true_features: float array [N D].

    Returns:
        float64 array [N]; at most 4 a layer.

    Raises:
        ValueError: If the shapes differ or a value is not finite.

    Example:

    >>> perceptual_distance([[1.0, 0.0]], [[0.0, 1.0]]).tolist()
    [2.0]

    Reference:
        Zhang et al., "The Unreasonable Effectiveness of Deep Features as a Perceptual Metric", 2018.
    """
    x, y = check_features(features, "features"), check_features(true_features, "true_features")
    check_same_width(x, y, ("features", "true_features"))
    if len(x) != len(y):
        raise ValueError(f"Each image must have its truth. Received: {len(x)} and {len(y)} rows")
    blocks = row_blocks(len(x), 16 * x.shape[1])
    return np.concatenate([np.square(x[b].astype(np.float64) - y[b]).sum(axis=1) for b in blocks])


def _of_blocks(function, images, truths, dtype=np.float64):
    """function(x [B H W C], y [B H W C]) -> [B], block by block, as float64 [N]."""
    x, y = check_images(images, "images"), check_images(truths, "truths")
    if x.shape != y.shape:
        raise ValueError(f"Images and truths must have one shape. Received: shapes {x.shape} and {y.shape}")
    blocks = row_blocks(len(x), 40 * x[0].size)
    return np.concatenate([np.asarray(function(x[b].astype(dtype), y[b].astype(dtype)), np.float64) for b in blocks])
