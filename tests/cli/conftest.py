"""One tiny trained run, made once and copied for each test that changes it."""

import shutil

import numpy as np
import pytest

from keras_gans.cli.main import main

TINY = ["--set", "generator_filters=4", "--set", "discriminator_filters=4", "--set", "latent_dim=4"]


@pytest.fixture(scope="session")
def images(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "images.npy"
    np.save(path, np.random.default_rng(0).integers(0, 256, (64, 16, 16, 1), dtype=np.uint8))
    return path


@pytest.fixture(scope="session")
def command(images):
    """The arguments of the training that `trained` comes from, but --out and --kimg."""
    return [
        "train",
        "dcgan",
        "--data",
        str(images),
        "--resolution",
        "16",
        "--batch-size",
        "8",
        "--every",
        "0.016",
        *TINY,
    ]


@pytest.fixture(scope="session")
def _trained(tmp_path_factory, command):
    path = tmp_path_factory.mktemp("runs") / "run"
    assert main([*command, "--out", str(path), "--kimg", "0.032"]) == 0
    return path


@pytest.fixture
def trained(_trained, tmp_path):
    """A run of 32 images with checkpoints at 0, 16 and 32."""
    return shutil.copytree(_trained, tmp_path / "run")


@pytest.fixture
def call(capfd):
    """Runs a command line; returns (exit code, standard output, standard error)."""

    def run(*arguments):
        capfd.readouterr()
        code = main([str(argument) for argument in arguments])
        out, err = capfd.readouterr()
        assert "Traceback" not in err
        return code, out, err

    return run


def files_of(folder):
    """Every file under a folder with its content."""
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
