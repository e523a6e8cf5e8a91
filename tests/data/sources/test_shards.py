import gc
import json
import os
import zlib

import numpy as np
import pytest

from keras_gans.data import DataError, load, shards
from keras_gans.data.errors import Unreadable
from keras_gans.data.geometry import halve
from keras_gans.data.sources.shards import ShardSource, is_shards, read_index, read_table, table_name

IMAGES = np.random.default_rng(0).integers(0, 256, (9, 16, 16, 3), "uint8")


@pytest.fixture
def folder(tmp_path):
    shards.build(load((IMAGES, np.arange(9))), tmp_path / "out", shard_bytes=4_000)
    return tmp_path / "out"


def test_basics(folder):
    source = ShardSource(folder)
    assert len(source) == 9 and len(source.shards) > 2 and is_shards(folder) and not is_shards(folder.parent)
    assert (source.header(3).height, source.header(3).channels, source.header(3).depth) == (16, 3, 8)
    np.testing.assert_array_equal(source.pixels(4), IMAGES[4])
    assert source.name_of(0).endswith("at byte 0 (array[0])") and source.labels.tolist() == list(range(9))
    part = source.select([7, 2])
    np.testing.assert_array_equal(part.pixels(0), IMAGES[7])
    assert part.labels.tolist() == [7, 2] and part.content != source.content


def test_levels(folder):
    source = ShardSource(folder)
    np.testing.assert_array_equal(source.level(2, 4), halve(IMAGES[2], 2))
    assert source.level(2, 16) is None and source.level(2, 128) is None and source.level(2, 5) is None


def test_levels_of_another_size_are_not_used(folder):
    data = load(folder, 8)
    np.testing.assert_array_equal(data.read([1], level_resolution=4), halve(data.read([1]), 1))


def flip(path, place):
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)


def test_a_flipped_bit_is_named(folder):
    flip(folder / ShardSource(folder).shards[1]["name"], 50)
    with pytest.raises(DataError, match=r"shard-00001-of-\d+.tfrecord at byte 0 .*checksum differs"):
        load(folder)
    assert len(load(folder, skip_broken=True)) == 8


