"""Weights that others trained, or a `.keras` file, as a run folder: sampled, exported and trained on like any other."""

import os
import pathlib

from keras_gans.training import checkpoints, files, growth, registry, runs, settings
from keras_gans.training.formats import FORMATS, format_of
from keras_gans.training.request import DEFAULT_BUDGET


def read_model(path, discriminator=None, **overrides):
    """Builds and compiles a model around the weights of a file.

    A fully grown PGGAN gets a schedule that trains at full resolution from image 0; a snapshot of one that was growing
    the paper's schedule, where it stands in it.

    Args:
        path: see `format_of`.
        discriminator: path of the state dict of a pix2pix discriminator, or None.
        **overrides: arguments of the model that cannot be read off or should differ: seed, dtype ...

    Returns:
        (model, str, the key of `FORMATS`).

    Raises:
        ValueError: where the file cannot be used, or an argument is not one of the model's.
    """
    import keras_gans

    kind, path = format_of(path), os.fspath(path)
    if discriminator is not None and kind != "torch":
        raise ValueError(
            f"Expected a discriminator beside {FORMATS['torch']} only. Received: {path!r}, {FORMATS[kind]}"
        )
    try:
        if kind == "karras":
            model = keras_gans.PGGAN.from_karras_pickle(path, **overrides)
        elif kind == "torch":
            model = keras_gans.Pix2Pix.from_torch_state_dict(path, discriminator, **overrides)
        elif kind == "tensorflow":
            model = keras_gans.Pix2Pix.from_tensorflow_variables(path, **overrides)
        else:
            model = _keras_model(path, overrides)
    except TypeError as error:  # of a name that the model does not know
        raise ValueError(f"Expected arguments of the model. Received: {overrides} ({error})") from error
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
    if not model.compiled:
        _compile(model)
    return model, kind


def _keras_model(path, overrides):
    if overrides:
        raise ValueError(f"Expected no settings: a Keras file has its own. Received: {', '.join(overrides)}")
    model = checkpoints.load(checkpoints.Checkpoint(pathlib.Path(path), {}))
    if type(model).__name__ not in registry.MODELS.values():
        raise ValueError(
            f"Expected a model among {', '.join(registry.MODELS.values())}. Received: {path!r}, which holds a "
            f"{type(model).__name__}"
        )
    return model


def _compile(model):
    if not growth.grows(model):
        model.compile()
        return
    lod, last = float(model.lod), min(model.generator.resolutions[-1])
    given = {} if lod else {**growth.AT_ONCE, "initial_resolution": last}
    model.compile(schedule=growth.schedule_of(model, {}, given))
    if lod:
        model.images_seen.assign(growth.whole_steps(model, growth.position(model.schedule, lod)))


def import_run(path, folder, discriminator=None, **overrides):
    """Makes a run folder of a file of weights.

    Args:
        path: see `format_of`.
        folder: `RunFolder` that is not there yet.
        discriminator: see `read_model`.
        **overrides: see `read_model`.

    Returns:
        (model, str, the key of `FORMATS`).

    Raises:
        ValueError: where the file cannot be used, or no run can be begun in the folder.
        CheckpointError: where the checkpoint cannot be written.
    """
    folder.check_new()
    model, kind = read_model(path, discriminator, **overrides)
    checkpoints.check_finite(model, int(model.images_seen))
    config = {name: value for name, value in model.get_config().items() if name != "name"}
    kimg = model.schedule.total_images / 1000 if growth.grows(model) else DEFAULT_BUDGET["kimg"]
    record = {
        "model": next(name for name, public in registry.MODELS.items() if public == type(model).__name__),
        "preset": None,
        "config": config,
        "compile": {},
        "training": {} if growth.grows(model) else {"batch_size": model.default_batch_size},
        "schedule": growth.plain(model.schedule) if growth.grows(model) else {},
        "data": {"source": None, "labels": model.num_classes > 0, "count": None, "fingerprint": None},
        "budget": {**DEFAULT_BUDGET, "kimg": kimg},
        "init_from": None,
        "imported": {
            "file": os.path.abspath(path),
            "format": kind,
            "sha256": files.sha256(path) if os.path.isfile(path) else None,
        },
        "resolved": runs.resolved(model),
        "environment": runs.check_environment({}),
    }
    folder.prepare()
    with folder.lock():
        folder.create(settings.plain(record))
        checkpoints.save(model, folder.checkpoints)
        if model.latent_dim:
            _draw(model, folder)
    return model, kind


def _draw(model, folder):
    from keras_gans.training.callbacks import SampleGrid

    grid = SampleGrid(folder.samples, seed=model.seed)
    grid.set_model(model)
    grid.on_train_begin()
