"""How a training starts: a request, and the run that there is or is not, become a model, data and a configuration."""

import dataclasses
import os

from keras_gans.training import checkpoints, growth, pacing, registry, runs, settings, transfer
from keras_gans.training.reading import derived_config, describe_data, load_data
from keras_gans.training.request import DEFAULT_BUDGET, Request


@dataclasses.dataclass
class Start:
    """What a training starts with.

    Args:
        model: compiled GAN.
        data: `keras_gans.data.ImageData`.
        config: dict, what config.json shall hold.
        checkpoint: `Checkpoint` that the model was loaded from, or None.
        changed: bool, whether settings were changed since that was written.

    Example:

    >>> Start(model=None, data=None, config={}).changed
    False
    """

    model: object
    data: object
    config: dict
    checkpoint: object = None
    changed: bool = False


def begin(request, folder, say=print):
    """Builds what a new run starts with; writes nothing.

    Args:
        request: `Request`.
        folder: `RunFolder`, where it will be.
        say: function of one str, told what is odd.

    Returns:
        `Start`.

    Raises:
        ValueError: for every mistake in the request.
    """
    given = settings.sort(request.values, registry.model_class(request.model))
    asked = request.budget()
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
    sections = (given["compile"], training, given["schedule"])
    model = runs.build(request.model, request.preset, config, *sections)
    origin = None if request.init_from is None else open_origin(request.init_from, model, say)
    labels = request.labels or model.num_classes > 0
    channels = {**preset.get("config", {}), **config}.get("channels")
    data = load_data(model, request.source, channels, labels, model.seed, reading, say)
    check_classes(model, data)
    derived = derived_config(model, data, labels)
    before = dict(model.get_config())
    config = {**config, **derived}
    if any(before[name] != value for name, value in derived.items()):
        model = runs.build(request.model, request.preset, config, *sections)
    record = {
        "model": request.model,
        "preset": request.preset,
        "config": config,
        "compile": given["compile"],
        "training": training,
        "schedule": given["schedule"],
        "data": {**reading, **describe_data(request.source, data, labels)},
        "init_from": None,
        "environment": runs.check_environment({}),
    }
    schedule = getattr(model, "schedule", None)
    if origin is not None:
        record["init_from"] = take_over(origin, model, given["schedule"], say)
    if growth.grows(model):
        budget["kimg"] = model.schedule.total_images / 1000
        if model.schedule is not schedule:
            record["schedule"] = growth.plain(model.schedule)
    else:
        training.setdefault("batch_size", model.default_batch_size)
    record["budget"] = {**budget, **asked}
    record["resolved"] = runs.resolved(model)
    check_batches(model, data, record)
    check_budget(model, record)
    return Start(model, data, settings.plain(record))


def go_on(request, folder, say=print):
    """Loads what a run goes on with, and refuses what it may not be changed to.

    Args:
        request: `Request`.
        folder: `RunFolder` that exists.
        say: function of one str, told what is odd: damaged checkpoints, another environment.

    Returns:
        `Start`; its checkpoint is None where the run has none yet.

    Raises:
        ValueError: for every mistake in the request.
    """
    given = settings.sort(request.values, registry.model_class(request.model))
    stored = folder.config
    if request.model != stored.get("model"):
        raise ValueError(
            f"Expected the model of the run in {folder}, {stored.get('model')}; --new begins another run in its place. "
            f"Received: model={request.model!r}"
        )
    check_stored(stored, folder)
    defaults = settings.data_defaults(registry.model_class(request.model), stored["data"]["source"])
    first = stored["data"]["source"] is None  # an imported run that was never trained
    if first and request.source is None:
        raise ValueError(f"Expected --data, the images to train on. Received: no --data, and {folder} has none yet")
    compared = {name: values for name, values in given.items() if not (first and name == "data")}
    changed = settings.changes(stored, compared, defaults)
    before = {
        "preset": stored.get("preset"),
        "init_from": (stored.get("init_from") or {}).get("run"),
        "labels": stored["data"]["labels"],
    }
    for name, value in request.origin().items():
        if value != before[name]:
            changed.setdefault("config", {})[name] = (before[name], value)
    settings.check_changes(changed, request.override or first)
    # What is said as it was, in whatever words, stays in the words of the run: fingerprints depend on them.
    now = {section: {name: value for name, (_, value) in changed.get(section, {}).items()} for section in given}
    now |= {"data": given["data"]} if first else {}
    config = {section: {**stored.get(section, {}), **now[section]} for section in settings.SECTIONS}
    if "batch_size" in now["schedule"] and "batch_sizes" not in now["schedule"]:
        config["schedule"]["batch_sizes"] = {}
    budget = {**DEFAULT_BUDGET, **stored_budget(stored, folder), **request.budget()}
    config = {**stored, **config, "budget": budget}
    config["environment"] = settings.plain(runs.check_environment(stored, say))

    checkpoint = checkpoints.newest(folder.checkpoints, say)
    if checkpoint is None:
        if "imported" in stored:
            raise ValueError(
                f"Expected the checkpoint that {folder} was imported to; import it anew. Received: a run without"
            )
        sections = (config["compile"], config["training"], config["schedule"])
        model = runs.build(config["model"], config["preset"], config["config"], *sections)
        if config.get("init_from"):
            origin = open_origin(config["init_from"]["run"], model, say)
            take_over(origin, model, config["schedule"], say)
    else:
        model = runs.load_checkpoint(folder, checkpoint)
        if "compile" in changed:
            runs.recompile(model, now["compile"])
        if "schedule" in changed:
            model.schedule = growth.schedule_of(
                model, runs.preset_of(request.model, stored.get("preset")), config["schedule"]
            )
        runs.set_learning_rates(model, now["training"])
    config["resolved"] = {**runs.resolved(model), "config": stored["resolved"]["config"]}
    source = request.source if request.source is not None else stored["data"]["source"]
    labels = stored["data"]["labels"]
    known = settings.names(type(model))["data"]
    reading = {name: config["data"][name] for name in known if name in config["data"]}
    seed = stored["resolved"]["config"]["seed"]
    data = load_data(model, source, model.image_shape[2], labels, seed, reading, say)
    described = settings.plain(describe_data(source, data, labels))
    if described["fingerprint"] != stored["data"]["fingerprint"] and not (request.override or first):
        raise ValueError(
            f"Expected the images that the run was begun with, {stored['data']['count']:,} of fingerprint "
            f"{stored['data']['fingerprint'][:12]}. --override goes on with others. Received: data={source!r} with "
            f"{len(data):,} of fingerprint {described['fingerprint'][:12]}"
        )
    config["data"] = {**config["data"], **described}
    check_batches(model, data, config)
    check_classes(model, data)
    return Start(model, data, config, checkpoint, changed=bool(changed))


