import numpy as np
import pytest
from PIL import Image

from keras_gans.data import DataError, load
from keras_gans.data.errors import Unreadable
from keras_gans.data.prepared import LOG, png, prepare

NAMES = ["a.jpg", "b.jpg", "deep/c.jpg"]


def square(index):
    return {NAMES[index][:-4]: np.full((4, 4, 3), index, "uint8")}


def test_files_and_progress(tmp_path):
    calls = []
    assert prepare(tmp_path / "out", NAMES, square, {}, lambda *call: calls.append(call), at_once=2) == 3
    assert calls == [(2, 3), (3, 3)]
    data = load(tmp_path / "out")
    assert data.read(range(3))[:, 0, 0, 0].tolist() == [0, 1, 2]
    assert [data.name_of(k) for k in range(3)] == ["a.png", "b.png", "deep/c.png"]


def test_only_what_is_missing_is_made(tmp_path):
    made = []

    def make(index):
        made.append(index)
        if index == 2:
            raise KeyboardInterrupt
        return square(index) if index else {}  # some give nothing

    with pytest.raises(KeyboardInterrupt):
        prepare(tmp_path, NAMES, make, {"size": 4}, at_once=1)
    with open(tmp_path / LOG, "a") as file:
        file.write('["deep/c.jpg", ["de')  # killed while it wrote
    made.clear()
    assert prepare(tmp_path, NAMES, lambda k: made.append(k) or square(k), {"size": 4}) == 2
    assert made == [2]
    (tmp_path / "b.png").unlink()
    assert prepare(tmp_path, NAMES, lambda k: made.append(k) or square(k), {"size": 4}) == 2
    assert made == [2, 1]


def test_problems_are_named_at_the_end(tmp_path):
    def make(index):
        if index == 0:
            raise Unreadable("truncated")
        return square(index) if index == 1 else {"b": np.zeros((4, 4, 3), "uint8")}

    with pytest.raises(DataError, match="2 of 3 images could not be prepared.") as error:
        prepare(tmp_path, NAMES, make, {}, at_once=1)
    assert error.value.problems == [("a.jpg", "truncated"), ("deep/c.jpg", "it would be called b.png, as b.jpg is")]
    assert "The others gave 1 file:" in str(error.value)


def test_folders_in_use(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "other.txt").touch()
    with pytest.raises(DataError, match="The folder is not empty"):
        prepare(tmp_path / "a", NAMES, square, {})
    prepare(tmp_path / "b", NAMES, square, {"size": 4, "of": "x"})
    with pytest.raises(DataError, match=r"begun with other settings \(size\)"):
        prepare(tmp_path / "b", NAMES, square, {"size": 5, "of": "x"})


def test_settings_that_made_nothing_can_be_changed(tmp_path):
    def unknown(index):
        raise Unreadable("unknown label colour")

    with pytest.raises(DataError):
        prepare(tmp_path, NAMES, unknown, {"tolerance": 0})
    assert prepare(tmp_path, NAMES, square, {"tolerance": 48}) == 3
    with pytest.raises(DataError, match=r"begun with other settings \(tolerance\)"):
        prepare(tmp_path, NAMES, square, {"tolerance": 0})


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_png(tmp_path, rng, channels, dtype):
    pixels = rng.integers(0, np.iinfo(dtype).max, (5, 6, channels), dtype=dtype)
    (tmp_path / "x.png").write_bytes(png(pixels))
    assert Image.open(tmp_path / "x.png").size == (6, 5)
    np.testing.assert_array_equal(load(tmp_path).read([0])[0], pixels)


def test_killed_while_the_settings_were_written(tmp_path):
    (tmp_path / f"{LOG}.unfinished").write_text("{")
    assert prepare(tmp_path, NAMES, square, {}) == 3
