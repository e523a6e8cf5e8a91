import numpy as np
import pytest
from PIL import Image

from keras_gans.data.checking import check_arguments, examine, named, read_headers
from keras_gans.data.errors import DataError
from keras_gans.data.sources.arrays import ArraySource
from keras_gans.data.sources.folder import FolderSource
from tests.data.pictures import write_pictures


def look(source, resolution=8, channels=None, depth=None, crop="center", load_size=None, max_upscale=2.0):
    return examine(source, resolution, channels, depth, crop, load_size, max_upscale)


def write_modes(folder, **modes):
    """One picture 8 x 8 of each mode, for example `a="RGB"`."""
    for name, mode in modes.items():
        Image.new("RGBA", (8, 8), (9, 9, 9, 128)).convert(mode).save(folder / f"{name}.png")


@pytest.mark.parametrize(
    "modes, channels",
    [
        (["L", "1"], 1),
        (["L", "LA"], 1),
        (["RGB", "L"], 3),
        (["RGB", "RGBA"], 3),
        (["RGBA", "LA"], 4),
        (["LA"], 4),
        (["RGBA"], 4),
        (["LA", "RGB"], 3),
    ],
)
def test_inferred_channels(tmp_path, modes, channels):
    write_modes(tmp_path, **{f"{k}": mode for k, mode in enumerate(modes)})
    found = look(FolderSource(tmp_path))
    assert found.frame.channels == channels and not found.problems
    assert bool(found.notes) == (len(modes) > 1 and modes != ["L", "1"] or modes == ["LA"])


def test_mixed_modes_are_said(tmp_path):
    write_modes(tmp_path, a="RGB", b="RGBA", c="L")
    assert look(FolderSource(tmp_path)).notes == [
        "1 grey, 1 colour, 1 colour with alpha: all are brought to 3 channels, alpha flattened on white"
    ]


def test_channels_asked_for(tmp_path):
    write_modes(tmp_path, a="RGB")
    assert look(FolderSource(tmp_path), channels=1).frame.channels == 1
    with pytest.raises(DataError, match="cannot be brought to 5"):
        look(FolderSource(tmp_path), channels=5)
    with pytest.raises(ValueError, match="channels must be"):
        look(FolderSource(tmp_path), channels=0)


def test_arrays_of_many_channels():
    source = ArraySource(np.zeros((2, 8, 8, 6), "uint8"))
    assert look(source).frame.channels == 6
    with pytest.raises(DataError, match="6 channels cannot be brought to 3"):
        look(source, channels=3)


def test_mixed_depths(tmp_path):
    write_modes(tmp_path, a="L", b="L")
    Image.fromarray(np.zeros((8, 8), "uint16")).save(tmp_path / "deep.png")
    with pytest.raises(DataError, match="2 and 1 of") as caught:
        look(FolderSource(tmp_path))
    assert caught.value.problems == [("deep.png", "16 bits a channel")]
    assert look(FolderSource(tmp_path), depth=8).frame.dtype == "uint8"
    assert look(FolderSource(tmp_path), depth=16).frame.dtype == "uint16"
    with pytest.raises(ValueError, match="keep their depth"):
        look(ArraySource(np.zeros((2, 8, 8, 1), "float32")), depth=8)


def test_without_a_resolution_sizes_must_agree(tmp_path):
    write_pictures(tmp_path, 3, (10, 12))
    Image.new("RGB", (5, 5)).save(tmp_path / "odd.png")
    found = look(FolderSource(tmp_path), resolution=None)
    assert found.frame.shape == (10, 12, 3)
    assert found.problems == [(3, "5 x 5 pixels, unlike most, which have 12 x 10")]


def test_every_problem_is_collected(tmp_path):
    write_pictures(tmp_path, 2, (16, 16), suffix=".jpg")
    whole = (tmp_path / "000.jpg").read_bytes()
    (tmp_path / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "text.png").write_text("hello")
    Image.new("RGB", (1, 1)).save(tmp_path / "dot.png")
    source = FolderSource(tmp_path)
    problems = dict(named(source, look(source).problems))
    assert set(problems) == {"cut.jpg", "text.png", "dot.png"}
    assert problems["cut.jpg"].startswith("truncated") and "enlarged 8 times" in problems["dot.png"]
    headers, broken = read_headers(source)
    assert [header is None for header in headers] == [False, False, True, False, True] and len(broken) == 2


def test_nothing_readable(tmp_path):
    (tmp_path / "a.png").write_text("hello")
    with pytest.raises(DataError, match="No image of .* can be read, of 1."):
        look(FolderSource(tmp_path))


def test_enlarging_is_said(tmp_path):
    write_pictures(tmp_path, 2, (6, 6))
    assert look(FolderSource(tmp_path)).notes == ["2 images smaller than the resolution: enlarged"]


def test_oddities_are_said(tmp_path):
    picture = Image.new("RGB", (8, 8))
    picture.convert("CMYK").save(tmp_path / "a.jpg")
    picture.save(tmp_path / "b.webp", save_all=True, append_images=[Image.new("RGB", (8, 8), "red")])
    assert look(FolderSource(tmp_path)).notes == [
        "1 CMYK image: converted to RGB",
        "1 image with several frames: only the first is used",
    ]


@pytest.mark.parametrize(
    "options, message",
    [
        ({"resolution": 0}, "resolution must be"),
        ({"resolution": -8}, "resolution must be"),
        ({"resolution": "8"}, "resolution must be"),
        ({"resolution": (8, 8, 3)}, "resolution must be"),
        ({"resolution": (8, 0)}, "resolution must be"),
        ({"crop": "top"}, "crop must be one of"),
        ({"load_size": 4}, "load_size must be at least"),
        ({"load_size": 12, "crop": "none"}, "load_size needs crop="),
        ({"max_upscale": 0.5}, "max_upscale"),
        ({"depth": 12}, "depth must be"),
    ],
)
def test_bad_arguments(options, message):
    with pytest.raises(ValueError, match=message):
        look(ArraySource(np.zeros((2, 8, 8, 3), "uint8")), **options)


def test_a_pair_as_resolution():
    assert look(ArraySource(np.zeros((2, 8, 8, 3), "uint8")), resolution=(4, 8)).frame.shape == (4, 8, 3)


@pytest.mark.parametrize("value", ["abc", [2], True])
@pytest.mark.parametrize("name", ["load_size", "max_upscale"])
def test_sizes_are_numbers(name, value):
    arguments = {"load_size": None, "max_upscale": 2.0, name: value}
    with pytest.raises(ValueError, match=f"{name} must be a number. Received: {name}="):
        check_arguments(8, "center", depth=None, **arguments)
