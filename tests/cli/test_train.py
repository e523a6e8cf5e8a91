import json
import os
import signal

import numpy as np
import pytest

from keras_gans.cli import main as cli
from keras_gans.training import RunFolder, checkpoints, trainer
from tests.cli.conftest import TINY, files_of


def positions(run):
    return [checkpoint.images_seen for checkpoint in checkpoints.written(run / "checkpoints")]


def test_a_run_from_the_first_command_to_the_end(trained, images):
    run = RunFolder.open(trained)
    config = run.config
    assert config["model"] == "dcgan" and config["config"]["channels"] == 1
    assert config["training"] == {"batch_size": 8}
    assert config["data"]["source"] == str(images) and config["data"]["count"] == 64
    assert config["environment"]["keras"] and config["resolved"]["config"]["latent_dim"] == 4
    assert positions(trained) == [0, 16, 32]
    assert [json.loads(line)["images_seen"] for line in run.log.read_text().splitlines()] == [16, 32]
    assert len(list(run.samples.iterdir())) == 3 and len(list(run.events.iterdir())) == 1


def test_the_configuration_is_written_before_the_first_step(call, command, tmp_path, monkeypatch):
    def stop(model, data, run, *args, **kwargs):
        assert RunFolder.open(tmp_path / "run").config["model"] == "dcgan"
        raise KeyboardInterrupt

    monkeypatch.setattr(trainer, "train", stop)
    assert call(*command, "--out", tmp_path / "run")[0] == 1
    assert (tmp_path / "run" / "config.json").is_file()


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


def test_a_change_survives_a_kill_before_the_next_checkpoint(call, command, trained, monkeypatch):
    def killed(*args, **kwargs):
        raise KeyboardInterrupt

    changes = ["--override", "--set", "learning_rate=0.25", "--set", "loss=hinge"]
    with monkeypatch.context() as patch:
        patch.setattr(trainer, "train", killed)
        assert call("train", "dcgan", "--out", trained, "--kimg", "0.04", *changes)[0] == 1
    assert call("train", "dcgan", "--out", trained, "--kimg", "0.04", *changes)[0] == 0
    model = checkpoints.load(checkpoints.newest(trained / "checkpoints"))
    assert type(model.adversarial_loss).__name__ == "Hinge" and float(model.g_optimizer.learning_rate) == 0.25


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


def test_new_moves_the_old_run_aside(call, command, trained):
    before = files_of(trained)
    code, out, _ = call(*command, "--out", trained, "--kimg", "0.008", "--seed", "5", "--new")
    aside = trained.with_name("run.old-1")
    assert code == 0 and str(aside) in out
    assert RunFolder.open(trained).config["config"]["seed"] == 5 and positions(trained) == [0, 8]
    kept = {trained / path.relative_to(aside): content for path, content in files_of(aside).items()}
    assert {p: c for p, c in kept.items() if p.name != ".lock"} == {
        p: c for p, c in before.items() if p.name != ".lock"
    }


def test_a_mistake_with_new_moves_nothing(call, trained):
    before = files_of(trained)
    assert call("train", "dcgan", "--data", "nowhere", "--out", trained, "--new")[0] == 2
    assert files_of(trained) == before and not trained.with_name("run.old-1").exists()


def test_dry_run_writes_nothing(call, command, trained, tmp_path):
    code, out, _ = call(*command, "--out", tmp_path / "new", "--kimg", "0.064", "--dry-run")
    assert code == 0 and not (tmp_path / "new").exists()
    config = json.loads(out[: out.index("\nGenerator:")])
    assert config["config"]["resolution"] == 16 and config["resolved"]["config"]["kernel_size"] == 4
    assert "Steps: 8 of 8 images, from image 0 to 64" in out and "trainable parameters" in out
    before = files_of(trained)
    code, out, _ = call(*command, "--out", trained, "--kimg", "0.064", "--dry-run")
    assert code == 0 and "Steps: 4 of 8 images, from image 32 to 64" in out
    assert files_of(trained) == before


def test_init_from_another_run(call, command, trained, tmp_path):
    arguments = ["--out", tmp_path / "b", "--kimg", "0.008", "--init-from", trained]
    code, out, _ = call(*command, *arguments, "--set", "latent_dim=6")
    assert code == 0 and "variables were taken over" in out and "generator/project/kernel has shape (4, " in out
    assert RunFolder(tmp_path / "b").config["init_from"] == {"run": str(trained), "images_seen": 32}
    code, out, _ = call(*command, *arguments, "--set", "latent_dim=6", "--kimg", "0.016")  # and goes on
    assert code == 0 and "Done: 16 images" in out
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


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_saves_and_says_how_to_go_on(call, command, trained, monkeypatch, number):
    class Kill(trainer.JsonLines):
        def on_train_batch_end(self, batch, logs=None):
            if int(self.model.images_seen) == 40:
                os.kill(os.getpid(), number)

    monkeypatch.setattr(trainer, "JsonLines", Kill)
    code, _, err = call(*command, "--out", trained, "--kimg", "0.08")
    assert code == 1 and "after 40 of 80 images, and saved. The same command goes on" in err
    assert positions(trained)[-1] == 40


def test_somebody_else_trains_here(call, command, trained):
    with RunFolder(trained).lock():
        code, _, err = call(*command, "--out", trained, "--kimg", "0.08")
    assert code == 2 and f"process {os.getpid()} is training" in err


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


def test_a_full_disk_is_said_in_one_line(call, command, trained, monkeypatch):
    import keras

    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(keras.Model, "save", full)
    code, _, err = call(*command, "--out", trained, "--kimg", "0.048")
    assert code == 1 and "No space left on device" in err.splitlines()[-1] and "image 32" in err.splitlines()[-1]
    assert positions(trained) == [0, 16, 32]


def test_losses_that_stay_non_finite_are_said_in_one_line(call, command, trained):
    arguments = ["--out", trained, "--kimg", "0.064", "--override", "--set", "learning_rate=3e38"]
    code, _, err = call(*command, *arguments)
    assert code == 1 and err.count("Going back to image 32") == 3 and "no longer finite" in err.splitlines()[-1]
    assert checkpoints.newest(trained / "checkpoints").images_seen == 32


def test_main_runs_as_a_module():
    from keras_gans.cli import __main__

    assert __main__.main is cli.main


def test_what_is_odd_about_the_data_is_said(call, command, tmp_path, monkeypatch):
    import warnings

    from keras_gans import data
    from keras_gans.cli import training

    load = data.load

    def odd(*args, **kwargs):
        warnings.warn("half of the images are alike", data.DataWarning)
        kwargs["progress"](1, 2)
        return load(*args, **kwargs)

    monkeypatch.setattr(training.data_sources, "load", odd)
    code, _, err = call(*command, "--out", tmp_path / "x", "--dry-run")
    assert code == 0 and err == "Warning: half of the images are alike\n"
