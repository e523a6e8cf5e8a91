import json
import os

import numpy as np
import pytest

from keras_gans.cli import main as cli
from keras_gans.training import RunFolder, checkpoints
from tests.cli.conftest import TINY, files_of
from tests.training.conftest import same_state


def positions(run):
    return [checkpoint.images_seen for checkpoint in checkpoints.written(run / "checkpoints")]


def test_the_same_command_goes_on(call, command, trained):
    code, out, err = call(*command, "--out", trained, "--kimg", "0.048")
    assert code == 0 and "from image 32" in out and "Done: 48 images" in out
    assert err.count("of 48 images") == 1 and "images/s" in err and " left" in err
    assert positions(trained) == [16, 32, 48]
    code, out, _ = call(*command, "--out", trained)
    assert code == 0 and "has seen 48 images" in out  # budget reached; kimg is remembered


def test_going_on_needs_no_more_than_the_folder(call, trained):
    code, out, _ = call("train", "dcgan", "--out", trained, "--kimg", "0.04")
    assert code == 0 and "Done: 40 images" in out


def test_a_damaged_checkpoint_falls_back_and_says_so(call, command, trained):
    (trained / "checkpoints" / "000000000032.keras").write_bytes(b"")
    code, out, err = call(*command, "--out", trained, "--kimg", "0.032")
    assert code == 0 and "from image 16" in out
    assert "000000000032.keras" in err and "falling back" in err
    assert positions(trained) == [0, 16, 32]
    log = [json.loads(line)["images_seen"] for line in RunFolder(trained).log.read_text().splitlines()]
    assert log == [16, 32]


def test_before_its_first_checkpoint_a_run_starts_from_its_configuration(call, command, trained):
    for path in (trained / "checkpoints").iterdir():
        path.unlink()
    code, out, _ = call(*command, "--out", trained, "--kimg", "0.008")
    assert code == 0 and "from image 0" in out and positions(trained) == [0, 8]


@pytest.mark.parametrize(
    "arguments, named",
    [
        (["--resolution", "32"], "resolution=32"),
        (["--seed", "1"], "seed=1"),
        (["--precision", "mixed_bfloat16"], "dtype='mixed_bfloat16'"),
        (["--set", "latent_dim=8"], "latent_dim=8"),
        (["--preset", "dcgan_64"], "preset='dcgan_64'"),
        (["--labels"], "labels=True"),
        (["--init-from", "elsewhere"], "init_from="),
        (["--batch-size", "16"], "batch_size=16"),
        (["--mirror"], "mirror=True"),
        (["--set", "loss=hinge"], "loss='hinge'"),
        (["--set", "learning_rate=0.1"], "learning_rate=0.1"),
    ],
)
def test_other_settings_are_refused_by_name(call, trained, arguments, named):
    before = files_of(trained)
    code, _, err = call("train", "dcgan", "--out", trained, "--kimg", "0.048", *arguments)
    assert code == 2 and named in err
    assert files_of(trained) == before
    if named.split("=")[0] in ("resolution", "seed", "dtype", "latent_dim", "preset", "labels", "init_from"):
        assert call("train", "dcgan", "--out", trained, "--override", *arguments)[0] == 2
    else:
        assert "--override" in err


def test_training_settings_change_with_override(call, command, trained):
    changes = ["--batch-size", "16", "--set", "learning_rate=0.25", "--set", "loss=hinge"]
    code, _, _ = call("train", "dcgan", "--out", trained, "--kimg", "0.048", "--override", *changes)
    assert code == 0
    model = checkpoints.load(checkpoints.newest(trained / "checkpoints"))
    assert type(model.adversarial_loss).__name__ == "Hinge" and float(model.g_optimizer.learning_rate) == 0.25
    assert int(model.g_optimizer.iterations) == 5  # four steps of 8, one of 16
    config = RunFolder(trained).config
    assert config["training"] == {"batch_size": 16, "learning_rate": 0.25} and config["compile"] == {"loss": "hinge"}
    code, _, err = call(*command, "--out", trained, "--kimg", "0.064")  # now the first command is the one that differs
    assert code == 2 and "batch_size=16" in err and "Received: batch_size=8" in err


