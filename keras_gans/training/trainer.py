"""Training in a run folder: `fit` with the callbacks of a run, in ticks, until a budget of images is used up."""

import contextlib
import dataclasses
import functools
import hashlib

from keras_gans.models.feeding import count_of
from keras_gans.training import checkpoints, health, pacing, registry, runs
from keras_gans.training.callbacks import (
    CheckpointSaver,
    EventLog,
    Health,
    JsonLines,
    NonFiniteGuard,
    Progress,
    SampleGrid,
    StopOnSignal,
    TensorBoardScalars,
)
from keras_gans.training.errors import NonFiniteError
from keras_gans.training.run_folder import RunFolder

RETRIES = 3  # returns from non-finite losses to the last good checkpoint


@dataclasses.dataclass
class Outcome:
    """How a training ended.

    Args:
        model: the model as it is now; another object than the given one if it was loaded from a checkpoint meanwhile.
        images_seen: int, real images that it has seen.
        signal: `signal.Signals` that ended it early, or None.
        retries: int, how often it returned from non-finite losses.

    Example:

    >>> Outcome(model=None, images_seen=64).signal is None
    True
    """

    model: object
    images_seen: int
    signal: object = None
    retries: int = 0


def train(
    model,
    data,
    run,
    images,
    *,
    batch_size=None,
    every=None,
    keep=3,
    seed=0,
    retries=0,
    progress=None,
    callbacks=(),
):
    """Trains a model until it has seen a number of images, keeping its run folder up to date.

    Training is `model.fit`, an epoch a tick: after each, a JSON line, TensorBoard events, a grid of samples and,
    as what makes the tick count, a checkpoint. A run that was killed goes on from there bit for bit. Ticks end at
    multiples of `every`, wherever the training starts, so a resumed run records at the same places; those of a model
    with a schedule count from where layers start or end fading in.

    When a loss or a weight stops being finite, training goes back to the last checkpoint with other noise (the try is
    folded into the seed), at most three times in a run. What else goes wrong is said in plain words, see
    `keras_gans.training.health`.

    Args:
        model: GAN, new or loaded from the newest checkpoint of the run; compiled as its paper says if it is not.
        data: `keras_gans.data.ImageData`.
        run: `RunFolder` that was created, or a path, where one is begun if there is none.
        images: int, real images after which it is done (rounded up to whole steps), counted from the run's start.
        batch_size: int, real images a discriminator step; default: the model's. Not for a model with a schedule.
        every: int, images a tick (rounded up to whole steps); default: a fiftieth of `images`, see `pacing.pace_of`.
        keep: int, checkpoints to keep.
        seed: int, chooses the latents of the sample grids.
        retries: int, returns so far, of the checkpoint's manifest.
        progress: `Progress`; default: a new one to standard error.
        callbacks: sequence of keras callbacks of the caller's; what they add to the logs of an epoch is recorded.

    Returns:
        `Outcome`.

    Raises:
        NonFiniteError: when training stopped being finite once too often.
        CheckpointError: when a checkpoint cannot be written.
        ValueError: where the data do not fit the model, the run is further than the model, or somebody else trains in
            the folder.
    """
    if not model.compiled:
        model.compile()
    run = run if isinstance(run, RunFolder) else _opened(run, model)
    pace = pacing.pace_of(model, images, every, batch_size)
    progress = progress or Progress(pace.budget)
    doctor = Health(data, progress.say, run.first("generator_gradient"), seed=seed)
    with run.lock(), progress, StopOnSignal() as stop:
        _go_on_from(run, count_of(model.images_seen), progress.say)
        while True:
            try:
                with contextlib.closing(EventLog(run.events)) as event_log:
                    own = [
                        NonFiniteGuard(),
                        stop,
                        *callbacks,
                        doctor,
                        JsonLines(run.log, functools.partial(_extra, doctor, retries)),
                        TensorBoardScalars(event_log),
                        SampleGrid(run.samples, seed=seed, event_log=event_log),
                        progress,
                        CheckpointSaver(run.checkpoints, keep, retries),  # last: what it records is done
                    ]
                    pace.fit(model, data, own)
                return Outcome(model, count_of(model.images_seen), stop.received, retries)
            except NonFiniteError as error:
                retries += 1
                finding = health.lost(error.what)
                checkpoint = checkpoints.newest(run.checkpoints, progress.say)
                if checkpoint is None or retries > RETRIES:
                    raise NonFiniteError(error.what, error.images_seen, finding.advice) from error
                doctor.note(finding)
                progress.say(
                    f"{error} Going back to image {checkpoint.images_seen:,} with other noise (try {retries} of "
                    f"{RETRIES})."
                )
                with model.distribute_strategy.scope():
                    model = checkpoints.load(checkpoint)
                model.seed = fold(model.seed, retries)
                run.cut(checkpoint.images_seen)


def _opened(path, model):
    """The run in a folder; a new one of this model where there is none."""
    run = RunFolder(path)
    if run.exists:
        return RunFolder.open(path)
    name = type(model).__name__
    return run.create(
        {"model": next((k for k, v in registry.MODELS.items() if v == name), name), "resolved": runs.resolved(model)}
    )


def _go_on_from(run, images_seen, say):
    """Cuts off what was recorded after the model's place; refuses a model that is behind the newest checkpoint."""
    newest = checkpoints.newest(run.checkpoints, say)
    if newest is not None and newest.images_seen > images_seen:
        raise ValueError(
            f"Expected the model of the run's newest checkpoint, keras.models.load_model({str(newest.path)!r}), or "
            f"another folder. Received: a model that has seen {images_seen:,} images"
        )
    run.cut(images_seen)


def _extra(doctor, retries):
    return {**doctor.record(), **({"retries": retries} if retries else {})}


def fold(seed, number):
    """Folds a number into a seed: another seed in [0, 2^31), the same one each time."""
    digest = hashlib.sha256(f"{seed}/{number}".encode()).digest()
    return int.from_bytes(digest[:4], "big") >> 1
