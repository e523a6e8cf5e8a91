import numpy as np
import pytest

import keras_gans
from keras_gans.analysis import latent_walk, walk_frames
from keras_gans.training import grids


@pytest.fixture(scope="module")
def model():
    return keras_gans.DCGAN(
        resolution=16, channels=1, latent_dim=4, num_classes=3, generator_filters=4, discriminator_filters=4
    )


def test_frames_are_sheets_of_the_walk(model, monkeypatch):
    walk = latent_walk(5, 6, 4, sigma=1.0)
    labels = [0, 0, 1, 1, 2, 2]
    whole = list(walk_frames(model, walk, labels, columns=3, zoom=2))
    assert [frame.shape for frame in whole] == [(64, 96, 1)] * 5
    for frame, latents in zip(whole, walk, strict=True):
        sheet = grids.image_grid(model.generate_from(latents, labels), 3)
        np.testing.assert_array_equal(frame, sheet.repeat(2, 0).repeat(2, 1))

    passes, generate_from = [], model.generate_from

    def counted(latents, *args, **kwargs):
        passes.append(len(latents))
        return generate_from(latents, *args, **kwargs)

    monkeypatch.setattr(model, "generate_from", counted)
    monkeypatch.setattr("keras_gans.analysis.frames.PIXELS_A_PASS", 2 * 6 * 16 * 16)
    for frame, expected in zip(walk_frames(model, walk, labels, columns=3, zoom=2), whole, strict=True):
        np.testing.assert_array_equal(frame, expected)
    assert passes == [12, 12, 6]  # two moments at a time


def test_one_class_for_all_and_the_generator_as_it_is(model):
    walk = latent_walk(2, 2, 4, sigma=1.0)
    frames = list(walk_frames(model, walk, 2, averaged=False))
    expected = grids.image_grid(model.generate_from(walk[1], 2, averaged=False))
    np.testing.assert_array_equal(frames[1], expected)


def test_bad_arguments(model):
    with pytest.raises(ValueError, match=r"\[frames, count, 4\].*Received: shape \[3, 2, 5\] for a DCGAN"):
        next(walk_frames(model, np.zeros((3, 2, 5)), 0))
    with pytest.raises(ValueError, match="zoom=0"):
        next(walk_frames(model, np.zeros((3, 2, 4)), 0, zoom=0))
    with pytest.raises(ValueError, match="labels"):
        next(walk_frames(model, np.zeros((3, 2, 4)), 3))
