import gzip
import hashlib
import importlib.resources

import numpy as np
import pytest

from keras_gans.data.errors import DataError
from keras_gans.data.sources.embedded import FULL_FOLDERS, fashion_mnist


def test_training_images():
    source = fashion_mnist()
    assert source.images.shape == (10_000, 28, 28, 1) and source.images.dtype == np.uint8
    assert np.bincount(source.labels).tolist() == [942, 1027, 1016, 1019, 974, 989, 1021, 1022, 990, 1000]
    digest = hashlib.sha256(np.ascontiguousarray(source.images).tobytes()).hexdigest()
    assert digest == "2929ae1c7b89e0ee6587bbe4911fd5f0a5dafe21ae6ed9b737173cbfe20c12c9"
    assert source.class_names[source.labels[0]] == "Ankle boot"


def test_held_out_images():
    source = fashion_mnist("test")
    assert source.images.shape == (1_000, 28, 28, 1)
    assert np.bincount(source.labels).tolist() == [107, 105, 111, 93, 115, 87, 97, 95, 95, 95]


def test_the_licence_is_beside_them():
    licence = importlib.resources.files("keras_gans.data.embedded").joinpath("fashion_mnist_LICENSE.txt").read_text()
    assert "The MIT License" in licence and "Zalando" in licence


def write_idx(folder, count):
    folder.mkdir(exist_ok=True)
    for name, size in (("t10k-images-idx3-ubyte.gz", 16 + count * 784), ("t10k-labels-idx1-ubyte.gz", 8 + count)):
        with gzip.open(folder / name, "wb", compresslevel=1) as file:
            file.write(bytes(size))


def test_full_set_from_a_folder(tmp_path):
    write_idx(tmp_path / "set", 10_000)
    source = fashion_mnist("test", full=True, folders=[str(tmp_path), str(tmp_path / "set")])
    assert source.images.shape == (10_000, 28, 28, 1) and source.name == "fashion_mnist:full"


def test_full_set_missing_or_damaged(tmp_path):
    with pytest.raises(DataError, match="dataset-fashion-mnist") as caught:
        fashion_mnist(full=True, folders=[str(tmp_path)])
    assert caught.value.problems[0][0] == str(tmp_path)
    write_idx(tmp_path, 9_999)
    with pytest.raises(DataError, match="wrong length"):
        fashion_mnist("test", full=True, folders=[str(tmp_path)])
    (tmp_path / "t10k-images-idx3-ubyte.gz").write_bytes(b"no gzip")
    with pytest.raises(DataError, match="damaged"):
        fashion_mnist("test", full=True, folders=[str(tmp_path)])


def test_the_part_is_the_start_of_the_whole():
    try:
        full = fashion_mnist(full=True, folders=FULL_FOLDERS[:1])
    except DataError:
        pytest.skip("the Debian package dataset-fashion-mnist is not installed")
    np.testing.assert_array_equal(full.images[:10_000], fashion_mnist().images)
    np.testing.assert_array_equal(full.labels[:10_000], fashion_mnist().labels)
