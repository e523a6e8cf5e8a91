import json

import numpy as np
import pytest

from keras_gans.metrics import MetricResult, evaluate_images, get_protocol
from keras_gans.metrics.extractors import FunctionExtractor
from keras_gans.training import checkpoints, trainer
from keras_gans.training.callbacks import MetricScores, event_log
from keras_gans.training.callbacks.metric_scores import log_values
from tests.training.conftest import build_gan, same_state
from tests.training.test_trainer import Quiet, log_of


def pixels(images):
    return images.reshape(len(images), -1)[:, :24].astype("float32")


@pytest.fixture
def real(rng):
    return rng.integers(0, 256, (32, 4, 4, 1), dtype=np.uint8)


@pytest.fixture
def make(run, real):
    def made(**options):
        options = (
            dict(metrics="fid", extractor=pixels, count=20, path=run.scores, best=run.best, say=said.append) | options
        )
        return MetricScores(real, **options)

    said = made.said = []
    return made


def train(model, data, run, images, scores=None, every=16):
    return trainer.train(
        model, data, run, images, batch_size=8, every=every, progress=trainer.Progress(images, file=Quiet()),
        callbacks=[] if scores is None else [scores],
    )  # fmt: skip


def lines_of(run):
    return [json.loads(line) for line in run.scores.read_text().splitlines()]


def test_scores_are_recorded_three_times_over(gan, tiny_data, real, run, make):
    train(gan, tiny_data, run, 48, make(until=48))
    lines = lines_of(run)
    assert [line["images_seen"] for line in lines] == [16, 32, 48]
    expected = evaluate_images(gan.generate(20), real, "fid", extractor=pixels)["fid"]
    assert MetricResult.from_dict(lines[-1]["results"]["fid"]).values == expected.values
    assert lines[-1]["pixels_fid"] == expected.value == log_of(run)[-1]["pixels_fid"]
    events = [event for event in event_log.read(run.events) if event.summary.value[0].tag != "samples"]
    tags = {value.tag: value.simple_value for event in events if event.step == 48 for value in event.summary.value}
    assert tags["pixels_fid"] == pytest.approx(expected.value)
    assert len(make.said) == 3 and "Image 48: pixels FID" in make.said[-1]


def test_training_is_the_same_to_the_bit(gan, tiny_data, run, make, tmp_path):
    from keras_gans.training import RunFolder

    plain, other = build_gan(), RunFolder(tmp_path / "plain").create({"model": "dcgan"})
    plain.compile(run_eagerly=True)
    train(plain, tiny_data, other, 48)
    train(gan, tiny_data, run, 48, make(metrics=("fid", "swd"), extractor=pixels))
    assert same_state(plain, gan)
    names = ["g_loss", "d_loss", "d_real", "d_fake", "images_seen"]
    assert [[a[n] for n in names] for a in log_of(run)] == [[a[n] for n in names] for a in log_of(other)]


def test_the_best_is_kept_and_only_the_best(gan, tiny_data, run, make, monkeypatch):
    values = iter([5.0, 3.0, 4.0, 3.0, 2.0])
    real_score = type(make().evaluator).score

    def score(self, fake):
        found = real_score(self, fake)
        found["fid"].values["fid"] = next(values)
        return found

    monkeypatch.setattr(type(make().evaluator), "score", score)
    kept = []
    scores = make()
    scores.say = lambda text: kept.append([c.images_seen for c in checkpoints.written(run.best)])
    train(gan, tiny_data, run, 80, scores)
    assert kept == [[16], [32], [32], [32], [80]]
    best = checkpoints.newest(run.best)
    assert best.manifest["score"]["value"] == 2.0 and same_state(checkpoints.load(best), gan)


def test_a_kill_while_the_best_is_replaced_leaves_one(gan, run, make, monkeypatch):
    scores, values = make(), iter([5.0, 3.0, 3.0])
    score = scores.evaluator.score

    def scored(fake):
        found = score(fake)
        found["fid"].values["fid"] = next(values)
        return found

    def killed(checkpoint):
        raise KeyboardInterrupt

    monkeypatch.setattr(scores.evaluator, "score", scored)
    gan.images_seen.assign(16)
    scores.catch_up(gan)
    gan.images_seen.assign(32)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(checkpoints, "remove", killed)
        scores.catch_up(gan)
    assert [checkpoint.images_seen for checkpoint in checkpoints.written(run.best)] == [16, 32]
    scores.catch_up(gan)  # the same score again, which is no better
    assert [checkpoint.images_seen for checkpoint in checkpoints.written(run.best)] == [32]


