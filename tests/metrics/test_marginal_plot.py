import builtins

import numpy as np
import pytest

from keras_gans.metrics import lab_histograms, marginal_plot


def test_a_line_for_every_set():
    random = np.random.default_rng(0)
    wide = lab_histograms(random.integers(0, 256, (2, 16, 16, 3), "uint8"))
    narrow = lab_histograms(random.integers(100, 130, (2, 16, 16, 3), "uint8"))
    one, two = marginal_plot({"ground truth": wide}), marginal_plot({"ground truth": wide, "L1": narrow})
    assert one.shape == two.shape == (340, 1200, 3) and one.dtype == np.uint8
    colours = [len(np.unique(picture.reshape(-1, 3), axis=0)) for picture in (one, two)]
    assert colours[0] < colours[1] and not np.array_equal(one, two)  # a second hue
    assert marginal_plot({"a": wide[:, ::2] + wide[:, 1::2]}, width=400, height=200).shape == (200, 400, 3)


def test_mistakes(monkeypatch):
    with pytest.raises(ValueError, match="at least one"):
        marginal_plot({})
    with pytest.raises(ValueError, match="shape"):
        marginal_plot({"a": np.ones(256)})
    importing = builtins.__import__

    def without_matplotlib(name, *args, **kwargs):
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return importing(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without_matplotlib)
    with pytest.raises(ValueError, match="pip install matplotlib"):
        marginal_plot({"a": np.full((3, 4), 0.25)})
