"""Generative adversarial networks for Keras 3 on TensorFlow.

Importing this package loads neither TensorFlow nor Keras: each name below is loaded when it is first touched.
`keras.models.load_model` nevertheless finds our classes, whichever of the two packages is imported first.

Where TensorFlow is not loaded yet, importing this package turns on oneDNN's kernels, as `_lazy.ask_for_onednn` says.
"""

from keras_gans import _lazy

__version__ = "0.1.0"

# public name -> the module that it is (lower case) or lives in
_NAMES = {
    "DCGAN": "keras_gans.models.dcgan",
    "GAN": "keras_gans.models.gan",
    "PGGAN": "keras_gans.models.pggan",
    "Pix2Pix": "keras_gans.models.pix2pix",
    "analysis": "keras_gans.analysis",
    "data": "keras_gans.data",
    "layers": "keras_gans.layers",
    "losses": "keras_gans.losses",
    "metrics": "keras_gans.metrics",
    "models": "keras_gans.models",
    "noise": "keras_gans.noise",
    "penalties": "keras_gans.penalties",
    "pixels": "keras_gans.pixels",
    "schedules": "keras_gans.schedules",
    "serving": "keras_gans.serving",
    "training": "keras_gans.training",
}

__all__ = ["__version__"] + list(_NAMES)


def __getattr__(name):
    if name not in _NAMES:
        raise AttributeError(f"module 'keras_gans' has no attribute {name!r}")
    value = _lazy.load(_NAMES[name], name)
    globals()[name] = value
    return value


def __dir__():
    return sorted({*globals(), *_NAMES})


_lazy.ask_for_onednn()
_lazy.register_with_keras()
