import numpy as np
import pytest
from PIL import Image

from keras_gans.data import DataError, load_pairs
from keras_gans.data.pair_preparation import grey, write_derived, write_joined
from tests.data.pictures import write_pictures


def test_joined_folders_load_as_pairs(tmp_path):
    inputs = write_pictures(tmp_path / "a", 3, (8, 12))
    targets = write_pictures(tmp_path / "b", 3, (8, 12), suffix=".bmp", seed=1)
    calls = []
    assert write_joined(tmp_path / "a", tmp_path / "b", tmp_path / "ab", lambda *x: calls.append(x)) == 3
    a, b = load_pairs(tmp_path / "ab").read(range(3))
    np.testing.assert_array_equal(a, inputs)
    np.testing.assert_array_equal(b, targets)
    assert calls == [(1, 3), (2, 3), (3, 3)]


def test_derived_inputs(tmp_path):
    pictures = write_pictures(tmp_path / "a", 2, (8, 8))
    assert write_derived(tmp_path / "a", grey, tmp_path / "ab") == 2
    a, b = load_pairs(tmp_path / "ab", input_channels=1).read(range(2))
    np.testing.assert_array_equal(b, pictures)
    np.testing.assert_array_equal(a[0], grey(pictures[0]))


def test_what_cannot_be_joined_is_named(tmp_path):
    write_pictures(tmp_path / "a", 3, (8, 8))
    write_pictures(tmp_path / "b", 3, (8, 8))
    Image.new("RGB", (9, 8)).save(tmp_path / "b" / "001.png")
    (tmp_path / "a" / "002.png").write_bytes(b"broken")
    with pytest.raises(DataError, match="2 of 3 pairs") as error:
        write_joined(tmp_path / "a", tmp_path / "b", tmp_path / "ab")
    assert [name for name, _ in error.value.problems] == ["001.png", "002.png"]
    assert "8 x 8 pixels, its partner has 9 x 8" in error.value.problems[0][1]
    assert [path.name for path in (tmp_path / "ab").iterdir()] == ["000.png"]
