"""What each stage of a growing model reads: its own level, or from shards the small levels, which are one record."""

import os

import numpy as np
import pytest

import keras_gans
from keras_gans.data import load, multires, shards
from keras_gans.data.sources import base

SIDE = 128
IMAGES = np.random.default_rng(0).integers(0, 256, (12, SIDE, SIDE, 3), "uint8")


@pytest.fixture
def counted(monkeypatch):
    """Bytes read and images decoded since it was last emptied."""
    count, read, decode = {"bytes": 0, "decoded": 0}, os.pread, base.decode

    def reading(*args):
        data = read(*args)
        count["bytes"] += len(data)
        return data

    def decoding(*args):
        count["decoded"] += 1
        return decode(*args)

    monkeypatch.setattr(os, "pread", reading)
    monkeypatch.setattr(base, "decode", decoding)
    return count


@pytest.mark.parametrize("layout", ["shards", "tfrecords"])
def test_bytes_and_decodes_of_every_stage(tmp_path, counted, layout):
    folder = tmp_path / "set"
    if layout == "shards":
        shards.build(load(IMAGES), folder)
    else:
        multires.build(load(IMAGES), folder)
    data = load(folder, cache=False, check="headers")
    for side in (4, 8, 16, 32, 64, 128):
        counted.update(bytes=0, decoded=0)
        images, _ = data.at(np.arange(12), level_resolution=side)  # tf.data may have begun a second batch
        assert images.shape == (12, side, side, 3)
        levels = sum(4**k for k in range(2, 7)) * 3 + 200 if layout == "shards" else side * side * 3 + 64
        small = layout == "tfrecords" or side <= 64
        assert counted["decoded"] == (0 if small else 12)
        assert counted["bytes"] <= (12 * levels if small else 12 * (2 * SIDE * SIDE * 3))


def test_fit_grows_from_shards_without_decoding_small_stages(tmp_path, counted):
    """A stage of 128 px is the first that decodes."""
    shards.build(load(IMAGES), tmp_path / "set")
    data = load(tmp_path / "set", cache=False, check="headers")
    model = keras_gans.PGGAN(resolution=SIDE, latent_dim=8, fmap_base=256, fmap_max=4)
    schedule = keras_gans.schedules.ProgressiveSchedule(resolution=SIDE, stable_images=4, fade_images=4, batch_size=4)
    model.compile(schedule=schedule)
    counted.update(bytes=0, decoded=0)
    history = model.fit(data, total_images=schedule.fade_start(5), verbose=0)
    assert history.history["resolution"][-1] == 64 and counted["decoded"] == 0
    assert counted["bytes"] < 500 * 16_800
