import os

import keras
import numpy as np
import pytest

from keras_gans import data
from keras_gans.training import checkpoints, scored_images
from keras_gans.training.scored_images import Pictures, Samples, SavedSamples, open_fakes, open_reals


def all_of(images):
    return np.concatenate(list(images))


@pytest.fixture
def pictures(tmp_path, rng):
    images = rng.integers(0, 256, (10, 4, 4, 1), dtype=np.uint8)
    np.save(tmp_path / "images.npy", images)
    return tmp_path / "images.npy", images


@pytest.fixture
def saved(gan, tmp_path):
    gan.export(tmp_path / "served")
    return tmp_path / "served"


@pytest.fixture
def scored_run(run, gan, pictures, monkeypatch):
    """A run of the tiny GAN with one checkpoint; the registry's model of that name is set to it."""
    monkeypatch.setitem(scored_images.runs.MODELS, "dcgan", "GAN")
    checkpoints.save(gan, run.checkpoints)
    run.write_config({"model": "dcgan", "data": {"source": str(pictures[0]), "mirror": True, "crop": "center"}})
    return run


def test_samples_are_those_of_generate(gan):
    assert np.array_equal(all_of(Samples(gan, 70, seed=3)), gan.generate(70, seed=3)) and len(Samples(gan, 70)) == 70
    gan.latent_dim = 0
    with pytest.raises(ValueError, match="images of latents"):
        Samples(gan, 1)


def test_samples_of_classes():
    from keras_gans import DCGAN

    gan = DCGAN(resolution=16, generator_filters=4, discriminator_filters=4, latent_dim=4, num_classes=3)
    assert np.array_equal(all_of(Samples(gan, 5, seed=1)), gan.generate(5, seed=1))


def test_a_saved_model(gan, saved):
    samples = SavedSamples(saved / "1", 70, seed=3)
    images = all_of(samples)
    assert samples.shape == (4, 4, 1) and len(samples) == 70 == len(images)
    assert np.array_equal(images[:64], gan.generate(64, seed=3))
    assert not np.array_equal(images[64:], images[:6])
    assert np.array_equal(images, all_of(SavedSamples(saved / "1", 70, seed=3)))


def test_a_saved_model_of_classes(tmp_path):
    from keras_gans.serving import export_saved_model
    from tests.serving.stub import StubGAN

    path = export_saved_model(StubGAN(num_classes=3), tmp_path / "stub")
    assert all_of(SavedSamples(path, 5)).shape == (5, 4, 4, 3)


def test_saved_models_that_cannot_be_sampled(saved, tmp_path):
    keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]).export(tmp_path / "other", verbose=False)
    with pytest.raises(ValueError, match="the signature `sample`.*serving_default"):
        SavedSamples(tmp_path / "other", 1)
    (saved / "1" / "saved_model.pb").write_bytes(b"no such thing")
    with pytest.raises(ValueError, match="whole SavedModel"):
        SavedSamples(saved / "1", 1)


def test_the_newest_version_is_found(saved):
    os.rename(saved / "1", saved / "10")
    (saved / "9").mkdir()
    (saved / "11").mkdir()  # empty
    assert scored_images.saved_model_folder(saved) == saved / "10" == scored_images.saved_model_folder(saved / "10")
    assert scored_images.saved_model_folder(saved / "9") is None
    assert scored_images.saved_model_folder("nowhere") is None
    fakes = open_fakes(saved, 3)
    assert fakes.facts["kind"] == "saved_model" and fakes.shape == (4, 4, 1) and fakes.count == 3


def test_pictures_are_pixels_in_order(rng):
    floats = rng.uniform(-1, 1, (5, 4, 4, 3)).astype("float32")
    images = data.load(floats)
    assert all_of(Pictures(images, 3)).tolist() == np.round((floats[:3] + 1) * 127.5).astype("uint8").tolist()
    assert Pictures(images, 5).fingerprint == images.fingerprint and not hasattr(Pictures(images, 3), "fingerprint")


def test_a_run_and_its_own_data(scored_run, gan, pictures):
    fakes = open_fakes(scored_run.path, 5, seed=2)
    assert np.array_equal(all_of(fakes.batches), gan.generate(5, seed=2))
    assert fakes.facts["images_seen"] == 0 and len(fakes.facts["sha256"]) == 64 and fakes.run.path == scored_run.path
    assert open_fakes(scored_run.path).count == scored_images.DEFAULT_COUNT
    reals = open_reals(None, fakes)
    assert np.array_equal(all_of(reals.batches), pictures[1])
    assert reals.facts["fingerprint"] == open_reals(str(pictures[0]), fakes).facts["fingerprint"]  # mirrored or not


def test_the_best_checkpoint(scored_run, gan):
    with pytest.raises(ValueError, match="no best checkpoint"):
        open_fakes(scored_run.path, 5, best=True)
    gan.images_seen.assign(64)
    checkpoints.save(gan, scored_run.path / "best")
    assert open_fakes(scored_run.path, 5, best=True).facts["images_seen"] == 64


def test_real_images_come_in_the_size_of_a_generator(saved, tmp_path, rng):
    np.save(tmp_path / "large.npy", rng.integers(0, 256, (5, 8, 8, 3), dtype=np.uint8))
    reals = open_reals(str(tmp_path / "large.npy"), open_fakes(saved, 3))
    assert reals.shape == (4, 4, 1)
    with pytest.raises(ValueError, match="--real"):
        open_reals(None, open_fakes(saved, 3))


def test_two_sources_of_pictures(pictures, tmp_path, rng):
    np.save(tmp_path / "alpha.npy", rng.integers(0, 256, (5, 8, 8, 4), dtype=np.uint8))
    alpha = open_fakes(tmp_path / "alpha.npy")
    assert alpha.shape == (8, 8, 3)  # no network takes alpha
    grey = open_fakes(pictures[0], 7)
    assert grey.count == 7 and np.array_equal(all_of(grey.batches), pictures[1][:7])
    assert open_reals(str(tmp_path / "alpha.npy"), grey).shape == (8, 8, 1)
    assert open_reals(str(tmp_path / "alpha.npy"), grey, resolution=4).shape == (4, 4, 1)
    with pytest.raises(ValueError, match="at least 11 images. Received: .* with 10"):
        open_fakes(pictures[0], 11)
    with pytest.raises(ValueError, match="folder of a run"):
        open_fakes(pictures[0], best=True)
    with pytest.raises(ValueError, match="nowhere"):
        open_fakes(tmp_path / "nowhere")


def test_a_run_that_says_nothing_of_its_data(scored_run):
    scored_run.write_config({name: value for name, value in scored_run.config.items() if name != "data"})
    with pytest.raises(ValueError, match="has no data of its own yet. Received: no --real"):
        open_reals(None, open_fakes(scored_run.path, 2))
