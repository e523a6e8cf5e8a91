import numpy as np
import pytest
from PIL import Image

from keras_gans import Pix2Pix
from keras_gans.cli import translating
from keras_gans.data import DataError
from keras_gans.data.errors import Unreadable


@pytest.fixture(scope="module")
def model():
    return Pix2Pix(16, filters=2, discriminator_filters=2, receptive_field=16)


def test_places_names_and_truths(model, tmp_path, rng):
    (tmp_path / "in" / "deep").mkdir(parents=True)
    (tmp_path / "in" / ".hidden").mkdir()
    (tmp_path / "truth").mkdir()
    picture = Image.fromarray(rng.integers(0, 256, (16, 16, 3), dtype="uint8"))
    for name in ("in/a.jpg", "in/deep/b.png", "in/.hidden/c.png", "truth/a.png"):
        picture.save(tmp_path / name)
    results = translating.translate_files(model, tmp_path / "in", tmp_path / "out", tmp_path / "truth")
    assert [(name, target is not None) for name, *_, target in results] == [("a.jpg", True), ("deep/b.png", False)]
    assert (tmp_path / "out" / "deep" / "b.png").is_file() and not (tmp_path / "out" / ".hidden").exists()


def test_all_that_cannot_be_translated_is_named(model, tmp_path):
    (tmp_path / "broken.png").write_bytes(b"nothing")
    for name in ("good.png", "twice.png", "twice.bmp"):
        Image.fromarray(np.zeros([16, 16, 3], "uint8")).save(tmp_path / name)
    with pytest.raises(DataError, match="2 of 4 images could not be translated") as error:
        translating.translate_files(model, tmp_path, tmp_path / "out")
    assert [name for name, _ in error.value.problems] == ["broken.png", "twice.png"]
    assert (tmp_path / "out" / "good.png").is_file() and "The others are in" in str(error.value)


def test_channels(tmp_path):
    Image.fromarray(np.zeros([4, 4, 3], "uint8")).save(tmp_path / "a.png")
    assert translating.read_image(tmp_path / "a.png", 1).shape == (4, 4, 1)
    with pytest.raises(Unreadable, match="has 3 channels, the model takes 2"):
        translating.read_image(tmp_path / "a.png", 2)
    with pytest.raises(Unreadable, match="cannot be opened"):
        translating.read_image(tmp_path / "none.png", 3)


def test_a_page_needs_nothing_else_and_escapes_names(tmp_path):
    image, deep = np.zeros([8, 8, 3], "uint8"), np.zeros([600, 300, 1], "uint16")
    rows = [("<script>.png", image, translating._shown(deep), None), ("b.png", image, image, image)]
    translating.write_page(tmp_path / "new" / "index.html", "a & b", rows)
    page = (tmp_path / "new" / "index.html").read_text()
    assert "<script>" not in page and "&lt;script&gt;.png" in page and "a &amp; b" in page
    assert page.count("data:image/png;base64,") == 5 and "http" not in page
    assert 'width="128" height="256"' in page


def test_no_image_that_is_read_is_overwritten(model, tmp_path):
    (tmp_path / "truth").mkdir()
    for name in ("a.png", "b.bmp", "truth/b.png"):
        Image.fromarray(np.full([16, 16, 3], 200, "uint8")).save(tmp_path / name)
    before = (tmp_path / "a.png").read_bytes()
    with pytest.raises(DataError, match="2 of 3 images") as error:
        translating.translate_files(model, tmp_path, tmp_path / "truth" / "..")
    assert error.value.problems[0][0] == "a.png" and "the place of an image that is read" in error.value.problems[0][1]
    assert (tmp_path / "a.png").read_bytes() == before and (tmp_path / "b.png").is_file()
    with pytest.raises(DataError, match="the place of an image that is read"):
        translating.translate_files(model, tmp_path / "b.bmp", tmp_path / "truth", tmp_path / "truth")


@pytest.mark.parametrize("options", [{"tile": 10}, {"tile": 16, "overlap": 9}])
def test_tiles_that_do_not_fit_are_said_once_and_first(model, tmp_path, options):
    for name in ("a.png", "b.png"):
        Image.fromarray(np.zeros([16, 16, 3], "uint8")).save(tmp_path / name)
    with pytest.raises(ValueError, match="must be .* Received: ") as error:
        translating.translate_files(model, tmp_path, tmp_path / "out", options=options)
    assert not isinstance(error.value, DataError) and not (tmp_path / "out").exists()
