import io
import json
import zipfile

import numpy as np
import pytest
from PIL import Image

from keras_gans.data import DataError, load
from keras_gans.data.errors import Unreadable
from keras_gans.data.sources import archive
from keras_gans.data.sources.archive import ZipSource


def picture(value=0, size=8, format="PNG"):
    file = io.BytesIO()
    Image.new("RGB", (size, size), (value, value, value)).save(file, format)
    return file.getvalue()


def write(path, entries, compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", compression) as file:
        for name, data in entries.items():
            file.writestr(name, data)
    return path


def test_images_and_folders_as_classes(tmp_path):
    entries = {"b/2.png": picture(2), "a/1.jpg": picture(1, format="JPEG"), "a/x.txt": "x", "__MACOSX/a/1.png": "junk"}
    source = ZipSource(write(tmp_path / "a.zip", entries, zipfile.ZIP_DEFLATED))
    assert [source.name_of(k) for k in range(2)] == ["a/1.jpg", "b/2.png"] and source.class_names == ["a", "b"]
    assert source.notes == ["1 file of other kinds left alone"]
    data = load(tmp_path / "a.zip")
    assert data.read([1]).max() == 2 and data.labels.tolist() == [0, 1]
    assert source.select([1]).labels.tolist() == [1] and source.select([1]).content != source.content


@pytest.mark.parametrize("form", [list, dict])
def test_labels_of_dataset_json(tmp_path, form):
    labels = form([("x/1.png", 3), ("x/2.png", 0)])
    entries = {"x/2.png": picture(), "x/1.png": picture(), "dataset.json": json.dumps({"labels": labels})}
    source = ZipSource(write(tmp_path / "a.zip", entries))
    assert source.labels.tolist() == [3, 0] and source.class_names is None and not source.notes
    named = json.dumps({"labels": labels, "class_names": list("abcd")})
    assert ZipSource(write(tmp_path / "b.zip", {**entries, "dataset.json": named})).class_names == list("abcd")
    none = write(tmp_path / "c.zip", {**entries, "dataset.json": json.dumps({"labels": None})})
    assert ZipSource(none).labels is None and 'no "labels"' in ZipSource(none).notes[0]
    more = json.dumps({"labels": form([*dict(labels).items(), ("../x.png", 1)])})
    source = ZipSource(write(tmp_path / "d.zip", {**entries, "dataset.json": more}))
    assert source.labels.tolist() == [3, 0]
    assert source.notes == ["dataset.json has labels of 1 image that the archive does not hold"]


@pytest.mark.parametrize(
    "content, message",
    [
        ("{", "cannot be read"),
        (json.dumps({"labels": [["1.png", 1, 2]]}), "pairs"),
        (json.dumps({"labels": 5}), "pairs"),
        (json.dumps({"labels": [["other.png", 1]]}), "1.png: no label"),
        (json.dumps({"labels": [["1.png", "cat"]]}), "no integer from 0"),
        (json.dumps({"labels": [["1.png", -1]]}), "no integer from 0"),
        (json.dumps({"labels": [["1.png", 65536]]}), "no integer from 0 to 65535"),
        (json.dumps({"labels": [["1.png", 10**12]]}), "no integer from 0"),
        (json.dumps({"labels": [["1.png", 1], ["1.png", 2]]}), "1.png: labelled twice"),
        (json.dumps({"labels": [["1.png", 1]], "class_names": ["a"]}), "name all 2 classes"),
    ],
)
def test_bad_dataset_json(tmp_path, content, message):
    path = write(tmp_path / "a.zip", {"1.png": picture(), "dataset.json": content})
    with pytest.raises(DataError, match=message):
        ZipSource(path)


@pytest.mark.parametrize("name", ["../out.png", "a/../../out.png", "/etc/out.png", "..\\out.png", "C:/out.png"])
def test_entries_that_lead_out_are_refused(tmp_path, name):
    path = write(tmp_path / "a.zip", {"fine.png": picture(), name: picture()})
    with pytest.raises(DataError, match="leads out of the archive"):
        ZipSource(path)


def test_bombs(tmp_path, monkeypatch):
    entries = {"bomb.png": bytes(2**22), "fine.png": picture()}
    source = ZipSource(write(tmp_path / "a.zip", entries, zipfile.ZIP_DEFLATED))
    with pytest.raises(Unreadable, match="an archive bomb"):
        source.header(0)
    with pytest.raises(DataError, match="bomb.png: packed to less than"):
        load(tmp_path / "a.zip")
    assert len(load(tmp_path / "a.zip", skip_broken=True)) == 1
    monkeypatch.setattr(archive, "MAX_ENTRY_BYTES", 10)
    with pytest.raises(Unreadable, match="more than the limit of 10"):
        source.header(1)


def test_many_pixels_in_few_bytes(tmp_path):
    file = io.BytesIO()
    Image.new("1", (10_000, 10_000)).save(file, "PNG")
    with pytest.raises(DataError, match="10000 x 10000 pixels, more than the limit"):
        load(write(tmp_path / "a.zip", {"1.png": file.getvalue()}))


def test_a_lying_directory(tmp_path):
    path = write(tmp_path / "a.zip", {"1.png": bytes(100) + picture(), "2.png": picture()})
    data = bytearray(path.read_bytes())
    data[45] ^= 1  # inside of the first entry: its checksum differs
    path.write_bytes(data)
    with pytest.raises(Unreadable, match="damaged in the archive"):
        ZipSource(path).header(0)


def test_encrypted(tmp_path):
    path = write(tmp_path / "a.zip", {"1.png": picture()})
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    with pytest.raises(DataError, match="is encrypted"):
        ZipSource(path)


def test_no_archive(tmp_path):
    (tmp_path / "a.zip").write_bytes(b"no archive")
    with pytest.raises(DataError, match="cannot be read"):
        ZipSource(tmp_path / "a.zip")
    with pytest.raises(DataError, match="No such file"):
        ZipSource(tmp_path / "nowhere.zip")
    with pytest.raises(DataError, match="No image in the zip"):
        ZipSource(write(tmp_path / "b.zip", {"a.txt": "a"}))
    whole = write(tmp_path / "c.zip", {"1.png": picture()}).read_bytes()
    (tmp_path / "c.zip").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match="cannot be read"):
        ZipSource(tmp_path / "c.zip")


def test_read_by_many_threads(tmp_path):
    path = write(tmp_path / "a.zip", {f"{k:03d}.png": picture(k) for k in range(100)}, zipfile.ZIP_DEFLATED)
    data = load(path, cache=False, check="headers")
    for _ in range(3):
        np.testing.assert_array_equal(data.read(range(100))[:, 0, 0, 0], range(100))


@pytest.mark.parametrize("wrapping", ["", "photos/", "my/photos/"])
def test_the_folder_in_which_all_images_lie_is_no_class(tmp_path, wrapping):
    entries = {f"{wrapping}{name}": picture() for name in ("b/2.png", "a/1.png", "a/x/1.png")}
    source = ZipSource(write(tmp_path / "a.zip", entries))
    assert source.class_names == ["a", "b"] and source.labels.tolist() == [0, 0, 1]
    one = {f"{wrapping}a/{name}.png": picture() for name in "xy"}
    assert ZipSource(write(tmp_path / "b.zip", one)).labels is None
