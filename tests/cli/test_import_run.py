import numpy as np
import pytest

from tests.models.pggan.test_levels import network, write
from tests.training.test_importing import PIX2PIX


@pytest.fixture
def pickle(tmp_path, rng):
    return write(tmp_path / "network.pkl", [network(kind, rng) for kind in "GDG"])


def test_an_imported_run_is_a_run(call, tmp_path, pickle, rng):
    run = tmp_path / "run"
    code, out, _ = call("import", pickle, run, "--set", "seed=2")
    assert code == 0 and "a pickle of networks of Karras et al. 2018, 16 x 16 x 3" in out and "Next: " in out
    code, out, _ = call("info", run)
    assert code == 0 and "pggan" in out and "format=karras" in out
    assert call("sample", run, "--out", tmp_path / "samples.npy", "--count", "2")[0] == 0
    assert np.load(tmp_path / "samples.npy").shape == (2, 16, 16, 3)
    walk = ["--out", tmp_path / "walk.gif", "--seconds", "0.2", "--fps", "10", "--grid", "1x1"]
    assert call("walk", run, *walk)[0] == 0
    code, out, _ = call("export", run, tmp_path / "served")
    assert code == 0 and (tmp_path / "served" / "1" / "saved_model.pb").is_file()
    np.save(tmp_path / "photos.npy", rng.integers(0, 256, (16, 16, 16, 3), dtype=np.uint8))
    train = ["train", "pggan", "--data", tmp_path / "photos.npy", "--out", run, "--kimg", "0.016", "--batch-size", "8"]
    code, out, _ = call(*train, "--set", "run_eagerly=true")
    assert code == 0 and "Done: 16 images" in out
    code, _, err = call("import", pickle, run)
    assert code == 2 and "a run already" in err
    code, out, _ = call("import", pickle, run, "--new")
    assert code == 0 and "run.old-1" in out


def test_pix2pix(call, tmp_path):
    run = tmp_path / "run"
    code, out, _ = call("import", PIX2PIX / "resnet_instance.pth", run, "--set", "resolution=32")
    assert code == 0 and "PyTorch" in out and "translate" in out
    code, _, err = call("walk", run, "--out", tmp_path / "walk.gif")
    assert code == 2 and "`keras-gans translate`" in err and err.count("\n") == 1


def test_mistakes_are_one_line(call, tmp_path, pickle):
    (tmp_path / "text.pkl").write_text("hello")
    (tmp_path / "cut.pkl").write_bytes(pickle.read_bytes()[:1000])
    for arguments, message in (
        ([tmp_path / "nowhere.pkl"], "which is not there"),
        ([tmp_path / "text.pkl"], "none of them"),
        ([tmp_path / "cut.pkl"], "cut.pkl: Truncated or damaged pickle"),
        ([pickle, "--set", "resolution=64"], "arguments of the model"),
        ([pickle, "--set", "seed"], "key=value"),
        ([pickle, "--discriminator", "d.pth"], "beside a PyTorch state dict"),
    ):
        code, _, err = call("import", arguments[0], tmp_path / "run", *arguments[1:])
        assert code == 2 and message in err and err.count("\n") == 1, err
        assert not (tmp_path / "run").exists()
