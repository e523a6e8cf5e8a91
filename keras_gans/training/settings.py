"""What a run may be told: sorted into sections, and compared with what the run was begun with.

config    arguments of the model's constructor         fixed for the life of a run
compile   arguments of `compile`                       may change with an override
training  batch size and learning rates                may change with an override
data      how images are read                          may change with an override
Budget and intervals belong to no section: they are free.
"""

import inspect
import json

from keras_gans.training.registry import did_you_mean

TRAINING = ("batch_size", "learning_rate", "g_learning_rate", "d_learning_rate")
DATA = ("mirror", "crop", "load_size", "max_upscale", "depth", "skip_broken", "split", "data_dir", "check")
KERAS_COMPILE = ("jit_compile", "run_eagerly")  # of what keras.Model.compile takes besides
SECTIONS = ("config", "compile", "training", "data")


def parse_assignments(assignments):
    """Reads `key=value` pairs; a value is a JSON literal, or else the text itself.

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
            values[name.strip()] = json.loads(text)
        except ValueError:
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
        ValueError: where no section knows a name.

    Example:

    >>> import keras_gans
    >>> sort({"latent_dim": 8, "batch_size": 4}, keras_gans.DCGAN)["config"]
    {'latent_dim': 8}
    """
    known = names(model_class)
    found = {section: {} for section in SECTIONS}
    for name, value in values.items():
        section = next((section for section in SECTIONS if name in known[section]), None)
        if section is None:
            every = [name for section in SECTIONS for name in known[section]]
            raise ValueError(
                f"Expected a setting of {model_class.__name__}: {', '.join(every)}.{did_you_mean(name, every)} "
                f"Received: {name}={value!r}"
            )
        found[section][name] = value
    batch_size = found["training"].get("batch_size", 1)
    if not isinstance(batch_size, int) or isinstance(batch_size, bool) or batch_size < 1:
        raise ValueError(f"Expected a whole number of images. Received: batch_size={batch_size!r}")
    return found


def names(model_class):
    """The names that each section knows, a dict of section -> list of str."""
    return {
        "config": _arguments(model_class.__init__),
        "compile": [*_arguments(model_class.compile), *KERAS_COMPILE],
        "training": list(TRAINING),
        "data": list(getattr(model_class, "data_settings", DATA)),
    }


def changes(stored, given):
    """Lists what is given otherwise than it is stored.

    Args:
        stored: dict, a run's configuration: sections, and `resolved` with what was left to defaults.
        given: dict of section -> dict of name -> value: only what somebody asked for.

    Returns:
        dict of section -> dict of name -> (stored value, given value), without what is alike.

    Example:

    >>> changes({"config": {"resolution": 32}}, {"config": {"resolution": 64}})
    {'config': {'resolution': (32, 64)}}
    """
    found = {}
    for section, values in given.items():
        before = {**stored.get("resolved", {}).get(section, {}), **stored.get(section, {})}
        differing = {name: (before.get(name), v) for name, v in values.items() if plain(before.get(name)) != plain(v)}
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


def _arguments(function):
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return [name for name, p in inspect.signature(function).parameters.items() if p.kind in kinds and name != "self"]


def _in_words(changed):
    return ", ".join(f"{name}={before!r}" for name, (before, _) in changed.items())


def _received(changed):
    return ", ".join(f"{name}={now!r}" for name, (_, now) in changed.items())
