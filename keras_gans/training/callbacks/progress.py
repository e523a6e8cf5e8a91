"""A progress bar over the whole training, in images."""

import shutil
import sys
import time

import keras
import tqdm

from keras_gans.models.feeding import count_of

GROWTH = ("resolution", "alpha", "batch_size", "images_seen", "skipped_updates")  # logs that are said in other words
INTERVAL = 0.25  # seconds between two looks at the counter


class Progress(keras.callbacks.Callback):
    """Shows images seen, images/s, time left and losses.

    On a terminal that is a tqdm bar; elsewhere (a log file, a pipe) one line an epoch. It stays one bar over several
    calls of `fit`; use it as a context manager, or call `close`, to end the bar's line.

    Args:
        total: int, images at which the training ends.
        file: stream to write to; default: standard error.
        bar: bool, whether to draw a bar; default: whether `file` is a terminal.

    Example:

    >>> progress = Progress(total=1_000_000)     # model.fit(data, callbacks=[progress], verbose=0)
    """

    def __init__(self, total, file=None, bar=None):
        super().__init__()
        self.total = total
        self.file = file or sys.stderr
        self.draws = self.file.isatty() if bar is None else bar
        self._bar = None
        self._looked = 0.0
        self._begin = None  # (time, images seen) of the first step

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def say(self, text):
        """Prints a line to the stream without breaking the bar."""
        tqdm.tqdm.write(text, file=self.file)

    def close(self):
        """Ends the bar's line."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def on_train_begin(self, logs=None):
        images_seen = count_of(self.model.images_seen)
        if self._begin is None:
            self._begin = time.monotonic(), images_seen
        if self.draws and self._bar is None:
            columns, rows = shutil.get_terminal_size()  # 80 x 24 where it is 0 x 0, at which tqdm shows nothing
            self._bar = tqdm.tqdm(
                total=self.total,
                initial=images_seen,
                file=self.file,
                unit=" images",
                ncols=columns,
                nrows=rows,
                smoothing=0.05,
                bar_format="{percentage:3.0f}%|{bar}| {n:,}/{total:,} images [{rate_fmt}, {remaining} left{postfix}]",
            )

    def on_train_batch_end(self, batch, logs=None):
        now = time.monotonic()
        if self._bar is not None and now - self._looked >= INTERVAL:
            self._looked = now
            self._show(logs)

    def on_epoch_end(self, epoch, logs=None):
        if self._bar is not None:
            self._show(logs)
            return
        images_seen = count_of(self.model.images_seen)
        start, first = self._begin
        rate = (images_seen - first) / max(time.monotonic() - start, 1e-9)
        left = tqdm.tqdm.format_interval(max(self.total - images_seen, 0) / rate) if rate else "?"
        self.say(
            f"{images_seen:,} of {self.total:,} images, {rate:.1f} images/s, {left} left, "
            + ", ".join([*level_words(logs), *(f"{k} {v:.3g}" for k, v in (logs or {}).items() if k not in GROWTH)])
        )

    def _show(self, logs):
        losses = {name: f"{value:.3g}" for name, value in (logs or {}).items() if name.endswith("_loss")}
        if hasattr(self.model, "stage"):  # of a model that grows
            losses = {"resolution": min(self.model.generator.resolutions[self.model.stage]), **losses}
        self._bar.set_postfix(losses, refresh=False)
        images_seen = count_of(self.model.images_seen)
        if images_seen < self._bar.n:  # returned to an earlier checkpoint
            self._bar.n = images_seen
            self._bar.refresh()
        self._bar.update(images_seen - self._bar.n)


def level_words(logs):
    """What the logs of a model that grows say of its level, a list of str.

    >>> level_words({"resolution": 8.0, "alpha": 0.25, "skipped_updates": 0.0})
    ['resolution 8 (alpha 0.25)']
    """
    if not logs or "resolution" not in logs:
        return []
    side, alpha, skipped = int(logs["resolution"]), logs.get("alpha", 1.0), int(logs.get("skipped_updates", 0))
    words = [f"resolution {side}" + ("" if alpha == 1 else f" (alpha {alpha:.2g})")]
    return words + ([f"{skipped:,} updates skipped"] if skipped else [])