def test_other_data_need_an_override(call, trained, tmp_path):
    other = tmp_path / "other.npy"
    np.save(other, np.zeros((40, 16, 16, 1), np.uint8))
    arguments = ["train", "dcgan", "--out", trained, "--kimg", "0.04", "--data", other]
    code, _, err = call(*arguments)
    assert code == 2 and "other.npy" in err and "64 of fingerprint" in err and "--override" in err
    assert call(*arguments, "--override")[0] == 0
    assert RunFolder(trained).config["data"]["count"] == 40
    assert call("train", "dcgan", "--out", trained, "--kimg", "0.048")[0] == 0


def test_another_environment_is_a_warning(call, command, trained):
    run = RunFolder(trained)
    config = run.config
    run.write_config({**config, "environment": {**config["environment"], "keras": "3.0.0"}})
    code, _, err = call(*command, "--out", trained, "--kimg", "0.04")
    assert code == 0 and "Warning: keras was '3.0.0'" in err
    assert run.config["environment"] == config["environment"]


def test_another_model_is_refused(call, trained, images):
    run = RunFolder(trained)
    run.write_config({**run.config, "model": "pggan"})
    code, _, err = call("train", "dcgan", "--data", images, "--out", trained)
    assert code == 2 and "pggan" in err and "--new" in err and "model='dcgan'" in err


def test_init_from_another_run(call, command, trained, tmp_path):
    arguments = ["--out", tmp_path / "b", "--kimg", "0.008", "--init-from", trained]
    code, _, err = call(*command, *arguments, "--set", "latent_dim=6")
    assert code == 0 and "variables were taken over" in err and "generator/project starts anew: kernel is (4, " in err
    assert RunFolder(tmp_path / "b").config["init_from"] == {"run": str(trained), "images_seen": 32}
    code, out, _ = call(*command, *arguments, "--set", "latent_dim=6", "--kimg", "0.016")  # and goes on
    assert code == 0 and "Done: 16 images" in out
    larger = ["--out", tmp_path / "c", "--init-from", trained, "--resolution", "32", "--dry-run"]
    code, _, err = call(*command, *larger)
    assert code == 0 and "resolution is 16 there and 32 here" in err and "discriminator/logits starts anew" in err
    code, _, err = call(*command, "--out", tmp_path / "c", "--init-from", tmp_path)
    assert code == 2 and "Expected the folder of a run" in err and not (tmp_path / "c").exists()


def test_labels_make_a_conditional_model(call, tmp_path):
    path = tmp_path / "labelled.npz"
    labels = np.arange(32) % 3
    np.savez(path, images=np.zeros((32, 16, 16, 1), np.uint8), labels=labels)
    arguments = [
        "train",
        "dcgan",
        "--data",
        path,
        "--resolution",
        16,
        "--batch-size",
        8,
        *TINY,
        "--labels",
        "--dry-run",
    ]
    code, out, _ = call(*arguments, "--out", tmp_path / "x")
    assert code == 0 and '"num_classes": 3' in out


def test_a_preset_brings_its_settings(call, tmp_path, images):
    arguments = [
        "train",
        "dcgan",
        "--data",
        images,
        "--preset",
        "dcgan_fashion_32",
        "--out",
        tmp_path / "x",
        "--dry-run",
    ]
    code, out, _ = call(*arguments)
    assert code == 0 and '"batch_size": 64' in out and "32 x 32 x 1" in out and '"latent_dim": 64' in out
    code, out, _ = call(*arguments, "--batch-size", 32)
    assert code == 0 and '"batch_size": 32' in out


