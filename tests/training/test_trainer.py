import json
import os
import signal

import keras
import numpy as np
import pytest

from keras_gans.training import CheckpointError, NonFiniteError, RunFolder, checkpoints, runs, trainer
from keras_gans.training.callbacks import event_log
from tests.training.conftest import same_state


class Quiet:
    """A `file` of `Progress` that remembers."""

    def __init__(self):
        self.text = ""

    def write(self, text):
        self.text += text

    def flush(self):
        pass

    def isatty(self):
        return False


def train(model, data, run, images, **options):
    file = Quiet()
    outcome = trainer.train(
        model, data, run, images, batch_size=8, progress=trainer.Progress(images, file=file), **options
    )
    outcome.text = file.text
    return outcome


def log_of(run):
    return [json.loads(line) for line in run.log.read_text().splitlines()]


def saved(run):
    return [checkpoint.images_seen for checkpoint in checkpoints.written(run.checkpoints)]


def test_fold():
    seeds = [trainer.fold(0, 1), trainer.fold(0, 2), trainer.fold(1, 1)]
    assert len(set(seeds)) == 3 and all(0 <= seed < 2**31 for seed in seeds)
    assert trainer.fold(5, 1) == trainer.fold(5, 1)


def test_a_run_holds_everything(gan, tiny_data, run):
    outcome = train(gan, tiny_data, run, 40, every=16)
    assert outcome.images_seen == 40 and outcome.signal is None and outcome.retries == 0
    assert [line["images_seen"] for line in log_of(run)] == [16, 32, 40]
    assert saved(run) == [16, 32, 40]
    assert sorted(path.stem for path in run.samples.iterdir()) == [f"{n:012d}" for n in (0, 16, 32, 40)]
    assert sorted({event.step for event in event_log.read(run.events)}) == [0, 16, 32, 40]
    assert "40 of 40 images" in outcome.text


def test_n_and_m_steps_are_n_plus_m_steps(make_gan, tiny_data, run, tmp_path):
    whole = RunFolder(tmp_path / "whole").create({})
    unbroken = train(make_gan(), tiny_data, whole, 80, every=24).model
    train(make_gan(), tiny_data, run, 40, every=24)
    loaded = checkpoints.load(checkpoints.newest(run.checkpoints))
    resumed = train(loaded, tiny_data, run, 80, every=24).model
    assert int(resumed.images_seen) == 80 and same_state(resumed, unbroken)
    assert [line["images_seen"] for line in log_of(run)] == [24, 40, 48, 72, 80]  # ticks end where they always do


def test_a_signal_saves_and_the_rest_is_the_same(make_gan, tiny_data, run, tmp_path, monkeypatch):
    class Kill(trainer.JsonLines):
        def on_train_batch_end(self, batch, logs=None):
            if int(self.model.images_seen) == 24:
                os.kill(os.getpid(), signal.SIGTERM)

    whole = RunFolder(tmp_path / "whole").create({})
    unbroken = train(make_gan(), tiny_data, whole, 64, every=32).model
    with monkeypatch.context() as patch:
        patch.setattr(trainer, "JsonLines", Kill)
        outcome = train(make_gan(), tiny_data, run, 64, every=32)
    assert outcome.signal == signal.SIGTERM and outcome.images_seen == 24 and saved(run) == [0, 24]
    resumed = train(checkpoints.load(checkpoints.newest(run.checkpoints)), tiny_data, run, 64, every=32).model
    assert same_state(resumed, unbroken)


class SpoilAt(keras.callbacks.Callback):
    """Makes a weight infinite when so many images were seen, `times` times."""

    def __init__(self, images, times):
        super().__init__()
        self.images = images
        self.times = times

    def on_train_batch_end(self, batch, logs=None):
        if int(self.model.images_seen) == self.images and self.times:
            self.times -= 1
            bias = self.model.generator.get_layer("out").bias
            bias.assign(np.full(bias.shape, np.nan))


def spoiled(monkeypatch, spoil):
    class Stop(trainer.StopOnSignal):
        def on_train_batch_end(self, batch, logs=None):
            spoil.set_model(self.model)
            spoil.on_train_batch_end(batch, logs)

    monkeypatch.setattr(trainer, "StopOnSignal", Stop)


@pytest.mark.parametrize("at", [24, 32])  # within a tick: the losses show it; in its last step: the weights do
def test_non_finite_losses_go_back_with_another_seed(gan, tiny_data, run, monkeypatch, at):
    spoiled(monkeypatch, SpoilAt(at, times=2))
    outcome = train(gan, tiny_data, run, 48, every=16)
    assert outcome.retries == 2 and outcome.images_seen == 48
    assert outcome.model.seed == trainer.fold(trainer.fold(0, 1), 2) or outcome.model.seed == trainer.fold(0, 2)
    assert checkpoints.load(checkpoints.newest(run.checkpoints)).seed == outcome.model.seed  # it survives a kill
    assert checkpoints.newest(run.checkpoints).retries == 2
    lines = log_of(run)
    assert [line["images_seen"] for line in lines] == [16, 32, 48]
    assert [line.get("retries") for line in lines] == [None, 2, 2]
    assert outcome.text.count("Going back to image 16 with other noise") == 2
    assert outcome.text.count("Health: Training is no longer finite") == 1
    assert [[finding["name"] for finding in line["health"]] for line in lines] == [[], ["not_finite"], []]


