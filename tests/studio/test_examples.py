import pathlib
import shutil

import numpy as np
import pytest
from PIL import Image

from keras_gans.data.errors import DataError, Unreadable
from keras_gans.studio import examples


def test_examples_are_the_pairs_of_the_run(pairs):
    found, why = examples.examples_of(pairs)
    assert len(found) == 4 and why == ""
    image, target = found.pair(1)
    assert image.shape == target.shape == (16, 16, 3) and image[0, 0].tolist() == [0, 0, 255]
    turned, _ = examples.examples_of({"data": {**pairs["data"], "direction": "BtoA"}})
    assert np.array_equal(turned.pair(1)[0], target) and np.array_equal(turned.pair(1)[1], image)


def test_a_folder_of_inputs_in_their_place(pairs, tmp_path):
    (tmp_path / "inputs").mkdir()
    Image.fromarray(np.zeros([5, 5, 3], "uint8")).save(tmp_path / "inputs" / "a.png")
    found, _ = examples.examples_of(pairs, tmp_path / "inputs")
    assert len(found) == 1 and found.pair(0)[1] is None
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError):
        examples.examples_of(pairs, tmp_path / "empty")


def test_examples_that_are_gone(pairs):
    shutil.rmtree(pairs["data"]["source"])
    found, why = examples.examples_of(pairs)
    assert found is None and "not at" in why
    assert examples.examples_of({})[0] is None and "nothing says" in examples.examples_of({})[1]
    pathlib.Path(pairs["data"]["source"]).mkdir()
    found, why = examples.examples_of(pairs)
    assert found is None and why


def test_the_palette_of_the_run():
    config = {"data": {"input_palette": {"sea": "#0000ff", "land": "#008000"}}}
    palette = examples.palette_of(config)
    assert palette.names == ["sea", "land"] and palette.tolerance == examples.TOLERANCE
    config["data"]["palette_tolerance"] = 60
    assert examples.palette_of(config).tolerance == 60
    for config in ({}, {"data": {}}, {"data": {"input_palette": None, "target_palette": {"sea": "#0000ff"}}}):
        assert examples.palette_of(config) is None


def test_colours_of_label_maps_are_found(pairs, tmp_path):
    found, _ = examples.examples_of(pairs)
    assert examples.colours_of(found) == ["#0000ff", "#ff0000"]
    Image.fromarray(found.pair(3)[0].repeat(8, 0).repeat(8, 1)).save(tmp_path / "a.jpg", quality=80)
    blurred = np.asarray(Image.open(tmp_path / "a.jpg"))
    assert len(np.unique(blurred.reshape(-1, 3), axis=0)) > 2  # JPEG mixed them
    colours = examples.find_colours([blurred])
    assert len(colours) <= 4 and examples.find_colours([]) == []
    for colour, expected in zip(colours, [(0, 0, 255), (255, 0, 0)]):
        assert np.abs(np.array([int(colour[k : k + 2], 16) for k in (1, 3, 5)]) - expected).max() <= 8


def test_photographs_have_no_palette(rng):
    assert examples.find_colours([rng.integers(0, 256, (40, 40, 3), dtype="uint8")]) == []
    assert examples.colours_of(None) == []


def test_broken_examples_are_passed_over():
    class Broken:
        def __len__(self):
            return 3

        def pair(self, index):
            raise Unreadable("broken")

    assert examples.colours_of(Broken()) == []
