"""Scores the averaged generator at intervals and keeps the best checkpoint."""

import datetime
import json
import pathlib
import time

import keras

from keras_gans.metrics import Evaluator, MetricResult
from keras_gans.models.feeding import count_of
from keras_gans.training import checkpoints, files
from keras_gans.training.scored_images import Samples


class MetricScores(keras.callbacks.Callback):
    """Scores what `generate(count, seed)` makes, always from the same latents, and records it three times over.

    The values go into the logs of the epoch, from where callbacks behind this one take them (JSON lines, TensorBoard),
    under names such as "fid", "efficientnet_lite0_96_fid" (no other network's distance is called FID), "swd_64". Whole
    results, with protocol, weights hash and fingerprints, go to a file of their own. And where the first metric is the
    best so far, the model is written to a folder of its own, whole or not at all, with a manifest that holds the score.

    Training is not changed by it, not by a bit: samples are drawn apart from all other noise. Real images are read and
    passed through the network once. A metric that the samples do not allow yet (such as images without any variation)
    is said and left out.

    Args:
        real: real images: `ImageData`, uint8 array [N H W C] or batches; None if no metric needs them.
        metrics: names of metrics and protocols, see `keras_gans.metrics.evaluate_images`.
        extractor: name of a network, FeatureExtractor or function; None if no metric needs one.
        count: int, images to generate.
        every: int, images seen between two scores; None: after each epoch. Scores are taken at the ends of epochs.
        until: int, images seen at which the training ends: scored at any rate; or None.
        seed: int, of latents and labels.
        path: str or path of the file of JSON lines with whole results; None for none.
        best: str or path of the folder of the best checkpoint; None for none.
        cache_dir: str or path, where mean and covariance of real features are kept by fingerprint; None for nowhere.
        say: function of one str, told of each score.
        make: function of the model that returns the images to score, as `evaluate_images` takes them; None: `count` of
            what it makes of latents.

    Raises:
        ValueError: where a metric is unknown or lacks what it needs, or a protocol wants more images.

    Example:

    >>> import numpy as np
    >>> photos = np.zeros((100, 32, 32, 3), "uint8")
    >>> scores = MetricScores(photos, ["swd"], every=100_000, best="best")   # model.fit(data, callbacks=[scores])
    """

    def __init__(
        self,
        real=None,
        metrics=("fid",),
        extractor=None,
        count=5000,
        every=None,
        until=None,
        seed=0,
        path=None,
        best=None,
        cache_dir=None,
        say=print,
        make=None,
    ):
        super().__init__()
        self.evaluator = Evaluator(real, metrics, extractor, cache_dir=cache_dir, progress=self._look_up)
        self.evaluator.check_counts(count)
        if not self.evaluator.plans:
            raise ValueError(f"Expected at least one metric that is a number. Received: metrics={metrics!r}")
        self.count, self.every, self.until, self.seed, self.say = count, every, until, seed, say
        self.make = make or (lambda model: Samples(model, self.count, self.seed))
        self.path = None if path is None else pathlib.Path(path)
        self.best = None if best is None else pathlib.Path(best)
        self._last = None  # images seen at the last score

    def catch_up(self, model):
        """Takes the score that is due where a training stands: a signal came in between, or scores are new to the run.

        What `on_train_begin` does; for a training that is at its end.

        Args:
            model: GAN.
        """
        self.set_model(model)
        self._last = self._recorded()
        if count_of(model.images_seen) and self._is_due():
            self._score({})

    def on_train_begin(self, logs=None):
        self.catch_up(self.model)

    def on_epoch_end(self, epoch, logs=None):
        if self._is_due() and not self.model.stop_training:
            self._score({} if logs is None else logs)

    def _is_due(self):
        images_seen, last = count_of(self.model.images_seen), self._last or 0
        if images_seen == self._last:
            return False
        if self.until is not None and images_seen >= self.until:
            return True
        return self.every is None or images_seen // self.every > last // self.every

    def _recorded(self):
        """Images seen at the last score in the file."""
        if self.path is None or not self.path.is_file():
            return self._last
        try:
            return json.loads(self.path.read_text().splitlines()[-1])["images_seen"]
        except (ValueError, KeyError, IndexError):  # cut in half: scored again
            return None

    def _score(self, logs):
        images_seen, start = count_of(self.model.images_seen), time.perf_counter()
        try:
            scores = self.evaluator.score(self.make(self.model))
        except _StopTraining:
            return
        seconds = time.perf_counter() - start
        values = log_values(scores)
        logs.update(values)
        name = next(iter(self.evaluator.plans))
        is_best = name in scores and self._keep_if_best(scores[name], images_seen)
        self._write(images_seen, seconds, values, scores)
        self._last = images_seen
        words = [f"{result.title} {result.value:.5g}" for result in scores.values()]
        words += [f"no {name} ({error})" for name, error in scores.errors.items()]
        self.say(f"Image {images_seen:,}: {', '.join(words)}{'; the best so far' if is_best else ''}; {seconds:.0f} s.")

    def _look_up(self, side, seen):
        if getattr(self.model, "stop_training", False):  # of a model that was never in `fit` there is none
            raise _StopTraining

    def _keep_if_best(self, result, images_seen):
        if self.best is None:
            return False
        kept = checkpoints.written(self.best)  # two where a process was killed before it removed the old one
        best, position = result, images_seen
        try:
            for checkpoint in kept:
                before = checkpoint.manifest.get("score")
                if before is not None and not best.is_better_than(before := MetricResult.from_dict(before)):
                    best, position = before, checkpoint.images_seen
        except ValueError as error:
            self.say(f"The best checkpoint is chosen anew. {error}")
            best, position = result, images_seen
        if best is result:
            checkpoints.save(self.model, self.best, len(kept) + 1, extra={"score": result.to_dict()})
        for old in kept:
            if old.images_seen != position:
                checkpoints.remove(old)
        return best is result

    def _write(self, images_seen, seconds, values, scores):
        if self.path is None:
            return
        line = {
            "images_seen": images_seen,
            "time": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            "seconds": round(seconds, 3),
            **values,
            "results": {name: result.to_dict() for name, result in scores.items()},
            "errors": {name: str(error) for name, error in scores.errors.items()},
        }
        self.path.parent.mkdir(parents=True, exist_ok=True)
        files.append_line(self.path, line)


class _StopTraining(Exception):
    """The training was asked to stop while it scored."""


def log_values(scores):
    """The values of scores under the names that logs have.

    Args:
        scores: dict of name -> `MetricResult`.

    Returns:
        dict of str -> float.

    Example:

    >>> from keras_gans.metrics import get_protocol
    >>> kid = MetricResult("kid", {"kid": 0.1, "kid_std": 0.01}, get_protocol("kid50k"), {"name": "colors"}, 9, 9)
    >>> log_values({"kid": kid})
    {'colors_kid': 0.1, 'colors_kid_std': 0.01}
    """
    found = {}
    for label, result in scores.items():
        network = result.name.removesuffix(result.metric).strip()
        for key, value in result.values.items():
            rest = key.removeprefix(result.metric) if key.startswith(result.metric) else f"_{key}"
            found[f"{network}_{label}{rest}" if network else f"{label}{rest}"] = value
    return found
