import gc
import os

import numpy as np
import pytest

from keras_gans.data import DataError, load, multires
from keras_gans.data.errors import Unreadable
from keras_gans.data.sources.multires import LevelFile, MultiresSource, framed, is_multires, masked_crc, read_plan

IMAGES = np.random.default_rng(0).integers(0, 256, (9, 16, 16, 3), "uint8")
LABELS = np.arange(9) % 3


@pytest.fixture
def folder(tmp_path):
    """What a plain restatement of the official tool writes, through TensorFlow's own writer."""
    tf = pytest.importorskip("tensorflow")
    (tmp_path / "set").mkdir()
    writers = {r: tf.io.TFRecordWriter(str(tmp_path / "set" / f"set-r{r:02d}.tfrecords")) for r in (2, 3, 4)}
    for image in IMAGES:
        x = image.transpose(2, 0, 1).astype(np.float64)
        for r in (4, 3, 2):
            pixels = np.rint(x).clip(0, 255).astype(np.uint8)
            feature = {
                "shape": tf.train.Feature(int64_list=tf.train.Int64List(value=pixels.shape)),
                "data": tf.train.Feature(bytes_list=tf.train.BytesList(value=[pixels.tobytes()])),
            }
            writers[r].write(tf.train.Example(features=tf.train.Features(feature=feature)).SerializeToString())
            x = x.reshape(3, 2 ** (r - 1), 2, 2 ** (r - 1), 2).mean(axis=(2, 4))
    for writer in writers.values():
        writer.close()
    with open(tmp_path / "set" / "set-rxx.labels", "wb") as file:
        np.save(file, np.eye(5, dtype="float32")[LABELS])
    return tmp_path / "set"


def test_basics(folder):
    source = MultiresSource(folder)
    assert is_multires(folder) and not is_multires(folder.parent) and not is_multires(folder / "nowhere")
    assert len(source) == 9 and (source.header(3).height, source.header(3).channels) == (16, 3)
    np.testing.assert_array_equal(source.pixels(4), IMAGES[4])
    assert source.labels.tolist() == LABELS.tolist() and source.class_names == ["0", "1", "2", "3", "4"]
    assert source.name_of(0) == "set-r04.tfrecords at byte 0"
    part = source.select([7, 2])
    np.testing.assert_array_equal(part.pixels(0), IMAGES[7])
    assert part.labels.tolist() == [1, 2] and part.content != source.content


def test_levels(folder):
    source = MultiresSource(folder)
    expected = IMAGES[2].astype(float).reshape(4, 4, 4, 4, 3).mean(axis=(1, 3))
    np.testing.assert_array_equal(source.level(2, 4), np.rint(expected))
    assert source.level(2, 16) is None and source.level(2, 2) is None and source.reduced(None) is source


def test_load_at_any_stored_resolution(folder):
    for side in (4, 8, 16):
        data = load(folder, side)
        assert data.image_shape == (side, side, 3) and data.num_classes == 5
        np.testing.assert_array_equal(data.read([2])[0], load(folder).read([2], level_resolution=side)[0])
    assert load(folder, 8).fingerprint != load(folder, 4).fingerprint
    assert load(folder, 12).image_shape == (12, 12, 3)  # resized from the full size
    assert load(folder, labels=False).num_classes == 0
    images, labels = next(iter(load(folder).batches(4, level_resolution=4)))
    assert images.shape == (4, 4, 4, 3) and labels.shape == (4,)


def test_small_stages_read_small_records(folder, monkeypatch):
    import os

    data, read, count = load(folder, cache=False, check="headers"), os.pread, [0]

    def counting(*args):
        result = read(*args)
        count[0] += len(result)
        return result

    monkeypatch.setattr(os, "pread", counting)
    data.read(range(9), level_resolution=4)
    small, count[0] = count[0], 0
    data.read(range(9))
    assert small <= 9 * 110 and count[0] >= 9 * 768


def flip(path, place):
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)


def test_a_flipped_bit_is_named(folder):
    path = folder / "set-r04.tfrecords"
    stride = path.stat().st_size // 9
    flip(path, stride + 50)
    with pytest.raises(DataError, match=rf"set-r04.tfrecords at byte {stride}: its checksum differs"):
        load(folder)
    assert len(load(folder, skip_broken=True)) == 8
    flip(path, 2 * stride)
    with pytest.raises(DataError, match=rf"set-r04.tfrecords at byte {2 * stride}: the length of the record is damag"):
        load(folder)


def test_a_flipped_bit_of_a_lower_level_is_named(folder):
    flip(folder / "set-r02.tfrecords", 50)
    with pytest.raises(DataError, match=r"set-r04.* at byte 0: set-r02.tfrecords at byte 0: its checksum differs"):
        load(folder).read([0], level_resolution=4)


