import builtins
import os

import pytest

from keras_gans.studio import framework


def test_what_is_missing_is_said(monkeypatch):
    whole = builtins.__import__

    def without(name, *args, **kwargs):
        if name == "gradio":
            raise ImportError("No module named 'gradio'")
        return whole(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ImportError, match=r"pip install 'keras-gans\[studio\]'"):
        framework.load()


def test_mistakes_and_bugs_are_said_on_the_page(caplog):
    gradio = pytest.importorskip("gradio")
    assert framework.load() is gradio and os.environ["GRADIO_ANALYTICS_ENABLED"] == "False"

    def fails(error):
        raise error

    wrapped = framework.said_on_the_page(fails)
    assert wrapped.__name__ == "fails" and framework.said_on_the_page(lambda x: x + 1)(1) == 2
    with pytest.raises(gradio.Error, match="a mistake"):
        wrapped(ValueError("a mistake"))
    with pytest.raises(gradio.Error, match="not enough memory"):
        wrapped(MemoryError())
    with pytest.raises(gradio.Error, match="own"):
        wrapped(gradio.Error("own"))
    assert not caplog.records
    with pytest.raises(gradio.Error, match=r"An error of the studio \(KeyError\)"):
        wrapped(KeyError("secret"))
    assert "The studio failed in fails" in caplog.text
