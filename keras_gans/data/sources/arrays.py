"""Images that are numpy arrays already, in memory or in .npy and .npz files."""

import os
import warnings

import numpy as np

from keras_gans.data.decode import Header
from keras_gans.data.errors import DataError, DataWarning, printable
from keras_gans.data.sources.base import Source, digest

_IMAGE_KEYS = {"train": ("x_train", "images", "x", "data", "arr_0"), "test": ("x_test",)}
_LABEL_KEYS = {"train": ("y_train", "labels", "y", "arr_1"), "test": ("y_test",)}


class ArraySource(Source):
    """Images in one array.

    Args:
        images: [N, H, W, C], or [N, H, W] for grey; uint8, uint16, or float in [-1, 1] (kept as float32).
        labels: [N] integers from 0, or None.
        class_names: list of str, or None.
        name: for messages.

    Attributes:
        content: digest of shape, dtype, pixels and labels.

    Raises:
        DataError: wrong rank or dtype, NaN, floats outside of [-1, 1], labels that do not fit, or more classes than
            names.
    """

    in_memory = True

    def __init__(self, images, labels=None, class_names=None, name="array"):
        self.name = printable(name)
        self.images = check_images(images, self.name)
        self.labels = None if labels is None else check_labels(labels, len(self.images), self.name)
        self.class_names = class_names
        if class_names is not None and self.labels is not None and self.labels.max() >= len(class_names):
            raise DataError(
                f"class_names must name all {self.labels.max() + 1} classes. "
                f"Received: {self.name} with {len(class_names)} names"
            )
        self.notes = []
        self._content = None

    @property
    def content(self):
        if self._content is None:
            labels = None if self.labels is None else self.labels.tolist()
            sha = digest("array", self.images.shape, self.images.dtype.name, labels)
            for start in range(0, len(self.images), 4096):
                sha = digest(sha, memoryview(np.ascontiguousarray(self.images[start : start + 4096])).cast("B"))
            self._content = sha
        return self._content

    def __len__(self):
        return len(self.images)

    def name_of(self, index):
        return f"{self.name}[{index}]"

    def header(self, index):
        height, width, channels = self.images.shape[1:]
        return Header(height, width, channels, self.images.dtype.itemsize * 8, self.images.dtype.name)

    def pixels(self, index, at_least=None):
        return np.asarray(self.images[index])

    def select(self, indices):
        indices = np.asarray(indices, np.int64)
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other.images = self.images[indices]
        other.labels = None if self.labels is None else self.labels[indices]
        other._content = None
        return other


def check_images(images, name="array", name_of=None):
    """Returns images as a [N, H, W, C] array of uint8, uint16 or float32, or says why they are none.

    Args:
        images: see `ArraySource`.
        name: for messages.
        name_of: function of an index that names one image; None: `name[index]`.

    Raises:
        DataError: see `ArraySource`.
    """
    if not isinstance(images, np.ndarray):
        images = np.asarray(images)
    received = f"Received: {name} with shape={images.shape}, dtype={images.dtype}"
    if images.dtype == object:
        raise DataError(f"Images must be one array of numbers, not an array of objects. {received}")
    if images.ndim == 3 and images.shape[-1] in (1, 3, 4):
        raise DataError(f"Images need four axes [N, H, W, C]; this looks like a single image. {received}")
    if images.ndim == 3:
        images = images[..., None]
    if images.ndim != 4:
        raise DataError(f"Images must have the axes [N, H, W, C], or [N, H, W] for grey ones. {received}")
    if not all(images.shape):
        raise DataError(f"There is no image in the array. {received}")
    if images.shape[1] in (1, 3, 4) and images.shape[3] > 4 and images.shape[2] > 4:
        raise DataError(f"Images must have the channels last: [N, H, W, C]. {received}")
    if images.dtype in (np.uint8, np.uint16):
        return images
    if not np.issubdtype(images.dtype, np.floating):
        raise DataError(f"Images must be uint8, uint16, or float in [-1, 1]. {received}")
    return _check_floats(images, received, name, name_of or (lambda index: f"{name}[{index}]"))


