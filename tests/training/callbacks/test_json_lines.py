import json
import math
import time

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


def test_extra_is_asked_for_each_line_and_seconds_end_with_the_last_step(gan, tmp_path):
    lines = JsonLines(tmp_path / "log.jsonl", iter([{"health": []}, {"health": ["bad"]}]).__next__)
    lines.set_model(gan)
    for epoch in range(2):
        lines.on_epoch_begin(epoch)
        lines.on_train_batch_end(0)
        time.sleep(0.3 * epoch)  # what other callbacks do after the last step
        lines.on_epoch_end(epoch, {"d_loss": 1.0})
    first, second = (json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines())
    assert (first["health"], second["health"]) == ([], ["bad"]) and second["seconds"] < 0.3


def test_counts_of_a_model_that_grows_are_whole_numbers(gan, tmp_path):
    lines = JsonLines(tmp_path / "log.jsonl")
    lines.set_model(gan)
    lines.on_epoch_begin(0)
    lines.on_epoch_end(0, {"images_seen": 99.0, "resolution": 8.0, "alpha": 1.0, "batch_size": 16.0, "d_loss": 2.0})
    text = (tmp_path / "log.jsonl").read_text()
    assert '"images_seen": 0,' in text and text.count("images_seen") == 1  # the model's own, not a float
    assert '"resolution": 8,' in text and '"batch_size": 16,' in text and '"alpha": 1.0' in text
