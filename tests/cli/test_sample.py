import numpy as np
import pytest
from PIL import Image

from keras_gans.cli import sample
from keras_gans.training import checkpoints, grids


@pytest.fixture
def model(trained):
    return checkpoints.load(checkpoints.newest(trained / "checkpoints"))


def test_a_sheet_of_one_seed(call, trained, model, tmp_path):
    code, out, _ = call("sample", trained, "--seed", 3, "--count", 6, "--out", tmp_path / "s" / "a.png")
    assert code == 0 and "6 images" in out and "image 32" in out
    expected = grids.image_grid(model.generate(6, seed=3))[..., 0]
    assert np.array_equal(np.asarray(Image.open(tmp_path / "s" / "a.png")), expected)


def test_seeds_are_images_of_their_own(call, trained, model, tmp_path):
    assert call("sample", trained, "--seeds", "0-2,40", "--count", 2, "--out", tmp_path / "a.npz")[0] == 0
    found = np.load(tmp_path / "a.npz")
    assert found["seeds"].tolist() == [0, 0, 1, 1, 2, 2, 40, 40] and "labels" not in found
    assert np.array_equal(found["images"][6:], model.generate(2, seed=40))


def test_folders_and_arrays(call, trained, model, tmp_path):
    assert call("sample", trained, "--seeds", "1,7", "--out", tmp_path / "many")[0] == 0
    assert sorted(path.name for path in (tmp_path / "many").iterdir()) == ["seed000001-0000.png", "seed000007-0000.png"]
    image = np.asarray(Image.open(tmp_path / "many" / "seed000007-0000.png"))
    assert np.array_equal(image, model.generate(1, seed=7)[0, ..., 0])
    assert call("sample", trained, "--out", tmp_path / "a.npy", "--live")[0] == 0
    assert np.array_equal(np.load(tmp_path / "a.npy"), model.generate(64, seed=0, averaged=False))
    assert call("sample", trained, "--out", tmp_path / "a.jpg", "--count", 1)[0] == 0
    assert Image.open(tmp_path / "a.jpg").size == (16, 16)


@pytest.mark.parametrize(
    "arguments, named",
    [
        (["nowhere", "--out", "a.png"], "nowhere"),
        (["{tmp}", "--out", "a.png"], "no config.json"),
        (["{run}", "--out", "a.gif"], "a.gif"),
        (["{run}", "--out", "{run}/config.json/a.png"], "config.json"),
        (["{run}", "--out", "a.png", "--seed", "1", "--seeds", "2"], "exclude each other"),
        (["{run}", "--out", "a.png", "--seeds", "5-2"], "5-2"),
        (["{run}", "--out", "a.png", "--seeds", "a"], "'a'"),
        (["{run}", "--out", "a.png", "--seeds", "0-99999999999"], "1,000,000"),
        (["{run}", "--out", "a.png", "--count", "0"], "count"),
        (["{run}", "--out", "a.png", "--class", "1"], "without classes"),
        (["{run}"], "--out"),
    ],
)
def test_mistakes(call, trained, tmp_path, arguments, named):
    before = sorted(tmp_path.rglob("*"))
    code, _, err = call("sample", *(argument.format(tmp=tmp_path, run=trained) for argument in arguments))
    assert code == 2 and named in err
    assert sorted(tmp_path.rglob("*")) == before


def test_parse_seeds():
    assert sample.parse_seeds(" 0-2, 40,5-5") == [0, 1, 2, 40, 5]
    for text in ("", "1,,2", "-1", "1-", "²", "2147483648"):
        with pytest.raises(ValueError, match="seeds="):
            sample.parse_seeds(text)
    for text in ("9" * 5000, "1-" + "9" * 5000):
        with pytest.raises(ValueError, match="one of 5,000 digits"):
            sample.parse_seeds(text)


def test_check_target(tmp_path):
    (tmp_path / "a.png").mkdir()
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "a.png", tmp_path / "file"):
        with pytest.raises(ValueError, match="Received: out="):
            sample.check_target(str(path))
    assert sample.check_target(str(tmp_path / "b.PNG")).name == "b.PNG"
    (tmp_path / "v1.2").mkdir()
    assert sample.check_target(str(tmp_path / "v1.2")).is_dir()