def test_another_protocol_begins_anew(gan, tiny_data, run, make):
    train(gan, tiny_data, run, 16, make())
    before = checkpoints.newest(run.best).manifest["score"]
    manifest = run.best / "000000000016.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"score": {**before, "value": 0.0}}))
    train(gan, tiny_data, run, 32, make(count=10))
    assert [checkpoint.images_seen for checkpoint in checkpoints.written(run.best)] == [32]
    assert any("num_fake differs" in text for text in make.said)


def test_intervals(gan, tiny_data, run, make):
    train(gan, tiny_data, run, 88, make(every=32, until=88))
    assert [line["images_seen"] for line in lines_of(run)] == [32, 64, 88]


def test_a_resumed_run_scores_where_one_that_never_stopped_does(gan, tiny_data, run, make):
    train(gan, tiny_data, run, 64, make(every=32))
    expected = lines_of(run)
    run.cut(32)
    assert [line["images_seen"] for line in lines_of(run)] == [32]
    again = checkpoints.load(next(c for c in checkpoints.written(run.checkpoints) if c.images_seen == 32))
    again.run_eagerly = True
    train(again, tiny_data, run, 64, make(every=32))
    strip = ("time", "seconds")
    assert [{k: v for k, v in line.items() if k not in strip} for line in lines_of(run)] == [
        {k: v for k, v in line.items() if k not in strip} for line in expected
    ]


def test_scores_that_are_missing_are_made_up_for(gan, tiny_data, run, make):
    train(gan, tiny_data, run, 32)
    train(gan, tiny_data, run, 48, make(every=32))
    assert [line["images_seen"] for line in lines_of(run)] == [32]
    run.scores.write_text(run.scores.read_text()[:40])  # cut in half
    train(gan, tiny_data, run, 64, make(every=32))
    assert json.loads(run.scores.read_text().splitlines()[-1])["images_seen"] == 64


def test_a_stop_breaks_the_score_off(gan, tiny_data, run, make):
    scores = make()
    add_up = scores._look_up

    def stop(side, seen):
        gan.stop_training = True
        add_up(side, seen)

    scores.evaluator = type(scores.evaluator)(scores.evaluator._real, "fid", pixels, progress=stop)
    outcome = train(gan, tiny_data, run, 48, scores)
    assert outcome.images_seen == 16 and not run.scores.exists() and not make.said
    assert [checkpoint.images_seen for checkpoint in checkpoints.written(run.checkpoints)] == [0, 16]


def test_a_metric_that_cannot_be_had_yet_is_said(gan, tiny_data, run, make):
    train(gan, tiny_data, run, 16, make(metrics=("swd", "fid")))  # images of 4 pixels have no pyramid
    (line,) = lines_of(run)
    assert "at least 16 pixels" in line["errors"]["swd"] and "pixels_fid" in line and "no swd" in make.said[0]
    assert not run.best.exists()


def test_real_statistics_are_kept(gan, tiny_data, real, run, make):
    train(gan, tiny_data, run, 16, make(cache_dir=run.statistics))
    assert not list(run.statistics.glob("*.npz"))  # of a function that has no version
    extractor = FunctionExtractor(pixels, "pixels", weights_hash="version 1")
    train(gan, tiny_data, run, 32, make(cache_dir=run.statistics, extractor=extractor))
    assert len(list(run.statistics.glob("*.npz"))) == 1


def test_without_files(gan, tiny_data, make):
    scores = make(path=None, best=None, metrics=("fid",), count=10)
    history = gan.fit(tiny_data, batch_size=8, epochs=2, steps_per_epoch=1, callbacks=[scores], verbose=0)
    assert len(make.said) == 2 and "g_loss" in history.history
    gan.fit(tiny_data, batch_size=8, epochs=2, steps_per_epoch=1, callbacks=[scores], verbose=0)
    assert len(make.said) == 4


@pytest.mark.parametrize(
    "options, named",
    [
        (dict(metrics="fod"), "fod"),
        (dict(metrics=("nn",)), "a number"),
        (dict(metrics="fid", extractor=None), "extractor"),
        (dict(metrics="ms_ssim10k"), "20000"),
    ],
)
def test_mistakes(make, options, named):
    with pytest.raises(ValueError, match=named):
        make(**options)


def test_log_values():
    def result(metric, values, protocol, network=None):
        return MetricResult(metric, values, get_protocol(protocol), network and {"name": network}, 9, 9)

    scores = {
        "fid50k": result("fid", {"fid": 1.0}, "fid50k", "inception_v3_fid"),
        "is": result("is", {"is": 2.0, "is_std": 0.5}, "is50k", "net"),
        "swd": result("swd", {"32": 3.0, "average": 4.0}, "swd16k"),
        "prc": result("prc", {"precision": 0.5}, "prc50k", "net"),
    }
    assert log_values(scores) == {
        "fid50k": 1.0,
        "net_is": 2.0,
        "net_is_std": 0.5,
        "swd_32": 3.0,
        "swd_average": 4.0,
        "net_prc_precision": 0.5,
    }
