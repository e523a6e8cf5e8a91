"""Stores: rows of features, or images, collected batch by batch, on any number of replicas, in any order.

A row is known by its position in the whole set, so what comes out depends neither on the size of batches nor on who
saw which: the metrics that need all samples at once (kernel distance, precision and recall, sliced Wasserstein ...)
then give the number that one big array would give.
"""

import hashlib
import pathlib

import numpy as np

from keras_gans.metrics.checks import NPZ_ERRORS, check_count, check_features, check_images


class _Store:
    """Rows by position; see FeatureStore."""

    def __init__(self, capacity=None):
        self.capacity = None if capacity is None else check_count(capacity, "capacity")
        self._positions = []
        self._rows = []
        self._next = 0

    def __len__(self):
        """Rows held now."""
        return sum(len(rows) for rows in self._rows)

    @property
    def full(self):
        """bool: as many rows as `capacity` are held."""
        return self.capacity is not None and len(self) >= self.capacity

    def update(self, rows, positions=None):
        """Adds a batch.

        Args:
            rows: array [B ...].
            positions: int array [B], where the rows stand in the whole set; None to follow those added last. Rows at
                `capacity` and beyond are not kept.

        Raises:
            ValueError: If the rows are not such as the store holds, or positions are not one each.
        """
        rows = self._check(rows)
        if positions is None:
            positions = np.arange(self._next, self._next + len(rows))
        positions = np.asarray(positions)
        if positions.shape != (len(rows),) or not np.issubdtype(positions.dtype, np.integer):
            raise ValueError(f"positions must be {len(rows)} integers. Received: shape={positions.shape}")
        if len(positions) and positions.min() < 0:
            raise ValueError(f"positions must be 0 or more. Received: {positions.min()}")
        if self._rows and rows.shape[1:] != self._rows[0].shape[1:]:
            raise ValueError(
                f"Every batch must have rows of the shape {self._rows[0].shape[1:]}. Received: {rows.shape[1:]}"
            )
        if len(positions):
            self._next = max(self._next, int(positions.max()) + 1)
        kept = slice(None) if self.capacity is None else positions < self.capacity
        self._positions.append(positions[kept].astype(np.int64))
        self._rows.append(np.array(rows[kept]))

    def merge(self, other):
        """Adds what another store (of another replica or process, at other positions) holds.

        Args:
            other: a store of the same kind.

        Raises:
            ValueError: If it is another kind.
        """
        if type(other) is not type(self):
            raise ValueError(f"Only a {type(self).__name__} can be merged. Received: {type(other).__name__}")
        for rows, positions in list(zip(other._rows, other._positions)):  # `other` may be this one
            self.update(rows, positions)

    def result(self):
        """All rows as one array [N ...], in the order of their positions.

        Raises:
            ValueError: If the store is empty, or two rows have one position.
        """
        if not len(self):
            raise ValueError(f"This {type(self).__name__} is empty.")
        if len(self._rows) > 1 or np.any(np.diff(self._positions[0]) <= 0):
            positions = np.concatenate(self._positions)
            places = np.empty(len(positions), np.int64)
            places[np.argsort(positions, kind="stable")] = np.arange(len(positions))
            positions = np.sort(positions)
            if (np.diff(positions) == 0).any():
                twice = int(positions[:-1][np.diff(positions) == 0][0])
                raise ValueError(f"Two rows were added at position {twice}: give each replica its own positions.")
            rows = np.empty(
                (len(positions), *self._rows[0].shape[1:]), np.result_type(*{part.dtype for part in self._rows})
            )
            end = len(rows)
            while self._rows:  # each batch is let go of: not everything twice in memory
                part = self._rows.pop()
                rows[places[end - len(part) : end]] = part
                end -= len(part)
            self._rows, self._positions = [rows], [positions]
        return self._rows[0]

    def fingerprint(self):
        """sha256 (hex) of shape, type and content."""
        rows = np.ascontiguousarray(self.result())
        digest = hashlib.sha256(f"{rows.dtype} {rows.shape}".encode())
        digest.update(rows.view(np.uint8).reshape(-1).data)
        return digest.hexdigest()

    def save(self, path):
        """Writes rows and positions to an .npz file, for another process to `load` and `merge`."""
        rows = self.result()
        with open(path, "wb") as file:
            np.savez(file, rows=rows, positions=self._positions[0])

    @classmethod
    def load(cls, path, capacity=None):
        """Returns the store that `save` wrote.

        Raises:
            ValueError: If the file is no such file.
        """
        try:
            with np.load(pathlib.Path(path), allow_pickle=False) as file:
                rows, positions = file["rows"], file["positions"]
        except NPZ_ERRORS as error:
            raise ValueError(f"{path} is not a file that {cls.__name__}.save wrote: {error}") from error
        store = cls(capacity)
        store.update(rows, positions)
        return store


class FeatureStore(_Store):
    """Collects features [B D], float32 or float64.

    Args:
        capacity: int, positions from which rows are no longer kept; None to keep all.

    Example:

    >>> here, there = FeatureStore(), FeatureStore()
    >>> here.update([[0.0], [2.0]], positions=np.array([0, 2]))
    >>> there.update([[1.0]], positions=np.array([1]))
    >>> here.merge(there)
    >>> here.result().ravel().tolist()
    [0.0, 1.0, 2.0]
    """

    def _check(self, rows):
        return check_features(rows, "features", minimum=0)


class ImageStore(_Store):
    """Collects images [B H W C], uint8.

    Args:
        capacity: int, positions from which images are no longer kept; None to keep all.

    Example:

    >>> store = ImageStore(capacity=3)
    >>> for _ in range(2):
    ...     store.update(np.zeros((2, 8, 8, 3), "uint8"))
    >>> len(store), store.full
    (3, True)
    """

    def _check(self, rows):
        rows = np.asarray(rows)
        rows = rows if rows.ndim and not len(rows) else check_images(rows)
        if rows.dtype != np.uint8:
            raise ValueError(f"An ImageStore holds uint8 images. Received: dtype={rows.dtype}")
        return rows
