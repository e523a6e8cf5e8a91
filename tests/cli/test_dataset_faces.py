import sys

import numpy as np
import pytest
from PIL import Image

from tests.data.test_celeba import write_landmarks
from tests.data.test_face_alignment import face, picture


def test_celeba_hq(call, tmp_path):
    (tmp_path / "img").mkdir()
    Image.fromarray(picture(60, 60)).save(tmp_path / "img" / "000001.png")
    write_landmarks(tmp_path / "l.txt", {"000001.png": np.rint(face((30, 30), 12))})
    arguments = ["dataset", "celeba-hq", tmp_path / "img", tmp_path / "l.txt"]
    code, out, err = call(*arguments, tmp_path / "my out", "--resolution", 16)
    assert (
        code == 0 and "/my out' shards" in out and "1 face:" in out and "delta files" in err and "Pillow 3.1.1" in err
    )
    assert Image.open(tmp_path / "my out" / "000001.png").size == (16, 16)
    code, _, err = call("dataset", "celeba-hq", tmp_path / "img", tmp_path / "none.txt", tmp_path / "out2")
    assert code == 2 and "cannot be opened" in err
    assert call(*arguments, tmp_path / "out3", "--resolution", 100)[0] == 2


def test_faces(call, tmp_path, monkeypatch):
    data = pytest.importorskip("skimage.data")
    pytest.importorskip("cv2")
    (tmp_path / "in").mkdir()
    Image.fromarray(data.astronaut()).save(tmp_path / "in" / "a.png")
    code, out, _ = call("dataset", "faces", tmp_path / "in", tmp_path / "out", "--resolution", 64, "--margin", 0.2)
    assert code == 0 and "1 face:" in out and "train dcgan" in out
    assert Image.open(tmp_path / "out" / "a-0.png").size == (64, 64)
    (tmp_path / "none").mkdir()
    Image.fromarray(np.zeros((80, 80, 3), "uint8")).save(tmp_path / "none" / "a.png")
    code, out, _ = call("dataset", "faces", tmp_path / "none", tmp_path / "out1", "--resolution", 64)
    assert code == 0 and "0 faces:" in out and "--neighbours" in out and "train dcgan" not in out
    monkeypatch.setitem(sys.modules, "cv2", None)
    code, _, err = call("dataset", "faces", tmp_path / "in", tmp_path / "out2")
    assert code == 2 and "opencv-python-headless<5" in err