def pace_of(model, config):
    """How a run is cut into ticks, see `pacing.pace_of`; `config` is its configuration."""
    every, images = config["budget"]["every"], round(config["budget"]["kimg"] * 1000)
    return pacing.pace_of(model, images, every and round(every * 1000), config["training"].get("batch_size"))


def check_batches(model, data, config):
    """Raises `ValueError` where a batch holds more images than there are, or has no equal parts to accumulate."""
    if not growth.grows(model):
        return check_batch(model, data, config["training"]["batch_size"])
    largest = pace_of(model, config).largest_batch(int(model.images_seen))
    if largest > len(data):
        raise ValueError(
            f"Expected at least as many images as the schedule's largest batch has, {largest}. --batch-size is that of "
            f"all resolutions. Received: data of {len(data):,} images"
        )
    return None


def check_budget(model, config):
    """Raises `ValueError` where a new run would be at its end already."""
    images, seen = config["budget"]["kimg"] * 1000, int(model.images_seen)
    if images <= seen:
        raise ValueError(
            f"Expected --kimg of more than {seen / 1000:,g}, where the schedule has {growth.where(model)}; --set "
            f"initial_resolution={min(model.generator.resolutions[-1])} --stable-kimg 0 --fade-kimg 0 trains at full "
            f"resolution from image 0. Received: kimg={config['budget']['kimg']:g}"
        )


def check_batch(model, data, batch_size):
    """Raises `ValueError` where a batch holds more images than there are, or has no equal parts to accumulate."""
    parts = getattr(model, "accumulate", 1)
    if batch_size % parts:
        raise ValueError(f"Expected a batch of {parts} equal parts. Received: {batch_size=}, accumulate={parts}")
    step = pacing.images_per_step(model, batch_size)
    if step > len(data):
        raise ValueError(
            f"Expected a batch that is no larger than the data, {len(data):,} images: a smaller batch_size "
            f"(--batch-size). Received: batch_size={batch_size}"
            + (f" (x {model.discriminator_steps} discriminator steps)" if model.discriminator_steps > 1 else "")
        )


def check_classes(model, data):
    """Raises `ValueError` where the labels of the data are of more classes than a conditional model has."""
    found = getattr(data, "num_classes", 0)
    if 0 < model.num_classes < (found or 0):
        raise ValueError(
            f"Expected at least as many classes as the data have, {found}. Received: num_classes={model.num_classes}"
        )


def check_stored(stored, folder):
    """Raises `ValueError` where a run's configuration lacks what the run needs to go on."""
    needed = {
        "data": ("source", "labels", "count", "fingerprint"),
        "training": () if growth.grows(registry.model_class(stored["model"])) else ("batch_size",),
        "resolved": ("config",),
    }
    missing = [f"{part}.{name}" for part, names in needed.items() for name in names if name not in stored.get(part, {})]
    if not missing and "seed" not in stored["resolved"]["config"]:
        missing = ["resolved.config.seed"]
    if missing:
        raise ValueError(f"Expected {', '.join(missing)} in {folder.config_path}. Received: a configuration without")


def stored_budget(stored, folder):
    """What a run's configuration says of budget, intervals and scores; raises `ValueError` where that is damaged."""
    try:
        return Request(stored["model"], str(folder), **stored.get("budget", {})).budget()
    except (TypeError, ValueError) as error:
        raise ValueError(f"The budget in {folder.config_path} is damaged. {error}") from error


def open_origin(path, model, say=print):
    """Opens the run that another one takes its weights from; returns (path, `RunFolder`, model, `Checkpoint`).

    Raises:
        ValueError: where there is none, or it is of a model that has nothing in common with this one.
    """
    folder, source, checkpoint = runs.load_run(path, say)
    if type(source) is not type(model):
        raise ValueError(
            f"Expected a run of a {type(model).__name__}. Received: init_from={str(path)!r}, one of a "
            f"{type(source).__name__}"
        )
    return path, folder, source, checkpoint


def take_over(origin, model, schedule=(), say=print):
    """Takes over another run's weights and says what did not fit; returns what the configuration says of it.

    Args:
        origin: what `open_origin` returned.
        model: compiled GAN, changed in place.
        schedule: dict of the settings of the schedule that were asked for.
        say: function of one str.

    Raises:
        ValueError: where nothing fits.
    """
    path, folder, source, checkpoint = origin
    words = (
        growth.take_over(model, source, schedule) if growth.grows(model) else transfer.transfer(source, model).report()
    )
    say(f"From {folder}, image {checkpoint.images_seen:,}: {words}")
    return {"run": os.path.abspath(path), "images_seen": checkpoint.images_seen}
