"""What a run may be told: sorted into sections, and compared with what the run was begun with.

config    arguments of the model's constructor         fixed for the life of a run
compile   arguments of `compile`                       may change with an override
training  batch size and learning rates                may change with an override
schedule  arguments of the schedule of growing         may change with an override
data      how images are read                          may change with an override
Budget and intervals belong to no section: they are free.
"""

import inspect
import json
import math

from keras_gans.training.registry import did_you_mean

TRAINING = ("batch_size", "learning_rate", "g_learning_rate", "d_learning_rate")
DATA = ("mirror", "crop", "load_size", "max_upscale", "depth", "skip_broken", "split", "data_dir", "check")
KERAS_COMPILE = ("jit_compile", "run_eagerly")  # of what keras.Model.compile takes besides
SCHEDULE = (  # of ProgressiveSchedule; the budget and the intervals say the rest
    *("stable_images", "fade_images", "initial_resolution", "batch_size"),
    *("batch_sizes", "learning_rate_factors", "minibatch_repeats"),
)
SECTIONS = ("config", "compile", "training", "schedule", "data")
SWITCHES = ("reuse_fakes", "run_eagerly", "mirror", "skip_broken", "jitter")  # whose default is no bool everywhere
PYTHON = {"True": True, "False": False, "None": None}


def parse_assignments(assignments):
    """Reads `key=value` pairs; a value is a JSON literal, Python's True, False or None, or else the text itself.

    Args:
        assignments: iterable of str.

    Returns:
        dict of name -> value.

    Raises:
        ValueError: where one is not `key=value`.

    Example:

    >>> parse_assignments(["latent_dim=64", "loss=hinge", "use_bias=true"])
    {'latent_dim': 64, 'loss': 'hinge', 'use_bias': True}
    """
    values = {}
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        if not equals or not name.strip():
            raise ValueError(f"Expected key=value. Received: --set {assignment}")
        try:
            values[name.strip()] = PYTHON[text] if text in PYTHON else json.loads(text)
        except (ValueError, RecursionError):
            values[name.strip()] = text
    return values


def sort(values, model_class):
    """Sorts values by the section that knows their name.

    Args:
        values: dict of name -> JSON value.
        model_class: class of the model: its constructor's and its `compile`'s arguments are the names known.

    Returns:
        dict of section -> dict of name -> value, all of `SECTIONS`.

    Raises:
        ValueError: where no section knows a name, a number is not finite, or a switch is neither true nor false.

    Example:

    >>> import keras_gans
    >>> sort({"latent_dim": 8, "batch_size": 4}, keras_gans.DCGAN)["config"]
    {'latent_dim': 8}
    """
    known, switches = names(model_class), _switches(model_class)
    found = {section: {} for section in SECTIONS}
    for name, value in values.items():
        section = next((section for section in SECTIONS if name in known[section]), None)
        if section is None:
            every = [name for section in SECTIONS for name in known[section]]
            raise ValueError(
                f"Expected a setting of {model_class.__name__}: {', '.join(every)}.{did_you_mean(name, every)} "
                f"Received: {name}={value!r}"
            )
        if not _is_finite(value):
            raise ValueError(f"Expected finite numbers. Received: {name}={value!r}")
        if name in switches and not isinstance(value, bool):
            raise ValueError(f"Expected true or false. Received: {name}={value!r}")
        found[section][name] = value
    batch_size = {**found["training"], **found["schedule"]}.get("batch_size", 1)
    if not isinstance(batch_size, int) or isinstance(batch_size, bool) or batch_size < 1:
        raise ValueError(f"Expected a whole number of images. Received: batch_size={batch_size!r}")
    return found


def names(model_class):
    """The names that each section knows, a dict of section -> list of str."""
    compiling = _arguments(model_class.compile)
    scheduled = "schedule" in compiling
    return {
        "config": _arguments(model_class.__init__),
        "compile": [*(name for name in compiling if name != "schedule"), *KERAS_COMPILE],
        "training": [name for name in TRAINING if not (scheduled and name in SCHEDULE)],
        "schedule": list(SCHEDULE) if scheduled else [],
        "data": list(getattr(model_class, "data_settings", DATA)),
    }


