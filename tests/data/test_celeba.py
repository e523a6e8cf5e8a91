import numpy as np
import pytest
from PIL import Image

from keras_gans.data import DataError, load
from keras_gans.data.celeba import align_faces, read_image_list, read_landmarks
from keras_gans.data.face_alignment import align
from tests.data.test_face_alignment import face, picture

HEAD = "lefteye_x lefteye_y righteye_x righteye_y nose_x nose_y leftmouth_x leftmouth_y rightmouth_x rightmouth_y\n"


def write_landmarks(path, places, count=None):
    lines = [f"{name}  " + " ".join(f"{v:.0f}" for v in np.ravel(points)) for name, points in places.items()]
    path.write_text(f"{len(places) if count is None else count}\n{HEAD}" + "\n".join(lines) + "\n")


@pytest.fixture
def celeba(tmp_path):
    """Three photographs with landmarks."""
    (tmp_path / "img_celeba").mkdir()
    places = {}
    for k in range(3):
        Image.fromarray(picture(120, 140, k)).save(tmp_path / "img_celeba" / f"{k + 1:06d}.png")
        places[f"{k + 1:06d}.png"] = np.rint(face((70 + 5 * k, 60), 20 + k, 0.1 * k))
    write_landmarks(tmp_path / "landmarks.txt", places)
    return tmp_path, places


def test_faces_are_aligned(celeba):
    folder, places = celeba
    calls = []
    arguments = folder / "img_celeba", folder / "landmarks.txt", folder / "out"
    assert align_faces(*arguments, resolution=32, progress=lambda *call: calls.append(call)) == 3
    assert calls[-1] == (3, 3)
    data = load(folder / "out")
    assert data.image_shape == (32, 32, 3) and data.name_of(1) == "000002.png"
    np.testing.assert_array_equal(data.read([1])[0], align(picture(120, 140, 1), places["000002.png"], 32))
    before = (folder / "out" / "000001.png").stat().st_mtime_ns
    (folder / "out" / "000003.png").unlink()
    assert align_faces(*arguments, resolution=32) == 3
    assert (folder / "out" / "000001.png").stat().st_mtime_ns == before
    with pytest.raises(DataError, match=r"other settings \(resolution\)"):
        align_faces(*arguments, resolution=16)


def test_the_images_of_a_list(celeba):
    folder, places = celeba
    text = "idx orig_idx orig_file proc_md5 final_md5\n0 2 000003.png aa bb\n1 8 000009.png aa bb\n"
    (folder / "image_list.txt").write_text(text)
    assert read_image_list(folder / "image_list.txt") == [(0, "000003.png"), (1, "000009.png")]
    arguments = folder / "img_celeba", folder / "landmarks.txt", folder / "out", 16, folder / "image_list.txt"
    with pytest.raises(DataError, match="000009.png: not in the folder of photographs"):
        align_faces(*arguments)
    assert [path.name for path in (folder / "out").glob("*.png")] == ["00000.png"]


def test_what_cannot_be_aligned_is_named(celeba):
    folder, places = celeba
    (folder / "img_celeba" / "000002.png").write_bytes(b"broken")
    Image.fromarray(picture(50, 50)).save(folder / "img_celeba" / "000004.png")
    places["000003.png"] = np.full((5, 2), 7)
    write_landmarks(folder / "landmarks.txt", places)
    with pytest.raises(DataError, match="3 of 4 images") as error:
        align_faces(folder / "img_celeba", folder / "landmarks.txt", folder / "out", 16)
    found = dict(error.value.problems)
    assert found["000004.png"] == "it has no landmarks" and "one point" in found["000003.png"]
    assert found["000002.png"].startswith("not an image")
    with pytest.raises(DataError, match="the names of the files are others"):
        write_landmarks(folder / "landmarks.txt", {"a.jpg": face((5, 5), 2)})
        align_faces(folder / "img_celeba", folder / "landmarks.txt", folder / "out2", 16)
    with pytest.raises(ValueError, match="A level must be the resolution 1024 halved"):
        align_faces(folder / "img_celeba", folder / "landmarks.txt", folder / "out2", 100)


def test_forms_of_landmarks(celeba, tmp_path):
    folder, places = celeba
    (tmp_path / "l.csv").write_text(
        "image_id," + HEAD.replace(" ", ",") + "000001.jpg," + ",".join("1234567890") + "\n\n"
    )
    found = read_landmarks(tmp_path / "l.csv")
    assert found["000001.jpg"].tolist() == [[1, 2], [3, 4], [5, 6], [7, 8], [9, 0]]
    assert list(read_landmarks(folder / "landmarks.txt")) == list(places)


@pytest.mark.parametrize(
    "text, message",
    [
        ("2\n" + HEAD + "a.jpg 1 2 3 4 5 6 7 8 9 10\n", "not whole: 2 faces by its first line, 1 in it"),
        ("1\n" + HEAD + "a.jpg 1 2 3 4 5 6 7 8 9\n", r"landmarks.txt, line 3: a.jpg 1 2"),
        ("1\n" + HEAD + "a.jpg 1 2 3 4 5 6 7 8 9 x\n", "line 3"),
        ("1\n" + HEAD + "a.jpg 1 2 3 4 5 6 7 8 9 nan\n", "line 3"),
        ("", "no landmarks in the file"),
        ("\0\xff", "ten numbers"),
    ],
)
def test_damaged_landmarks(tmp_path, text, message):
    (tmp_path / "landmarks.txt").write_text(text)
    with pytest.raises(DataError, match=message):
        read_landmarks(tmp_path / "landmarks.txt")


def test_files_that_are_none(tmp_path):
    with pytest.raises(DataError, match="cannot be opened"):
        read_landmarks(tmp_path / "nowhere.txt")
    (tmp_path / "x").write_bytes(b"\xff\xd8\xff")
    with pytest.raises(DataError, match="Expected a text file"):
        read_landmarks(tmp_path / "x")
    for text in ("", "idx orig_file\n", "a b\n1 2\n"):
        (tmp_path / "list").write_text(text)
        with pytest.raises(DataError, match="Expected the columns idx and orig_file"):
            read_image_list(tmp_path / "list")
    (tmp_path / "list").write_text("idx orig_file\nx a.jpg\n")
    with pytest.raises(DataError, match="is damaged"):
        read_image_list(tmp_path / "list")
