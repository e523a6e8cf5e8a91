"""benchmarks/demo.py: what it says of the scores, its pictures, and a hundredth of it run."""

import json

import numpy as np
import pytest
from PIL import Image

from benchmarks import demo, demo_scores


def scores(average, kid, images_seen=None):
    found = {"swd": {"32": average + 1, "16": average - 1, "average": average}, "kid": kid, "confident": 0.5}
    return found if images_seen is None else found | {"images_seen": images_seen}


def test_the_table_and_the_verdict():
    models = {"PGGAN": scores(10.0, 0.5, 60_000), "DCGAN": scores(20.0, 0.25, 60_032)}
    lines = demo_scores.table(models, scores(5.0, 0.001)).splitlines()
    assert [line.split()[0] for line in lines[1:]] == ["PGGAN", "DCGAN", "other"]
    assert lines[1].split()[1:] == ["60,000", "11.0", "9.0", "10.0", "0.500", "50.0%"]
    assert len({len(line) for line in lines}) == 1  # columns stand below each other
    said = demo_scores.verdict(models)
    assert "SWD 10 against 20 (better), KID 0.5 against 0.25 (not better)" in said


def test_scoring_tells_pictures_from_noise(rng):
    scoring = demo_scores.Scoring(scored=48, epochs=1, extractor=None)
    noise = scoring.of(rng.integers(0, 256, (48, 32, 32, 1), dtype=np.uint8))
    real = scoring.real()
    assert real["swd"]["average"] < noise["swd"]["average"] and "kid" not in real
    assert sum(noise["class_shares"].values()) == pytest.approx(1, abs=0.01) and scoring.accuracy > 0.5


def test_loss_curves_name_the_resolutions(tmp_path):
    rows = [{"images_seen": 1000 * k, "d_loss": -1.0, "g_loss": 1.0, "resolution": 4 if k < 3 else 8} for k in range(6)]
    rows.insert(2, {"images_seen": 2000, "event": "checkpoint"})
    (tmp_path / "log.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    demo.plot_losses(tmp_path / "log.jsonl", tmp_path / "losses.png")
    assert Image.open(tmp_path / "losses.png").size == (840, 480)


def test_the_demo_runs(tmp_path, monkeypatch):
    """A hundredth of it: the commands, the files and the report."""
    small = demo_scores.Scoring(scored=32, epochs=1, extractor=None)
    monkeypatch.setattr(demo_scores, "Scoring", lambda: small)
    demo.main(["--out", str(tmp_path), "--kimg", "0.3"])
    found = json.loads((tmp_path / "scores.json").read_text())
    assert list(found["models"]) == ["PGGAN", "DCGAN"] and found["models"]["PGGAN"]["images_seen"] >= 300
    for name in ("samples.png", "samples_dcgan.png", "losses.png", "training.gif"):
        assert Image.open(tmp_path / name).size[0] >= 8 * 32
    assert (tmp_path / "served" / "1" / "saved_model.pb").exists()
