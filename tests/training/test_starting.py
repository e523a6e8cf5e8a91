import json

import numpy as np
import pytest

from keras_gans.training import RunFolder, checkpoints, starting
from keras_gans.training.request import Request

TINY = {"resolution": 16, "latent_dim": 4, "generator_filters": 4, "discriminator_filters": 4, "batch_size": 8}


@pytest.fixture
def source(tmp_path, rng):
    path = tmp_path / "images.npz"
    images = rng.integers(0, 256, (24, 16, 16, 1), dtype=np.uint8)
    np.savez(path, images=images, labels=np.arange(24) % 3)
    return str(path)


@pytest.fixture
def ask(tmp_path, source):
    def request(values=None, **fields):
        return Request("dcgan", str(tmp_path / "run"), source, values={**TINY, **(values or {})}, **fields)

    return request


@pytest.fixture
def folder(tmp_path):
    return RunFolder(tmp_path / "run")


@pytest.fixture
def begun(ask, folder):
    start = starting.begin(ask(), folder)
    folder.create(start.config)
    return start


def test_begin_fits_the_model_to_the_data(begun, folder, source):
    assert begun.model.image_shape == (16, 16, 1) and begun.model.num_classes == 0 and begun.model.compiled
    assert begun.config["config"]["channels"] == 1 and begun.config["data"]["source"] == source
    assert begun.config["budget"] == {"kimg": 1000, "every": None, "keep": 3}
    assert begun.checkpoint is None and not begun.changed
    assert json.loads(json.dumps(begun.config)) == begun.config


def test_begin_with_labels(ask, folder):
    start = starting.begin(ask(labels=True), folder)
    assert start.model.num_classes == 3 and start.config["data"]["labels"]
    start = starting.begin(ask({"num_classes": 5}), folder)  # room for classes to come
    assert start.model.num_classes == 5 and start.config["data"]["labels"]


def test_begin_refuses_fewer_classes_than_there_are(ask, folder):
    with pytest.raises(ValueError, match="the data have, 3. Received: num_classes=2"):
        starting.begin(ask({"num_classes": 2}), folder)


@pytest.mark.parametrize("part", ["data", "training", "resolved"])
def test_go_on_says_what_the_configuration_lacks(begun, ask, folder, part):
    folder.write_config({name: value for name, value in folder.config.items() if name != part})
    with pytest.raises(ValueError, match=f"Expected {part}.*config.json"):
        starting.go_on(ask(), folder)


def test_go_on_with_defaults_that_are_said(begun, ask, folder):
    said = {"mirror": False, "crop": "center", "max_upscale": 2, "loss": "non_saturating"}
    assert not starting.go_on(ask(said), folder).changed


def test_begin_takes_a_presets_batch_and_says_what_it_needs(ask, folder):
    with pytest.raises(
        ValueError,
        match="no larger than the data, 24 images: a smaller batch_size .--batch-size.. Received: batch_size=64",
    ):
        starting.begin(Request("dcgan", "run", ask().source, preset="dcgan_64", values={"resolution": 16}), folder)
    with pytest.raises(ValueError, match="--data"):
        starting.begin(Request("dcgan", "run"), folder)


def test_go_on_from_a_checkpoint(begun, ask, folder):
    begun.model.images_seen.assign(16)
    checkpoints.save(begun.model, folder.checkpoints)
    start = starting.go_on(ask(kimg=2.0), folder)
    assert int(start.model.images_seen) == 16 and start.checkpoint.images_seen == 16 and not start.changed
    assert start.config == {**folder.config, "budget": {"kimg": 2.0, "every": None, "keep": 3}}
    assert start.data.fingerprint == begun.data.fingerprint


@pytest.mark.parametrize("budget", [{"kimg": "2"}, {"every": []}, {"epochs": 3}], ids=str)
def test_a_budget_that_was_edited_is_refused(begun, ask, folder, budget):
    folder.write_config({**folder.config, "budget": budget})
    with pytest.raises(ValueError, match=f"The budget in .*json is damaged.*{next(iter(budget))}"):
        starting.go_on(ask(), folder)


def test_go_on_without_a_checkpoint_builds_the_same_model(begun, ask, folder):
    start = starting.go_on(ask(), folder)
    assert start.checkpoint is None
    for a, b in zip(start.model.weights, begun.model.weights, strict=True):
        assert np.array_equal(a.numpy(), b.numpy())


def test_go_on_with_a_change(begun, ask, folder):
    checkpoints.save(begun.model, folder.checkpoints)
    with pytest.raises(ValueError, match="batch_size=4"):
        starting.go_on(ask({"batch_size": 4}), folder)
    start = starting.go_on(ask({"batch_size": 4, "average_decay": 0.5}, override=True), folder)
    assert start.changed and start.model.average_decay == 0.5
    assert start.config["training"] == {"batch_size": 4} and start.config["resolved"]["compile"]["average_decay"] == 0.5


def test_check_batch_counts_discriminator_steps(begun):
    starting.check_batch(begun.model, begun.data, 24)
    with pytest.raises(ValueError, match="batch_size=25"):
        starting.check_batch(begun.model, begun.data, 25)
    begun.model.compile(discriminator_steps=2)
    with pytest.raises(ValueError, match="batch_size=13 .x 2 discriminator steps"):
        starting.check_batch(begun.model, begun.data, 13)
    begun.model.compile(accumulate=3)
    with pytest.raises(ValueError, match="3 equal parts. Received: batch_size=8, accumulate=3"):
        starting.check_batch(begun.model, begun.data, 8)


def test_take_over(begun, folder):
    begun.model.images_seen.assign(8)
    checkpoints.save(begun.model, folder.checkpoints)
    said = []
    origin = starting.open_origin(folder.path, begun.model)
    record = starting.take_over(origin, begun.model, {}, said.append)
    assert record == {"run": str(folder.path), "images_seen": 8} and "variables were taken over" in said[-1]