@pytest.mark.parametrize(
    "arguments, named",
    [
        (["train", "dcgam", "--data", "{images}", "--out", "{out}"], "dcgan"),
        (["train", "dcgan", "--out", "{out}"], "--data"),
        (["train", "dcgan", "--data", "{tmp}/nowhere", "--out", "{out}"], "nowhere"),
        (["train", "dcgan", "--data", "{tmp}", "--out", "{out}"], "{tmp}"),
        (["train", "dcgan", "--data", "{images}", "--out", "{out}", "--resolution", "48"], "48"),
        (["train", "dcgan", "--data", "{images}", "--out", "{out}", "--resolution", "-1"], "-1"),
        (["train", "dcgan", "--data", "{images}", "--out", "{out}", "--preset", "best"], "best"),
        (["train", "dcgan", "--data", "{images}", "--out", "{out}", "--set", "filters=8"], "filters=8"),
        (["train", "dcgan", "--data", "{images}", "--out", "{out}", "--set", "filters"], "key=value"),
        (["train", "dcgan", "--data", "{images}", "--out", "{out}", "--set", "kernel_size=x"], "kernel_size"),
        (["train", "dcgan", "--data", "{images}", "--out", "{out}", "--set", "loss=best"], "best"),
        (["train", "dcgan", "--data", "{images}", "--out", "{out}", "--set", "batch_size=1.5"], "batch_size=1.5"),
        (["train", "dcgan", "--data", "{images}", "--out", "{out}", "--resolution", "16", "--batch-size", "65"], "65"),
        (["train", "dcgan", "--data", "{images}", "--out", "{out}", "--resolution", "16", "--batch-size", "33",
          "--set", "discriminator_steps=2"], "2 discriminator steps"),
        (["train", "dcgan", "--data", "{images}", "--out", "{out}", "--resolution", "16", "--labels"], "Labels were"),
        (["train", "dcgan", "--data", "{images}", "--out", "{images}"], "images.npy"),
        (["train", "dcgan", "--data", "{images}", "--out", "{images}/run"], "images.npy"),
        (["train", "dcgan", "--data", "{images}", "--out", "{tmp}"], "other.txt"),
    ],
)  # fmt: skip
def test_mistakes_leave_nothing_behind(call, images, tmp_path, arguments, named):
    (tmp_path / "other.txt").write_text("not an image")
    places = {"images": images, "tmp": tmp_path, "out": tmp_path / "out"}
    code, _, err = call(*(argument.format(**places) for argument in arguments))
    assert code == 2 and named.format(**places) in err
    assert [path.name for path in tmp_path.iterdir()] == ["other.txt"]


def test_a_folder_that_cannot_be_written_to(call, command, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *args, **kwargs: False)
    code, _, err = call(*command, "--out", tmp_path / "run")
    assert code == 2 and "can be written to" in err and not list(tmp_path.iterdir())


def test_main_runs_as_a_module():
    from keras_gans.cli import __main__

    assert __main__.main is cli.main


def test_scores_while_training(call, command, tmp_path):
    out, plain = tmp_path / "run", tmp_path / "plain"
    arguments = [*command, "--kimg", "0.064", "--metrics", "fid,swd", "--metrics-every", "0.02", "--metrics-count", 20]
    code, said, err = call(*arguments, "--out", out)
    assert code == 0 and "EfficientNet-Lite0 FID" in err and "--best" in said, err
    lines = [json.loads(line) for line in (out / "scores.jsonl").read_text().splitlines()]
    assert [line["images_seen"] for line in lines] == [32, 64]  # whole ticks of 16 images
    assert "efficientnet_lite0_96_fid" in json.loads((out / "log.jsonl").read_text().splitlines()[-1])
    assert len(list((out / "best").glob("*.keras"))) == 1 and len(list((out / "statistics").glob("*.npz"))) == 1
    assert call(*command, "--kimg", "0.064", "--out", plain)[0] == 0
    models = [checkpoints.load(checkpoints.newest(run / "checkpoints")) for run in (out, plain)]
    assert same_state(*models)
    code, said, err = call("evaluate", out, "--best", "--metrics", "fid", "--count", 20)
    best = json.loads(next((out / "best").glob("*.json")).read_text())["score"]
    assert code == 0 and f"{best['value']:.5g}" in said  # the same number, now by `evaluate`
    assert call(*command, "--out", out, "--kimg", "0.096", "--metrics", "none")[0] == 0
    assert len((out / "scores.jsonl").read_text().splitlines()) == 2


@pytest.mark.parametrize(
    "arguments, named",
    [
        (["--metrics", "fod"], "'fod'"),
        (["--metrics", "nn"], "'nn'"),
        (["--metrics", "fid", "--extractor", "vgg"], "'vgg'"),
        (["--metrics", "fid", "--weights", "nowhere.pth"], "nowhere.pth"),
        (["--metrics", "swd16k"], "16384"),
        (["--metrics", "fid", "--metrics-every", "0"], "metrics-every"),
    ],
)
def test_mistakes_in_scores_leave_no_folder(call, command, tmp_path, arguments, named):
    code, _, err = call(*command, "--out", tmp_path / "run", "--kimg", "0.032", *arguments)
    assert code == 2 and named in err and not (tmp_path / "run").exists()
