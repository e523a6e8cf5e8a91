import numpy as np
import pytest

from keras_gans.data.errors import DataError, DataWarning
from keras_gans.data.sources.arrays import ArraySource, check_images, check_labels, read_array_file

IMAGES = np.random.default_rng(0).integers(0, 256, (6, 8, 8, 3), "uint8")


def test_basics():
    source = ArraySource(IMAGES, np.arange(6), name="mine")
    assert len(source) == 6 and source.name_of(2) == "mine[2]" and source.in_memory
    assert (source.header(0).height, source.header(0).channels, source.header(0).depth) == (8, 3, 8)
    np.testing.assert_array_equal(source.pixels(3), IMAGES[3])
    part = source.select([4, 1])
    np.testing.assert_array_equal(part.pixels(0), IMAGES[4])
    assert part.labels.tolist() == [4, 1] and len(source) == 6


def test_content_tells_arrays_apart():
    changed = IMAGES.copy()
    changed[5, 7, 7, 2] ^= 1
    digests = {ArraySource(*args).content for args in [(IMAGES,), (changed,), (IMAGES, np.arange(6)), (IMAGES[:5],)]}
    assert len(digests) == 4 and ArraySource(IMAGES.copy()).content in digests


def test_grey_gets_an_axis_and_floats_become_float32():
    assert check_images(np.zeros((2, 28, 28), "uint8")).shape == (2, 28, 28, 1)
    assert check_images(np.full((2, 4, 4, 5), -0.5)).dtype == np.float32


@pytest.mark.parametrize(
    "images, message",
    [
        (np.zeros((2, 4, 4, 3), object), "array of objects"),
        (np.zeros((4, 4, 3), "uint8"), "looks like a single image"),
        (np.zeros((4, 4), "uint8"), "axes"),
        (np.zeros((0, 4, 4, 3), "uint8"), "no image"),
        (np.zeros((2, 3, 64, 64), "uint8"), "channels last"),
        (np.zeros((2, 4, 4, 3), "int64"), "uint8, uint16, or float"),
        (np.zeros((2, 4, 4, 3), bool), "uint8, uint16, or float"),
        (np.full((2, 4, 4, 3), 255.0), r"\[-1, 1\]; these reach from 255 to 255"),
        (np.full((2, 4, 4, 3), -1.5), r"\[-1, 1\]"),
    ],
)
def test_bad_images(images, message):
    with pytest.raises(DataError, match=message):
        check_images(images)


def test_values_that_are_not_finite_are_named():
    images = np.full((5, 4, 4, 1), -0.5)
    images[1, 2, 2], images[3, 0, 0] = np.nan, np.inf
    with pytest.raises(DataError) as caught:
        check_images(images, "mine")
    assert caught.value.problems == [("mine[1]", "NaN"), ("mine[3]", "infinite")]


def test_floats_of_the_half_range_are_warned_about():
    with pytest.warns(DataWarning, match=r"images \* 2 - 1"):
        check_images(np.full((2, 4, 4, 3), 0.5))


def test_labels():
    assert check_labels([0, 2, 1], 3).tolist() == [0, 2, 1]
    assert check_labels(np.array([[1], [0]], "uint8"), 2).dtype == np.int32
    for labels, message in [
        ([0, 1], "one label for each of the 3"),
        ([0, 1, -1], "count from 0"),
        ([0.0, 1.0, 2.0], "integers"),
        (np.eye(3), "argmax"),
    ]:
        with pytest.raises(DataError, match=message):
            check_labels(labels, 3)


def test_npy_is_mapped(tmp_path):
    np.save(tmp_path / "a.npy", IMAGES)
    source = read_array_file(tmp_path / "a.npy")
    assert isinstance(source.images, np.memmap) and len(source) == 6
    with pytest.raises(DataError, match="no splits"):
        read_array_file(tmp_path / "a.npy", "test")


def test_npz(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, x_train=IMAGES, y_train=np.arange(6), x_test=IMAGES[:2], y_test=[1, 2], class_names=list("abcdef"))
    train, test = read_array_file(path), read_array_file(path, "test")
    assert len(train) == 6 and train.labels[5] == 5 and train.class_names == list("abcdef")
    assert len(test) == 2 and test.labels.tolist() == [1, 2]
    np.savez(path, whatever=IMAGES)
    assert len(read_array_file(path)) == 6
    with pytest.raises(DataError, match="split='test'"):
        read_array_file(path, "test")
    np.savez(path, a=IMAGES, b=IMAGES)
    with pytest.raises(DataError, match="expected one called x_train"):
        read_array_file(path)


def test_damaged_files(tmp_path):
    np.save(tmp_path / "o.npy", np.array([{}], object))
    np.savez(tmp_path / "o.npz", images=np.array([{}], object))
    for name in ("o.npy", "o.npz"):
        with pytest.raises(DataError, match="Python objects, which are refused"):
            read_array_file(tmp_path / name)
    for name in ("x.npy", "x.npz"):
        (tmp_path / name).write_bytes(b"no arrays here")
        with pytest.raises(DataError, match="cannot be read"):
            read_array_file(tmp_path / name)
    np.save(tmp_path / "cut.npy", IMAGES)
    (tmp_path / "cut.npy").write_bytes((tmp_path / "cut.npy").read_bytes()[:300])
    with pytest.raises(DataError, match="cannot be read"):
        read_array_file(tmp_path / "cut.npy")
    with pytest.raises(DataError, match="does not exist"):
        read_array_file(tmp_path / "nowhere.npz")


def test_names_of_all_classes(tmp_path):
    arrays = dict(x_train=np.zeros((3, 8, 8, 3), "uint8"), y_train=np.array([0, 1, 2]))
    np.savez(tmp_path / "a.npz", **arrays, class_names=np.array(["cat", "dog"]))
    with pytest.raises(DataError, match="class_names must name all 3 classes. Received: .*a.npz with 2 names"):
        read_array_file(tmp_path / "a.npz")
    np.savez(tmp_path / "a.npz", **arrays, class_names=np.array(["cat", "dog", "emu", "fox"]))
    assert read_array_file(tmp_path / "a.npz").class_names == ["cat", "dog", "emu", "fox"]
