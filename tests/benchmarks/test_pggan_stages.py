"""benchmarks/pggan_stages.py: models stand where they are said to."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "benchmarks"))

import pggan_stages


def test_a_model_in_the_middle_of_a_fade():
    model = pggan_stages.model_at(8, 8)
    assert model.stage == 1 and abs(float(model.fade_position()) - 0.5) < 1e-4
    assert pggan_stages.model_at(8, 4).fade_position() is None


def test_the_step_is_a_graph_that_trains():
    model = pggan_stages.model_at(8, 4)
    seconds, step = pggan_stages.traced(model, 4)
    assert seconds > 0 and isinstance(step(), float)
    assert int(model.images_seen) == 4
