"""`train` on odd data: reports, what is skipped, and the options that say how images are read."""

import json

import numpy as np
import pytest
from PIL import Image

from keras_gans.training import RunFolder, trainer
from tests.cli.conftest import TINY


@pytest.fixture
def photos(tmp_path, rng):
    """Ten images of 24 x 24, one that is cut in half, one that is no image, and one that is small."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for k in range(10):
        Image.fromarray(rng.integers(0, 256, (24, 24, 3), dtype=np.uint8)).save(folder / f"{k}.png")
    whole = (folder / "0.png").read_bytes()
    (folder / "cut.png").write_bytes(whole[: len(whole) // 2])
    (folder / "text \U0001f600.jpg").write_bytes(b"no image")
    Image.fromarray(np.zeros((5, 5, 3), "uint8")).save(folder / "small.png")
    return folder


@pytest.fixture
def train(call, photos, tmp_path):
    """Runs `train` on the photos, without any training."""

    def run(*arguments, data=photos):
        place = ["--data", data, "--out", tmp_path / "run", "--resolution", "16", "--batch-size", "8"]
        return call("train", "dcgan", *place, *TINY, *arguments)

    return run


def config_of(out):
    return json.loads(out[: out.index("\nGenerator:")])


def test_broken_images_stop_with_the_report(train, tmp_path):
    code, out, err = train()
    assert code == 2 and out == "" and not (tmp_path / "run").exists()
    table, message = err.split("\nError: ")
    for said in ("images          13 (11 usable)", "24x24 (10), 5x5 (1)", "Broken:", "  cut.png: ", "  text 😀.jpg: "):
        assert said in table
    assert message.startswith("3 of the 13 images of ") and "  small.png: 5 x 5" in message and "cut.png" not in message
    assert "--skip-broken leaves such images out." in message and "A larger --max-upscale" in message
    assert "skip_broken" not in err and "max_upscale" not in err and "Warning" not in err


def test_skip_broken_goes_on_and_lists_them(train, tmp_path):
    code, out, err = train("--skip-broken", "--kimg", "0.016")
    assert code == 0 and "10 images." in out and "Done: 16 images" in out
    assert "Left out: cut.png: " in out and "Left out: text 😀.jpg: " in out and "Left out: small.png: 5 x 5" in out
    assert err.count("3 images left out") == 1 and "Warning" not in err
    data = RunFolder(tmp_path / "run").config["data"]
    assert data["skip_broken"] is True and data["count"] == 10
    assert sorted(name for name, _ in data["skipped"]) == ["cut.png", "small.png", "text 😀.jpg"]
    code, out, _ = train("--kimg", "0.024")  # remembered
    assert code == 0 and "Left out: cut.png" in out and "Done: 24 images" in out
    code, _, err = train("--max-upscale", "4")
    assert code == 2 and "max_upscale=4" in err and "--override" in err


def test_many_skipped_images_are_counted(train, photos):
    for k in range(60):
        (photos / f"broken{k:02d}.png").write_bytes(b"")
    code, out, _ = train("--skip-broken", "--dry-run")
    assert code == 0 and out.count("Left out: ") == 50 and "... and 13 more" in out
    assert "skipped" not in config_of(out)["data"]


def test_how_images_are_read_can_be_said(train, photos):
    (photos / "cut.png").unlink()
    (photos / "text \U0001f600.jpg").unlink()
    options = ["--max-upscale", "4", "--load-size", "18", "--crop", "random", "--depth", "16", "--mirror"]
    code, out, err = train(*options, "--dry-run")
    assert code == 0 and err.splitlines() == ["Note: 1 image smaller than the resolution: enlarged"]
    reading = config_of(out)["data"]
    assert {name: reading[name] for name in ("max_upscale", "load_size", "crop", "depth", "mirror")} == {
        "max_upscale": 4.0,
        "load_size": 18,
        "crop": "random",
        "depth": 16,
        "mirror": True,
    }


@pytest.mark.parametrize(
    "options, named",
    [
        (["--load-size", "8"], "--load-size must be at least the resolution"),
        (["--load-size", "20", "--crop", "none"], "--crop random"),
        (["--split", "test"], "--split train"),
        (["--labels"], "Labels were asked for"),
        (["--depth", "12"], "--depth"),
        (["--max-upscale", "0.5"], "--max-upscale"),
    ],
)
def test_mistakes_name_the_options(train, options, named):
    code, _, err = train("--skip-broken", *options)
    assert code == 2 and named in err, err
    assert "load_size" not in err and "crop=" not in err and "split=" not in err


def test_mixed_depths_name_the_option(train, photos):
    for k in range(2):
        Image.fromarray(np.full((24, 24), 1000 * k, np.uint16)).save(photos / f"deep{k}.png")
    code, _, err = train("--skip-broken")
    assert code == 2 and "deep0.png" in err and "--depth 8 brings all of them to 8 bits, --depth 16 to 16." in err
    code, out, _ = train("--skip-broken", "--depth", "8", "--dry-run")
    assert code == 0 and "12 images" in out


def test_a_data_set_of_tensorflow_datasets(train, tmp_path, monkeypatch):
    import tensorflow_datasets as tfds

    features = {
        "image": tfds.features.Image(shape=(None, None, 1), encoding_format="png"),
        "label": tfds.features.ClassLabel(names=["cat", "dog"]),
    }
    examples = [(k, {"image": np.full((16, 16, 1), 9 * k, "uint8"), "label": k % 2}) for k in range(20)]
    tfds.dataset_builders.store_as_tfds_dataset(
        name="local_pets",
        config=None,
        version="1.0.0",
        data_dir=tmp_path / "tfds",
        features=tfds.features.FeaturesDict(features),
        split_datasets={"train": examples[:12], "test": examples[12:]},
    )
    monkeypatch.chdir(tmp_path)
    command = ["--data-dir", "tfds", "--split", "test", "--labels", "--kimg", "0.008"]
    code, out, _ = train(*command, data="tfds:local_pets")
    assert code == 0 and "8 images." in out
    data = RunFolder(tmp_path / "run").config["data"]
    assert data["split"] == "test" and data["data_dir"] == str(tmp_path / "tfds") and data["class_names"]
    monkeypatch.chdir("/")
    assert train("--kimg", "0.016", data="tfds:local_pets")[0] == 0  # the folder is remembered, whole
    code, _, err = train("--split", "validation", data="tfds:local_pets")
    assert code == 2 and "split='validation'" in err and "--override" in err


def test_augment_and_accumulate(train, photos, tmp_path):
    code, out, _ = train("--skip-broken", "--augment", "color,translation", "--accumulate", "2", "--kimg", "0.008")
    assert code == 0 and "Done: 8 images" in out
    config = RunFolder(tmp_path / "run").config
    assert config["compile"] == {"augment": "color,translation", "accumulate": 2}
    assert config["resolved"]["compile"]["accumulate"] == 2
    code, out, _ = train("--override", "--augment", "cutout", "--dry-run")
    assert code == 0 and config_of(out)["compile"] == {"augment": "cutout", "accumulate": 2}


@pytest.mark.parametrize("options", [["--augment", "colour"], ["--accumulate", "3"]])
def test_mistakes_in_augment_and_accumulate(train, options, tmp_path):
    code, _, err = train("--skip-broken", *options)
    assert code == 2 and options[0].removeprefix("--") in err and not (tmp_path / "run").exists()


def test_an_image_that_breaks_during_the_training(train, monkeypatch, photos):
    def damaged(model, *args, **kwargs):
        from keras_gans.data import DataError

        raise DataError("An image cannot be read.", [("a.png", "cut")], hint='check="full"; skip_broken=True skips.')

    monkeypatch.setattr(trainer, "train", damaged)
    code, _, err = train("--skip-broken")
    assert code == 2 and err.endswith("  a.png: cut\n--set check=full; --skip-broken skips.\n")
