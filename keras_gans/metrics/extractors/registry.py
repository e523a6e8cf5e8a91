"""Feature extractors by name, so that protocols and the command line can ask for one."""

from keras_gans.metrics.extractors.base import FeatureExtractor
from keras_gans.metrics.extractors.function import FunctionExtractor

_FACTORIES = {}


def register_extractor(name, factory):
    """Makes `get_extractor(name)` return `factory(**arguments)`.

    Args:
        name: a new name.
        factory: a class or function which returns a `FeatureExtractor`.

    Raises:
        ValueError: the name is taken by another factory.
    """
    if _FACTORIES.get(name, factory) is not factory:
        raise ValueError(f"Expected a new name for a feature extractor. Received: name={name!r}")
    _FACTORIES[name] = factory


def extractor_names():
    """The registered names, sorted."""
    return sorted(_FACTORIES)


def get_extractor(name, **arguments):
    """The extractor of this name.

    Args:
        name: a registered name; an extractor, which is returned as it is; or any function of images, which becomes a
            `FunctionExtractor` under its own name.
        arguments: for its constructor, such as `weights=PATH`.

    Returns:
        A `FeatureExtractor`.

    Raises:
        ValueError: an unknown name; the weights cannot be had.

    Example:

    >>> from keras_gans.metrics.extractors import extractor_names
    >>> extractor_names()
    ['efficientnet_lite0', 'inception_v3_fid']
    """
    if isinstance(name, FeatureExtractor):
        return name
    if callable(name):
        return FunctionExtractor(name, getattr(name, "__name__", type(name).__name__), **arguments)
    if not isinstance(name, str) or name not in _FACTORIES:
        raise ValueError(f"Expected the name of a feature extractor: {extractor_names()}. Received: name={name!r}")
    return _FACTORIES[name](**arguments)
