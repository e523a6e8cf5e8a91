"""Runs as a whole: begun from settings, opened for reading, continued from their newest checkpoint."""

import contextlib

from keras_gans.training import checkpoints, environment, growth, settings
from keras_gans.training.registry import MODELS, model_class
from keras_gans.training.run_folder import RunFolder

CHANGING = ("seed", "name")  # of a model's arguments: the noise is another after non-finite losses


def build(name, preset, config, compile_settings, training, schedule=None):
    """Builds and compiles a model from plain settings.

    Args:
        name: str, a key of `registry.MODELS`.
        preset: str or None, a preset of the model.
        config: dict, arguments of the constructor that replace the preset's.
        compile_settings: dict, arguments of `compile` that replace the preset's.
        training: dict, of which learning rates are used here.
        schedule: dict, settings of the schedule that replace the preset's, of a model that grows.

    Returns:
        The model, compiled.

    Raises:
        ValueError: where an argument is not what the model takes.
    """
    cls = model_class(name)
    presets = preset_of(name, preset)
    with _asked_for(cls):
        model = cls(**{**presets.get("config", {}), **config})
        arguments = {**presets.get("compile", {}), **compile_settings}
        if growth.grows(cls):
            arguments["schedule"] = growth.schedule_of(model, presets, schedule or {})
        model.compile(**arguments)
    set_learning_rates(model, training)
    return model


@contextlib.contextmanager
def _asked_for(cls):
    """Turns complaints about a model's settings, Keras' own too, into a `ValueError` that names the model."""
    try:
        yield
    except KeyError as error:
        raise ValueError(
            f"{cls.__name__}: Expected the configuration of a Keras object. Received: no {error}"
        ) from error
    except (TypeError, ValueError, AttributeError) as error:
        raise ValueError(f"{cls.__name__}: {error}") from error


def preset_of(name, preset):
    """The preset of a model, a dict; {} for None.

    Raises:
        ValueError: where the model has no such preset.
    """
    if preset is None:
        return {}
    presets = model_class(name).presets
    if preset not in presets:
        raise ValueError(f"Expected a preset of {name}: {', '.join(presets)}. Received: preset={preset!r}")
    return presets[preset]


def set_learning_rates(model, training):
    """Sets what `training` says of learning_rate (both), g_learning_rate and d_learning_rate.

    Raises:
        ValueError: where one is no positive number, or the optimizer has a schedule of its own.
    """
    for name, optimizers in (
        ("learning_rate", (model.g_optimizer, model.d_optimizer)),
        ("g_learning_rate", (model.g_optimizer,)),
        ("d_learning_rate", (model.d_optimizer,)),
    ):
        rate = training.get(name)
        if rate is None:
            continue
        if isinstance(rate, bool) or not isinstance(rate, (int, float)) or not 0 < rate < float("inf"):
            raise ValueError(f"Expected a positive number. Received: {name}={rate!r}")
        for optimizer in optimizers:
            try:
                optimizer.learning_rate = rate * _factor(model)
            except TypeError as error:  # Keras lets a schedule have its way
                raise ValueError(
                    f"Expected no {name} beside an optimizer whose rate is a schedule. Received: {name}={rate!r}"
                ) from error


def recompile(model, compile_settings):
    """Compiles a trained model anew under changed settings; optimizers that are not among them keep their state.

    Args:
        model: compiled GAN.
        compile_settings: dict of the arguments of `compile` that change.

    Raises:
        ValueError: where an argument is not what the model takes.
    """
    kept = {"g_optimizer": model.g_optimizer, "d_optimizer": model.d_optimizer}
    factor = _factor(model)
    with _asked_for(type(model)):
        model.compile(**{**model.get_compile_config(), **kept, **compile_settings})
    if factor != 1.0:
        model.learning_rate_factor.assign(factor)
        for name, before in kept.items():
            optimizer = getattr(model, name)
            if optimizer is not before:
                optimizer.learning_rate = float(optimizer.learning_rate) * factor


def _factor(model):
    """What the schedule makes of the compiled learning rates at present."""
    return float(getattr(model, "learning_rate_factor", 1.0))


def resolved(model):
    """The whole settings of a compiled model as JSON values: dict(config=, compile=, training=), and schedule= of one
    that grows."""
    optimizers, factor = (model.g_optimizer, model.d_optimizer), _factor(model)
    g_rate, d_rate = (float(f"{float(optimizer.learning_rate) / factor:.6g}") for optimizer in optimizers)
    rates = {"g_learning_rate": g_rate, "d_learning_rate": d_rate}
    return settings.plain(
        {
            "config": model.get_config(),
            "compile": model.get_compile_config(),
            "training": rates | ({"learning_rate": g_rate} if g_rate == d_rate else {}),
            **({"schedule": growth.plain(model.schedule)} if growth.grows(model) else {}),
        }
    )


def load_run(path, say=print):
    """Opens a run and loads the model of its newest whole checkpoint.

    Args:
        path: str or path of the run folder.
        say: function of one str, told of damaged checkpoints.

    Returns:
        (`RunFolder`, model, `Checkpoint`).

    Raises:
        ValueError: where there is no run, no checkpoint yet, or one of another model.
    """
    run = RunFolder.open(path)
    checkpoint = checkpoints.newest(run.checkpoints, say)
    if checkpoint is None:
        raise ValueError(
            f"Expected a run that has a checkpoint already. Received: {run}, whose training has just begun"
        )
    return run, load_checkpoint(run, checkpoint), checkpoint


def load_checkpoint(run, checkpoint):
    """Loads a checkpoint of a run.

    Args:
        run: `RunFolder`.
        checkpoint: `Checkpoint` of it.

    Returns:
        The model.

    Raises:
        ValueError: where the checkpoint holds another model than the run is of.
    """
    name = run.config.get("model")
    if name not in MODELS:
        raise ValueError(
            f"Expected a run of {', '.join(MODELS)}; another model is loaded in Python, where its class is, by "
            f"keras.models.load_model({str(checkpoint.path)!r}). Received: {run}, a run of {name}"
        )
    model = checkpoints.load(checkpoint)
    if MODELS.get(name) != type(model).__name__:
        raise ValueError(
            f"Expected a checkpoint of the run's model, {name}. Received: {checkpoint.path}, which holds a "
            f"{type(model).__name__}"
        )
    if not model.compiled:
        raise ValueError(
            f"Expected a checkpoint of a compiled model. Received: {checkpoint.path}, which holds no optimizer"
        )
    expected, found = run.config.get("resolved", {}).get("config", {}), settings.plain(model.get_config())
    names = [name for name in expected if name in found and name not in CHANGING and expected[name] != found[name]]
    if names:
        raise ValueError(
            f"Expected a checkpoint of the run's model, with {', '.join(f'{n}={expected[n]!r}' for n in names)}. "
            f"Received: {checkpoint.path}, which has {', '.join(f'{n}={found[n]!r}' for n in names)}"
        )
    return model


def check_environment(config, say=print):
    """Warns where a run goes on in another environment than it was begun in: its bits may then differ.

    Args:
        config: dict, the run's configuration.
        say: function of one str.

    Returns:
        dict, the environment of today.
    """
    now = environment.describe()
    before = config.get("environment")
    if before is not None:
        for difference in environment.differences(before, settings.plain(now)):
            say(f"Warning: {difference}; the run goes on, but not bit for bit as it would have there.")
    return now
