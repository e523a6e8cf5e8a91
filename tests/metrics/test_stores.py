"""Stores: batches, replicas and processes leave no trace in the result."""

import numpy as np
import pytest

from keras_gans.metrics.stores import FeatureStore, ImageStore
from tests.metrics.test_statistics_files import damaged_files

ROWS = np.random.default_rng(0).normal(size=(23, 4)).astype("float32")
IMAGES = np.random.default_rng(0).integers(0, 256, (9, 8, 8, 3)).astype("uint8")


@pytest.mark.parametrize("batch", [1, 5, 23])
def test_batches_do_not_matter(batch):
    store = FeatureStore()
    for start in range(0, 23, batch):
        store.update(ROWS[start : start + batch])
    np.testing.assert_array_equal(store.result(), ROWS)
    assert store.result().dtype == np.float32 and len(store) == 23


def test_replicas_merge_in_any_order():
    stores = [FeatureStore() for _ in range(3)]
    for replica, store in enumerate(stores):
        positions = np.arange(replica, 23, 3)
        for part in np.array_split(positions, 2):
            store.update(ROWS[part], part)
    for order in ([0, 1, 2], [2, 0, 1]):
        whole = FeatureStore()
        for i in order:
            whole.merge(stores[i])
        np.testing.assert_array_equal(whole.result(), ROWS)
        assert whole.fingerprint() == stores_of(ROWS).fingerprint()


def stores_of(rows):
    store = FeatureStore()
    store.update(rows)
    return store


def test_processes_exchange_files(tmp_path):
    store = ImageStore()
    store.update(IMAGES)
    store.save(tmp_path / "part.npz")
    np.testing.assert_array_equal(ImageStore.load(tmp_path / "part.npz").result(), IMAGES)
    assert len(ImageStore.load(tmp_path / "part.npz", capacity=4)) == 4
    (tmp_path / "bad.npz").write_bytes(b"PK nonsense")
    with pytest.raises(ValueError, match=r"bad\.npz is not a file that ImageStore\.save wrote"):
        ImageStore.load(tmp_path / "bad.npz")


def test_a_capacity_keeps_the_first_positions_whoever_adds_them():
    store = FeatureStore(capacity=10)
    store.update(ROWS[12:], np.arange(12, 23))
    assert len(store) == 0 and not store.full
    store.update(ROWS[:12], np.arange(12))
    np.testing.assert_array_equal(store.result(), ROWS[:10])
    assert store.full


def test_fingerprints_tell_content_apart():
    assert stores_of(ROWS).fingerprint() != stores_of(ROWS[::-1]).fingerprint()
    assert stores_of(ROWS).fingerprint() != stores_of(ROWS.astype("float64")).fingerprint()


def test_bad_use_is_a_clear_error():
    store = FeatureStore()
    with pytest.raises(ValueError, match="is empty"):
        store.result()
    store.update(ROWS)
    with pytest.raises(ValueError, match="rows of the shape"):
        store.update(ROWS[:, :2])
    with pytest.raises(ValueError, match="positions must be"):
        store.update(ROWS, np.arange(3))
    with pytest.raises(ValueError, match="Only a FeatureStore"):
        store.merge(ImageStore())
    with pytest.raises(ValueError, match="finite"):
        store.update(ROWS * np.nan)
    with pytest.raises(ValueError, match="0 or more. Received: -1"):
        store.update(ROWS[:2], np.array([0, -1]))
    store.update(ROWS[:1], np.array([4]))
    with pytest.raises(ValueError, match="Two rows were added at position 4"):
        store.result()
    itself = FeatureStore()
    itself.update(ROWS)
    itself.merge(itself)
    with pytest.raises(ValueError, match="Two rows were added at position 0"):
        itself.result()
    with pytest.raises(ValueError, match="uint8"):
        ImageStore().update(IMAGES.astype("float32"))


def test_damaged_files_are_clear_errors(tmp_path):
    for path in damaged_files(tmp_path, "rows", "positions"):
        with pytest.raises(ValueError, match="not a file that FeatureStore.save wrote"):
            FeatureStore.load(path)


def test_what_is_no_batch_of_images():
    for bad in (5, None, "images", []):
        with pytest.raises(ValueError, match="Received"):
            ImageStore().update(bad)
