import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from keras_gans.data import DataError, DataWarning, ImageData, load
from keras_gans.data.loading import open_source
from tests.data.pictures import write_pictures

IMAGES = np.random.default_rng(0).integers(0, 256, (10, 8, 8, 3), "uint8")


def test_fashion_mnist():
    data = load("fashion_mnist", 32)
    assert len(data) == 10_000 and data.image_shape == (32, 32, 1) and data.num_classes == 10 and not data.notes
    assert len(load("fashion_mnist", 64, split="test")) == 1_000  # any enlargement


def test_folder(tmp_path):
    pictures = write_pictures(tmp_path, 6, (16, 16), classes=2)
    data = load(str(tmp_path))
    np.testing.assert_array_equal(data.read(range(6)), pictures)
    assert data.class_names == ["class0", "class1"] and data.num_classes == 2
    assert load(tmp_path, labels=False).labels is None


def test_files_of_arrays(tmp_path):
    np.save(tmp_path / "a.npy", IMAGES)
    np.savez(tmp_path / "a.npz", x_train=IMAGES, y_train=np.arange(10), x_test=IMAGES[:3])
    assert len(load(tmp_path / "a.npy", 4)) == 10
    assert load(tmp_path / "a.npz").num_classes == 10
    assert len(load(tmp_path / "a.npz", split="test")) == 3


def test_kinds_of_arrays():
    assert load(IMAGES).labels is None
    assert load((IMAGES, [1] * 10)).num_classes == 2
    assert load((IMAGES, [1] * 10), num_classes=5).num_classes == 5
    assert load(tf.constant(IMAGES)).image_shape == (8, 8, 3)
    data = load(IMAGES)
    assert load(data) is data and isinstance(data, ImageData)


def test_datasets():
    dataset = tf.data.Dataset.from_tensor_slices(IMAGES).batch(4)
    assert len(load(dataset)) == 10
    assert not load(dataset, cache=False).exact_position and not load(dataset.repeat()).exact_position


@pytest.mark.parametrize("source", ["folder", "array", "npy"])
def test_only_some_sources_have_splits(tmp_path, source):
    write_pictures(tmp_path, 2)
    np.save(tmp_path / "a.npy", IMAGES)
    source = {"folder": tmp_path, "array": IMAGES, "npy": tmp_path / "a.npy"}[source]
    with pytest.raises(DataError, match="no splits"):
        load(source, split="test")


@pytest.mark.parametrize(
    "options, message",
    [
        ({"labels": "yes"}, "labels must be"),
        ({"check": "some"}, "check must be"),
        ({"cache": "disk"}, "cache must be"),
        ({"resolution": -1}, "resolution must be"),
    ],
)
def test_bad_arguments(options, message):
    with pytest.raises(ValueError, match=message):
        load(IMAGES, **options)


def test_no_source(tmp_path):
    with pytest.raises(DataError, match="does not exist"):
        load(tmp_path / "nowhere")
    with pytest.raises(DataError, match="type int"):
        load(5)
    with pytest.raises(DataError, match="must be one array"):
        load([IMAGES[0], IMAGES[1, :4]])
    (tmp_path / "a.csv").write_text("1")
    with pytest.raises(DataError, match="split must be"):
        load("fashion_mnist", split="val")
    with pytest.raises(DataError, match="expected a folder"):
        open_source(str(tmp_path / "a.csv"))


def test_labels_asked_for_and_none_there(tmp_path):
    write_pictures(tmp_path, 2)
    with pytest.raises(DataError, match="Labels were asked for"):
        load(tmp_path, labels=True)
    with pytest.raises(DataError, match="labels up to 4. Received: num_classes=3"):
        load((IMAGES, [4] * 10), num_classes=3)


def broken_folder(folder):
    write_pictures(folder, 4, (16, 16), classes=2, suffix=".jpg")
    whole = (folder / "class0/000.jpg").read_bytes()
    (folder / "class0/cut.jpg").write_bytes(whole[: len(whole) // 2])
    (folder / "class1/text.png").write_text("hello")
    Image.new("RGB", (1, 1)).save(folder / "class1/dot.png")


def test_all_broken_files_are_named(tmp_path):
    broken_folder(tmp_path)
    with pytest.raises(DataError) as caught:
        load(tmp_path, 16)
    assert [name for name, _ in caught.value.problems] == ["class0/cut.jpg", "class1/dot.png", "class1/text.png"]
    assert "max_upscale" in str(caught.value) and "skip_broken=True" in str(caught.value)


def test_damage_that_only_decoding_finds(tmp_path):
    write_pictures(tmp_path, 3, (16, 16))
    data = bytearray((tmp_path / "001.png").read_bytes())
    data[len(data) // 2] ^= 0xFF
    (tmp_path / "001.png").write_bytes(data)
    assert len(load(tmp_path, check="headers")) == 3
    with pytest.raises(DataError, match="001.png"):
        load(tmp_path)
    (tmp_path / "003.png").write_bytes(b"")
    for options in ({}, {"check": "full", "cache": False}):  # together with what the headers say
        with pytest.raises(DataError, match="2 of the 4 images") as caught:
            load(tmp_path, **options)
        assert [name for name, _ in caught.value.problems] == ["001.png", "003.png"]
    with pytest.warns(DataWarning, match="2 images left out"):
        data = load(tmp_path, skip_broken=True)
    assert [data.name_of(k) for k in range(2)] == ["000.png", "002.png"] and len(data.skipped) == 2


def test_differing_sizes_ask_for_a_resolution(tmp_path):
    write_pictures(tmp_path, 2, (16, 16))
    write_pictures(tmp_path / "more", 1, (8, 8))
    with pytest.raises(DataError, match=r"A resolution \(--resolution\) brings all of them to one size"):
        load(tmp_path)


def test_skip_broken(tmp_path):
    broken_folder(tmp_path)
    seen = []
    with pytest.warns(DataWarning, match="3 images left out"):
        data = load(tmp_path, 16, skip_broken=True, progress=lambda done, total: seen.append((done, total)))
    names = {"class0/cut.jpg", "class1/dot.png", "class1/text.png"}
    assert {name for name, _ in data.skipped} == names and len(data) == 4 and (7, 7) in seen
    assert data.labels.tolist() == [0, 0, 1, 1] and data.num_classes == 2
    assert data.read(range(4)).shape == (4, 16, 16, 3)


def test_nothing_left(tmp_path):
    Image.new("RGB", (1, 1)).save(tmp_path / "dot.png")
    with pytest.raises(DataError, match="1 of the 1 images") as caught:
        load(tmp_path, 16, skip_broken=True)
    assert "skip_broken" not in str(caught.value)


def test_sixteen_bits_to_the_batch(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 65536, (16, 16), "uint16")
    Image.fromarray(pixels).save(tmp_path / "a.png")
    data = load(tmp_path)
    assert data.dtype == "uint16"
    np.testing.assert_array_equal(data.read([0])[0, :, :, 0], pixels)


def test_only_fashion_mnist_itself_is_enlarged_without_limit(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_pictures(tmp_path / "fashion_mnist_of_mine", count=2, size=(8, 8))
    with pytest.raises(DataError, match="enlarged 16 times, more than max_upscale=2"):
        load("fashion_mnist_of_mine", resolution=128)
