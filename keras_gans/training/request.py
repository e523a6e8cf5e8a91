"""What somebody asks of a training, in plain values: the words of a command line or of a page."""

import dataclasses
import numbers
import os

LARGEST = 10**9  # thousands of images
DEFAULT_BUDGET = {"kimg": 1000, "every": None, "keep": 3}


@dataclasses.dataclass
class Request:
    """What is asked for; None is "as it was", or "as the model's paper has it" for a new run.

    Args:
        model: str, a key of `registry.MODELS`.
        out: str, folder of the run.
        source: str, what `keras_gans.data.load` takes.
        preset: str, a preset of the model.
        values: dict of settings by name, see `keras_gans.training.settings`.
        labels: bool, whether the model shall be conditional on the labels of the data.
        kimg: float, thousands of real images to train for.
        every: float, thousands of images between two checkpoints, log lines and sample grids.
        keep: int, checkpoints to keep.
        metrics: str, metrics and protocols that the averaged generator is scored by, separated by commas; "none".
        metrics_every: float, thousands of images between two scores.
        metrics_count: int, images to generate for a score.
        metrics_extractor: str, name of the network of the features.
        metrics_weights: str, path of its weights.
        init_from: str, folder of the run to take weights over from.
        override: bool, whether training settings and data may differ from those of the run.

    Example:

    >>> Request("dcgan", "runs/photos", kimg=100).budget()
    {'kimg': 100}
    """

    model: str
    out: str
    source: str | None = None
    preset: str | None = None
    values: dict = dataclasses.field(default_factory=dict)
    labels: bool = False
    kimg: float | None = None
    every: float | None = None
    keep: int | None = None
    metrics: str | None = None
    metrics_every: float | None = None
    metrics_count: int | None = None
    metrics_extractor: str | None = None
    metrics_weights: str | None = None
    init_from: str | None = None
    override: bool = False

    def budget(self):
        """Budget, intervals and scores, where given: free to change at any time.

        Raises:
            ValueError: where one of the thousands of images is no positive number, or beyond 1e9; a count none; or a
                name no text.
        """
        for name in ("kimg", "every", "metrics_every"):
            value = getattr(self, name)
            if value is not None and not (_is(numbers.Real, value) and 0 < value <= LARGEST):  # nan is not either
                raise ValueError(
                    f"Expected thousands of images, more than 0 and at most {LARGEST:,}. Received: {name}={value!r}"
                )
        for name in ("keep", "metrics_count"):
            value = getattr(self, name)
            if value is not None and not (_is(numbers.Integral, value) and value > 0):
                raise ValueError(f"Expected a positive integer. Received: {name}={value!r}")
        for name in ("metrics", "metrics_extractor", "metrics_weights"):
            value = getattr(self, name)
            if not isinstance(value, (str, os.PathLike, type(None))):
                raise ValueError(f"Expected text. Received: {name}={value!r}")
        names = ("kimg", "every", "keep", "metrics", "metrics_every", "metrics_count", "metrics_extractor")
        weights = self.metrics_weights and os.path.abspath(self.metrics_weights)
        budget = {**{name: getattr(self, name) for name in names}, "metrics_weights": weights}
        return {name: value for name, value in budget.items() if value is not None}

    def origin(self):
        """Where the model comes from, where given: fixed for the life of a run."""
        init_from = self.init_from and os.path.abspath(self.init_from)
        origin = {"preset": self.preset, "init_from": init_from, "labels": self.labels or None}
        return {name: value for name, value in origin.items() if value is not None}


def _is(kind, value):
    return isinstance(value, kind) and not isinstance(value, bool)
