"""Fashion-MNIST: inside the package, and the full set where it is installed.

10,000 training images (the first of the official training set) and 1,000 held-out ones (the first of the official
test set) ship with the package, so "fashion_mnist" is the same on every machine. "fashion_mnist:full" is the official
set of 60,000 and 10,000, read from where the Debian package dataset-fashion-mnist puts it, or from where Keras keeps
what `keras.datasets.fashion_mnist.load_data()` downloaded.

Reference: Xiao, Rasul and Vollgraf 2017, arXiv:1708.07747. Licence: MIT, in `embedded/fashion_mnist_LICENSE.txt`.
"""

import gzip
import importlib.resources
import lzma
import os

import numpy as np

from keras_gans.data.errors import DataError
from keras_gans.data.sources.arrays import ArraySource

CLASS_NAMES = "T-shirt/top, Trouser, Pullover, Dress, Coat, Sandal, Shirt, Sneaker, Bag, Ankle boot".split(", ")
NAMES = ("fashion_mnist", "fashion_mnist:full")  # by which `load` knows them
FULL_FOLDERS = ("/usr/share/datasets/fashion-mnist", "~/.keras/datasets/fashion-mnist")
_COUNTS = {"train": 10_000, "test": 1_000}
_FULL_COUNTS = {"train": 60_000, "test": 10_000}
_FULL_FILES = {"train": "train", "test": "t10k"}


def fashion_mnist(split="train", full=False, folders=FULL_FOLDERS):
    """Fashion-MNIST as a source of grey 28x28 images in ten classes.

    Args:
        split: "train" or "test".
        full: whether the whole official set is meant, which must be installed; else the part in the package.
        folders: where the full set is looked for.

    Returns:
        `ArraySource` of 10,000 or 1,000 images; of 60,000 or 10,000 if `full`.

    Raises:
        DataError: the full set is not installed or is damaged.

    Example:

    >>> source = fashion_mnist("test")
    >>> source.images.shape, source.class_names[source.labels[0]]
    ((1000, 28, 28, 1), 'Ankle boot')
    """
    if not full:
        return ArraySource(*_embedded(split), CLASS_NAMES, name=NAMES[0])
    return ArraySource(*_installed(split, folders), CLASS_NAMES, name=NAMES[1])


def _embedded(split):
    """One xz stream: the images of both splits, then their labels, as plain bytes."""
    packed = importlib.resources.files("keras_gans.data.embedded").joinpath("fashion_mnist.xz").read_bytes()
    data = np.frombuffer(lzma.decompress(packed), np.uint8)
    total = sum(_COUNTS.values())
    images, labels = data[: total * 784].reshape(total, 28, 28, 1), data[total * 784 :]
    part = slice(0, _COUNTS["train"]) if split == "train" else slice(_COUNTS["train"], total)
    return images[part], labels[part]


def _installed(split, folders):
    looked = [os.path.expanduser(folder) for folder in folders]
    prefix, count = _FULL_FILES[split], _FULL_COUNTS[split]
    for folder in looked:
        paths = [os.path.join(folder, f"{prefix}-{what}.gz") for what in ("images-idx3-ubyte", "labels-idx1-ubyte")]
        if all(os.path.isfile(path) for path in paths):
            return _idx(paths[0], 16, (count, 28, 28, 1)), _idx(paths[1], 8, (count,))
    raise DataError(
        "The full Fashion-MNIST is not installed. Received: source='fashion_mnist:full'",
        [(folder, f"no {prefix}-images-idx3-ubyte.gz and {prefix}-labels-idx1-ubyte.gz") for folder in looked],
        hint="Install the Debian package dataset-fashion-mnist, or use source='fashion_mnist': 10,000 images that "
        "come with keras_gans.",
    )


def _idx(path, offset, shape):
    try:
        with gzip.open(path) as file:
            data = file.read(offset + int(np.prod(shape)) + 1)
    except (OSError, EOFError) as error:
        raise DataError(f"The full Fashion-MNIST is damaged ({error}). Received: source={path!r}") from error
    if len(data) != offset + np.prod(shape):
        raise DataError(f"The full Fashion-MNIST is damaged (wrong length). Received: source={path!r}")
    return np.frombuffer(data, np.uint8, offset=offset).reshape(shape)
