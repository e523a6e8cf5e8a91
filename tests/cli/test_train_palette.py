"""Settings of pix2pix's data on the command line: palettes, 16 bits, broken pairs."""

import json

import numpy as np
import pytest
from PIL import Image

from keras_gans.data.prepared import png

SMALL = ["--set", "filters=4", "--set", "discriminator_filters=4", "--set", "receptive_field=16", "--resolution", 16]


@pytest.fixture
def pairs(tmp_path):
    """Side-by-side pairs whose left sides are label maps, one of them with a colour that is off by 3."""
    (tmp_path / "pairs").mkdir()
    for k in range(3):
        both = np.random.default_rng(k).integers(0, 256, (18, 36, 3), dtype="uint8")
        both[:, :18] = (0, 0, 255)
        both[:9, :18] = (0, 128 + 3 * (k == 1), 0)
        Image.fromarray(both).save(tmp_path / "pairs" / f"{k}.png")
    return tmp_path / "pairs"


def test_palettes(call, pairs, tmp_path):
    arguments = ["train", "pix2pix", "--data", pairs, "--out", tmp_path / "run", "--kimg", 0.002, *SMALL]
    arguments += ["--palette", "sea=#0000ff,land=#008000"]
    code, _, err = call(*arguments)
    assert code == 2 and "1.png: unknown label colour #008300" in err
    assert call(*arguments, "--palette-tolerance", 5)[0] == 0
    data = json.loads((tmp_path / "run" / "config.json").read_text())["data"]
    assert data["input_palette"] == {"sea": "#0000ff", "land": "#008000"} and data["palette_tolerance"] == 5
    code, out, _ = call(*arguments, "--palette-tolerance", 5, "--kimg", 0.003)
    assert code == 0 and "Going on" in out
    code, _, err = call(*arguments[:-2], "--palette", "a=#000000,b=#ffffff")
    assert code == 2 and "Expected the settings that the run was begun with: input_palette" in err
    code, _, err = call("train", "dcgan", "--data", pairs, "--out", tmp_path / "d", "--palette", "facades")
    assert code == 2 and "Expected a setting of DCGAN" in err


def test_broken_pairs_and_depth(call, pairs, tmp_path):
    (pairs / "0.png").write_bytes(b"broken")
    (pairs / "1.png").write_bytes(png(np.zeros((18, 36, 3), "uint16")))
    arguments = ["train", "pix2pix", "--data", pairs, "--kimg", 0.002, *SMALL]
    code, _, err = call(*arguments, "--out", tmp_path / "a", "--depth", 8)
    assert code == 2 and "0.png: not an image" in err and "--skip-broken" in err
    code, out, _ = call(*arguments, "--out", tmp_path / "a", "--depth", 8, "--skip-broken")
    assert code == 0 and "Left out: 0.png: not an image" in out
    code, _, err = call(*arguments, "--out", tmp_path / "b", "--skip-broken")
    assert code == 2 and "8 and of 16 bits are mixed" in err and "--depth 8" in err
