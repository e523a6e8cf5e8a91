import json

import numpy as np
import pytest
from PIL import Image

from keras_gans import Pix2Pix
from keras_gans.data import DataError, load_pairs
from keras_gans.metrics import MetricResult, l1_distance
from keras_gans.training import checkpoints, scored_pairs, scoring, trainer
from keras_gans.training.run_folder import RunFolder
from keras_gans.training.scored_images import open_fakes


def write(folder, images):
    folder.mkdir(parents=True)
    for number, image in enumerate(images):
        Image.fromarray(image).save(folder / f"{number}.png")
    return folder


@pytest.fixture(scope="module")
def model():
    small = dict(resolution=16, filters=2, discriminator_filters=2, receptive_field=16)
    model = Pix2Pix(**small)
    model.compile()
    return model


@pytest.fixture
def pairs(tmp_path, rng):
    """A folder of A | B with splits of 5, 3 and 2 pairs, and what is in it."""
    images = {
        split: rng.integers(0, 256, (n, 16, 32, 3), "uint8") for split, n in (("train", 5), ("val", 3), ("test", 2))
    }
    for split, parts in images.items():
        write(tmp_path / "pairs" / split, parts)
    return tmp_path / "pairs", images


@pytest.fixture
def run(tmp_path, model, pairs):
    config = {"model": "pix2pix", "data": {"source": str(pairs[0]), "direction": "BtoA"}}
    run = RunFolder(tmp_path / "run").create(config)
    checkpoints.save(model, run.checkpoints)
    return run


def all_of(images):
    return np.concatenate(list(images))


def test_translations_are_those_of_translate(model, rng, monkeypatch):
    monkeypatch.setattr(scored_pairs, "BATCH", 2)
    inputs = rng.integers(0, 256, (5, 16, 16, 3), "uint8")
    found = scored_pairs.Translations(model, load_pairs((inputs, inputs)), 4, seed=3)
    assert np.array_equal(all_of(found), model.translate(inputs, seed=3)[:4]) and len(found) == 4


def test_a_run_and_the_test_split_of_its_own_data(run, model, pairs):
    fakes, reals = scored_pairs.open_sides(run.path, seed=1)
    left, right = np.split(pairs[1]["test"], 2, axis=2)
    assert np.array_equal(all_of(reals.batches), left)  # B to A
    assert np.array_equal(all_of(fakes.batches), model.translate(right, seed=1))
    assert fakes.count == reals.count == 2 and reals.facts["split"] == "test" and fakes.facts["seed"] == 1
    _, reals = scored_pairs.open_sides(run.path, split="val", direction="AtoB", count=1)
    assert np.array_equal(all_of(reals.batches), np.split(pairs[1]["val"], 2, axis=2)[1][:1])


def test_pairs_without_splits_are_said_to_be_seen(run, pairs, tmp_path):
    said = []
    _, reals = scored_pairs.open_sides(run.path, str(write(tmp_path / "flat", pairs[1]["val"])), say=said.append)
    assert reals.count == 3 and "trained on" in said[0]
    _, reals = scored_pairs.open_sides(run.path, str(pairs[0]), resolution=32, say=said.append)
    assert reals.shape == (32, 32, 3) and len(said) == 1


def test_splits(pairs, tmp_path):
    assert scored_pairs.splits_of(pairs[0]) == ["train", "val", "test"]
    assert scored_pairs.splits_of(tmp_path) == [] == scored_pairs.splits_of((np.zeros(3), np.zeros(3)))
    for side in "AB":
        (tmp_path / "two" / side / "test").mkdir(parents=True)
    assert scored_pairs.splits_of(tmp_path / "two") == ["test"]


def test_translates(run, tmp_path):
    assert scored_pairs.translates(run.path) and not scored_pairs.translates(tmp_path)
    assert not scored_pairs.translates(RunFolder(tmp_path / "gan").create({"model": "dcgan"}).path)


def test_mistakes(run, pairs, tmp_path, model):
    with pytest.raises(ValueError, match="at least 9 pairs. Received: .* with 2"):
        scored_pairs.open_sides(run.path, count=9)
    with pytest.raises(ValueError, match="inside. Received: split='val'"):
        scored_pairs.open_sides(run.path, str(pairs[0] / "test"), split="val")
    with pytest.raises(ValueError, match="nowhere"):
        scored_pairs.open_sides(run.path, str(tmp_path / "nowhere"))
    Image.fromarray(pairs[1]["test"][0][:, :31]).save(pairs[0] / "test" / "odd.png")
    with pytest.raises(DataError, match="odd.png"):
        scored_pairs.open_sides(run.path)
    never = RunFolder(tmp_path / "never").create({"model": "pix2pix", "data": {"source": None}})
    checkpoints.save(model, never.checkpoints)
    with pytest.raises(ValueError, match="never trained"):
        scored_pairs.open_sides(never.path)


def test_names_of_two_folders(pairs, tmp_path):
    sides = [open_fakes(pairs[0] / split) for split in ("val", "test")]
    with pytest.raises(DataError, match=r"1 image without a partner.*\n.*2.png"):
        scored_pairs.check_names(*sides)
    scored_pairs.check_names(sides[0], sides[0])
    np.save(tmp_path / "a.npy", pairs[1]["val"])
    scored_pairs.check_names(sides[0], open_fakes(tmp_path / "a.npy"))  # by their order


def test_scores_in_training(run, pairs, model):
    data = model.open_data(str(pairs[0]))
    scores = scoring.callback_of({"metrics": "l1,lab"}, model, data, run, run.config["data"])
    scores.say = said = [].append
    trainer.train(model, data, run, 2, every=1, callbacks=[scores])
    lines = [json.loads(line) for line in run.scores.read_text().splitlines()]
    assert [line["images_seen"] for line in lines] == [1, 2] and said is not None
    left, right = np.split(pairs[1]["val"], 2, axis=2)
    found = MetricResult.from_dict(lines[-1]["results"]["l1"])
    assert found.value == pytest.approx(l1_distance(model.translate(right), left).mean()) == lines[-1]["l1"]
    assert found.num_real == 3 and 0 < lines[-1]["lab_mean"] < 1
    best = checkpoints.newest(run.best).manifest["score"]
    assert best["value"] == min(line["l1"] for line in lines)


def test_mistakes_before_a_training(run, pairs, model):
    data = model.open_data(str(pairs[0]))
    with pytest.raises(ValueError, match="at least 4 pairs"):
        scoring.callback_of({"metrics": "l1", "metrics_count": 4}, model, data, run, run.config["data"])
    with pytest.raises(ValueError, match="needs 10000 fake images"):
        scoring.callback_of({"metrics": "l1_10k"}, model, data, run, run.config["data"])