@pytest.mark.parametrize("left, message", [(-1, "cut off: the record ends"), (5, "cut off in the length")])
def test_a_cut_file_is_named(folder, left, message):
    path = folder / "set-r03.tfrecords"
    size = path.stat().st_size
    place = size // 9 * (8 if left < 0 else 9)
    path.write_bytes(path.read_bytes()[:left] if left < 0 else path.read_bytes() + bytes(left))
    with pytest.raises(DataError, match=rf"set-r03.tfrecords at byte {place}: {message}"):
        load(folder)


def test_a_file_that_shrinks_while_it_is_read(folder):
    level = LevelFile(folder / "set-r02.tfrecords", 4)
    content = (folder / "set-r02.tfrecords").read_bytes()
    (folder / "set-r02.tfrecords").write_bytes(content[:-20])
    with pytest.raises(Unreadable, match="cut off: 66 of 86 bytes"):
        level.read(8)


def test_files_that_do_not_fit(folder):
    names = {p.name: p.read_bytes() for p in folder.iterdir()}

    def refused(name, content, message, **arguments):
        (folder / name).write_bytes(content)
        with pytest.raises(DataError, match=message):
            load(folder, **arguments)
        (folder / name).unlink()
        if name in names:
            (folder / name).write_bytes(names[name])

    refused("other-r02.tfrecords", b"", "of one data set. Received: other, set")
    refused("set-r03.tfrecords", b"", "set-r03.tfrecords at byte 0: the file is empty")
    refused("set-r03.tfrecords", b"hello, this is text", "the length of the record is damaged")
    refused("set-r03.tfrecords", names["set-r02.tfrecords"], r"its shape is \[3, 4, 4\]; expected \[C, 8, 8\]")
    refused("set-r03.tfrecords", framed(b"\xff" * 9), "not an Example with")
    one = names["set-r02.tfrecords"]
    refused("set-r02.tfrecords", one[: len(one) // 9 * 8], "differ in their images")
    short = framed(one[12 : len(one) // 9 - 4].replace(b"\x0a\x30", b"\x0a\x30"))
    assert short == one[: len(one) // 9]
    refused("set-rxx.labels", b"text", "labels cannot be read.\n  set-rxx.labels")
    refused("set-rxx.labels", names["set-rxx.labels"][:-1], "labels cannot be read")
    with open(folder / "few", "wb") as file:
        np.save(file, np.eye(5, dtype="float32"))
    refused("set-rxx.labels", (folder / "few").read_bytes(), r"each of 9 images. Received: .* shape \[5, 5\]")


def test_labels_that_are_none(folder):
    with open(folder / "set-rxx.labels", "wb") as file:
        np.save(file, np.ones((9, 40), "float32"))
    source = MultiresSource(folder)
    assert source.labels is None and "not one-hot" in source.notes[0]
    (folder / "set-rxx.labels").unlink()
    with pytest.raises(DataError, match="has none"):
        load(folder, labels=True)


def test_records_of_several_lengths(tmp_path):
    """Files of others may hold further features; then places are found one by one."""
    from tensorflow.train import BytesList, Example, Feature, Features, Int64List

    records = []
    for k in range(3):
        features = {
            "shape": Feature(int64_list=Int64List(value=[1, 4, 4])),
            "data": Feature(bytes_list=BytesList(value=[bytes([k] * 16)])),
            "name": Feature(bytes_list=BytesList(value=[b"x" * k])),
        }
        records.append(framed(Example(features=Features(feature=features)).SerializeToString()))
    (tmp_path / "a-r02.tfrecords").write_bytes(b"".join(records))
    assert load(tmp_path).read(range(3))[:, 0, 0, 0].tolist() == [0, 1, 2]


def test_read_plan(folder):
    assert read_plan(folder, "set") == {}
    (folder / "set.json").write_text("[1]")
    assert read_plan(folder, "set") == {}
    multires.build(load(IMAGES), folder.parent / "mine")
    assert read_plan(folder.parent / "mine", "mine")["count"] == 9


def test_masked_crc():
    """CRC-32C of "123456789" is e3069283 (RFC 3720 uses the same polynomial)."""
    crc = 0xE3069283
    expected = ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF
    assert masked_crc(b"123456789") == expected.to_bytes(4, "little")


def test_files_are_closed_with_their_source(folder):
    MultiresSource(folder)
    gc.collect()
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(3):
        MultiresSource(folder).pixels(0)
    gc.collect()
    assert len(os.listdir("/proc/self/fd")) <= before
