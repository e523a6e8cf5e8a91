"""What becomes of a request: begun, continued, changed, stopped."""

import json
import os
import shutil
import signal

import keras
import pytest

from keras_gans.training import RunFolder, checkpoints, trainer
from tests.cli.conftest import files_of
from tests.training.conftest import build_gan


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


def test_what_comes_next_can_be_copied(call, trained):
    spaced = trained.rename(trained.parent / "my run")
    code, out, err = call("train", "dcgan", "--out", spaced, "--kimg", 0.04)
    assert code == 0, err
    assert f"Next: keras-gans sample '{spaced}' --seed 1" in out


def test_the_configuration_is_written_before_the_first_step(call, command, tmp_path, monkeypatch):
    def stop(model, data, run, *args, **kwargs):
        assert RunFolder.open(tmp_path / "run").config["model"] == "dcgan"
        raise KeyboardInterrupt

    monkeypatch.setattr(trainer, "train", stop)
    assert call(*command, "--out", tmp_path / "run")[0] == 1
    assert (tmp_path / "run" / "config.json").is_file()


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


def test_a_score_that_the_end_lacks_is_taken(call, trained):
    score = ["--metrics", "ms_ssim", "--metrics-count", "2", "--metrics-every", "0.016"]
    for _ in range(2):  # once
        code, out, err = call("train", "dcgan", "--out", trained, *score)
        assert code == 0 and "has seen 32 images" in out, err
    assert [json.loads(line)["images_seen"] for line in RunFolder(trained).scores.read_text().splitlines()] == [32]
    assert positions(trained) == [0, 16, 32] and (trained / "best" / "000000000032.keras").is_file()


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


def test_a_full_disk_is_said_in_one_line(call, command, trained, monkeypatch):
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


def test_a_checkpoint_of_another_model_is_refused(call, command, trained):
    other = build_gan()
    other.compile()
    other.images_seen.assign(48)
    checkpoints.save(other, trained / "checkpoints")
    for arguments in ([*command, "--out", trained, "--kimg", "0.1"], ["sample", trained, "--out", "a.png"]):
        code, _, err = call(*arguments)
        assert code == 2 and "dcgan" in err and "holds a GAN" in err


def test_a_checkpoint_of_another_size_is_refused(call, command, trained):
    config = RunFolder.open(trained).config
    config["resolved"]["config"]["generator_filters"] = 8
    RunFolder(trained).write_config(config)
    code, _, err = call("sample", trained, "--out", trained / "a.png")
    assert code == 2 and "generator_filters=8" in err and "has generator_filters=4" in err


@pytest.mark.parametrize("option", ["--kimg", "--every"])
@pytest.mark.parametrize("value", ["nan", "inf"])
def test_a_budget_that_is_no_number_leaves_no_folder(call, command, tmp_path, option, value):
    code, _, err = call(*command, "--out", tmp_path / "run", "--kimg", "0.008", option, value)
    assert code == 2 and f"Received: {option[2:]}={value}" in err
    assert not (tmp_path / "run").exists()


def test_what_a_change_may_not_be_is_a_mistake(call, command, trained):
    before = files_of(trained)
    for value in ("g_optimizer=nope", "g_optimizer={}"):
        code, _, err = call(*command, "--out", trained, "--kimg", "0.048", "--override", "--set", value)
        assert code == 2 and "DCGAN: " in err
    after = {path: content for path, content in files_of(trained).items() if path.name != ".lock"}
    assert after == {path: content for path, content in before.items() if path.name != ".lock"}


@pytest.mark.parametrize("name", ["checkpoints", "events"])
def test_a_file_in_place_of_a_folder_is_named(call, command, trained, name):
    shutil.rmtree(trained / name)
    (trained / name).write_text("")
    code, _, err = call(*command, "--out", trained, "--kimg", "0.048")
    assert code == 2 and f"run/{name} (File exists)" in err


def test_lost_manifests_do_not_begin_the_run_anew(call, command, trained):
    for path in (trained / "checkpoints").glob("*.json"):
        path.unlink()
    before = files_of(trained)
    code, _, err = call(*command, "--out", trained, "--kimg", "0.048")
    assert code == 2 and "has no manifest" in err and "all are damaged" in err
    assert set(files_of(trained)) == set(before)


def test_new_in_the_folder_itself(call, command, trained, monkeypatch):
    monkeypatch.chdir(trained)
    code, out, _ = call(*command, "--out", ".", "--kimg", "0.008", "--new")
    assert code == 0 and str(trained.with_name("run.old-1")) in out
    assert positions(trained.with_name("run.old-1")) == [0, 16, 32]
