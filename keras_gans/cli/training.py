"""What `keras-gans train` does: settings and data made into a run, begun or continued, and said in words."""

import dataclasses
import json
import math
import os
import warnings

import click
import tqdm

from keras_gans import data as data_sources
from keras_gans.training import checkpoints, registry, runs, settings, trainer, transfer
from keras_gans.training.callbacks import Progress
from keras_gans.training.run_folder import RunFolder

DEFAULT_BUDGET = {"kimg": 1000, "every": None, "keep": 3}


@dataclasses.dataclass
class Start:
    """What a training starts with: a compiled model, `ImageData`, the configuration, the `Checkpoint` that the model
    was loaded from (or None), and whether settings were changed since that was written."""

    model: object
    data: object
    config: dict
    checkpoint: object = None
    changed: bool = False


@dataclasses.dataclass
class Request:
    """A command line of `train`; `values` holds the settings that have options of their own, where given."""

    model: str
    out: str
    source: str | None = None
    preset: str | None = None
    values: dict = dataclasses.field(default_factory=dict)
    assignments: tuple = ()
    labels: bool = False
    kimg: float | None = None
    every: float | None = None
    keep: int | None = None
    init_from: str | None = None
    override: bool = False
    new: bool = False
    dry_run: bool = False

    def budget(self):
        """Budget and intervals, where given."""
        budget = {"kimg": self.kimg, "every": self.every, "keep": self.keep}
        return {name: value for name, value in budget.items() if value is not None}

    def origin(self):
        """Where the model comes from, where given: fixed for the life of a run like its settings."""
        init_from = self.init_from and os.path.abspath(self.init_from)
        origin = {"preset": self.preset, "init_from": init_from, "labels": self.labels or None}
        return {name: value for name, value in origin.items() if value is not None}


def run(request):
    """Does what a request asks for.

    Args:
        request: `Request`.

    Returns:
        int, the exit code: 0 when the budget is reached, 1 when a signal ended the training.

    Raises:
        ValueError: for every mistake of the user's.
    """
    cls = registry.model_class(request.model)
    given = settings.sort({**request.values, **settings.parse_assignments(request.assignments)}, cls)
    folder = RunFolder(request.out)
    goes_on = folder.exists and not request.new
    if not folder.exists:
        folder.check_new()
    if request.dry_run:
        describe(continued(request, given, folder) if goes_on else begun(request, given, folder))
        return 0
    if goes_on:
        with folder.lock():
            start = continued(request, given, folder)
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
    start = begun(request, given, folder)  # a mistake in it leaves the folder as it was
    if folder.exists:
        folder = _set_aside(folder)
    folder.prepare()
    with folder.lock():
        folder.create(start.config)
        click.echo(f"New run {folder}: {request.model}, {_size(start.data)}, {len(start.data):,} images.")
        return _train(start, folder)


def begun(request, given, folder):
    """Builds what a new run starts with; writes nothing.

    Args:
        request: `Request`.
        given: dict of sections, see `settings.sort`.
        folder: `RunFolder`, where it will be.

    Returns:
        `Start`.
    """
    if request.source is None:
        raise ValueError(
            f"Expected --data, the images to train on. Received: no --data, and no run in {folder} to go on"
        )
    preset = runs.preset_of(request.model, request.preset)
    preset_data = dict(preset.get("data", {}))
    preset_training = {name: preset_data.pop(name) for name in settings.TRAINING if name in preset_data}
    budget = {**DEFAULT_BUDGET, **({"kimg": preset_data.pop("kimg")} if "kimg" in preset_data else {})}
    config = dict(given["config"])
    training = {**preset_training, **given["training"]}
    reading = {**preset_data, **given["data"]}

    # Built before the data is read, so that a setting that the model refuses costs no time; once more if the data asks.
    model = runs.build(request.model, request.preset, config, given["compile"], training)
    labels = request.labels or model.num_classes > 0
    data = load_data(
        request.source,
        model.image_shape[0],
        {**preset.get("config", {}), **config}.get("channels"),
        labels,
        model.seed,
        reading,
    )
    check_batch(model, data, training.setdefault("batch_size", model.default_batch_size))
    derived = {"channels": data.image_shape[-1]}
    if labels and not model.num_classes:
        derived["num_classes"] = data.num_classes
    before = dict(model.get_config())
    config = {**config, **derived}
    if any(before[name] != value for name, value in derived.items()):
        model = runs.build(request.model, request.preset, config, given["compile"], training)
    record = {
        "model": request.model,
        "preset": request.preset,
        "config": config,
        "compile": given["compile"],
        "training": training,
        "data": {**reading, **describe_data(request.source, data, labels)},
        "budget": {**budget, **request.budget()},
        "init_from": None,
        "resolved": runs.resolved(model),
        "environment": runs.check_environment({}),
    }
    if request.init_from is not None:
        record["init_from"] = take_over(request.init_from, model)
    return Start(model, data, settings.plain(record))


