import pathlib

import numpy as np
import pytest

import keras_gans
from keras_gans.training import RunFolder, importing, runs, starting
from keras_gans.training.request import Request
from tests.models.pggan.test_levels import network, write
from tests.reference import karras_files

PIX2PIX = pathlib.Path(__file__).parent.parent / "models" / "pix2pix" / "fixtures"


@pytest.fixture
def networks(rng):
    return [network(kind, rng) for kind in "GDG"]


@pytest.fixture
def pickle(tmp_path, networks):
    return write(tmp_path / "network.pkl", networks)


def test_a_published_pickle_becomes_a_run(tmp_path, pickle):
    model, kind = importing.import_run(pickle, RunFolder(tmp_path / "run"), seed=4)
    assert kind == "karras" and model.schedule.initial_resolution == 16 and int(model.images_seen) == 0
    folder, loaded, checkpoint = runs.load_run(tmp_path / "run")
    assert checkpoint.images_seen == 0 and loaded.seed == 4
    expected = keras_gans.PGGAN.from_karras_pickle(pickle, seed=4).generate(2)
    np.testing.assert_array_equal(loaded.generate(2), expected)
    config = folder.config
    assert config["imported"]["file"] == str(pickle) and len(config["imported"]["sha256"]) == 64
    assert config["schedule"]["initial_resolution"] == 16 and config["budget"]["kimg"] == 1000
    assert [path.name for path in folder.samples.iterdir()] == ["000000000000.png"]


def test_it_trains_on_with_any_settings_of_training(tmp_path, pickle, rng):
    folder = RunFolder(tmp_path / "run")
    importing.import_run(pickle, folder)
    with pytest.raises(ValueError, match="Expected --data"):
        starting.go_on(Request("pggan", str(folder)), folder)
    np.save(tmp_path / "photos.npy", rng.integers(0, 256, (8, 16, 16, 3), dtype=np.uint8))
    values = {"batch_size": 4, "mirror": True, "learning_rate": 0.5}
    start = starting.go_on(Request("pggan", str(folder), str(tmp_path / "photos.npy"), values=values, kimg=0.1), folder)
    assert start.model.schedule.batch_size == 4 and start.model.schedule(0).resolution == 16
    assert float(start.model.g_optimizer.learning_rate) == 0.5 and start.config["data"]["mirror"] is True
    assert start.config["data"]["count"] == 8
    folder.write_config(start.config)
    with pytest.raises(ValueError, match="--override"):  # from now on it is a run like any other
        starting.go_on(Request("pggan", str(folder), values={"learning_rate": 0.25}), folder)
    with pytest.raises(ValueError, match="another --out"):
        starting.go_on(Request("pggan", str(folder), values={"fmap_max": 4}), folder)


def test_a_snapshot_of_a_network_that_was_growing(tmp_path, rng):
    networks = [{**network(kind, rng), "lod": np.float32(0.5)} for kind in "GDG"]
    model, _ = importing.read_model(write(tmp_path / "snapshot.pkl", networks))
    # 4x4 and 8x8 for 800,000 images each, 8x8 faded in; half of the fade of 16x16
    assert float(model.lod) == 0.5 and int(model.images_seen) == 2_800_000
    assert model.schedule(int(model.images_seen)).lod == 0.5


def test_pix2pix_of_pytorch(tmp_path, rng):
    folder = RunFolder(tmp_path / "run")
    model, kind = importing.import_run(PIX2PIX / "resnet_instance.pth", folder, resolution=32)
    assert kind == "torch" and folder.config["model"] == "pix2pix" and folder.config["training"] == {"batch_size": 1}
    loaded = runs.load_run(folder.path)[1]
    images = rng.integers(0, 256, (1, 32, 32, 2), dtype=np.uint8)
    np.testing.assert_array_equal(loaded.translate(images), model.translate(images))
    assert not list(folder.samples.iterdir())


def test_a_keras_file(tmp_path, pickle):
    model = keras_gans.PGGAN.from_karras_pickle(pickle)
    model.save(tmp_path / "model.keras")
    loaded, kind = importing.read_model(tmp_path / "model.keras")
    assert kind == "keras" and loaded.compiled
    np.testing.assert_array_equal(loaded.generate(1), model.generate(1))
    with pytest.raises(ValueError, match="a Keras file has its own. Received: seed"):
        importing.read_model(tmp_path / "model.keras", seed=1)


def test_what_cannot_be_imported_leaves_nothing(tmp_path, pickle, networks):
    folder = RunFolder(tmp_path / "run")
    content = pickle.read_bytes()
    (tmp_path / "cut.pkl").write_bytes(content[:-2000])
    evil = tmp_path / "evil.pkl"
    evil.write_bytes(b"\x80\x02cposix\nsystem\nX\x04\x00\x00\x00true\x85R.")
    state = karras_files.master_state("G", {})
    two = karras_files.write_pickle(tmp_path / "two.pkl", [state] * 2)
    for path, options, message in (
        (tmp_path / "cut.pkl", {}, "cut.pkl|truncated|ends"),
        (evil, {}, "posix.system"),
        (two, {}, "tuple .G, D, Gs."),
        (pickle, {"resolution": 8}, "arguments of the model"),
        (pickle, {"discriminator": "d.pth"}, "Expected a discriminator beside"),
        (PIX2PIX / "resnet_instance.pth", {"filters": 4}, "shape"),
    ):
        with pytest.raises(ValueError, match=message):
            importing.import_run(path, folder, **options)
        assert not folder.path.exists()
    importing.import_run(pickle, folder)
    with pytest.raises(ValueError, match="a run already"):
        importing.import_run(pickle, folder)


def test_a_run_whose_weights_are_gone_is_not_begun_anew(tmp_path, pickle):
    folder = RunFolder(tmp_path / "run")
    importing.import_run(pickle, folder)
    for path in folder.checkpoints.iterdir():
        path.unlink()
    with pytest.raises(ValueError, match="Expected the checkpoint"):
        starting.go_on(Request("pggan", str(folder), "images"), folder)
