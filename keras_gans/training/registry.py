"""Models by the name that the command line and run folders give them. A new model adds a line."""

import difflib

MODELS = {  # name: public name in keras_gans
    "dcgan": "DCGAN",
    "pggan": "PGGAN",
    "pix2pix": "Pix2Pix",
}


def check(name):
    """Raises `ValueError` unless `name` is a key of `MODELS`; loads nothing."""
    if name not in MODELS:
        raise ValueError(
            f"Expected the name of a model: {', '.join(MODELS)}.{did_you_mean(name, MODELS)} Received: model={name!r}"
        )


def model_class(name):
    """Returns the class of a model.

    Args:
        name: str, a key of `MODELS`.

    Returns:
        A subclass of `keras_gans.GAN`.

    Raises:
        ValueError: where there is no such model.

    Example:

    >>> model_class("dcgan").__name__
    'DCGAN'
    """
    check(name)
    import keras_gans

    return getattr(keras_gans, MODELS[name])


def did_you_mean(name, names):
    """A sentence with the closest of `names`: `did_you_mean("dcgam", ["dcgan"])` is " Did you mean dcgan?"; or ""."""
    close = difflib.get_close_matches(str(name), list(names), 1)
    return f" Did you mean {close[0]}?" if close else ""
