import json

import pytest

from keras_gans.training.callbacks import event_log
from keras_gans.training.run_folder import file_name


@pytest.mark.parametrize("line", ['{"images_seen": null}', "[]", "5", '{"images_seen": "x"}', '{"d_loss": 1}'])
def test_cut_takes_away_lines_that_say_no_position(run, line):
    run.log.write_text('{"images_seen": 64}\n' + line + "\n")
    run.cut(64)
    assert run.log.read_text() == '{"images_seen": 64}\n'


def test_cut_takes_away_what_was_recorded_later(run):
    lines = [json.dumps({"images_seen": n, "d_loss": 0.5}) + "\n" for n in (64, 128, 192)]
    run.log.write_text("".join(lines) + '{"images_seen": 2')
    log = event_log.EventLog(run.events)
    for n in (64, 128, 192):
        (run.samples / file_name(n, ".png")).write_text("")
        (run.checkpoints / file_name(n, ".keras")).write_text("")
        log.scalars({"d_loss": 0.5}, n)
    log.close()
    (run.checkpoints / ".partial-000000000256.keras").write_text("half")
    (run.samples / "mine.png").write_text("")
    run.cut(128)
    assert run.log.read_text() == "".join(lines[:2])
    assert sorted(path.name for path in run.samples.iterdir()) == ["000000000064.png", "000000000128.png", "mine.png"]
    assert [event.step for event in event_log.read(run.events)] == [64, 128]
    assert sorted(path.name for path in run.checkpoints.iterdir()) == [
        "000000000064.keras",
        "000000000128.keras",
        "000000000192.keras.damaged",
    ]


def test_cut_changes_nothing_that_was_recorded_before(run):
    run.log.write_text('{"images_seen": 64}\n')
    before = run.log.stat().st_mtime_ns
    run.cut(64)
    assert run.log.stat().st_mtime_ns == before
