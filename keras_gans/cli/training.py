"""What `keras-gans train` does with a request, said in words."""

import json
import math
import os
import shlex

import click

from keras_gans.cli.wording import as_options
from keras_gans.data import DataError
from keras_gans.training import checkpoints, growth, scoring, starting, trainer
from keras_gans.training.callbacks import Progress
from keras_gans.training.reading import UnusableImages
from keras_gans.training.run_folder import RunFolder

LISTED = 50  # images left out that are named on the screen


def run(request, new=False, dry_run=False):
    """Does what a request asks for.

    Args:
        request: `keras_gans.training.request.Request`.
        new: bool, whether a run that is there is moved aside.
        dry_run: bool, whether only to say what would be done.

    Returns:
        int, the exit code: 0 when the budget is reached, 1 when a signal ended the training.

    Raises:
        ValueError: for every mistake of the user's.
    """
    try:
        return _run(request, new, dry_run)
    except UnusableImages as error:
        click.echo(error.report.to_text() + "\n", err=True)
        raise DataError(as_options(str(error.rest))) from error
    except ValueError as error:
        if isinstance(error, DataError) or _raised_in(error, "keras_gans.data"):
            raise DataError(as_options(str(error))) from error
        raise


def _run(request, new, dry_run):
    folder = RunFolder(_with_name(request.out))
    goes_on = folder.exists and not new
    if not folder.exists:
        folder.check_new()
    if dry_run:
        start = starting.go_on(request, folder, warn) if goes_on else starting.begin(request, folder, warn)
        _scores(start, folder)
        describe(start)
        return 0
    if goes_on:
        with folder.lock():
            folder.make_folders()  # a killed process may not have come so far
            start = starting.go_on(request, folder, warn)
            scores = _scores(start, folder)
            if start.changed and start.checkpoint is not None:
                # First a checkpoint under the new settings, then the configuration: whatever returns to the checkpoint
                # finds them, and where we are killed in between the same command makes the change again.
                keep, retries = start.config["budget"]["keep"], start.checkpoint.retries
                start.checkpoint = checkpoints.save(start.model, folder.checkpoints, keep, retries)
            folder.write_config(start.config)
            images_seen = int(start.model.images_seen)
            folder.cut(images_seen)
            click.echo(f"Going on with {folder} from image {images_seen:,}.")
            _list_skipped(start.config)
            return _train(start, folder, scores)
    start = starting.begin(request, folder, warn)  # a mistake in it leaves the folder as it was
    scores = _scores(start, folder)
    if folder.exists:
        folder = _set_aside(folder)
    folder.prepare()
    with folder.lock():
        folder.create(start.config)
        click.echo(f"New run {folder}: {request.model}, {_size(start.data)}, {len(start.data):,} images.")
        _list_skipped(start.config)
        return _train(start, folder, scores)


def describe(start):
    """Prints what a training would be: its configuration, parameters and steps."""
    model, data, config = start.model, start.data, start.config
    shown = {name: config[name] for name in config if name != "environment"}
    shown["data"] = {name: value for name, value in shown["data"].items() if name != "skipped"}
    click.echo(json.dumps(shown, indent=2))
    click.echo(f"Generator: {_trainable(model.generator):,} trainable parameters")
    click.echo(f"Discriminator: {_trainable(model.discriminator):,} trainable parameters")
    click.echo(f"Data: {len(data):,} images, {_size(data)}")
    _list_skipped(config)
    for line in starting.pace_of(model, config).plan(int(model.images_seen)):
        click.echo(line)
    click.echo("Dry run: nothing was written.")


def _scores(start, folder):
    return scoring.callback_of(start.config["budget"], start.model, start.data, folder, start.config["data"])


def _train(start, folder, scores=None):
    model, config = start.model, start.config
    images, pace = round(config["budget"]["kimg"] * 1000), starting.pace_of(model, config)
    budget = pace.budget
    progress = Progress(budget)
    if scores is not None:
        scores.say, scores.until = progress.say, budget
        scores.every = scoring.interval(config["budget"], pace.tick)
    if int(model.images_seen) >= budget:
        if scores is not None:
            scores.catch_up(model)
        click.echo(f"Done: {folder} has seen {int(model.images_seen):,} images; a larger --kimg goes on.")
        return 0
    note = growth.note_of(model, budget)
    if note:
        warn(note)
    every = config["budget"]["every"]
    every = every and round(every * 1000)
    outcome = trainer.train(
        model,
        start.data,
        folder,
        images,
        batch_size=config["training"].get("batch_size"),
        every=every,
        keep=config["budget"]["keep"],
        seed=config["resolved"]["config"]["seed"],
        retries=start.checkpoint.retries if start.checkpoint else 0,
        progress=progress,
        callbacks=[] if scores is None else [scores],
    )
    if outcome.signal is not None:
        click.echo(
            f"Stopped by {outcome.signal.name} after {outcome.images_seen:,} of {budget:,} images, and saved. "
            "The same command goes on from there.",
            err=True,
        )
        return 1
    click.echo(f"Done: {outcome.images_seen:,} images. Samples: {folder.samples}")
    if scores is not None:
        click.echo(f"Scores: {folder.scores}. Best: keras-gans evaluate {shlex.quote(str(folder))} --best")
    if hasattr(model, "translate"):
        click.echo(f"Next: keras-gans translate {shlex.quote(str(folder))} --input FILE_OR_DIR --out translated")
    else:
        click.echo(f"Next: keras-gans sample {shlex.quote(str(folder))} --seed 1 --out samples.png")
    return 0


def _list_skipped(config):
    skipped = config["data"].get("skipped", [])
    for name, reason in skipped[:LISTED]:
        click.echo(f"Left out: {name}: {as_options(reason)}")
    if len(skipped) > LISTED:
        click.echo(f"... and {len(skipped) - LISTED:,} more, which config.json lists.")


def _with_name(path):
    """The path; as an absolute one where it ends in no name, as "." does, which means another once that is moved."""
    return path if os.path.basename(os.path.normpath(path)) not in (".", "..", "") else os.path.abspath(path)


def _raised_in(error, package):
    trace = error.__traceback__
    while trace.tb_next is not None:
        trace = trace.tb_next
    return trace.tb_frame.f_globals.get("__name__", "").startswith(package)


def _set_aside(folder):
    with folder.lock():
        aside = folder.set_aside()
    click.echo(f"The run that was in {folder} is now {aside}.")
    return RunFolder(folder.path)


def warn(text):
    """Prints a line to standard error."""
    click.echo(text, err=True)


def _size(data):
    height, width, channels = data.image_shape
    return f"{height} x {width} x {channels}"


def _trainable(network):
    return sum(math.prod(variable.shape) for variable in network.trainable_variables)
