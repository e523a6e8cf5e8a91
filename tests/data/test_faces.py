import sys

import numpy as np
import pytest
from PIL import Image

from keras_gans.data import DataError, load
from keras_gans.data.faces import cut, cut_faces, detector, face_boxes


@pytest.fixture
def people(tmp_path):
    """A photograph with one face at about (225, 120), about 100 px wide, and one without."""
    data = pytest.importorskip("skimage.data")
    pytest.importorskip("cv2")
    (tmp_path / "people").mkdir()
    Image.fromarray(data.astronaut()).save(tmp_path / "people" / "astronaut.png")
    Image.new("RGB", (300, 200), "teal").save(tmp_path / "people" / "sea.jpg")
    return tmp_path / "people"


def test_faces_of_photographs(people, tmp_path):
    calls = []
    assert cut_faces(people, tmp_path / "out", 64, progress=lambda *call: calls.append(call)) == 1
    assert calls[-1] == (2, 2)
    data = load(tmp_path / "out")
    assert data.image_shape == (64, 64, 3) and data.name_of(0) == "astronaut-0.png"
    ((left, top, side),) = face_boxes(np.asarray(Image.open(people / "astronaut.png")), 64, detector())
    assert abs(left + side / 2 - 225) < 15 and abs(top + side / 2 - 120) < 25 and 64 <= side < 150
    assert cut_faces(people, tmp_path / "out", 64) == 1
    with pytest.raises(DataError, match=r"other settings \(.*margin"):
        cut_faces(people, tmp_path / "out", 64, margin=0.5)
    assert cut_faces(people, tmp_path / "large", 256) == 0  # the face has fewer pixels


def test_arrays_and_labels_in_names(people, tmp_path):
    (people / "her").mkdir()
    (people / "astronaut.png").rename(people / "her" / "1.png")
    assert cut_faces(people, tmp_path / "out", 32) == 1
    assert (tmp_path / "out" / "her" / "1-0.png").is_file()
    np.save(tmp_path / "faces.npy", np.asarray(Image.open(people / "her" / "1.png"))[None])
    assert cut_faces(str(tmp_path / "faces.npy"), tmp_path / "out2", 32) == 1
    assert (tmp_path / "out2" / "000000-0.png").is_file()


def test_boxes_are_scaled_back_and_sorted():
    seen = []

    def detect(grey, smallest):
        seen.append((grey.shape, smallest))
        return np.array([[30, 10, 50, 50], [5, 5, 45, 45], [9, 9, 20, 20]])

    boxes = face_boxes(np.zeros((400, 600, 3), np.uint8), 120, detect)
    assert seen == [((134, 200), 40)]
    assert boxes == [(15, 15, 135), (90, 30, 150)]


def test_margins_stay_in_the_image():
    image = np.arange(100 * 80).reshape(100, 80, 1)
    np.testing.assert_array_equal(cut(image, (10, 20, 30)), image[20:50, 10:40])
    np.testing.assert_array_equal(cut(image, (0, 0, 30), 0.5), image[:60, :60])
    assert cut(image, (40, 60, 40), 2.0).shape == (80, 80, 1)


def test_bad_input(people, tmp_path, monkeypatch):
    (people / "broken.png").write_bytes(b"nothing")
    with pytest.raises(DataError, match="broken.png: not an image") as error:
        cut_faces(people, tmp_path / "out", 64)
    assert "The others gave 1 file:" in str(error.value)
    floats = np.zeros((2, 16, 16, 3), "float32")
    np.save(tmp_path / "floats.npy", floats)
    with pytest.raises(DataError, match="float pixels"):
        cut_faces(tmp_path / "floats.npy", tmp_path / "floats", 8)
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(ValueError, match='pip install "opencv-python-headless<5"'):
        detector()
