import os

import numpy as np
import pytest

from keras_gans.data import DataError, load, multires
from keras_gans.data.sources.multires import MultiresSource

IMAGES = np.random.default_rng(0).integers(0, 256, (70, 32, 32, 3), "uint8")


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_sizes_are_those_of_the_official_tool(tmp_path):
    """CIFAR-10's files in the official README: 4,900,000, 12,350,000, 41,150,000 and 156,350,000 bytes, labels
    2,000,080 with an old header of 80 bytes; for 50,000 images of 10 classes."""
    data = load((IMAGES, np.arange(70) % 10))
    sizes = multires.build(data, tmp_path / "cifar10")
    expected = {2: 4_900_000, 3: 12_350_000, 4: 41_150_000, 5: 156_350_000}
    assert sizes == {f"cifar10-r{r:02d}.tfrecords": size // 50_000 * 70 for r, size in expected.items()}
    assert multires.total_bytes(data) == sum(sizes.values())
    assert (tmp_path / "cifar10" / "cifar10-rxx.labels").stat().st_size - 70 * 40 in (80, 128)


def test_there_and_back(tmp_path):
    data = load((IMAGES, np.arange(70) % 7))
    calls = []
    multires.build(data, tmp_path / "set", progress=lambda *call: calls.append(call))
    assert calls[-1] == (70, 70)
    order = np.arange(70)
    np.random.RandomState(123).shuffle(order)
    back = load(tmp_path / "set")
    np.testing.assert_array_equal(back.read(range(70)), IMAGES[order])
    np.testing.assert_array_equal(back.labels, order % 7)
    floats = IMAGES[order].astype(np.float64)
    for side in (16, 8, 4):
        floats = floats.reshape(70, side, 2, side, 2, 3).mean(axis=(2, 4))
        np.testing.assert_array_equal(load(tmp_path / "set", side).read(range(70)), np.rint(floats))
    assert multires.verify(tmp_path / "set") == []


def test_class_names_and_order_are_kept(tmp_path):
    source = load("fashion_mnist", 32, split="test")
    multires.build(source, tmp_path / "clothes", shuffle=False)
    back = load(tmp_path / "clothes")
    assert back.class_names == source.class_names and back.labels.tolist() == source.labels.tolist()
    np.testing.assert_array_equal(back.read([999]), source.read([999]))


def test_an_interrupted_build_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr(multires, "_CHUNK_BYTES", 8 * IMAGES[0].nbytes)
    data = load(IMAGES)
    multires.build(data, tmp_path / "a" / "set")

    def stop(done, total):
        if done >= 40:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        multires.build(data, tmp_path / "b" / "set", progress=stop)
    assert not list((tmp_path / "b" / "set").glob("*.tfrecords"))
    with open(tmp_path / "b" / "set" / "set-r05.tfrecords.unfinished", "ab") as file:
        file.write(b"half a record")
    calls = []
    multires.build(data, tmp_path / "b" / "set", progress=lambda *call: calls.append(call[0]))
    assert 16 < calls[0] <= 48  # it did not begin anew
    assert contents(tmp_path / "a" / "set") == contents(tmp_path / "b" / "set")
    os.rename(tmp_path / "b/set/set-r03.tfrecords", tmp_path / "b/set/set-r03.tfrecords.unfinished")  # killed there
    multires.build(data, tmp_path / "b" / "set")
    multires.build(data, tmp_path / "b" / "set")
    assert contents(tmp_path / "a" / "set") == contents(tmp_path / "b" / "set")


def test_damage_is_found(tmp_path):
    multires.build(load(IMAGES), tmp_path / "set")
    path = tmp_path / "set" / "set-r03.tfrecords"
    content = bytearray(path.read_bytes())
    content[247 * 5 + 100] ^= 4
    path.write_bytes(content)
    calls = []
    problems = multires.verify(tmp_path / "set", lambda *call: calls.append(call))
    assert problems == [("set-r03.tfrecords at byte 1235", "its checksum differs: the file was damaged")]
    assert calls[-1] == (280, 280)
    assert len(MultiresSource(tmp_path / "set")) == 70


@pytest.mark.parametrize(
    "images, message",
    [
        (np.zeros((2, 12, 12, 3), "uint8"), "squares of 4, 8, 16, ... pixels; .*--resolution.* Received: 12 x 12"),
        (np.zeros((2, 8, 16, 3), "uint8"), "Received: 16 x 8 pixels"),
        (np.zeros((2, 2, 2, 3), "uint8"), "Received: 2 x 2 pixels"),
        (np.zeros((2, 8, 8, 3), "uint16"), "8-bit images, grey or colour. Received: dtype=uint16"),
        (np.zeros((2, 8, 8, 4), "uint8"), "4 channels"),
    ],
)
def test_what_the_layout_has_no_room_for(tmp_path, images, message):
    with pytest.raises(DataError, match=message):
        multires.build(load(images), tmp_path / "set")
    assert not (tmp_path / "set").exists()


def test_folders_in_use(tmp_path):
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "other").touch()
    with pytest.raises(DataError, match="not empty"):
        multires.build(load(IMAGES), tmp_path / "set")
    (tmp_path / "set" / "other").unlink()
    multires.build(load(IMAGES[:4]), tmp_path / "set")
    with pytest.raises(DataError, match=r"Another build is in the folder \(of 4 images from 'array'\)"):
        multires.build(load(IMAGES), tmp_path / "set")


def test_killed_while_the_plan_was_written(tmp_path, monkeypatch):
    data = load(np.zeros((4, 8, 8, 3), "uint8"))
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", lambda descriptor: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            multires.build(data, tmp_path / "set")
    assert not (tmp_path / "set" / "set.json").exists()
    assert len(multires.build(data, tmp_path / "set")) == 2 and not multires.verify(tmp_path / "set")
