import os

import pytest

from keras_gans.cli import quiet


def test_what_is_held_back_is_shown_when_the_block_fails(capfd):
    with quiet.silent():
        os.write(2, b"chatter")
    assert capfd.readouterr().err == ""
    with pytest.raises(RuntimeError), quiet.silent():
        os.write(2, b"the reason")
        raise RuntimeError
    os.write(2, b" and on")
    assert capfd.readouterr().err == "the reason and on"


def test_a_loaded_tensorflow_is_left_alone(monkeypatch):
    monkeypatch.delenv("TF_CPP_MIN_LOG_LEVEL", raising=False)
    import tensorflow  # noqa: F401, it is loaded now

    quiet.load_tensorflow()
    assert "TF_CPP_MIN_LOG_LEVEL" not in os.environ
