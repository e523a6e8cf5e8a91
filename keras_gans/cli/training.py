"""What `keras-gans train` does: settings and data made into a run, begun or continued, and said in words."""

import dataclasses
import json
import math
import os

import click

from keras_gans import data as data_sources
from keras_gans.training import checkpoints, registry, runs, settings, trainer, transfer
from keras_gans.training.callbacks import Progress
from keras_gans.training.run_folder import RunFolder

DEFAULT_BUDGET = {"kimg": 1000, "every": None, "keep": 3}


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
        describe(*(continued if goes_on else begun)(request, given, folder)[:3])
        return 0
    if goes_on:
        with folder.lock():
            model, data, config, checkpoint = continued(request, given, folder)
            start = checkpoint.images_seen if checkpoint else 0
            folder.write_config(config)
            folder.cut(start)
            click.echo(f"Going on with {folder} from image {start:,}.")
            return _train(model, data, folder, config, checkpoint)
    model, data, config, checkpoint = begun(request, given, folder)  # a mistake in it leaves the folder as it was
    if folder.exists:
        folder = _set_aside(folder)
    folder.prepare()
    with folder.lock():
        folder.create(config)
        click.echo(f"New run {folder}: {request.model}, {_size(data)}, {len(data):,} images.")
        return _train(model, data, folder, config, checkpoint)


def begun(request, given, folder):
    """Builds what a new run starts with; writes nothing.

    Args:
        request: `Request`.
        given: dict of sections, see `settings.sort`.
        folder: `RunFolder`, where it will be.

    Returns:
        (compiled model, `ImageData`, configuration, None).
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
    derived = {"channels": data.image_shape[-1]}
    if labels and not model.num_classes:
        derived["num_classes"] = data.num_classes
    before = dict(model.get_config())
    config = {**config, **derived}
    if any(before[name] != value for name, value in derived.items()):
        model = runs.build(request.model, request.preset, config, given["compile"], training)
    training.setdefault("batch_size", model.default_batch_size)
    check_batch(model, data, training["batch_size"])
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
    return model, data, settings.plain(record), None


def continued(request, given, folder):
    """Loads what a run goes on with, and refuses what it may not be changed to.

    Args:
        request: `Request`.
        given: dict of sections, see `settings.sort`.
        folder: `RunFolder` that exists.

    Returns:
        (compiled model, `ImageData`, configuration, `Checkpoint` or None where the run has none yet).
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
    return model, data, config, checkpoint


def load_data(source, resolution, channels, labels, seed, reading):
    """Opens the images of a run as `keras_gans.data.ImageData`."""
    return data_sources.load(
        source, resolution=resolution, channels=channels, labels=bool(labels), seed=seed, **reading
    )


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
    """Raises `ValueError` where a batch is no whole number above 0 or holds more images than there are."""
    if not isinstance(batch_size, int) or isinstance(batch_size, bool) or batch_size < 1:
        raise ValueError(f"Expected a whole number of images. Received: batch_size={batch_size!r}")
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


def describe(model, data, config):
    """Prints what a training would be: its configuration, parameters and steps."""
    step = trainer.images_per_step(model, config["training"]["batch_size"])
    budget = trainer.whole_steps(config["budget"]["kimg"] * 1000, step)
    seen = int(model.images_seen)
    click.echo(json.dumps({name: config[name] for name in config if name != "environment"}, indent=2))
    click.echo(f"Generator: {_trainable(model.generator):,} trainable parameters")
    click.echo(f"Discriminator: {_trainable(model.discriminator):,} trainable parameters")
    click.echo(f"Data: {len(data):,} images, {_size(data)}")
    click.echo(f"Steps: {max(budget - seen, 0) // step:,} of {step:,} images, from image {seen:,} to {budget:,}")
    click.echo("Dry run: nothing was written.")


def _train(model, data, folder, config, checkpoint):
    step = trainer.images_per_step(model, config["training"]["batch_size"])
    images = config["budget"]["kimg"] * 1000
    budget = trainer.whole_steps(images, step)
    if int(model.images_seen) >= budget:
        click.echo(f"Done: {folder} has seen {int(model.images_seen):,} images; a larger --kimg goes on.")
        return 0
    every = config["budget"]["every"]
    outcome = trainer.train(
        model,
        data,
        folder,
        images,
        batch_size=config["training"]["batch_size"],
        every=every and every * 1000,
        keep=config["budget"]["keep"],
        seed=config["resolved"]["config"]["seed"],
        retries=checkpoint.retries if checkpoint else 0,
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
