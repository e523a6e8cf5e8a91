"""The images of a run: opened for its model, described for its configuration, reported on where they are bad."""

import os
import warnings

import tqdm

from keras_gans import data as data_sources
from keras_gans.data import DataError, DataWarning
from keras_gans.data.errors import printable
from keras_gans.data.inspection import inspect
from keras_gans.data.loading import NAMES, open_source
from keras_gans.training.settings import names


class UnusableImages(DataError):
    """Images that cannot be used, with the report on all of them.

    Args:
        error: `DataError` that lists them.
        report: `keras_gans.data.inspection.Inspection` of the source.

    Attributes:
        report: the same.
        rest: `DataError` without those that the report names as broken: to be shown after the report.
    """

    LISTED = 50

    def __init__(self, error, report):
        head, *lines = str(error).split("\n")
        hint = "\n".join(line for line in lines if not line.startswith("  "))
        super().__init__(head, error.problems, hint)
        broken = {name for name, _ in report.problems}
        others = [(name, reason) for name, reason in error.problems if printable(name) not in broken]
        self.report = report
        self.rest = DataError(head, others, hint)


def load_data(model, source, channels, labels, seed, reading, say=print):
    """Opens the images of a run and says what is odd about them.

    Args:
        model: GAN; one that has its own `open_data(source, seed, progress, **reading)` opens them itself.
        source: what `keras_gans.data.load` takes.
        channels: int or None, see there.
        labels: bool, whether the labels are used.
        seed: int, of the order.
        reading: dict of further arguments of `load`.
        say: function of one str.

    Returns:
        `keras_gans.data.ImageData`, or what `open_data` returned.

    Raises:
        UnusableImages: where images are broken, or do not fit, and are not to be skipped.
        DataError: where the source cannot be used at all.
        ValueError: for bad arguments.
    """
    if labels and (hasattr(model, "open_data") or "num_classes" not in names(type(model))["config"]):
        raise ValueError(f"{type(model).__name__} is not conditional on labels. Received: labels=True")
    size = model.image_shape[:2]
    with _bar("Checking images") as progress, warnings.catch_warnings(record=True) as odd:
        warnings.simplefilter("always")
        warnings.simplefilter("ignore", DataWarning)  # these are the notes
        try:
            if hasattr(model, "open_data"):
                data = model.open_data(source, seed=seed, progress=progress.move, **reading)
            else:
                data = data_sources.load(
                    source,
                    resolution=size[0] if size[0] == size[1] else size,
                    channels=channels,
                    labels=bool(labels),
                    seed=seed,
                    progress=progress.move,
                    **reading,
                )
        except DataError as error:
            if not error.problems or hasattr(model, "open_data"):
                raise
            raise _reported(error, source, reading) from error
    for warning in odd:
        say(f"Warning: {warning.message}")
    for note in data.notes:
        say(f"Note: {note}")
    return data


def describe_data(source, data, labels):
    """What a run's configuration says of its images.

    Args:
        source: what `keras_gans.data.load` took.
        data: what `load_data` returned.
        labels: bool, whether the labels are used.

    Returns:
        dict of JSON values: source, labels, count, image_shape, class_names, fingerprint, and skipped, a list of
        (name, reason).
    """
    return {
        "source": source if _is_name(source) or not os.path.exists(source) else os.path.abspath(source),
        "labels": bool(labels),
        "count": len(data),
        "image_shape": data.image_shape,
        "class_names": data.class_names,
        "fingerprint": data.fingerprint,
        "skipped": [(printable(name), reason) for name, reason in data.skipped],
    }


def _is_name(source):
    """Whether a source is read by its name, even where a file has the same one (see `keras_gans.data.load`)."""
    return str(source).startswith("tfds:") or source in NAMES


def derived_config(model, data, labels):
    """Arguments of the model's constructor that the data decide: a model may say them in `config_of(data)`.

    Args:
        model: GAN.
        data: what `load_data` returned.
        labels: bool, whether the labels are used.

    Returns:
        dict of name -> value.
    """
    if hasattr(model, "config_of"):
        return model.config_of(data)
    derived = {"channels": data.image_shape[-1]}
    if labels and not model.num_classes:
        derived["num_classes"] = data.num_classes
    return derived


def _reported(error, source, reading):
    """The error with the report of `dataset inspect`, where there is a source to look at."""
    try:
        opened = open_source(source, reading.get("split", "train"), reading.get("data_dir"))
    except DataError:  # it has just been opened: whatever is odd now, the first error says more
        return error
    if isinstance(opened, tuple):
        return error
    with _bar("Looking at them") as progress:
        return UnusableImages(error, inspect(opened, progress.move))


class _bar(tqdm.tqdm):
    """A progress bar that shows only if it takes long and somebody looks on."""

    def __init__(self, title):
        super().__init__(desc=title, unit=" images", delay=1, leave=False, disable=None)

    def move(self, done, total):
        """Moves to `done` of `total`."""
        self.total = total
        self.update(done - self.n)