def test_a_cut_shard_is_named(folder):
    path = folder / ShardSource(folder).shards[1]["name"]
    source = ShardSource(folder)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(DataError, match="cut off at byte 100 of"):
        ShardSource(folder)
    with pytest.raises(Unreadable, match="cut off after 100 of"):
        source.pixels(len(source) // len(source.shards))


def test_damaged_tables_and_index(folder):
    name = table_name(read_index(folder)["shards"][0]["name"])
    flip(folder / name, 3)
    with pytest.raises(DataError, match=f"{name}: its checksum differs"):
        ShardSource(folder)
    (folder / name).unlink()
    with pytest.raises(DataError, match="No such file"):
        ShardSource(folder)
    index = (folder / "index.json").read_text()
    for change in [("shard-00001", "../shard-00001"), ("uint8", "object"), ("class_names", "names"), ("sha256", "s")]:
        (folder / "index.json").write_text(index.replace(*change))
        with pytest.raises(DataError, match="index.json is damaged"):
            load(folder)
    (folder / "index.json").write_text("{")
    with pytest.raises(DataError, match="index.json is damaged"):
        load(folder)
    (folder / "index.json").unlink()
    with pytest.raises(DataError, match="not finished"):
        load(folder)


def change(folder, key, value, table=False):
    """Writes another value into the index, or into the first table, with a checksum that is right."""
    file = folder / "index.json"
    index = json.loads(file.read_text())
    if table:
        path = folder / table_name(index["shards"][0]["name"])
        path.write_text(json.dumps({**json.loads(path.read_text()), key: value}))
        index["shards"][0]["table_crc32"] = zlib.crc32(path.read_bytes())
    elif key in index["shards"][0]:
        index["shards"][0][key] = value
    else:
        index[key] = value
    file.write_text(json.dumps(index))


@pytest.mark.parametrize("key, value", [
    ("shards", 5), ("shards", ["x"]), ("shards", []), ("class_names", 5), ("class_names", [1]),
    ("bytes", "9"), ("name", 5), ("table_crc32", None),
])  # fmt: skip
def test_an_index_that_somebody_made_up(folder, key, value):
    change(folder, key, value)
    with pytest.raises(DataError, match="index.json is damaged .*\n.*Delete index.json"):
        load(folder)


@pytest.mark.parametrize("key, value", [
    ("names", None), ("names", ["x"]), ("offsets", list("xyz")), ("offsets", [-5, 0, 0]), ("lengths", [10**12, 1, 1]),
    ("shapes", [[16]] * 3), ("shapes", [[0, 1, 1]] * 3), ("labels", [1]), ("labels", [-1, 0, 0]),
])  # fmt: skip
def test_a_table_that_somebody_made_up(folder, key, value):
    assert len(read_table(folder, read_index(folder)["shards"][0])["names"]) == 3
    change(folder, key, value, table=True)
    with pytest.raises(DataError, match="The table of a shard cannot be used"):
        load(folder)
    assert shards.verify(folder)[0][0].startswith("shard-00000")


def test_labels_that_do_not_fit(folder):
    change(folder, "labels", None, table=True)
    with pytest.raises(DataError, match="labels do not fit"):
        load(folder)


def test_a_format_of_later_times(folder):
    change(folder, "version", 2)
    with pytest.raises(DataError, match="of version 2 .* reads 1"):
        load(folder)


def test_a_longer_shard(folder):
    path = folder / ShardSource(folder).shards[0]["name"]
    path.write_bytes(path.read_bytes() + b"more")
    with pytest.raises(DataError, match=r"\d+ bytes, not \d+"):
        ShardSource(folder)


@pytest.mark.parametrize(
    "features, message", [({}, "holds no image"), ({"level_8": b"short"}, "level of 8 px is damaged")]
)
def test_records_of_others(folder, monkeypatch, features, message):
    from tensorflow.train import BytesList, Example, Feature, Features

    features = Features(feature={key: Feature(bytes_list=BytesList(value=[value])) for key, value in features.items()})
    record = bytes(12) + Example(features=features).SerializeToString() + bytes(4)
    monkeypatch.setattr("keras_gans.data.sources.shards.record_problem", lambda *args: None)
    monkeypatch.setattr("os.pread", lambda *args: record)
    source = ShardSource(folder)
    with pytest.raises(Unreadable, match=message):
        source.level(0, 8) if features.feature else source.pixels(0)
    monkeypatch.setattr("os.pread", lambda *args: b"\xff" * 40)
    with pytest.raises(Unreadable, match="not a record"):
        source.pixels(0)


def test_small_stages_neither_read_nor_decode_images(folder, monkeypatch):
    import os

    data, read, count = load(folder, cache=False, check="headers"), os.pread, [0]

    def counting(*args):
        result = read(*args)
        count[0] += len(result)
        return result

    def refuse(*args):
        raise AssertionError("decoded")

    monkeypatch.setattr(os, "pread", counting)
    monkeypatch.setattr("keras_gans.data.sources.base.decode", refuse)
    np.testing.assert_array_equal(data.read(range(9), level_resolution=4), halve(IMAGES, 2))
    assert count[0] < 9 * (8 * 8 * 3 + 4 * 4 * 3 + 80)  # an image's record alone has more than 768 bytes


def test_older_builds_with_levels_in_the_images_record(folder, tmp_path):
    from keras_gans.data.sources.shards import COLUMNS

    index = json.loads((folder / "index.json").read_text())
    for shard in index["shards"]:
        path = folder / table_name(shard["name"])
        table = json.loads(path.read_text())
        for column in COLUMNS:
            if column.startswith("level_"):
                table.pop(column)
        path.write_text(json.dumps(table))
        shard["table_crc32"] = zlib.crc32(path.read_bytes())
    (folder / "index.json").write_text(json.dumps(index))
    np.testing.assert_array_equal(load(folder).read(range(9)), IMAGES)
    np.testing.assert_array_equal(load(folder).read(range(9), level_resolution=8), halve(IMAGES, 1))


def test_files_are_closed_with_their_source(folder):
    def read():
        return load(str(folder), cache=False).read([0, 1]).shape

    shape, before = read(), len(os.listdir("/proc/self/fd"))
    assert [read() for _ in range(3)] == [shape] * 3
    gc.collect()
    assert len(os.listdir("/proc/self/fd")) <= before
