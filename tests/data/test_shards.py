import json
import os

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from keras_gans.data import DataError, load, shards
from keras_gans.data.geometry import halve
from tests.data.pictures import write_pictures


@pytest.fixture
def data(tmp_path):
    write_pictures(tmp_path / "images", 10, (16, 16), classes=2)
    return load(tmp_path / "images")


SMALL = 3_000  # bytes of a shard: a few images


def test_round_trip(data, tmp_path):
    seen = []
    index = shards.build(data, tmp_path / "out", shard_bytes=SMALL, progress=lambda *done: seen.append(done))
    assert len(index["shards"]) > 2 and seen[-1] == (10, 10) and index["dtype"] == "uint8"
    again = load(tmp_path / "out")
    np.testing.assert_array_equal(again.read(range(10)), data.read(range(10)))
    assert again.labels.tolist() == data.labels.tolist() and again.class_names == data.class_names
    assert shards.verify(tmp_path / "out") == []
    assert not [name for name in os.listdir(tmp_path / "out") if name.endswith(".unfinished")]


def test_each_image_is_stored_once_as_it_came(data, tmp_path):
    shards.build(data, tmp_path / "out")
    files = sorted(str(path) for path in (tmp_path / "out").glob("*.tfrecord"))
    records = [tf.train.Example.FromString(r.numpy()) for r in tf.data.TFRecordDataset(files)]
    feature = records[0].features.feature
    assert feature["image"].bytes_list.value[0] == (tmp_path / "images/class0/000.png").read_bytes()
    assert sorted(feature) == ["image", "label", "name"]
    assert feature["name"].bytes_list.value[0] == b"class0/000.png" and len(records) == 20
    assert sorted(records[1].features.feature) == ["level_4", "level_8"]


def test_resized_images_are_png(data, tmp_path):
    small = load(tmp_path / "images", 8)
    shards.build(small, tmp_path / "out", levels=False)
    again = load(tmp_path / "out")
    assert again.image_shape == (8, 8, 3)
    np.testing.assert_array_equal(again.read(range(10)), small.read(range(10)))


def test_jpegs_are_kept(tmp_path):
    write_pictures(tmp_path / "images", 3, (16, 16), suffix=".jpg")
    data = load(tmp_path / "images")
    shards.build(data, tmp_path / "out")
    assert load(tmp_path / "out").original(0) is None and data.original(0)[:2] == b"\xff\xd8"
    np.testing.assert_array_equal(load(tmp_path / "out").read([0, 1, 2]), data.read([0, 1, 2]))


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_sixteen_bits(tmp_path, channels):
    images = np.random.default_rng(0).integers(0, 65536, (4, 8, 8, channels), "uint16")
    shards.build(load(images), tmp_path / "out")
    again = load(tmp_path / "out")
    assert again.dtype == "uint16" and again.labels is None
    np.testing.assert_array_equal(again.read(range(4)), images)
    np.testing.assert_array_equal(again.read([2], level_resolution=4), halve(images[[2]], 1))


def test_levels_need_no_decoding(data, tmp_path, monkeypatch):
    expected = data.read(range(10), level_resolution=8)
    shards.build(data, tmp_path / "out")
    again = load(tmp_path / "out", check="headers", cache=False)
    monkeypatch.setattr("keras_gans.data.sources.base.decode", None)
    np.testing.assert_array_equal(again.read(range(10), level_resolution=8), expected)


def test_goes_on_where_it_stopped(data, tmp_path):
    out = tmp_path / "out"

    def stop(done, total):
        if done >= 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        shards.build(data, out, shard_bytes=SMALL, progress=stop)
    with pytest.raises(DataError, match="not finished"):
        load(out)
    kept = {path.name: path.stat().st_mtime_ns for path in out.glob("*.tfrecord")}
    assert kept
    shards.build(data, out, shard_bytes=SMALL)
    assert all((out / name).stat().st_mtime_ns == time for name, time in kept.items())
    whole = shards.build(data, tmp_path / "whole", shard_bytes=SMALL)
    assert json.loads((out / "index.json").read_text())["shards"] == whole["shards"]


