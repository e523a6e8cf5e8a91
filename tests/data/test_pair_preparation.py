import numpy as np
import pytest
from PIL import Image

from keras_gans.data import DataError, load_pairs
from keras_gans.data.pair_preparation import grey, write_derived, write_joined
from keras_gans.data.palette import Palette
from keras_gans.data.prepared import png
from tests.data.pictures import write_pictures


def test_joined_folders_load_as_pairs(tmp_path):
    inputs = write_pictures(tmp_path / "a", 3, (8, 12))
    targets = write_pictures(tmp_path / "b", 3, (8, 12), suffix=".bmp", seed=1)
    calls = []
    assert write_joined(tmp_path / "a", tmp_path / "b", tmp_path / "ab", lambda *x: calls.append(x)) == 3
    a, b = load_pairs(tmp_path / "ab").read(range(3))
    np.testing.assert_array_equal(a, inputs)
    np.testing.assert_array_equal(b, targets)
    assert calls[-1] == (3, 3)


def test_derived_inputs(tmp_path):
    pictures = write_pictures(tmp_path / "a", 2, (8, 8))
    assert write_derived(tmp_path / "a", grey, tmp_path / "ab") == 2
    a, b = load_pairs(tmp_path / "ab", input_channels=1).read(range(2))
    np.testing.assert_array_equal(b, pictures)
    np.testing.assert_array_equal(a[0], grey(pictures[0]))


def test_large_images_are_reduced_when_asked(tmp_path):
    write_pictures(tmp_path / "a", 1, (40, 60))
    assert write_derived(tmp_path / "a", grey, tmp_path / "ab", longest=30) == 1
    assert Image.open(tmp_path / "ab" / "000.png").size == (60, 20)


def test_what_cannot_be_joined_is_named(tmp_path):
    write_pictures(tmp_path / "a", 3, (8, 8))
    write_pictures(tmp_path / "b", 3, (8, 8))
    Image.new("RGB", (9, 8)).save(tmp_path / "b" / "001.png")
    (tmp_path / "a" / "002.png").write_bytes(b"broken")
    with pytest.raises(DataError, match="2 of 3 images") as error:
        write_joined(tmp_path / "a", tmp_path / "b", tmp_path / "ab")
    assert [name for name, _ in error.value.problems] == ["001.png", "002.png"]
    assert "8 x 8 pixels, its partner has 9 x 8" in error.value.problems[0][1]
    assert [path.name for path in (tmp_path / "ab").glob("*.png")] == ["000.png"]


def test_alpha_is_flattened_on_white(tmp_path):
    """As emoji come: RGBA, grey with alpha and palettes with transparency, mixed."""
    clear = Image.new("RGBA", (4, 4), (255, 0, 0, 0))
    (tmp_path / "a").mkdir()
    clear.save(tmp_path / "a" / "rgba.png")
    clear.convert("LA").save(tmp_path / "a" / "la.png")
    clear.convert("P").save(tmp_path / "a" / "p.png", transparency=clear.convert("P").getpixel((0, 0)))
    write_joined(tmp_path / "a", tmp_path / "a", tmp_path / "ab")
    assert (load_pairs(tmp_path / "ab").inputs.read(range(3)) == 255).all()


def test_depth_is_that_of_the_deepest(tmp_path, rng):
    (tmp_path / "a").mkdir()
    deep = rng.integers(0, 2**16, (4, 4, 3), dtype="uint16")
    (tmp_path / "a" / "000.png").write_bytes(png(deep))
    shallow = write_pictures(tmp_path / "b", 1, (4, 4))[0]
    write_joined(tmp_path / "a", tmp_path / "b", tmp_path / "ab")
    a, b = load_pairs(tmp_path / "ab").read([0])
    np.testing.assert_array_equal(a[0], deep)
    np.testing.assert_array_equal(b[0], shallow.astype("uint16") * 257)
    write_joined(tmp_path / "a", tmp_path / "b", tmp_path / "ab8", depth=8)
    assert load_pairs(tmp_path / "ab8").dtype == "uint8"


def test_grey_pairs_stay_grey(tmp_path):
    write_pictures(tmp_path / "a", 2, (4, 4), mode="L")
    write_joined(tmp_path / "a", tmp_path / "a", tmp_path / "ab")
    assert load_pairs(tmp_path / "ab").input_shape == (4, 4, 1)


def test_label_maps_become_exact(tmp_path):
    maps = np.zeros((8, 8, 3), "uint8")
    maps[4:] = (0, 130, 3)
    (tmp_path / "a").mkdir()
    Image.fromarray(maps).save(tmp_path / "a" / "x.png")
    palette = Palette({"sea": "#000000", "land": "#008000"}, tolerance=5)
    write_joined(tmp_path / "a", tmp_path / "a", tmp_path / "ab", palettes=(palette, None))
    a, b = load_pairs(tmp_path / "ab").read([0])
    assert a[0, 7, 7].tolist() == [0, 128, 0] and b[0, 7, 7].tolist() == [0, 130, 3]
    exact = Palette({"sea": "#000000", "land": "#008000"})
    with pytest.raises(DataError, match=r"x.png: unknown label colour #008203 at row 4, column 0"):
        write_joined(tmp_path / "a", tmp_path / "a", tmp_path / "ab2", palettes=(exact, None))


def test_what_was_left_out_is_said(tmp_path):
    write_pictures(tmp_path / "a", 3, (8, 8))
    write_pictures(tmp_path / "b", 2, (8, 8))
    said = []
    assert write_joined(tmp_path / "a", tmp_path / "b", tmp_path / "ab", skip_unpaired=True, say=said.append) == 2
    assert said == ["1 image without a partner left out"]
