"""Nearest neighbours: exact over tiles, equal rows at distance zero, ties by index."""

import numpy as np
import pytest

from keras_gans.metrics import neighbors
from keras_gans.metrics.neighbors import nearest_neighbors, squared_radii
from tests.reference import metrics as reference

RANDOM = np.random.default_rng(0)


@pytest.mark.parametrize("tile", [7, 64, 2048])
@pytest.mark.parametrize("k", [1, 3, 30])
def test_it_is_a_full_sort(monkeypatch, tile, k):
    monkeypatch.setattr(neighbors, "TILE_ROWS", tile)
    queries, gallery = RANDOM.normal(size=(25, 5)), RANDOM.normal(size=(30, 5))
    squared = reference.distances(queries, gallery)
    found = nearest_neighbors(queries, gallery, k)
    np.testing.assert_array_equal(found.indices, np.argsort(squared, axis=1)[:, :k])
    np.testing.assert_allclose(found.distances, np.sqrt(np.sort(squared, axis=1)[:, :k]), rtol=1e-9)


def test_equal_rows_are_at_zero_even_far_from_the_origin():
    rows = RANDOM.normal(size=(50, 300)).astype("float32") + np.float32(1000.0)
    found = nearest_neighbors(rows, rows, 1)
    assert (found.distances == 0).all()
    np.testing.assert_array_equal(found.indices[:, 0], np.arange(50))


def test_equals_come_in_the_order_of_the_gallery(monkeypatch):
    monkeypatch.setattr(neighbors, "TILE_ROWS", 3)
    assert nearest_neighbors([[0.0]], [[1.0], [-1.0], [1.0], [-1.0]], 3).indices.tolist() == [[0, 1, 2]]


@pytest.mark.parametrize("tile", [7, 2048])
def test_radii_leave_the_sample_itself_out(monkeypatch, tile):
    monkeypatch.setattr(neighbors, "TILE_ROWS", tile)
    rows = np.concatenate([RANDOM.normal(size=(20, 4)), np.zeros((2, 4))])  # two that are equal
    np.testing.assert_allclose(squared_radii(rows, 3), reference.radii(rows, 3), rtol=1e-9)
    assert squared_radii(rows, 1)[-1] == 0.0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [((np.ones((2, 3)), np.ones((2, 4)), 1), "same dimensions"), ((np.ones((2, 3)), np.ones((2, 3)), 3), "k=3"),
     ((np.ones((2, 3)), np.ones((2, 3)), 0), "k must"), ((np.full((2, 3), np.inf), np.ones((2, 3)), 1), "finite")],
)  # fmt: skip
def test_bad_input_is_a_clear_error(arguments, message):
    with pytest.raises(ValueError, match=message):
        nearest_neighbors(*arguments)
    with pytest.raises(ValueError, match="more than k=2"):
        squared_radii(np.ones((2, 3)), 2)


def test_equally_near_neighbours_come_by_their_index():
    random = np.random.default_rng(0)
    queries, gallery = random.integers(0, 3, (40, 3)), random.integers(0, 3, (300, 3))
    distances = np.linalg.norm(queries[:, None] - gallery[None], axis=-1)
    for k in (1, 7, 300):
        np.testing.assert_array_equal(
            nearest_neighbors(queries, gallery, k).indices, np.argsort(distances, axis=1, kind="stable")[:, :k]
        )