def test_a_damaged_shard_is_made_again(data, tmp_path):
    shards.build(data, tmp_path / "out", shard_bytes=SMALL)
    next((tmp_path / "out").glob("*.tfrecord")).unlink()
    shards.build(data, tmp_path / "out", shard_bytes=SMALL)
    assert shards.verify(tmp_path / "out") == []


def test_a_damaged_table_is_made_again(data, tmp_path):
    out = tmp_path / "out"
    index = shards.build(data, out, shard_bytes=SMALL)
    path = (out / index["shards"][1]["name"]).with_suffix(".json")
    whole = path.read_text()
    labels = json.loads(whole)["labels"]
    for damaged in (json.dumps({**json.loads(whole), "labels": [1 - label for label in labels]}), "[]", ""):
        path.write_text(damaged)
        assert shards.verify(out) == [(path.name, "its checksum differs")]
        assert shards.build(data, out, shard_bytes=SMALL) == index and path.read_text() == whole


def test_folders_with_something_else(data, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "a.txt").write_text("a")
    with pytest.raises(DataError, match="not empty"):
        shards.build(data, tmp_path / "full")
    shards.build(data, tmp_path / "out")
    with pytest.raises(DataError, match="Another build.* differs: the images.*\nName another folder"):
        shards.build(load(tmp_path / "images", 8), tmp_path / "out")
    with pytest.raises(DataError, match="differs: the size of a shard"):
        shards.build(data, tmp_path / "out", shard_bytes=SMALL)
    for content in ["", "[]", "{}"]:
        (tmp_path / "out" / "plan.json").write_text(content)
        with pytest.raises(DataError, match="plan.json is damaged"):
            shards.build(data, tmp_path / "out")
    with pytest.raises(DataError, match="No shards of keras_gans"):
        shards.verify(tmp_path / "full")


def test_what_cannot_be_stored(tmp_path):
    for size in (0, -1, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="positive number of bytes"):
            shards.estimate(load(np.zeros((2, 4, 4, 3), "uint8")), shard_bytes=size)
    for images, message in [
        (np.zeros((2, 4, 4, 3), "float32"), "Float"),
        (np.zeros((2, 4, 4, 6), "uint8"), "channels"),
    ]:
        with pytest.raises(DataError, match=message):
            shards.build(load(images), tmp_path / "out")


def test_estimate(data, tmp_path):
    expected = shards.estimate(data, shard_bytes=SMALL)
    index = shards.build(data, tmp_path / "out", shard_bytes=SMALL)
    written = sum(shard["bytes"] for shard in index["shards"])
    assert expected.images == 10 and abs(expected.bytes / written - 1) < 0.05
    assert expected.shards == len(index["shards"])


def test_verify_names_shard_and_offset(data, tmp_path):
    out = tmp_path / "out"
    index = shards.build(data, out, shard_bytes=SMALL)
    flipped, cut, missing, table = (out / shard["name"] for shard in index["shards"][:4])
    content = bytearray(flipped.read_bytes())
    content[-100] ^= 4
    flipped.write_bytes(content)
    cut.write_bytes(cut.read_bytes()[: cut.stat().st_size // 2])
    missing.unlink()
    table.with_suffix(".json").write_text("{}")
    problems = shards.verify(out, lambda done, total: None)
    names = [name for name, _ in problems]
    assert names[0].startswith(flipped.name + " at byte ") and "checksum differs" in problems[0][1]
    assert (cut.name, f"cut off at byte {cut.stat().st_size} of {index['shards'][1]['bytes']}") in problems
    assert any(name == missing.name and "cannot be opened" in reason for name, reason in problems)
    assert any(name == table.stem + ".json" for name, _ in problems)


def test_an_unwritable_folder(data, tmp_path):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(OSError):
        shards.build(data, tmp_path / "file")


def test_pictures_of_a_palette_are_decoded_first(tmp_path):
    Image.new("RGB", (8, 8), "red").quantize(2).save(tmp_path / "p.png")
    shards.build(load(tmp_path), tmp_path / "out")
    assert load(tmp_path / "out").read([0])[0, 0, 0].tolist() == [255, 0, 0]


def test_killed_while_the_plan_was_written(data, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "plan.json.unfinished").write_text("{")
    assert shards.build(data, tmp_path / "out")["count"] == len(data)
