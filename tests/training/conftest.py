"""The smallest GAN that trains, and data for it."""

import keras
import numpy as np
import pytest

from keras_gans.models.gan import GAN


def build_gan(seed=0, width=16):
    init = {"kernel_initializer": keras.initializers.RandomNormal(seed=seed)}
    generator = keras.Sequential(
        [
            keras.Input((2,)),
            keras.layers.Dense(width, name="hidden", **init),
            keras.layers.Dense(16, name="out", **init),
            keras.layers.Reshape((4, 4, 1), name="image"),
        ]
    )
    discriminator = keras.Sequential(
        [keras.Input((4, 4, 1)), keras.layers.Flatten(name="flat"), keras.layers.Dense(1, name="score", **init)]
    )
    return GAN(generator, discriminator, seed=seed)


def state_of(model):
    """Every number that the next step depends on."""
    from keras_gans.training import checkpoints

    return [np.asarray(variable) for variable in checkpoints.state(model)]


def same_state(a, b):
    return all(np.array_equal(x, y) for x, y in zip(state_of(a), state_of(b), strict=True))


@pytest.fixture
def make_gan():
    return build_gan


@pytest.fixture
def gan():
    model = build_gan()
    model.compile(run_eagerly=True)  # nothing to trace: most tests make a few steps only
    return model


@pytest.fixture
def tiny_data(rng):
    from keras_gans import data

    return data.load(rng.integers(0, 256, (32, 4, 4, 1), dtype=np.uint8), seed=0)


@pytest.fixture
def run(tmp_path):
    from keras_gans.training import RunFolder

    return RunFolder(tmp_path / "run").create({"model": "dcgan"})
