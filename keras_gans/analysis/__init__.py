"""Looking at trained models: walks through latent space, films of a training. Names load when first touched."""

import importlib

_NAMES = {
    "TrainingFilm": "training_film",
    "check_film": "film",
    "film_of_training": "training_film",
    "latent_walk": "latent_walks",
    "walk_frames": "frames",
    "write_film": "film",
}

__all__ = list(_NAMES)


def __getattr__(name):
    if name not in _NAMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_NAMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__():
    return sorted({*globals(), *_NAMES})
