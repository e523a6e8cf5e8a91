import json
import os
import sys

import numpy as np
import pytest
from PIL import Image

from keras_gans.cli import evaluate
from keras_gans.metrics import FunctionExtractor, MetricResult, evaluate_images
from keras_gans.metrics.extractors import registry
from keras_gans.training import checkpoints
from tests.cli.conftest import files_of


def colors(images):
    return images.reshape(len(images), -1)[:, ::97].astype("float32") / 100


class Network(FunctionExtractor):
    def __init__(self):
        super().__init__(colors, name="test_colors", weights_hash="c0105")
        self.taps = ("features", "logits")

    def extract(self, images):
        return {"features": colors(images), "logits": colors(images)}


def network():
    return Network()


@pytest.fixture(autouse=True)
def _known_by_name(monkeypatch):
    monkeypatch.setitem(registry._FACTORIES, "test_colors", network)


@pytest.fixture
def model(trained):
    return checkpoints.load(checkpoints.newest(trained / "checkpoints"))


def write_pictures(folder, images):
    folder.mkdir()
    for number, image in enumerate(images):
        Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image).save(folder / f"{number:03}.png")
    return folder


@pytest.fixture
def folders(tmp_path, rng):
    images = rng.integers(0, 256, (2, 24, 32, 32, 3), dtype=np.uint8)
    return write_pictures(tmp_path / "fake", images[0]), write_pictures(tmp_path / "real", images[1]), images


def test_a_run_against_its_own_data(call, trained, model, images, tmp_path):
    metrics = "fid,kid,is,prc,dc,swd,ms_ssim"
    arguments = ["evaluate", trained, "--metrics", metrics, "--extractor", "test_colors", "--count", 40, "--seed", 5]
    code, out, err = call(*arguments, "--json", tmp_path / "deep" / "scores.json")
    assert code == 0, err
    written = json.loads((tmp_path / "deep" / "scores.json").read_text())
    expected = evaluate_images(model.generate(40, seed=5), np.load(images), metrics.split(","), network())
    found = {name: MetricResult.from_dict(result) for name, result in written["results"].items()}
    for name, result in expected.items():
        assert found[name].values == pytest.approx(result.values, rel=1e-9)
        assert found[name].title in out
    assert found["fid"].extractor["weights_hash"] == "c0105" and "c0105" in out and "not comparable" in out
    assert found["fid"].versions["keras"] and written["fake"]["images_seen"] == 32 and written["fake"]["seed"] == 5
    assert written["real"]["fingerprint"] == found["fid"].real_fingerprint and written["errors"] == {}
    assert "40 samples of" in out and "at image 32, 16 x 16 x 1 against 64 images" in out
    named = call(*arguments, "--real", images, "--json", tmp_path / "again.json")
    assert named[0] == 0 and json.loads((tmp_path / "again.json").read_text())["results"] == written["results"]


def test_real_statistics_are_kept_in_the_run(call, trained):
    arguments = ["evaluate", trained, "--metrics", "fid,swd", "--extractor", "test_colors", "--count", 20]
    first = call(*arguments)
    (statistics,) = (trained / "statistics").glob("*.npz")
    before = statistics.stat().st_mtime_ns
    assert call(*arguments)[:2] == first[:2] and first[0] == 0 and statistics.stat().st_mtime_ns == before


def test_two_folders_and_no_model(call, folders, tmp_path):
    fake, real, images = folders
    arguments = ["--metrics", "fid,swd,nn", "--extractor", "test_colors", "--json", tmp_path / "a.json"]
    code, out, err = call("evaluate", fake, "--real", real, *arguments, "--out", tmp_path / "sheets")
    assert code == 0, err
    expected = evaluate_images(*images, ("fid", "swd", "nn"), network())
    found = json.loads((tmp_path / "a.json").read_text())
    assert found["results"]["fid"]["values"] == pytest.approx(expected["fid"].values)
    assert found["results"]["swd"]["values"] == pytest.approx(expected["swd"].values)
    assert len(found["sheets"]) == 4 == len(expected.sheets)
    for name, sheet in expected.sheets.items():
        path = tmp_path / "sheets" / f"{name}.png"
        assert np.array_equal(np.asarray(Image.open(path)), sheet) and str(path) in out


def test_efficientnet_scores_go_under_their_own_name(call, folders):
    code, out, _ = call("evaluate", folders[0], "--real", folders[1], "--metrics", "fid,kid")
    assert code == 0 and "EfficientNet-Lite0 FID" in out and "not comparable with published" in out
    assert "\n  FID" not in out


def test_a_saved_model(call, trained, images, tmp_path):
    assert call("export", trained, tmp_path / "served")[0] == 0
    arguments = ["--metrics", "fid,swd", "--extractor", "test_colors", "--count", 30]
    code, out, err = call("evaluate", tmp_path / "served", "--real", images, *arguments)
    assert code == 0, err
    run = call("evaluate", trained, *arguments)[1]
    assert out.splitlines()[1:] == run.splitlines()[1:]  # the same 30 images


