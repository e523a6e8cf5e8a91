"""Training in a run folder: `fit` with the callbacks of a run, in ticks, until a budget of images is used up."""

import contextlib
import dataclasses
import functools
import hashlib

from keras_gans.training import checkpoints, health
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
TICKS = 50  # of a training whose interval is not given


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

    Training is one `model.fit`, an epoch a tick: after each, a JSON line, TensorBoard events, a grid of samples and,
    as what makes the tick count, a checkpoint. A run that was killed goes on from there bit for bit. Ticks end at
    multiples of `every`, wherever the training starts, so a resumed run records at the same places.

    When a loss or a weight stops being finite, training goes back to the last checkpoint with other noise (the try is
    folded into the seed), at most three times in a run. What else goes wrong is said in plain words, see
    `keras_gans.training.health`.

    Args:
        model: GAN, new or loaded from a checkpoint of the run; compiled as its paper says if it is not.
        data: `keras_gans.data.ImageData`.
        run: `RunFolder` that was created, or its path.
        images: int, real images after which it is done (rounded up to whole steps), counted from the run's start.
        batch_size: int, real images a discriminator step; default: the model's.
        every: int, images a tick (rounded up to whole steps); default: a fiftieth of `images`.
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
        ValueError: where the data do not fit the model, or somebody else trains in the folder.
    """
    run = run if isinstance(run, RunFolder) else RunFolder.open(run)
    if not model.compiled:
        model.compile()
    step = images_per_step(model, batch_size)
    budget = whole_steps(images, step)
    tick = tick_of(images, every, step)
    progress = progress or Progress(budget)
    doctor = Health(data, progress.say, run.first("generator_gradient"), seed=seed)
    with run.lock(), progress, StopOnSignal() as stop:
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
                    for first, count, steps in segments(int(model.images_seen), budget, tick, step):
                        model.fit(
                            data,
                            batch_size=batch_size,
                            initial_epoch=first,
                            epochs=first + count,
                            steps_per_epoch=steps,
                            callbacks=own,
                            verbose=0,
                        )
                        if model.stop_training:
                            break
                return Outcome(model, int(model.images_seen), stop.received, retries)
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
                model = checkpoints.load(checkpoint)
                model.seed = fold(model.seed, retries)
                run.cut(checkpoint.images_seen)


def _extra(doctor, retries):
    return {**doctor.record(), **({"retries": retries} if retries else {})}


def images_per_step(model, batch_size=None):
    """Real images that one training step of a compiled model sees."""
    return (batch_size or model.default_batch_size) * model.discriminator_steps


def whole_steps(images, step):
    """`images` rounded up to a multiple of `step`, at least one: `whole_steps(100, 64)` is 128."""
    return max(int(-(-images // step)), 1) * step


def tick_of(images, every, step):
    """Images a tick: `every`, or a fiftieth of all `images`, in whole steps: `tick_of(6400, None, 64)` is 128."""
    return whole_steps(every or images / TICKS, step)


def segments(start, budget, tick, step):
    """Cuts a training into calls of `fit`, so that ticks end at multiples of their length and the last at the budget.

    Args:
        start: int, images seen.
        budget: int, images at which training ends, a multiple of `step` beyond `start` or not.
        tick: int, images a tick, a multiple of `step`.
        step: int, images a step.

    Yields:
        (number of the first tick, count of ticks, steps in each): the rest of a tick that was begun, whole ticks, the
        piece of a tick that is left.

    Example:

    >>> list(segments(start=64, budget=960, tick=256, step=64))
    [(0, 1, 3), (1, 2, 4), (3, 1, 3)]
    """
    while start < budget:
        number, begun = divmod(start, tick)
        whole = (budget - start) // tick
        if begun or not whole:
            count, length = 1, min(tick - begun, budget - start)
        else:
            count, length = whole, tick
        steps = -(-length // step)
        yield number, count, steps
        start += count * steps * step


def fold(seed, number):
    """Folds a number into a seed: another seed in [0, 2^31), the same one each time."""
    digest = hashlib.sha256(f"{seed}/{number}".encode()).digest()
    return int.from_bytes(digest[:4], "big") >> 1
