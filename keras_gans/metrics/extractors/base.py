"""What every feature extractor is: named, hashed, and called on integer images."""

import os

import numpy as np


class FeatureExtractor:
    """Images in, named features out; the part of a metric's protocol that decides what the numbers mean.

    A subclass sets the attributes and implements `extract`.

    Attributes:
        name: what scores from these features are reported under.
        weights_hash: sha256 (hex) of the weights, so that scores of unlike networks are never compared; "" if there
            is nothing to hash.
        resizer: name of the rule that brings images to the network's size.
        input_description: one line on what happens to pixels before the first layer.
        taps: names of the features, in the order of the network.
        dimensions: dict of tap -> length of its feature vector.

    Example:

    >>> import numpy as np
    >>> from keras_gans.metrics.extractors import FunctionExtractor
    >>> extractor = FunctionExtractor(lambda images: images.mean(axis=(1, 2)), name="mean_color")
    >>> extractor(np.full((2, 4, 4, 3), 7, "uint8"))["features"].tolist()
    [[7.0, 7.0, 7.0], [7.0, 7.0, 7.0]]
    """

    name = None
    weights_hash = ""
    resizer = "none"
    input_description = ""
    taps = ()
    dimensions = {}
    batch_size = 32  # images which pass the network at once; features do not depend on it

    def __call__(self, images):
        """Features of a batch of any size.

        Args:
            images: uint8 [N, height, width, channels], 3 channels, or 1 (grey, repeated three times).

        Returns:
            dict of tap -> float32 numpy array [N, dimension].

        Raises:
            ValueError: images of another type, rank or channel count (RGBA must be flattened first), or none at all.
        """
        images = check_images(images)
        parts = []
        for start in range(0, len(images), self.batch_size):
            batch = images[start : start + self.batch_size]
            if batch.shape[-1] == 1:
                batch = np.repeat(batch, 3, axis=-1)
            parts.append(self.extract(batch))
        return {tap: np.concatenate([np.asarray(part[tap], "float32") for part in parts]) for tap in parts[0]}

    def extract(self, images):
        """dict of tap -> [N, dimension] of uint8 RGB numpy images [N, height, width, 3]."""
        raise NotImplementedError

    def describe(self):
        """What a result must carry to be compared with others."""
        return {
            "name": self.name,
            "weights_hash": self.weights_hash,
            "resizer": self.resizer,
            "input": self.input_description,
        }


def tuple_of_names(taps, known=None):
    """`taps` as a tuple, or a ValueError unless they are names (out of `known`), at least one."""
    names = tuple(taps) if isinstance(taps, (tuple, list)) else ()
    if not names or not all(isinstance(tap, str) and (known is None or tap in known) for tap in names):
        wanted = "a list of names" if known is None else f"to be among {list(known)}"
        raise ValueError(f"Expected taps {wanted}. Received: taps={taps!r}")
    return names


def weights_path(weights, network):
    """`weights` as text, or a ValueError unless that is the path of a file."""
    if not isinstance(weights, (str, os.PathLike)) or not os.path.isfile(weights):
        raise ValueError(f"Expected a file with the weights of {network}. Received: weights={weights!r}")
    return os.fspath(weights)


def check_images(images):
    """The images as a uint8 numpy array [N, height, width, 1 or 3], or a ValueError which says what they are."""
    images = np.asarray(images)
    if images.dtype != np.uint8:
        raise ValueError(
            "Expected images as uint8 in [0, 255]; convert others with keras_gans.pixels first. "
            f"Received: images of type {images.dtype}"
        )
    if images.ndim != 4 or 0 in images.shape:
        raise ValueError(
            "Expected a batch of at least one image, [N, height, width, channels]. "
            f"Received: images of shape {images.shape}"
        )
    if images.shape[-1] not in (1, 3):
        raise ValueError(
            "Expected images of 3 channels (RGB) or 1 (grey); flatten transparency onto a colour first. "
            f"Received: images of shape {images.shape}"
        )
    return images
