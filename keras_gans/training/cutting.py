"""What is cut off a run's records when it goes on from an earlier place than they reach: see `RunFolder.cut`."""

import json

from keras_gans.training import checkpoints, files
from keras_gans.training.run_folder import position_of


def cut(run, images_seen):
    """Takes away what was recorded after `images_seen` images, and what a killed process left unfinished.

    Args:
        run: `RunFolder`, locked.
        images_seen: int, the position from which the run goes on.
    """
    for folder in (run.checkpoints, run.best):
        checkpoints.settle(folder)
    for folder in (run.path, run.checkpoints, run.samples, run.best):
        files.remove_partial(folder)
    for path in run.samples.glob("*.png"):
        if (position_of(path) or 0) > images_seen:
            path.unlink()
    for path in [*run.checkpoints.glob("*.keras"), *run.checkpoints.glob("*.json")]:
        if (position_of(path) or 0) > images_seen:
            path.rename(path.with_name(path.name + ".damaged"))
    for log in (run.log, run.scores):
        _cut_log(log, images_seen)
    if any(run.events.glob("events.*")):
        from keras_gans.training.callbacks import event_log

        event_log.cut(run.events, images_seen)


def _cut_log(log, images_seen):
    if not log.is_file():
        return
    lines = log.read_bytes().splitlines(keepends=True)
    kept = [line for line in lines if _position(line) <= images_seen]
    if kept != lines:
        files.write_bytes(log, b"".join(kept))


def _position(line):
    """Images seen of one JSON line; infinite where the line was cut in half or says none."""
    try:
        position = json.loads(line)["images_seen"] if line.endswith(b"\n") else None
    except (ValueError, KeyError, TypeError, RecursionError):
        position = None
    return position if isinstance(position, (int, float)) else float("inf")
