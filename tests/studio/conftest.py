"""Tiny models, made once, and a server on a free port."""

import socket

import numpy as np
import pytest

import keras_gans


def lively(model):
    """Untrained weights are so small that all samples look alike, and a film keeps one of frames that are alike."""
    for generator in (model.generator, model.averaged_generator):
        for weight in generator.weights:
            if weight.path.endswith("kernel"):
                weight.assign(20 * weight)
    return model


@pytest.fixture(scope="session")
def pix2pix():
    return keras_gans.Pix2Pix(resolution=16, filters=2, discriminator_filters=2, receptive_field=16)


@pytest.fixture(scope="session")
def dcgan():
    small = dict(generator_filters=2, discriminator_filters=2, latent_dim=5)
    return lively(keras_gans.DCGAN(resolution=16, channels=1, **small))


@pytest.fixture(scope="session")
def conditional():
    small = dict(generator_filters=2, discriminator_filters=2, latent_dim=3)
    return lively(keras_gans.DCGAN(resolution=16, num_classes=3, latent_distribution="uniform", **small))


@pytest.fixture
def pairs(tmp_path):
    """A run's configuration, whose data are four pairs of 16 pixels, label maps of two colours and photographs."""
    from PIL import Image

    folder = tmp_path / "pairs"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for k in range(4):
        labels = np.full([16, 16, 3], (0, 0, 255), "uint8")
        labels[4 : 6 + k, 3:12] = 255, 0, 0
        photo = rng.integers(0, 256, [16, 16, 3], dtype="uint8")
        Image.fromarray(np.concatenate([labels, photo], 1)).save(folder / f"{k}.png")
    return {"data": {"source": str(folder), "direction": "AtoB", "class_names": None}}


@pytest.fixture
def port():
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
