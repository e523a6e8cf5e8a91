"""LPIPS, the learned perceptual distance of two images, from the features of any network.

    d(x, y) = Σ_l mean_{h,w} Σ_c w_{l,c} (f̂_l(x) - f̂_l(y))²,   f̂ = f / (|f|_c + 1e-10)          Zhang et al. 2018, Eq. 1

Held against richzhang/PerceptualSimilarity v0.1 as torch-fidelity 0.4.0 has it. The published distance takes VGG-16
after relu1_2, relu2_2, relu3_3, relu4_3, relu5_3 (64, 128, 256, 512, 512 channels) and its learned weights.
"""

from collections.abc import Iterable

import numpy as np

from keras_gans.metrics.checks import check_count, check_images

SHIFT = np.array([-0.030, -0.088, -0.188], np.float32)
SCALE = np.array([0.458, 0.448, 0.450], np.float32)


class LPIPS:
    """Perceptual distance of pairs of images; lower means more alike.

    Args:
        features: function (float32 [B H W 3], normalised) -> list of arrays [B h w c], a layer each.
        weights: list of arrays [c], a layer each, not negative: the learned 1x1 convolutions.
        resize: int, height and width that images are brought to first (block means where both are larger, else
            bilinear with half-pixel centres); None to leave them. torch-fidelity's path length takes 64.

    Raises:
        ValueError: If a weight is negative or no vector.

    Example:

    >>> distance = LPIPS(lambda x: [x], [np.ones(3)], resize=None)
    >>> black, white = np.zeros((1, 4, 4, 3), "uint8"), np.full((1, 4, 4, 3), 255, "uint8")
    >>> distance(black, black).tolist(), bool(distance(black, white) > 3.9)
    ([0.0], True)

    Reference:
        Zhang et al., "The Unreasonable Effectiveness of Deep Features as a Perceptual Metric", 2018.
    """

    def __init__(self, features, weights, resize=64):
        if not callable(features):
            raise ValueError(f"features must be a function. Received: features={features!r}")
        if not isinstance(weights, Iterable):
            raise ValueError(f"weights must be a list of vectors, one for each layer. Received: weights={weights!r}")
        self.features = features
        self.weights = [np.asarray(weight, np.float64).reshape(-1) for weight in weights]
        if not self.weights or any(not (weight >= 0).all() or not len(weight) for weight in self.weights):
            raise ValueError("weights must be vectors without negative values, one for each layer.")
        self.resize = None if resize is None else check_count(resize, "resize")

    def __call__(self, first, second):
        """Distances [B] of images [B H W 3] (uint8, or floats on the 0..255 scale) from images of the same shape."""
        first, second = check_images(first, "first", channels=(3,)), check_images(second, "second", channels=(3,))
        if first.shape != second.shape:
            raise ValueError(f"Images must have one shape. Received: {first.shape} and {second.shape}")
        layers = self.features(lpips_input(np.concatenate([first, second]), self.resize))
        if len(layers) != len(self.weights):
            raise ValueError(f"features must return {len(self.weights)} layers. Received: {len(layers)}")
        total = np.zeros(len(first))
        for layer, weight in zip(layers, self.weights):
            layer = np.asarray(layer, np.float64)
            if layer.shape[-1] != len(weight):
                raise ValueError(f"A layer must have {len(weight)} channels. Received: shape={layer.shape}")
            layer = layer / (np.sqrt(np.sum(layer**2, axis=-1, keepdims=True)) + 1e-10)
            difference = (layer[: len(first)] - layer[len(first) :]) ** 2  # [B h w c]
            total += (difference @ weight).mean(axis=(1, 2))
        return total


def lpips_input(images, resize=None):
    """Images on the 0..255 scale as the network takes them: float32, ((2x/255 - 1) - shift) / scale.

    >>> lpips_input(np.full((1, 2, 2, 3), 255, "uint8"))[0, 0, 0].round(4).tolist()
    [2.2489, 2.4286, 2.64]
    """
    x = (images.astype(np.float32) / np.float32(127.5) - 1 - SHIFT) / SCALE
    if resize is None or x.shape[1:3] == (resize, resize):
        return x
    area = min(x.shape[1:3]) > resize
    for axis in (1, 2):
        matrix = (_area if area else _bilinear)(x.shape[axis], resize)  # [resize, size]
        x = np.moveaxis(np.tensordot(matrix, x, (1, axis)), 0, axis)
    return x


def _area(size, resize):
    """Means over [floor(i size / resize), ceil((i+1) size / resize))."""
    matrix = np.zeros((resize, size), np.float32)
    for i in range(resize):
        start, stop = i * size // resize, -(-(i + 1) * size // resize)
        matrix[i, start:stop] = 1 / (stop - start)
    return matrix


def _bilinear(size, resize):
    """Linear between half-pixel centres, the edge repeated, no antialiasing."""
    source = np.clip((np.arange(resize) + 0.5) * size / resize - 0.5, 0, None)
    low = np.minimum(source.astype(int), size - 1)
    high, weight = np.minimum(low + 1, size - 1), source - low
    matrix = np.zeros((resize, size), np.float32)
    np.add.at(matrix, (np.arange(resize), low), 1 - weight)
    np.add.at(matrix, (np.arange(resize), high), weight)
    return matrix
