"""Appends one JSON line an epoch to a file."""

import datetime
import math
import pathlib
import time

import keras

from keras_gans.models.feeding import count_of
from keras_gans.training import files

COUNTS = ("resolution", "batch_size", "skipped_updates")  # that a model which grows logs; Keras makes them floats


class JsonLines(keras.callbacks.Callback):
    """Writes what `fit` logs as JSON lines.

    A line holds `images_seen` (int), `time` (UTC, ISO 8601), `seconds` (of training in this interval),
    `images_per_second`, every logged value (mean over the interval; null where it is not finite), and what `extra`
    says.

    Args:
        path: str or path of the file; lines are appended.
        extra: dict of JSON values that are added to each line, or a function that returns one.

    Example:

    >>> lines = JsonLines("log.jsonl")     # model.fit(data, callbacks=[lines])
    """

    def __init__(self, path, extra=None):
        super().__init__()
        self.path = pathlib.Path(path)
        self.extra = extra if callable(extra) else lambda: dict(extra or {})
        self._start = None
        self._end = None  # of the last step: what callbacks do afterwards is not training

    def on_epoch_begin(self, epoch, logs=None):
        self._start, self._end = (time.perf_counter(), count_of(self.model.images_seen)), None

    def on_train_batch_end(self, batch, logs=None):
        self._end = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        start, images_before = self._start
        seconds, images_seen = (self._end or time.perf_counter()) - start, count_of(self.model.images_seen)
        line = {
            "images_seen": images_seen,
            "time": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            "seconds": round(seconds, 3),
            "images_per_second": round((images_seen - images_before) / max(seconds, 1e-9), 2),
            **{name: _number(name, value) for name, value in (logs or {}).items() if name != "images_seen"},
            **self.extra(),
        }
        files.append_line(self.path, line)


def _number(name, value):
    value = float(value)
    if not math.isfinite(value):
        return None
    return int(value) if name in COUNTS else value
