import numpy as np
import pytest
from PIL import Image

from keras_gans.data import DataError
from keras_gans.data.pair_sources import HalfSource, open_pairs, parallel
from keras_gans.data.sources.arrays import ArraySource
from keras_gans.data.sources.folder import FolderSource
from tests.data.pictures import write_pictures


def write(path, value=0, size=(8, 8), mode="RGB"):
    path.parent.mkdir(parents=True, exist_ok=True)
    width, height = size
    pixels = np.full([height, width, 3], value, "uint8")
    Image.fromarray(pixels).convert(mode).save(path)


def test_side_by_side(tmp_path):
    pixels = np.zeros([4, 16, 3], "uint8")
    pixels[:, 8:] = 9
    Image.fromarray(pixels).save(tmp_path / "x.png")
    a, b = open_pairs(str(tmp_path))
    assert (a.pixels(0).max(), b.pixels(0).min()) == (0, 9) and a.pixels(0).shape == (4, 8, 3)
    assert (a.header(0).width, a.header(0).height) == (8, 4) and a.content != b.content


def test_halves_of_arrays_and_selection():
    source = ArraySource(np.arange(16, dtype="uint8").reshape(2, 2, 4, 1))
    right = HalfSource(source, 1).select([1])
    assert right.pixels(0)[:, :, 0].tolist() == [[10, 11], [14, 15]] and len(right) == 1 and right.in_memory


def test_splits(tmp_path):
    for split, value in (("train", 1), ("val", 2)):
        write(tmp_path / split / "x.png", value, (8, 4))
    assert open_pairs(tmp_path)[0].pixels(0).max() == 1
    assert open_pairs(tmp_path, "val")[0].pixels(0).max() == 2
    with pytest.raises(DataError, match="no split 'test', only train, val"):
        open_pairs(tmp_path, "test")
    with pytest.raises(ValueError, match="split must be one of train, val, test. Received: split='dev'"):
        open_pairs(tmp_path, "dev")


def test_two_folders_are_joined_by_name_whatever_the_ending(tmp_path):
    for k, name in enumerate(("b", "a", "deep/c")):
        write(tmp_path / "A" / f"{name}.png", k)
        write(tmp_path / "B" / f"{name}.bmp", k)
    for source in (tmp_path, (tmp_path / "A", tmp_path / "B")):
        a, b = open_pairs(source)
        assert [x.pixels(k).max() for k in range(3) for x in (a, b)] == [1, 1, 0, 0, 2, 2]
    write(tmp_path / "A" / "test" / "x.png")
    write(tmp_path / "B" / "test" / "x.png")
    assert len(open_pairs(tmp_path, "test")[0]) == 1


def test_images_without_a_partner_are_named(tmp_path):
    for name in ("A/both.png", "A/left.png", "B/both.png", "B/right.png", "B/right2.png", "A/both.bmp"):
        write(tmp_path / name)
    with pytest.raises(DataError, match="4 images without a partner") as error:
        open_pairs(tmp_path)
    reasons = {name.rsplit("/", 2)[-1]: reason for name, reason in error.value.problems}
    assert set(reasons) == {"left.png", "right.png", "right2.png", "both.png"}
    assert "dataset pair A B DIR --skip-unpaired" in str(error.value)
    assert "no image of that name in" in reasons["left.png"] and "the same name as both.bmp" in reasons["both.png"]


def test_bad_sources():
    with pytest.raises(DataError, match="one target for each input. Received: 2 inputs, 1 targets"):
        open_pairs((np.zeros([2, 4, 4, 1], "uint8"), np.zeros([1, 4, 4, 1], "uint8")))
    with pytest.raises(DataError, match="Pairs come from a folder"):
        open_pairs(7)


def test_images_without_a_partner_are_left_out_when_asked(tmp_path):
    write_pictures(tmp_path / "a", 4, (8, 8))
    write_pictures(tmp_path / "b", 5, (8, 8), suffix=".bmp")
    (tmp_path / "b" / "001.bmp").unlink()
    a, b = parallel(FolderSource(tmp_path / "a"), FolderSource(tmp_path / "b"), skip_unpaired=True)
    assert a.files == ["000.png", "002.png", "003.png"] and b.files == ["000.bmp", "002.bmp", "003.bmp"]
    assert a.notes == ["2 images without a partner left out"]
    write_pictures(tmp_path / "c" / "other", 1, (8, 8))
    with pytest.raises(DataError, match="No image of .*a has one of the same name, endings aside, in .*c"):
        parallel(FolderSource(tmp_path / "a"), FolderSource(tmp_path / "c"), skip_unpaired=True)


@pytest.mark.parametrize("sides", [("a", "b"), ("trainA", "trainB"), ("train/input", "train/target")])
def test_whole_pictures_of_two_folders_are_not_halved(tmp_path, sides):
    for side in sides:
        write(tmp_path / side / "deep" / "1.png")
        write(tmp_path / side / "2.png" if side == sides[0] else tmp_path / side / "2.jpg")
    tops = ", ".join(side.removeprefix("train/") for side in sides)
    with pytest.raises(DataError, match=f"whose folders {tops} hold whole pictures of the same names"):
        open_pairs(tmp_path)


def test_pairs_of_the_same_names_in_several_folders(tmp_path):
    for day in ("monday", "tuesday"):
        write(tmp_path / day / "1.png", size=(16, 8))
    assert len(open_pairs(tmp_path)[0]) == 2
    write(tmp_path / "monday" / "2.png")  # one that is there once: they are no two sides of something
    write(tmp_path / "monday" / "1.png")
    assert len(open_pairs(tmp_path)[0]) == 3
    (tmp_path / "broken" / "a").mkdir(parents=True)
    (tmp_path / "broken" / "b").mkdir()
    for side in "ab":
        (tmp_path / "broken" / side / "1.png").touch()
    assert len(open_pairs(tmp_path / "broken")[0]) == 2  # what is wrong with them is said when they are looked at
