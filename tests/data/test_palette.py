import io

import numpy as np
import pytest
from PIL import Image

from keras_gans.data import DataError
from keras_gans.data.pairs import load_pairs
from keras_gans.data.palette import FACADES, LabelFrame, Palette, PaletteSource, nearest, read_palette
from keras_gans.data.sources.arrays import ArraySource


def test_indices_and_paint():
    palette = Palette(FACADES)
    indices = np.arange(12).reshape(3, 4)
    np.testing.assert_array_equal(palette.indices(palette.paint(indices)), indices)
    assert palette.names[3] == "window" and palette.colours[3].tolist() == [0, 0x75, 255]


def test_tolerance_takes_the_nearest_colour_of_a_jpeg(rng):
    palette = Palette(FACADES, tolerance=48)
    indices = np.repeat(np.repeat(rng.integers(0, 12, (4, 4)), 16, 0), 16, 1)
    file = io.BytesIO()
    Image.fromarray(palette.paint(indices)).save(file, "JPEG", quality=98, subsampling=0)
    pixels = np.asarray(Image.open(file))
    assert (palette.indices(pixels) == indices).mean() > 0.99
    with pytest.raises(ValueError, match="unknown label colour"):
        Palette(FACADES).indices(pixels)


def test_unknown_colours_are_named_with_their_file_and_place(tmp_path):
    for side in "AB":
        (tmp_path / side).mkdir()
        for name in ("one", "two"):
            pixels = np.zeros([8, 8, 3], "uint8")
            if side == "A" and name == "two":
                pixels[3, 5] = [1, 2, 3]
            Image.fromarray(pixels).save(tmp_path / side / f"{name}.png")
    with pytest.raises(DataError) as error:
        load_pairs(str(tmp_path), input_palette=Palette(["#000000", "#ffffff"]))
    ((name, reason),) = error.value.problems
    assert name == "two.png" and "unknown label colour #010203 at row 3, column 5 (1 pixels" in reason


def test_resizing_mixes_no_colours(rng):
    labels = Palette(["#000000", "#ff0000", "#00ff00"])
    images = labels.paint(rng.integers(0, 3, (3, 16, 16)))
    data = load_pairs((images, images), 12, load_size=14, mirror=True, input_palette=labels)
    inputs, targets, _ = data.at(np.arange(8))
    labels.indices(inputs)
    with pytest.raises(ValueError, match="unknown label colour"):
        labels.indices(targets)  # these were resized as photographs are


def test_frame_takes_the_part_that_photographs_are_cut_to():
    ramp = np.tile(np.arange(40, dtype="uint8")[None, :, None] * 6, [20, 1, 1])
    for crop, shape in (("center", (10, 10, 1)), ("random", (10, 20, 1))):
        frame = LabelFrame(10, 10, 1, crop=crop)
        assert frame.canvas(ramp).shape == shape
        assert set(np.unique(frame.canvas(ramp))) <= set(np.unique(ramp))
    np.testing.assert_array_equal(nearest(ramp, 20, 40), ramp)


def test_sources():
    source = PaletteSource(ArraySource(np.zeros([2, 4, 4, 3], "uint8")), Palette(["#000000"]))
    other = PaletteSource(source.source, Palette(["#000000", "#000001"]))
    assert len(source) == 2 and source.content != other.content and len(source.select([1])) == 1
    assert source.header(0).channels == 3 and source.name_of(1) == "array[1]" and not source.is_whole(0)
    deep = PaletteSource(ArraySource(np.zeros([1, 4, 4, 3], "uint16")), Palette(["#000000"]))
    with pytest.raises(DataError, match="8 bits a channel"):
        load_pairs((deep.source.images, deep.source.images), input_palette=deep.palette)


@pytest.mark.parametrize("colours", [["#00"], ["red"], [(0, 0, 256)], [(1, 2)], [], ["#000000", (0, 0, 0)]])
def test_bad_colours(colours):
    with pytest.raises(ValueError, match="colour.* Received: colour"):
        Palette(colours)
    with pytest.raises(ValueError, match="tolerance must be from 0 to 255"):
        Palette(["#000000"], tolerance=300)


@pytest.mark.parametrize(
    "value, expected",
    [
        ("sea=#0000ff, dry land=#008000", {"sea": "#0000ff", "dry land": "#008000"}),
        ("#0000ff,#008000", {"0": "#0000ff", "1": "#008000"}),
        ({"a": [1, 2, 3]}, {"a": "#010203"}),
        (["#010203"], {"0": "#010203"}),
    ],
)
def test_read_palette(value, expected):
    palette = read_palette(value, 7)
    assert palette.as_dict() == expected and palette.tolerance == 7
    assert read_palette(palette) is palette and read_palette(palette.as_dict()).as_dict() == expected


def test_palettes_by_name_and_from_files(tmp_path):
    assert len(read_palette("facades").names) == 12
    (tmp_path / "p.json").write_text('{"sea": "#0000ff"}')
    assert read_palette(str(tmp_path / "p.json")).as_dict() == {"sea": "#0000ff"}
    for text in ("{", "3", 10**5 * "["):
        (tmp_path / "p.json").write_text(text)
        with pytest.raises(ValueError, match="A palette is"):
            read_palette(tmp_path / "p.json")
    with pytest.raises(ValueError, match='A palette is "facades", colours such as .*No such file'):
        read_palette("facade")
    with pytest.raises(ValueError, match="A colour is"):
        read_palette("sea=#12,land=#008000")