def test_the_best_checkpoint(call, trained, model):
    (trained / "best").mkdir()
    for name in ("000000000016.keras", "000000000016.json"):
        (trained / "best" / name).write_bytes((trained / "checkpoints" / name).read_bytes())
    code, out, _ = call("evaluate", trained, "--best", "--metrics", "ms_ssim", "--count", 4)
    assert code == 0 and "at image 16" in out


def test_a_metric_that_fails_takes_no_other_with_it(call, folders, tmp_path):
    code, out, err = call(
        "evaluate", folders[0], "--real", folders[1], "--metrics", "is,fid", "--extractor", "test_colors",
        "--count", 5, "--json", tmp_path / "a.json",
    )  # fmt: skip
    assert code == 2 and "test_colors FID" in out
    assert err.splitlines() == ["Error: is: " + json.loads((tmp_path / "a.json").read_text())["errors"]["is"]]
    assert "10 splits" in err


def test_pictures_and_their_truth(call, folders, tmp_path):
    fake, real, images = folders
    arguments = [
        "evaluate",
        fake,
        "--real",
        real,
        "--metrics",
        "l1,psnr,ssim,perceptual,lab",
        "--out",
        tmp_path / "out",
    ]
    code, out, err = call(*arguments, "--json", tmp_path / "a.json")
    assert code == 0, err
    found = json.loads((tmp_path / "a.json").read_text())
    expected = evaluate_images(*images, ("l1", "psnr", "ssim", "lab"))
    for name, result in expected.items():
        assert found["results"][name]["values"] == pytest.approx(result.values)
        assert result.title in out and result.protocol.name in out
    assert "EfficientNet-Lite0 perceptual distance" in out and f"Log marginals: {tmp_path / 'out'}" in out
    assert Image.open(tmp_path / "out" / "lab_marginals.png").size == (1200, 340)


