import json
import math

from keras_gans.training import JsonLines


def test_a_line_an_epoch(gan, tiny_data, tmp_path):
    path = tmp_path / "log.jsonl"
    lines = JsonLines(path, {"retries": 1})
    history = gan.fit(tiny_data, batch_size=8, epochs=2, steps_per_epoch=2, callbacks=[lines], verbose=0)
    first, second = (json.loads(line) for line in path.read_text().splitlines())
    assert (first["images_seen"], second["images_seen"]) == (16, 32)
    assert math.isclose(second["d_loss"], history.history["d_loss"][1], rel_tol=1e-6)
    assert first["images_per_second"] > 0 and first["seconds"] > 0 and first["retries"] == 1
    assert {"d_loss", "g_loss", "d_real", "d_fake", "time"} <= set(first)


def test_what_is_not_finite_is_null(gan, tmp_path):
    lines = JsonLines(tmp_path / "log.jsonl")
    lines.set_model(gan)
    lines.on_epoch_begin(0)
    lines.on_epoch_end(0, {"d_loss": float("nan"), "g_loss": 1})
    line = json.loads((tmp_path / "log.jsonl").read_text())
    assert line["d_loss"] is None and line["g_loss"] == 1
