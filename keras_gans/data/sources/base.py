"""What every source of images looks like from above."""

import hashlib
import json
import os

from keras_gans.data.decode import decode, is_whole, read_header
from keras_gans.data.errors import Unreadable


class Source:
    """A numbered list of images, each readable on its own from any thread.

    Subclasses set the attributes and implement `name_of`, `header`, `pixels` and `select`.

    Attributes:
        name: what the user called it.
        labels: int32 array [N], or None.
        class_names: list of str, one for each class, or None.
        in_memory: whether pixels are arrays already, so that reading them costs nothing.
        content: sha256 hex digest of what identifies the content (each source says what that is).
        notes: list of sentences about choices that were made while listing the images.
    """

    name = ""
    labels = None
    class_names = None
    in_memory = False
    content = ""
    notes = ()

    def __len__(self):
        raise NotImplementedError

    def name_of(self, index):
        """The name by which a user knows image `index`."""
        raise NotImplementedError

    def header(self, index):
        """`decode.Header` of image `index`; raises `Unreadable`."""
        raise NotImplementedError

    def pixels(self, index, at_least=None):
        """[h, w, c] array of image `index`: uint8, uint16 or float32 in [-1, 1]; raises `Unreadable`.

        With `at_least=(height, width)` a smaller decoding that is still at least this large may be returned.
        """
        raise NotImplementedError

    def level(self, index, resolution):
        """[resolution, resolution, c] array where that level is stored, else None."""
        return None

    def reduced(self, resolution):
        """The same source at a lower resolution that it stores, which is then its largest; else itself."""
        return self

    def is_whole(self, index):
        """False where only decoding can tell whether image `index` is complete."""
        return True

    def select(self, indices):
        """The same source with only these images, in this order."""
        raise NotImplementedError


class EncodedSource(Source):
    """Images that are stored encoded; subclasses implement `open(index)` -> binary file object, seekable."""

    def open(self, index):
        raise NotImplementedError

    def header(self, index):
        with self._opened(index) as file:
            return read_header(file)

    def pixels(self, index, at_least=None):
        with self._opened(index) as file:
            return decode(file, at_least)

    def is_whole(self, index):
        format = self.header(index).format
        with self._opened(index) as file:
            return is_whole(file, format)

    def _opened(self, index):
        try:
            return self.open(index)
        except OSError as error:
            raise Unreadable(f"cannot be opened ({error.strerror or error})") from error


class OpenFile:
    """A file to read places of, by any number of threads; closed when nobody refers to it any more.

    Args:
        path: str.

    Raises:
        OSError: it cannot be opened.
    """

    def __init__(self, path):
        self._descriptor = None
        self._descriptor = os.open(path, os.O_RDONLY)
        self.size = os.fstat(self._descriptor).st_size

    def read(self, length, offset):
        """The `length` bytes at `offset`; fewer at the end of the file."""
        return os.pread(self._descriptor, length, offset)

    def __del__(self):
        if self._descriptor is not None:
            os.close(self._descriptor)


def digest(*parts):
    """sha256 hex digest of values that JSON can write, or bytes, in order.

    Example:

    >>> digest("a", 1) == digest("a", 1) != digest("a", 2)
    True
    """
    sha = hashlib.sha256()
    for part in parts:
        raw = isinstance(part, (bytes, memoryview))
        data = part if raw else json.dumps(part, sort_keys=True).encode()
        sha.update(f"{'raw' if raw else 'json'} {len(data)} ".encode())
        sha.update(data)
    return sha.hexdigest()
