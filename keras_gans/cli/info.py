"""`keras-gans info RUN`: what a run is, and how far it is. Needs no TensorFlow."""

import collections
import json

import click


@click.command()
@click.argument("run", metavar="RUN")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def info(run, as_json):
    """Say what RUN was begun with, how far it is, and which checkpoints are whole."""
    facts = describe(run)
    if as_json:
        click.echo(json.dumps(facts, indent=2))
        return
    for name, value in facts.items():
        if isinstance(value, list):
            value = ", ".join(map(str, value)) or "none"
        elif isinstance(value, dict):
            value = ", ".join(f"{key}={_short(v)}" for key, v in value.items() if v is not None) or "as the paper"
        click.echo(f"{name.replace('_', ' '):<18}{'-' if value is None else value}")


def describe(path):
    """Collects what is known of a run.

    Args:
        path: str or path of the run folder.

    Returns:
        dict of JSON values: run, model, preset, settings, training, schedule (of a model that grows), data, init_from,
        imported (where it was), images_seen (None before the first checkpoint), budget,
        checkpoints (images seen of the whole ones), damaged (names of those that are not), last (the newest line of
        the log), environment.

    Raises:
        ValueError: where there is no run.
    """
    from keras_gans.training import checkpoints
    from keras_gans.training.run_folder import RunFolder

    run = RunFolder.open(path)
    config = run.config
    found = [(checkpoint, checkpoint.damage()) for checkpoint in checkpoints.written(run.checkpoints)]
    whole = [checkpoint.images_seen for checkpoint, damage in found if damage is None]
    resolved = config.get("resolved", {})
    schedule = {**resolved.get("schedule", {}), **config.get("schedule", {})}
    return {
        "run": str(run),
        "model": config.get("model"),
        "preset": config.get("preset"),
        "settings": {**resolved.get("config", {}), **config.get("config", {})},
        "training": {**resolved.get("training", {}), **config.get("training", {}), **config.get("compile", {})},
        **({"schedule": schedule} if schedule else {}),
        "data": config.get("data", {}),
        "init_from": config.get("init_from"),
        **({"imported": config["imported"]} if "imported" in config else {}),
        "images_seen": max(whole, default=None),
        "budget": config.get("budget", {}),
        "checkpoints": whole,
        "damaged": [f"{checkpoint.path.name} {damage}" for checkpoint, damage in found if damage],
        "last": _last_line(run.log),
        "environment": config.get("environment", {}),
    }


def _last_line(path):
    if not path.is_file():
        return {}
    with open(path, encoding="utf-8", errors="replace") as file:
        last = collections.deque(file, maxlen=2)
    for line in reversed(last):
        try:
            return json.loads(line)
        except ValueError:  # being written
            continue
    return {}


def _short(value):
    text = json.dumps(value) if isinstance(value, (dict, list)) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."
