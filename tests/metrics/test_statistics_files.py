"""Statistics files: what pytorch-fid and TTUR write is read, what we write they can read; nothing is executed."""

import io
import zipfile

import numpy as np
import pytest

from keras_gans.metrics.statistics_files import load_statistics, save_statistics

MEAN, COVARIANCE = np.arange(3.0), np.diag([1.0, 2.0, 3.0])


def test_what_is_written_is_read(tmp_path):
    save_statistics(tmp_path / "deep" / "stats.npz", MEAN, COVARIANCE)
    for found, expected in zip(load_statistics(tmp_path / "deep" / "stats.npz"), (MEAN, COVARIANCE)):
        np.testing.assert_array_equal(found, expected)
    with np.load(tmp_path / "deep" / "stats.npz") as file:
        assert sorted(file.files) == ["mu", "sigma"]


def test_theirs_are_read(tmp_path):
    np.savez(tmp_path / "ttur.npz", mu=MEAN, sigma=COVARIANCE.astype("float32"))
    np.savez_compressed(tmp_path / "more.npz", mu=MEAN, sigma=COVARIANCE, features=np.ones(3))
    assert load_statistics(tmp_path / "ttur.npz")[1].dtype == np.float64
    np.testing.assert_array_equal(load_statistics(str(tmp_path / "more.npz"))[0], MEAN)


def test_other_files_are_clear_errors(tmp_path):
    np.savez(tmp_path / "a.npz", mean=MEAN)
    np.savez(tmp_path / "b.npz", mu=MEAN, sigma=np.eye(2))
    np.savez(tmp_path / "c.npz", mu=np.array([print], dtype=object), sigma=COVARIANCE)
    np.save(tmp_path / "d.npy", MEAN)
    (tmp_path / "e.npz").write_bytes((tmp_path / "b.npz").read_bytes()[:100])
    messages = ["`mu` and `sigma`", "covariance", *["not a statistics file"] * 4]
    for name, message in zip(["a.npz", "b.npz", "c.npz", "d.npy", "e.npz", "missing.npz"], messages):
        with pytest.raises(ValueError, match=message):
            load_statistics(tmp_path / name)
    with pytest.raises(ValueError, match="symmetric"):
        save_statistics(tmp_path / "f.npz", MEAN, np.triu(np.ones((3, 3))))


def damaged_files(folder, *names):
    """Paths of .npz files with arrays of these names: a broken stream, and sizes beyond any memory."""
    numbers = np.random.default_rng(0).normal(size=(40, 40))
    np.savez_compressed(folder / "broken.npz", **dict.fromkeys(names, numbers))
    data = bytearray((folder / "broken.npz").read_bytes())
    data[400:408] = b"\xff" * 8
    (folder / "broken.npz").write_bytes(data)
    header = io.BytesIO()
    shape = (10**13, 3)
    np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": shape})
    with zipfile.ZipFile(folder / "huge.npz", "w") as archive:
        for name in names:
            archive.writestr(f"{name}.npy", header.getvalue())
    return [folder / "broken.npz", folder / "huge.npz"]


def test_damage_within_is_a_clear_error(tmp_path):
    for path in damaged_files(tmp_path, "mu", "sigma"):
        with pytest.raises(ValueError, match="not a statistics file"):
            load_statistics(path)
