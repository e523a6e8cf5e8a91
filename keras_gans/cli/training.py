"""What `keras-gans train` does with a request, said in words."""

import json
import math

import click

from keras_gans.training import checkpoints, starting, trainer
from keras_gans.training.callbacks import Progress
from keras_gans.training.run_folder import RunFolder


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
    folder = RunFolder(request.out)
    goes_on = folder.exists and not new
    if not folder.exists:
        folder.check_new()
    if dry_run:
        describe(starting.go_on(request, folder, warn) if goes_on else starting.begin(request, folder, warn))
        return 0
    if goes_on:
        with folder.lock():
            start = starting.go_on(request, folder, warn)
            if start.changed and start.checkpoint is not None:
                # First a checkpoint under the new settings, then the configuration: whatever returns to the checkpoint
                # finds them, and where we are killed in between the same command makes the change again.
                keep, retries = start.config["budget"]["keep"], start.checkpoint.retries
                start.checkpoint = checkpoints.save(start.model, folder.checkpoints, keep, retries)
            folder.write_config(start.config)
            images_seen = int(start.model.images_seen)
            folder.cut(images_seen)
            click.echo(f"Going on with {folder} from image {images_seen:,}.")
            return _train(start, folder)
    start = starting.begin(request, folder, warn)  # a mistake in it leaves the folder as it was
    if folder.exists:
        folder = _set_aside(folder)
    folder.prepare()
    with folder.lock():
        folder.create(start.config)
        click.echo(f"New run {folder}: {request.model}, {_size(start.data)}, {len(start.data):,} images.")
        return _train(start, folder)


def describe(start):
    """Prints what a training would be: its configuration, parameters and steps."""
    model, data, config = start.model, start.data, start.config
    step = trainer.images_per_step(model, config["training"]["batch_size"])
    budget = trainer.whole_steps(round(config["budget"]["kimg"] * 1000), step)
    seen = int(model.images_seen)
    click.echo(json.dumps({name: config[name] for name in config if name != "environment"}, indent=2))
    click.echo(f"Generator: {_trainable(model.generator):,} trainable parameters")
    click.echo(f"Discriminator: {_trainable(model.discriminator):,} trainable parameters")
    click.echo(f"Data: {len(data):,} images, {_size(data)}")
    click.echo(f"Steps: {max(budget - seen, 0) // step:,} of {step:,} images, from image {seen:,} to {budget:,}")
    click.echo("Dry run: nothing was written.")


def _train(start, folder):
    model, config = start.model, start.config
    step = trainer.images_per_step(model, config["training"]["batch_size"])
    images = round(config["budget"]["kimg"] * 1000)
    budget = trainer.whole_steps(images, step)
    if int(model.images_seen) >= budget:
        click.echo(f"Done: {folder} has seen {int(model.images_seen):,} images; a larger --kimg goes on.")
        return 0
    every = config["budget"]["every"]
    outcome = trainer.train(
        model,
        start.data,
        folder,
        images,
        batch_size=config["training"]["batch_size"],
        every=every and round(every * 1000),
        keep=config["budget"]["keep"],
        seed=config["resolved"]["config"]["seed"],
        retries=start.checkpoint.retries if start.checkpoint else 0,
        progress=Progress(budget),
    )
    if outcome.signal is not None:
        click.echo(
            f"Stopped by {outcome.signal.name} after {outcome.images_seen:,} of {budget:,} images, and saved. "
            "The same command goes on from there.",
            err=True,
        )
        return 1
    click.echo(f"Done: {outcome.images_seen:,} images. Samples: {folder.samples}")
    click.echo(f"Next: keras-gans sample {folder} --seed 1 --out samples.png")
    return 0


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
