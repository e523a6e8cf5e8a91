"""Images in a folder, at any depth."""

import os

import numpy as np

from keras_gans.data.decode import EXTENSIONS
from keras_gans.data.errors import DataError, Unreadable, printable, some
from keras_gans.data.sources.base import EncodedSource, digest

_IGNORED_FOLDERS = {"__MACOSX"}


class FolderSource(EncodedSource):
    """Every file below a folder whose name ends like an image's, sorted by its path.

    Where there is no image, files .npy are taken, each for one image. Hidden files and folders are left alone; links
    are followed, each real folder once, but for links to a folder that holds this one. When every image sits in a
    sub-folder and there are at least two of them, the first folder of its path is its class; classes are numbered in
    sorted order.

    Args:
        path: the folder.

    Attributes:
        content: digest of the relative paths, the sizes in bytes and the classes: the same on every machine; a file
            replaced by another one of the same name and size is not noticed.

    Raises:
        DataError: the folder is missing, unreadable or holds no image.
    """

    def __init__(self, path):
        path = os.fspath(path)
        if not os.path.exists(path):
            raise DataError(f"The folder of images does not exist. Received: source={printable(path)!r}")
        if not os.path.isdir(path):
            raise DataError(f"Not a folder. Received: source={printable(path)!r}")
        self.name, self.path = printable(path), path
        others = self._list()
        if not self.files:
            found = f"it holds {some(others, 'file')} of other kinds" if others else "it is empty"
            raise DataError(
                f"No image in the folder ({found}). Received: source={printable(path)!r}",
                hint=f"Files are taken for images by their names: {' '.join(sorted(EXTENSIONS))}",
            )
        self.notes = [f"{some(others, 'file')} of other kinds left alone"] if others else []
        self.labels, self.class_names = classes_of(self.files)
        self._digest()

    def __len__(self):
        return len(self.files)

    def name_of(self, index):
        return self.files[index]

    def open(self, index):
        path = os.path.join(self.path, self.files[index])
        if not os.path.isfile(path):
            raise Unreadable("a broken link" if os.path.islink(path) else "not a regular file")
        return open(path, "rb")

    def select(self, indices):
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other.files = [self.files[i] for i in indices]
        other.sizes = [self.sizes[i] for i in indices]
        other.labels = None if self.labels is None else self.labels[np.asarray(indices, np.int64)]
        other._digest()
        return other

    def _list(self):
        """Fills `files` (paths inside the folder, with "/") and `sizes`; returns how many other files were seen."""
        found, arrays, others, seen = [], [], 0, set()
        root = os.path.realpath(self.path)

        def fail(error):
            raise DataError(
                f"A folder cannot be read ({error.strerror}). Received: source={printable(error.filename)!r}"
            )

        for folder, folders, files in os.walk(self.path, followlinks=True, onerror=fail):
            real = os.path.realpath(folder)
            if real in seen or root.startswith(os.path.join(real, "")):  # leads back or above, or is a second way
                folders.clear()
                continue
            seen.add(real)
            folders[:] = sorted(f for f in folders if not f.startswith(".") and f not in _IGNORED_FOLDERS)
            for file in files:
                if file.startswith("."):
                    continue
                kind = os.path.splitext(file)[1].lower()
                if kind not in EXTENSIONS:
                    others += 1
                    if kind != ".npy":
                        continue
                path = os.path.join(folder, file)
                size = os.stat(path).st_size if os.path.exists(path) else -1
                listed = found if kind in EXTENSIONS else arrays
                listed.append((os.path.relpath(path, self.path).replace(os.sep, "/"), size))
        if not found:
            found, others = arrays, others - len(arrays)
        found.sort()
        self.files = [path for path, _ in found]
        self.sizes = [size for _, size in found]
        return others

    def _digest(self):
        paths = [printable(path) for path in self.files]
        labels = None if self.labels is None else self.labels.tolist()
        self.content = digest("folder", paths, self.sizes, labels)


def classes_of(paths):
    """Classes by the first folder of each path.

    Args:
        paths: list of str with "/" between folders.

    Returns:
        (labels int32 [N], sorted names of the classes); (None, None) unless every path has a folder and there are at
        least two different ones.

    Example:

    >>> classes_of(["dog/1.png", "cat/x/2.png"])
    (array([1, 0], dtype=int32), ['cat', 'dog'])
    """
    tops = [path.split("/", 1)[0] if "/" in path else None for path in paths]
    names = sorted({top for top in tops if top is not None})
    if None in tops or len(names) < 2:
        return None, None
    numbers = {name: number for number, name in enumerate(names)}
    return np.array([numbers[top] for top in tops], np.int32), [printable(name) for name in names]