def test_without_matplotlib_the_numbers_are_there(call, folders, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    arguments = ["--metrics", "lab", "--out", tmp_path / "out", "--json", tmp_path / "a.json"]
    code, out, err = call("evaluate", folders[0], "--real", folders[1], *arguments)
    assert code == 2 and "Lab intersection" in out and "pip install matplotlib" in err
    assert json.loads((tmp_path / "a.json").read_text())["results"]["lab"]["value"] > 0


def test_a_run_of_pix2pix(call, tmp_path, rng):
    for split, count in (("train", 4), ("test", 3)):
        (tmp_path / "pairs").mkdir(exist_ok=True)
        write_pictures(tmp_path / "pairs" / split, rng.integers(0, 256, (count, 16, 32, 3), dtype=np.uint8))
    small = ("filters=4", "discriminator_filters=4", "receptive_field=16")
    arguments = ["train", "pix2pix", "--data", tmp_path / "pairs", "--out", tmp_path / "run", "--crop-size", 16]
    arguments += ["--kimg", 0.004, "--every", 0.002, "--metrics", "l1,ssim", "--direction", "BtoA"]
    code, out, err = call(*arguments, *(x for setting in small for x in ("--set", setting)))
    assert code == 0 and "Best: keras-gans evaluate" in out, err
    lines = [json.loads(line) for line in (tmp_path / "run" / "scores.jsonl").read_text().splitlines()]
    code, out, err = call("evaluate", tmp_path / "run", "--json", tmp_path / "a.json", "--out", tmp_path / "out")
    assert code == 0 and "trained on" not in err, err
    found = json.loads((tmp_path / "a.json").read_text())
    assert list(found["results"]) == ["l1", "psnr", "ssim", "perceptual", "fid", "kid", "lab"]
    assert found["results"]["l1"]["value"] == lines[-1]["l1"] and lines[-1]["images_seen"] == 4
    assert "3 translations by" in out and "(test)" in out and (tmp_path / "out" / "lab_marginals.png").is_file()
    again = call("evaluate", tmp_path / "run", "--real", tmp_path / "pairs", "--split", "train", "--metrics", "psnr")
    assert again[0] == 0 and "4 translations by" in again[1] and "trained on" in again[2]
    assert call("evaluate", tmp_path / "run", "--metrics", "l1", "--best")[0] == 0
    code, _, err = call("evaluate", tmp_path / "run", "--metrics", "l1", "--count", 9)
    assert code == 2 and "at least 9 pairs" in err


COLORS = ["--extractor", "test_colors"]


@pytest.mark.parametrize(
    "arguments, named",
    [
        (["nowhere", "--real", "{real}"], "nowhere"),
        (["{fake}"], "--real"),
        (["{fake}", "--real", "nowhere"], "nowhere"),
        (["{fake}", "--real", "{real}", "--metrics", "fod"], "'fod'"),
        (["{fake}", "--real", "{real}", "--metrics", ""], "at least one"),
        (["{fake}", "--real", "{real}", "--protocol", "fid1"], "'fid1'"),
        (["{fake}", "--real", "{real}", "--extractor", "vgg"], "'vgg'"),
        (["{fake}", "--real", "{real}", "--weights", "no.pth"], "no.pth"),
        (["{fake}", "--real", "{real}", "--weights", "{file}"], "file"),  # no weights at all
        (["{fake}", "--real", "{real}", "--protocol", "fid50k", *COLORS], "defined with inception_v3_fid"),
        (["{fake}", "--real", "{real}", "--protocol", "swd16k"], "needs 16384 fake images"),
        (["{fake}", "--real", "{real}", "--count", "25", *COLORS], "25"),
        (["{fake}", "--real", "{real}", "--count", "0"], "count"),
        (["{fake}", "--real", "{real}", "--best", *COLORS], "folder of a run"),
        (["{fake}", "--real", "{small}", "--metrics", "swd"], "--resolution"),
        (["{fake}", "--real", "{five}", *COLORS], "5 channels"),
        (["{one}", "--real", "{real}", "--metrics", "fid", *COLORS], "at least 2"),
        (["{flat}", "--real", "{real}", "--metrics", "swd"], "do not vary"),
        (["{fake}", "--real", "{real}", "--metrics", "nn"], "--out"),
        (["{fake}", "--real", "{real}", "--metrics", "swd", "--out", "x"], "nn"),
        (["{fake}", "--real", "{real}", "--out", "x"], "nn and lab"),
        (["{run}", "--metrics", "psnr"], "with a truth each"),
        (["{run}", "--split", "test"], "--split"),
        (["{fake}", "--real", "{real}", "--direction", "AtoB"], "--direction"),
        (["{fake}", "--real", "{fewer}", "--metrics", "psnr"], "23 images without a partner"),
        (["{fake}", "--real", "{small}", "--metrics", "l1"], "--resolution"),
        (["{fake}", "--real", "{real}", "--metrics", "perceptual", *COLORS], 'a tap "perceptual"'),
        (["{fake}", "--real", "{real}", "--metrics", "nn", "--out", "{file}"], "file"),
        (["{fake}", "--real", "{real}", "--json", "{file}/a.json"], "file"),
        (["{fake}", "--real", "{real}", "--json", "{fake}"], "folder"),
        (["{run}", "--metrics", "fid", "--best", *COLORS], "no best checkpoint"),
    ],
)
def test_mistakes_are_one_line_and_change_nothing(call, trained, folders, tmp_path, rng, arguments, named):
    (tmp_path / "file").write_text("not weights")
    for name, array in {
        "small": rng.integers(0, 256, (8, 16, 16, 3), dtype=np.uint8),
        "five": rng.integers(0, 256, (8, 32, 32, 5), dtype=np.uint8),
        "one": folders[2][0][:1],
        "flat": np.full((24, 32, 32, 3), 7, "uint8"),
    }.items():
        np.save(tmp_path / f"{name}.npy", array)
    places = {name: str(tmp_path / f"{name}.npy") for name in ("small", "five", "one", "flat")}
    places |= {"fake": str(folders[0]), "real": str(folders[1]), "file": str(tmp_path / "file"), "run": str(trained)}
    places["fewer"] = str(write_pictures(tmp_path / "fewer", folders[2][1][:1]))
    before = files_of(tmp_path)
    code, _, err = call("evaluate", *(argument.format(**places) for argument in arguments))
    assert code == 2 and named in err, err
    assert len([line for line in err.splitlines() if line.startswith("Error: ")]) == 1
    assert files_of(tmp_path) == before


def test_nothing_is_lost_where_the_result_cannot_be_written(call, folders, tmp_path):
    (tmp_path / "scores.json").write_text("older scores")
    arguments = ["evaluate", folders[0], "--real", folders[1], "--metrics", "fid", *COLORS]
    assert call(*arguments, "--count", 99, "--json", tmp_path / "scores.json")[0] == 2
    assert (tmp_path / "scores.json").read_text() == "older scores"
    assert call(*arguments, "--json", tmp_path / "scores.json")[0] == 0
    assert json.loads((tmp_path / "scores.json").read_text())["format"] == 1


def test_damaged_pictures_are_named(call, folders):
    picture = folders[0] / "003.png"
    picture.write_bytes(picture.read_bytes()[:300])
    code, _, err = call("evaluate", folders[0], "--real", folders[1], "--metrics", "fid", *COLORS)
    assert code == 2 and "003.png" in err


def test_check_place(tmp_path):
    evaluate.check_place(None, is_folder=False)
    evaluate.check_place(str(tmp_path), is_folder=True)
    evaluate.check_place(os.fspath(tmp_path / "new" / "a.json"), is_folder=False)
    with pytest.raises(ValueError, match="which is a folder"):
        evaluate.check_place(str(tmp_path), is_folder=False)