def continued(request, given, folder):
    """Loads what a run goes on with, and refuses what it may not be changed to.

    Args:
        request: `Request`.
        given: dict of sections, see `settings.sort`.
        folder: `RunFolder` that exists.

    Returns:
        `Start`; its checkpoint is None where the run has none yet.
    """
    stored = folder.config
    if request.model != stored.get("model"):
        raise ValueError(
            f"Expected the model of the run in {folder}, {stored.get('model')}; --new begins another run in its place. "
            f"Received: model={request.model!r}"
        )
    changed = settings.changes(stored, given)
    before = {
        "preset": stored.get("preset"),
        "init_from": (stored.get("init_from") or {}).get("run"),
        "labels": stored["data"]["labels"],
    }
    for name, now in request.origin().items():
        if now != before[name]:
            changed.setdefault("config", {})[name] = (before[name], now)
    settings.check_changes(changed, request.override)
    config = {section: {**stored.get(section, {}), **given[section]} for section in settings.SECTIONS}
    config = {**stored, **config, "budget": {**DEFAULT_BUDGET, **stored.get("budget", {}), **request.budget()}}
    config["environment"] = settings.plain(runs.check_environment(stored, _warn))

    checkpoint = checkpoints.newest(folder.checkpoints, _warn)
    if checkpoint is None:
        model = runs.build(config["model"], config["preset"], config["config"], config["compile"], config["training"])
        if config.get("init_from"):
            take_over(config["init_from"]["run"], model)
    else:
        model = runs.load_checkpoint(folder, checkpoint)
        if "compile" in changed:
            runs.recompile(model, {name: now for name, (_, now) in changed["compile"].items()})
        runs.set_learning_rates(model, {name: now for name, (_, now) in changed.get("training", {}).items()})
    config["resolved"] = {**runs.resolved(model), "config": stored["resolved"]["config"]}
    source = request.source if request.source is not None else stored["data"]["source"]
    labels = stored["data"]["labels"]
    height, _, channels = model.image_shape
    reading = {name: config["data"][name] for name in settings.DATA if name in config["data"]}
    data = load_data(source, height, channels, labels, stored["resolved"]["config"]["seed"], reading)
    described = settings.plain(describe_data(source, data, labels))
    if described["fingerprint"] != stored["data"]["fingerprint"] and "data" not in changed and not request.override:
        raise ValueError(
            f"Expected the images that the run was begun with, {stored['data']['count']:,} of fingerprint "
            f"{stored['data']['fingerprint'][:12]}. --override goes on with others. Received: data={source!r} with "
            f"{len(data):,} of fingerprint {described['fingerprint'][:12]}"
        )
    config["data"] = {**config["data"], **described}
    check_batch(model, data, config["training"]["batch_size"])
    return Start(model, data, config, checkpoint, changed=bool(changed))


def load_data(source, resolution, channels, labels, seed, reading):
    """Opens the images of a run as `keras_gans.data.ImageData`; says what is odd about them."""
    bar = tqdm.tqdm(desc="Checking images", unit=" images", delay=1, leave=False, disable=None)

    def progress(done, total):
        bar.total = total
        bar.update(done - bar.n)

    with bar, warnings.catch_warnings(record=True) as odd:
        warnings.simplefilter("always")
        data = data_sources.load(
            source,
            resolution=resolution,
            channels=channels,
            labels=bool(labels),
            seed=seed,
            progress=progress,
            **reading,
        )
    for warning in odd:
        _warn(f"Warning: {warning.message}")
    return data


def describe_data(source, data, labels):
    """What a run's configuration says of its images."""
    return {
        "source": os.path.abspath(source) if os.path.exists(source) else source,
        "labels": bool(labels),
        "count": len(data),
        "image_shape": data.image_shape,
        "class_names": data.class_names,
        "fingerprint": data.fingerprint,
    }


def check_batch(model, data, batch_size):
    """Raises `ValueError` where a batch holds more images than there are."""
    step = trainer.images_per_step(model, batch_size)
    if step > len(data):
        raise ValueError(
            f"Expected a batch that is no larger than the data, {len(data):,} images. Received: batch_size={batch_size}"
            + (f" (x {model.discriminator_steps} discriminator steps)" if model.discriminator_steps > 1 else "")
        )


def take_over(path, model):
    """Takes over another run's weights and says what did not fit; returns what the configuration says of it."""
    folder, source, checkpoint = runs.load_run(path, _warn)
    click.echo(f"From {folder}, image {checkpoint.images_seen:,}: {transfer.transfer(source, model).report()}")
    return {"run": os.path.abspath(path), "images_seen": checkpoint.images_seen}


def describe(start):
    """Prints what a training would be: its configuration, parameters and steps."""
    model, data, config = start.model, start.data, start.config
    step = trainer.images_per_step(model, config["training"]["batch_size"])
    budget = trainer.whole_steps(config["budget"]["kimg"] * 1000, step)
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
    images = config["budget"]["kimg"] * 1000
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
        every=every and every * 1000,
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


def _warn(text):
    click.echo(text, err=True)


def _size(data):
    height, width, channels = data.image_shape
    return f"{height} x {width} x {channels}"


def _trainable(network):
    return sum(math.prod(variable.shape) for variable in network.trainable_variables)