def data_defaults(model_class, source):
    """What the data settings of a model are where nobody says them, a dict of name -> value.

    Args:
        model_class: class of the model.
        source: what `keras_gans.data.load` takes.
    """
    from keras_gans import data

    openers = (data.load_pairs, model_class.open_data) if hasattr(model_class, "open_data") else (data.load,)
    found = {name: value for opener in openers for name, value in _defaults(opener).items()}
    if openers == (data.load,) and str(source) not in data.loading.NAMES:
        found["max_upscale"] = data.loading.MAX_UPSCALE
    return {name: found[name] for name in names(model_class)["data"] if name in found}


def changes(stored, given, defaults=None):
    """Lists what is given otherwise than it is stored.

    Args:
        stored: dict, a run's configuration: sections, and `resolved` with what was left to defaults.
        given: dict of section -> dict of name -> value: only what somebody asked for.
        defaults: dict of name -> value, what data settings are that nobody stored (see `data_defaults`).

    Returns:
        dict of section -> dict of name -> (stored value, given value), without what is alike.

    Example:

    >>> changes({"config": {"resolution": 32}}, {"config": {"resolution": 64}})
    {'config': {'resolution': (32, 64)}}
    """
    found = {}
    for section, values in given.items():
        unsaid = {"data": defaults or {}, "compile": {"jit_compile": "auto", "run_eagerly": False}}.get(section, {})
        before = {**unsaid, **stored.get("resolved", {}).get(section, {}), **stored.get(section, {})}
        differing = {name: (before.get(name), v) for name, v in values.items() if not _alike(name, before.get(name), v)}
        if differing:
            found[section] = differing
    return found


def check_changes(changed, override):
    """Refuses to go on with a run under other settings than it may.

    Args:
        changed: dict of `changes`.
        override: bool, whether training settings may change.

    Raises:
        ValueError: naming each setting, what it was and what it was to be.
    """
    model = changed.get("config", {})
    training = {name: pair for section in SECTIONS[1:] for name, pair in changed.get(section, {}).items()}
    if model:
        raise ValueError(
            f"Expected the model that the run was begun with: {_in_words(model)}. Another model needs "
            f"another --out, or --new to begin anew in this one. Received: {_received(model)}"
        )
    if training and not override:
        raise ValueError(
            f"Expected the settings that the run was begun with: {_in_words(training)}. --override goes on with "
            f"the new ones. Received: {_received(training)}"
        )


def plain(value):
    """A value as JSON would give it back: tuples as lists, keys as text."""
    return json.loads(json.dumps(value, default=str))


def _alike(name, before, now):
    return plain(before) == plain(now) or plain(_serialized(name, before)) == plain(_serialized(name, now))


def _serialized(name, value):
    """The configuration of the object that a setting stands for, by whatever name it is called; else the value."""
    from keras.saving import serialize_keras_object

    from keras_gans import augmentation, losses

    getter = {"loss": losses.get, "augment": augmentation.get}.get(name)
    if getter is None:
        return value
    try:
        return serialize_keras_object(getter(value))
    except (ValueError, TypeError, KeyError):  # compile says what is wrong with it
        return value


def _is_finite(value):
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        return all(_is_finite(each) for each in value)
    return not isinstance(value, float) or math.isfinite(value)


def _switches(model_class):
    """The names of the settings that are true or false and nothing else."""
    arguments = {**_defaults(model_class.__init__), **_defaults(model_class.compile)}
    return {*SWITCHES, *(name for name, default in arguments.items() if isinstance(default, bool))}


def _defaults(function):
    parameters = inspect.signature(function).parameters.items()
    return {name: p.default for name, p in parameters if p.default is not inspect.Parameter.empty}


def _arguments(function):
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return [name for name, p in inspect.signature(function).parameters.items() if p.kind in kinds and name != "self"]


def _in_words(changed):
    return ", ".join(f"{name}={before!r}" for name, (before, _) in changed.items())


def _received(changed):
    return ", ".join(f"{name}={now!r}" for name, (_, now) in changed.items())