def test_non_finite_losses_give_up_after_three_times(gan, tiny_data, run, monkeypatch):
    spoiled(monkeypatch, SpoilAt(24, times=-1))
    with pytest.raises(NonFiniteError, match="Try smaller learning rates"):
        train(gan, tiny_data, run, 48, every=16)
    assert saved(run) == [0, 16]
    with pytest.raises(NonFiniteError):
        train(checkpoints.load(checkpoints.newest(run.checkpoints)), tiny_data, run, 48, every=16, retries=3)


def test_a_checkpoint_that_cannot_be_written_ends_the_training(gan, tiny_data, run, monkeypatch):
    def full(path, *args, **kwargs):
        if int(gan.images_seen) == 32:
            raise OSError(28, "No space left on device")
        return keras.Model.save(gan, path, *args, **kwargs)

    monkeypatch.setattr(gan, "save", full)
    with pytest.raises(CheckpointError, match="No space left on device.*image 16"):
        train(gan, tiny_data, run, 48, every=16)
    assert saved(run) == [0, 16] and checkpoints.newest(run.checkpoints).images_seen == 16


def test_two_trainers_exclude_each_other(gan, tiny_data, run):
    with run.lock(), pytest.raises(ValueError, match="is training"):
        train(gan, tiny_data, RunFolder(run.path), 16)


def test_a_path_will_do_and_an_uncompiled_model_too(make_gan, tiny_data, run):
    assert train(make_gan(), tiny_data, run.path, 8).images_seen == 8
    (run.path / "other").mkdir()
    (run.path / "other" / "notes.txt").touch()
    with pytest.raises(ValueError, match="Expected an empty folder, a new one, or a run"):
        train(make_gan(), tiny_data, run.path / "other", 8)


def test_callbacks_of_the_caller_add_to_the_log(gan, tiny_data, run):
    score = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: logs.update(fid=float(epoch)))
    train(gan, tiny_data, run, 32, every=16, callbacks=[score])
    assert [line["fid"] for line in log_of(run)] == [0.0, 1.0]


def test_several_replicas_train_in_a_run_folder_and_go_on(make_gan, tiny_data, run, tmp_path, mirrored_strategy):
    def state(model):
        return [keras.ops.convert_to_numpy(variable) for variable in checkpoints.state(model)]

    class Poison(keras.callbacks.Callback):
        """Once, in the second step, a loss is lost."""

        done = False

        def on_train_batch_begin(self, batch, logs=None):
            if self.model.seed == 0 and not self.done and batch == 1:
                self.done = True
                raise NonFiniteError("d_loss is nan", 72)

    whole = RunFolder(tmp_path / "whole").create({})
    with mirrored_strategy.scope():
        unbroken, first = make_gan(), make_gan()
    train(unbroken, tiny_data, whole, 64, every=32)
    assert train(first, tiny_data, run, 32, every=32).images_seen == 32
    assert [line["images_seen"] for line in log_of(run)] == [32] and saved(run) == [0, 32]
    with mirrored_strategy.scope():
        loaded = checkpoints.load(checkpoints.newest(run.checkpoints))
    train(loaded, tiny_data, run, 64, every=32)
    for a, b in zip(state(loaded), state(unbroken), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7)  # sums over replicas come in any order
    with mirrored_strategy.scope():
        loaded = checkpoints.load(checkpoints.newest(run.checkpoints))
    outcome = train(loaded, tiny_data, run, 96, every=32, callbacks=[Poison()])
    assert outcome.retries == 1 and outcome.model.distribute_strategy.num_replicas_in_sync == 2


def test_a_path_without_a_run_becomes_one(gan, tiny_data, tmp_path):
    train(gan, tiny_data, tmp_path / "deep" / "run", 16, every=16)
    run = RunFolder.open(tmp_path / "deep" / "run")
    assert run.config["model"] == "GAN" and run.config["resolved"]["config"]["latent_dim"] == 2
    assert saved(run) == [0, 16]
    with pytest.raises(ValueError, match="Expected a run of dcgan, .*load_model.*Received: .*, a run of GAN"):
        runs.load_run(run.path)


def test_a_model_that_is_behind_its_run_is_refused(make_gan, tiny_data, run):
    train(make_gan(), tiny_data, run, 32, every=16)
    with pytest.raises(ValueError, match="newest checkpoint.*000000000032.keras.*has seen 0 images"):
        train(make_gan(), tiny_data, run, 64, every=16)
    assert saved(run) == [0, 16, 32]
    with open(run.log, "a") as log:
        log.write('{"images_seen": 48}\n')  # of a process that was killed before its checkpoint
    train(keras.models.load_model(checkpoints.newest(run.checkpoints).path), tiny_data, run, 48, every=16)
    assert [line["images_seen"] for line in log_of(run)] == [16, 32, 48] and "d_loss" in log_of(run)[-1]
