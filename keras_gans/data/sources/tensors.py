"""tf.data datasets: read into memory where they are finite and small, else passed through."""

import numpy as np

from keras_gans.data.decode import Header
from keras_gans.data.errors import DataError
from keras_gans.data.sources.arrays import ArraySource, check_images, check_labels
from keras_gans.data.sources.base import Source, digest

UNKNOWN_LENGTH_BYTES = 256 * 2**20
"""A dataset that does not know its length is read up to this many bytes before it is taken for endless."""


class ListSource(Source):
    """Images in a list of arrays [h, w, c] of differing sizes.

    Args:
        images: list of arrays, all uint8, all uint16 or all float32.
        labels: int32 array [N], or None.
        name: for messages.
    """

    def __init__(self, images, labels=None, name="dataset"):
        self.images, self.labels, self.name = images, labels, name
        self.notes = []

    @property
    def content(self):
        labels = None if self.labels is None else self.labels.tolist()
        shapes = [(image.shape, image.dtype.name) for image in self.images]
        return digest("list", shapes, labels, *(image.tobytes() for image in self.images))

    def __len__(self):
        return len(self.images)

    def name_of(self, index):
        return f"{self.name}[{index}]"

    def header(self, index):
        image = self.images[index]
        return Header(*image.shape, image.dtype.itemsize * 8, image.dtype.name)

    def pixels(self, index, at_least=None):
        return self.images[index]

    def select(self, indices):
        labels = None if self.labels is None else self.labels[np.asarray(indices, np.int64)]
        return ListSource([self.images[i] for i in indices], labels, self.name)


def without_keys(dataset):
    """The dataset with its elements as images or pairs (image, label) where they are dictionaries.

    Args:
        dataset: `tf.data.Dataset`; of dictionaries with "image" and perhaps "label", or of anything else.

    Raises:
        DataError: dictionaries without "image".
    """
    spec = dataset.element_spec
    if not isinstance(spec, dict):
        return dataset
    if "image" not in spec:
        raise DataError(f'Elements that are dictionaries need the key "image". Received: keys={sorted(spec)}')
    if "label" in spec:
        return dataset.map(lambda element: (element["image"], element["label"]))
    return dataset.map(lambda element: element["image"])


def elements(dataset):
    """The dataset one image at a time.

    Args:
        dataset: `tf.data.Dataset` of images [H, W, C] or batches [B, H, W, C]; of pairs (images, labels); or of
            dictionaries with "image" and perhaps "label".

    Returns:
        (dataset of image or (image, label), whether there are labels).

    Raises:
        DataError: elements of another kind.
    """
    dataset = without_keys(dataset)
    spec = dataset.element_spec
    labelled = isinstance(spec, (tuple, list))
    if labelled and len(spec) == 1:
        dataset, labelled = dataset.map(lambda e: e), False
        spec = dataset.element_spec
    image = spec[0] if labelled else spec
    if labelled and len(spec) != 2 or not hasattr(image, "shape"):
        raise DataError(f"Elements must be images, or pairs (image, label). Received: element_spec={spec}")
    rank = image.shape.rank
    if rank is None:
        for element in dataset.take(1):
            rank = (element[0] if labelled else element).shape.rank
    if rank == 4:
        dataset = dataset.unbatch()
    elif rank != 3:
        raise DataError(f"Images must be [H, W, C], or [B, H, W, C] in batches. Received: element_spec={spec}")
    return dataset, labelled


def read_dataset(dataset, budget, name="dataset"):
    """Reads a finite dataset into memory.

    Args:
        dataset: see `elements`.
        budget: most bytes of pixels to read.
        name: for messages.

    Returns:
        A `Source`; None if the dataset is infinite, or holds more than `budget` bytes, or more than
        `UNKNOWN_LENGTH_BYTES` without knowing its length.

    Raises:
        DataError: no image in it, or images or labels that cannot be used.
    """
    cardinality = int(dataset.cardinality())
    if cardinality == -1:  # infinite
        return None
    if cardinality == -2:  # unknown
        budget = min(budget, UNKNOWN_LENGTH_BYTES)
    dataset, labelled = elements(dataset)
    images, labels, size = [], [], 0
    for element in dataset.as_numpy_iterator():
        image = np.asarray(element[0] if labelled else element)
        size += image.nbytes
        if size > budget:
            return None
        images.append(image)
        if labelled:
            labels.append(element[1])
    if not images:
        raise DataError(f"There is no image in the dataset. Received: source={name}")
    labels = np.asarray(labels) if labelled else None
    if len({image.shape for image in images}) == 1:
        return ArraySource(np.stack(images), labels, name=name)
    images = [check_images(image[None], f"{name}[{index}]")[0] for index, image in enumerate(images)]
    return ListSource(images, None if labels is None else check_labels(labels, len(images), name), name)
