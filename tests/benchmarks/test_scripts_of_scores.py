"""benchmarks/fid.py, inception_score.py and swd.py score whatever `evaluate` scores, and write who measured where."""

import json

import numpy as np
import pytest

from keras_gans.metrics import sliced_wasserstein


@pytest.fixture
def images(tmp_path, rng):
    arrays = rng.integers(0, 256, (2, 20, 16, 16, 3), dtype=np.uint8)
    for name, array in zip(("fake.npy", "real.npy"), arrays):
        np.save(tmp_path / name, array)
    return arrays


def test_swd(script, images, tmp_path):
    said = script("swd.py", tmp_path / "fake.npy", "--real", tmp_path / "real.npy", "--json", tmp_path / "swd.json")
    written = json.loads((tmp_path / "swd.json").read_text())
    assert written["results"]["value"] == pytest.approx(sliced_wasserstein(images[1], images[0])["average"])
    assert "SWD x1e3 average: " in said and "20 images against 20" in said and written["run"]["versions"]["keras"]


@pytest.mark.parametrize("name, title", [("fid.py", "FID"), ("inception_score.py", "IS")])
def test_scores_of_a_network_go_under_its_name(script, images, tmp_path, name, title):
    real = ["--real", tmp_path / "real.npy"] if title == "FID" else []
    said = script(name, tmp_path / "fake.npy", *real, "--json", tmp_path / "a.json")
    assert f"EfficientNet-Lite0 {title}: " in said
    assert json.loads((tmp_path / "a.json").read_text())["results"]["num_fake"] == 20


def test_a_protocol_is_held_to_the_letter(script, images, tmp_path, capsys):
    with pytest.raises(SystemExit) as stop:
        script("swd.py", tmp_path / "fake.npy", "--real", tmp_path / "real.npy", "--published")
    assert stop.value.code == 2 and "needs 16384 fake images" in capsys.readouterr().err
