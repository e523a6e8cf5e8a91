"""Exact nearest neighbours in Euclidean distance, in tiles, so that 50,000 x 2048 fits in a few GB."""

from typing import NamedTuple

import numpy as np

from keras_gans.metrics.checks import check_count, check_features, check_same_width, row_blocks

TILE_ROWS = 2048
# |x|² + |y|² - 2xy of equal rows is rounding noise, not zero. Below this share of |x|² it is called zero.
ZERO = 64 * np.finfo(np.float64).eps
KEPT = (np.float32, np.float64, np.uint8)  # pixels stay pixels: a tile at a time becomes float64


class Neighbors(NamedTuple):
    """Distances [Q K], ascending, and the rows of the gallery [Q K] that they belong to."""

    distances: np.ndarray
    indices: np.ndarray


def nearest_neighbors(queries, gallery, k=1):
    """The k nearest rows of `gallery` for each row of `queries`, exactly.

    Args:
        queries: array [Q D], finite: features, or flattened pixels.
        gallery: array [G D], finite.
        k: int, 1 to G.

    Returns:
        Neighbors(distances [Q K] float64, indices [Q K] int64), nearest first, equally near ones by their index.

    Raises:
        ValueError: If the arrays are not such, have unlike dimensions, or the gallery holds fewer than `k` rows.

    Example:

    >>> nearest_neighbors([[0.0, 0.0]], [[3.0, 4.0], [0.0, 1.0], [9.0, 9.0]], k=2)
    Neighbors(distances=array([[1., 5.]]), indices=array([[1, 0]]))
    """
    k = check_count(k, "k")
    queries = check_features(queries, "queries", kept=KEPT)
    gallery = check_features(gallery, "gallery", kept=KEPT)
    check_same_width(queries, gallery, ("queries", "gallery"))
    if len(gallery) < k:
        raise ValueError(f"gallery must hold at least k={k} rows. Received: {len(gallery)}")
    distances = np.full((len(queries), k), np.inf)
    indices = np.zeros((len(queries), k), np.int64)
    for row, column, squared in distance_tiles(queries, gallery):
        _merge(distances[row], indices[row], squared, column.start)
    return Neighbors(np.sqrt(distances), indices)


def squared_radii(features, k, name="features"):
    """Squared distance of each row to its k-th nearest other row (squared, for the root would blur ties).

    Args:
        features: array [N D], finite, N > k.
        k: int, at least 1.
        name: str, what to call it in an error.

    Returns:
        float64 array [N].

    Raises:
        ValueError: If there are not more than `k` rows.

    Example:

    >>> squared_radii(np.array([[0.0], [1.0], [3.0]]), k=1)
    array([1., 1., 4.])
    """
    k = check_count(k, "k")
    features = check_features(features, name)
    if len(features) <= k:
        raise ValueError(f"{name} must hold more than k={k} samples. Received: {len(features)}")
    radii = np.full((len(features), k), np.inf)  # the k smallest so far, in no order
    for row, column, squared in distance_tiles(features, features, upper=True):
        if row == column:
            np.fill_diagonal(squared, np.inf)
        for rows, tile in ((row, squared), (column, squared.T))[: 1 if row == column else 2]:
            smallest = np.partition(tile, k - 1, axis=1)[:, :k] if tile.shape[1] > k else tile
            radii[rows] = np.partition(np.concatenate([radii[rows], smallest], axis=1), k - 1, axis=1)[:, :k]
    return radii.max(axis=1)


def distance_tiles(rows, columns, upper=False):
    """Yields (row slice, column slice, squared distances [r c] float64) over all pairs; row tiles outermost.

    `upper` leaves out the tiles below the diagonal, for a set and itself.
    Equal rows have a distance of exactly zero. Both sets are shifted first, to keep digits where features share a large
    mean; by a number of few bits, so that features on a grid stay on one and equal distances stay equal.
    """
    shift = rows.mean(axis=0, dtype=np.float64)
    bit = 2.0 ** (np.floor(np.log2(max(np.abs(shift).max(), 1e-300))) - 8)
    shift = np.round(shift / bit) * bit
    for row in row_blocks(len(rows), 1, TILE_ROWS):
        x = rows[row] - shift  # [r D] float64
        x_norm = np.einsum("nd,nd->n", x, x)[:, None]
        for column in row_blocks(len(columns), 1, TILE_ROWS):
            if upper and column.start < row.start:
                continue
            y = columns[column] - shift
            squared = x @ y.T  # [r c]
            squared *= -2.0
            squared += x_norm
            squared += np.einsum("nd,nd->n", y, y)
            squared[squared <= ZERO * x_norm] = 0.0
            yield row, column, squared


def _merge(distances, indices, squared, offset):
    """Keeps the k smallest of `distances` and `squared`, in place: nearest first, equals by index."""
    k = distances.shape[1]
    if squared.shape[1] > k:
        chosen = np.argpartition(squared, k - 1, axis=1)[:, :k]  # [r k]
        farthest = np.take_along_axis(squared, chosen[:, -1:], axis=1)
        tied = np.count_nonzero(squared <= farthest, axis=1) > k  # argpartition takes any of them
        chosen[tied] = np.argsort(squared[tied], axis=1, kind="stable")[:, :k]
    else:
        chosen = np.broadcast_to(np.arange(squared.shape[1]), squared.shape)
    both = np.concatenate([distances, np.take_along_axis(squared, chosen, axis=1)], axis=1)
    rows = np.concatenate([indices, chosen + offset], axis=1)
    kept = np.lexsort((rows, both), axis=-1)[:, :k]
    distances[:] = np.take_along_axis(both, kept, axis=1)
    indices[:] = np.take_along_axis(rows, kept, axis=1)
