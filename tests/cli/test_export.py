import json
import os

import pytest
import tensorflow as tf

from keras_gans.training import checkpoints


def test_versions(call, trained, tmp_path):
    code, out, _ = call("export", trained, tmp_path / "served")
    assert code == 0 and str(tmp_path / "served" / "1") in out and "tensorflow_model_server" in out
    loaded = tf.saved_model.load(str(tmp_path / "served" / "1"))
    model = checkpoints.load(checkpoints.newest(trained / "checkpoints"))
    served = loaded.signatures["sample"](count=tf.constant(2, tf.int32), seed=tf.constant(7, tf.int64))
    assert (next(iter(served.values())).numpy() == model.generate(2, seed=7)).all()
    assert json.loads((tmp_path / "served" / "1" / "assets.extra" / "keras_gans.json").read_text())
    code, _, err = call("export", trained, tmp_path / "served", "--version", 1)
    assert code == 2 and "Version 1 exists" in err


@pytest.mark.parametrize("run, directory", [("nowhere", "x"), ("{tmp}", "x"), ("{run}", "{run}/config.json")])
def test_mistakes(call, trained, tmp_path, run, directory):
    before = sorted(tmp_path.rglob("*"))
    code, _, err = call("export", run.format(tmp=tmp_path, run=trained), directory.format(run=trained))
    assert code == 2 and any(word in err for word in ("nowhere", "no config.json", "it is a file"))
    assert sorted(tmp_path.rglob("*")) == before


def test_a_read_only_folder(call, trained, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *args, **kwargs: False)  # the tests may run as root
    code, _, err = call("export", trained, tmp_path)
    assert code == 2 and "cannot be written to" in err
