import io

import numpy as np
import pytest

from keras_gans.data import DataError, load
from keras_gans.data.decode import decode, is_whole, read_header
from keras_gans.data.errors import Unreadable
from keras_gans.data.npy_image import is_npy, npy_pixels, npy_shape

IMAGE = np.random.default_rng(0).integers(0, 256, (6, 9, 3), "uint8")


def stored(array, version=None):
    file = io.BytesIO()
    np.lib.format.write_array(file, np.asarray(array), version)
    return file


@pytest.mark.parametrize(
    "array",
    [IMAGE, IMAGE.transpose(2, 0, 1), IMAGE.transpose(2, 0, 1)[None], IMAGE[None], np.asfortranarray(IMAGE)],
    ids=["HWC", "CHW", "1CHW", "1HWC", "by columns"],
)
def test_layouts(array):
    file = stored(array)
    assert is_npy(file) and npy_shape(file) == ((6, 9, 3), 8)
    np.testing.assert_array_equal(npy_pixels(file), IMAGE)
    header = read_header(file)
    assert (header.height, header.width, header.channels, header.format) == (6, 9, 3, "NPY")
    assert is_whole(file, "NPY")


def test_grey_and_16_bits():
    deep = IMAGE[..., 0].astype(">u2") * 257
    file = stored(deep, (2, 0))
    assert npy_shape(file) == ((6, 9, 1), 16)
    found = decode(file)
    assert found.dtype == np.uint16
    np.testing.assert_array_equal(found[..., 0], deep)


@pytest.mark.parametrize(
    "file, message",
    [
        (stored(IMAGE.astype("float32")), "an array of float32"),
        (stored(np.zeros((2, 5, 5, 3), "uint8")), r"an array of shape \[2, 5, 5, 3\]"),
        (stored(np.zeros((0, 5, 3), "uint8")), r"an array of shape \[0, 5, 3\]"),
        (stored(np.array(["x"])), "an array of <U1"),
        (io.BytesIO(stored(IMAGE).getvalue()[:-1]), "truncated"),
        (io.BytesIO(b"\x93NUMPY\x01\x00\x05\x00{'a'}"), "damaged"),
        (io.BytesIO(b"\x93NUMPY"), "damaged"),
    ],
)
def test_files_that_are_no_images(file, message):
    with pytest.raises(Unreadable, match=message):
        decode(file)
    assert not is_npy(io.BytesIO(b"\x89PNG"))


def test_too_many_pixels(monkeypatch):
    monkeypatch.setattr("keras_gans.data.decode.MAX_PIXELS", 53)
    with pytest.raises(Unreadable, match="9 x 6 pixels, more than the limit of 53"):
        decode(stored(IMAGE))


def test_nothing_pickled_is_read(tmp_path):
    np.save(tmp_path / "x.npy", np.array([{"a": 1}], object))
    with pytest.raises(DataError, match="an array of object"):
        load(tmp_path)


def test_a_prepared_folder(tmp_path):
    """As copies of CelebA-HQ come: imgHQ00000.npy, each [1, 3, H, W]."""
    images = np.random.default_rng(0).integers(0, 256, (3, 8, 8, 3), "uint8")
    for k, image in enumerate(images):
        np.save(tmp_path / f"imgHQ{k:05d}.npy", image.transpose(2, 0, 1)[None])
    data = load(tmp_path)
    np.testing.assert_array_equal(data.read(range(3)), images)
    np.testing.assert_array_equal(load(tmp_path, 4).read(range(3)).shape, (3, 4, 4, 3))
    np.save(tmp_path / "all.npy", images.transpose(0, 3, 1, 2))
    whole = load(tmp_path / "all.npy")
    np.testing.assert_array_equal(whole.read(range(3)), images)
    assert "channels come first" in whole.notes[0]
