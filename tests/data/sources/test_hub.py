import shutil

import numpy as np
import pytest
import tensorflow_datasets as tfds

from keras_gans.data import DataError, load
from keras_gans.data.sources.hub import BytesSource, open_hub
from keras_gans.data.streams import StreamData

PIXELS = np.random.default_rng(0).integers(0, 256, (12, 8, 8, 3), "uint8")


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    """In tfds format: `local_things/big` with labels and two splits, and `local_words` without images."""
    folder = tmp_path_factory.mktemp("tfds")
    features = tfds.features.FeaturesDict(
        {
            "image": tfds.features.Image(shape=(None, None, 3), encoding_format="png"),
            "label": tfds.features.ClassLabel(names=["cat", "dog", "emu"]),
        }
    )
    splits = {
        "train": [(k, {"image": image, "label": k % 3}) for k, image in enumerate(PIXELS[:9])],
        "test": [(k, {"image": image, "label": 0}) for k, image in enumerate(PIXELS[9:])],
    }

    def write(name, config, features, splits):
        tfds.dataset_builders.store_as_tfds_dataset(
            name=name, config=config, version="1.0.0", data_dir=folder, features=features, split_datasets=splits
        )

    write("local_things", "big", features, splits)
    words = tfds.features.FeaturesDict({"text": tfds.features.Text()})
    write("local_words", None, words, {"train": [(0, {"text": "word"})]})
    return folder


def everything(images):
    return sorted(image.tobytes() for image in images)


def test_images_labels_and_splits(data_dir):
    data = load("tfds:local_things/big", data_dir=data_dir)
    assert len(data) == 9 and data.class_names == ["cat", "dog", "emu"] and data.exact_position
    assert everything(data.read(range(9))) == everything(PIXELS[:9])
    labels = {image.tobytes(): k % 3 for k, image in enumerate(PIXELS[:9])}
    assert [labels[image.tobytes()] for image in data.read(range(9))] == data.labels.tolist()
    test = load("tfds:local_things/big:1.0.0", split="test", data_dir=data_dir, resolution=4)
    assert len(test) == 3 and test.image_shape == (4, 4, 3)
    assert len(load("tfds:local_things/big", split="train[:4]", data_dir=data_dir)) == 4


def test_the_order_is_always_the_same(data_dir):
    first, second = (load("tfds:local_things/big", data_dir=data_dir) for _ in range(2))
    np.testing.assert_array_equal(first.read(range(9)), second.read(range(9)))
    assert first.fingerprint == second.fingerprint


def test_large_ones_are_passed_through(data_dir, monkeypatch):
    monkeypatch.setattr("keras_gans.data.loading.CACHE_SHARE", 0.0)
    data = load("tfds:local_things/big", data_dir=data_dir)
    assert isinstance(data, StreamData) and data.num_classes == 3 and len(data) == 9
    images, labels = next(iter(data.batches(9)))
    assert everything(images.numpy()) == everything(PIXELS[:9]) and labels.shape == (9,)
    dataset, classes, files = open_hub("local_things/big", data_dir=data_dir, budget=0)
    assert [path.name for path in files] == ["local_things-train.tfrecord-00000-of-00001"]
    assert classes == 3 and dataset.element_spec[0].shape[-1] == 3


def test_what_is_not_there(data_dir, tmp_path):
    with pytest.raises(DataError, match="no such data set.*Received: source='tfds:no_such_thing'"):
        open_hub("no_such_thing", data_dir=data_dir)
    with pytest.raises(DataError, match="no such split; it has .*test.*Received: split='val'"):
        open_hub("local_things/big", "val", data_dir)
    with pytest.raises(DataError, match="no images; its features are"):
        open_hub("local_words", data_dir=data_dir)
    for budget in (0, 10**9):
        with pytest.raises(DataError, match="no image in this split"):
            open_hub("local_things/big", "train[:0]", data_dir, budget)


def test_damaged_records_are_named(data_dir, tmp_path, monkeypatch):
    shutil.copytree(data_dir, tmp_path / "copy")
    (path,) = (tmp_path / "copy").rglob("local_things-train*")
    whole = path.read_bytes()
    second = int.from_bytes(whole[:8], "little") + 16  # where the second record begins, its data 12 bytes later
    flipped = bytearray(whole)
    flipped[second + 60] ^= 1
    for content, said in [
        (flipped, f"{path.name}: corrupted record at byte {second + 12}"),
        (whole[: second + 40], f"{path.name}: truncated record at byte {second}"),
        (whole[:second], "1 records instead of 9"),
    ]:
        path.write_bytes(content)
        with pytest.raises(DataError, match="are damaged") as caught:
            load("tfds:local_things/big", data_dir=tmp_path / "copy")
        assert said in str(caught.value)
    path.write_bytes(flipped)
    monkeypatch.setattr("keras_gans.data.loading.CACHE_SHARE", 0.0)
    data = load("tfds:local_things/big", data_dir=tmp_path / "copy")
    with pytest.raises(DataError, match=f"corrupted record at byte {second + 12}"), data.errors():
        list(data.batches(1).take(4))
    assert data.name == "tfds:local_things/big"


def test_not_prepared(tmp_path, monkeypatch):
    def fail(self, **options):
        raise ConnectionError("no network\nmore lines")

    monkeypatch.setattr(tfds.core.DatasetBuilder, "download_and_prepare", fail)
    with pytest.raises(DataError, match=r"not prepared in .*failed \(no network\)") as caught:
        open_hub("mnist", data_dir=tmp_path)
    assert "tfds build mnist" in str(caught.value)


def test_bytes_source(tmp_path):
    from tests.data.pictures import write_pictures

    pictures = write_pictures(tmp_path, 3, (8, 8))
    images = [path.read_bytes() for path in sorted(tmp_path.iterdir())]
    source = BytesSource(images, np.array([1, 0, 1], np.int32), ["a", "b"], "mine")
    np.testing.assert_array_equal(source.pixels(2), pictures[2])
    part = source.select([1])
    assert part.labels.tolist() == [0] and part.name_of(0) == "mine[0]" and part.content != source.content