def check_labels(labels, count, name="array"):
    """Returns labels as an int32 array [count], or says why they are none.

    Raises:
        DataError: not one integer from 0 for each image.
    """
    labels = np.asarray(labels)
    received = f"Received: labels of {name} with shape={labels.shape}, dtype={labels.dtype}"
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim == 2:
        raise DataError(f"Labels must be integers [N]; for one-hot rows pass labels.argmax(axis=-1). {received}")
    if not np.issubdtype(labels.dtype, np.integer):
        raise DataError(f"Labels must be integers. {received}")
    if labels.shape != (count,):
        raise DataError(f"There must be one label for each of the {count} images. {received}")
    if labels.min() < 0 or labels.max() >= 2**31:
        raise DataError(f"Labels must count from 0. Received: labels of {name} from {labels.min()} to {labels.max()}")
    return labels.astype(np.int32)


def read_array_file(path, split="train"):
    """Reads a .npy or .npz file, never executing anything in it.

    In a .npz the images are the array called `x_train`, `images`, `x`, `data` or `arr_0` (`x_test` for
    split="test"), the labels `y_train`, `labels`, `y` or `arr_1` (`y_test`), the class names `class_names`; a file
    with one array needs no such name. A .npy file is mapped, not read, so it may be larger than memory; its channels
    may come first.

    Args:
        path: the file.
        split: "train" or "test".

    Returns:
        `ArraySource`.

    Raises:
        DataError: the file is missing or damaged, holds objects, or holds no array of images.
    """
    path = os.fspath(path)
    shown = printable(path)
    if not os.path.isfile(path):
        raise DataError(f"The file of arrays does not exist. Received: source={shown!r}")
    try:
        if path.lower().endswith(".npy"):
            if split != "train":
                raise DataError(f'A .npy file has no splits. Received: split="{split}", source={shown!r}')
            images = np.load(path, mmap_mode="r", allow_pickle=False)
            first = images.ndim == 4 and images.shape[1] in (1, 3) and images.shape[3] > 4  # a view: nothing is read
            source = ArraySource(images.transpose(0, 2, 3, 1) if first else images, name=shown)
            source.notes += ["channels come first in the file: [N, C, H, W]"] if first else []
            return source
        with np.load(path, allow_pickle=False) as arrays:
            images, labels, names = _find(arrays, split, shown)
    except DataError:
        raise
    except Exception as error:  # numpy may raise anything on a file that somebody made up
        said = str(error)
        if "allow_pickle" in said or "Python objects" in said:
            said = "it holds Python objects, which are refused"
        raise DataError(f"The file of arrays cannot be read ({said}). Received: source={shown!r}") from error
    return ArraySource(images, labels, names, name=shown)


def _find(arrays, split, shown):
    keys = list(arrays.files)
    image_key = next((key for key in _IMAGE_KEYS[split] if key in keys), None)
    if image_key is None and len(keys) == 1 and split == "train":
        image_key = keys[0]
    if image_key is None:
        raise DataError(
            f"No array of images for split={split!r}; expected one called {' or '.join(_IMAGE_KEYS[split])}. "
            f"Received: source={shown!r} with {keys}"
        )
    label_key = next((key for key in _LABEL_KEYS[split] if key in keys), None)
    names = [str(name) for name in arrays["class_names"]] if "class_names" in keys else None
    return arrays[image_key], None if label_key is None else arrays[label_key], names


def _check_floats(images, received, name, name_of):
    images = images.astype(np.float32)
    low, high = float(images.min()), float(images.max())
    if not np.isfinite(low + high):
        bad = np.flatnonzero(~np.isfinite(images).all(axis=(1, 2, 3)))
        problems = [(name_of(index), "NaN" if np.isnan(images[index]).any() else "infinite") for index in bad]
        raise DataError(f"{len(bad)} of {len(images)} images hold values that are not finite.", problems)
    if low < -1.0 or high > 1.0:
        raise DataError(
            f"Float images must lie in [-1, 1]; these reach from {low:g} to {high:g}. {received}",
            hint="Pass integers as uint8 (0..255) or uint16 (0..65535).",
        )
    if low >= 0.0 and high > 0.0:
        warnings.warn(
            f"All values of {name} lie in [0, 1]. Floats are taken to be in [-1, 1] (-1 black, 1 white); if 0 means "
            "black here, pass images * 2 - 1.",
            DataWarning,
            stacklevel=4,
        )
    return images
