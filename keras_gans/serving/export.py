"""SavedModels as TensorFlow Serving takes them: DIRECTORY/VERSION/, complete or not there at all."""

import contextlib
import json
import logging
import os
import pathlib
import shutil
import uuid

import keras
import numpy as np
import tensorflow as tf

from keras_gans.serving import warmup as warmup_requests

METADATA_NAME = "keras_gans.json"


def export_saved_model(model, directory, version=None, warmup=True):
    """Writes a model as DIRECTORY/VERSION/, a SavedModel with the signatures that the model declares.

    The SavedModel holds the traced signatures and the variables that they read, nothing of Keras, of the trainer or of
    gradients: it loads where only TensorFlow is installed. It is written beside its place under a hidden name that
    TensorFlow Serving ignores, then renamed: a server that watches the directory never sees half a model.

    In `assets.extra`: `keras_gans.json` describes the inputs and outputs, and `tf_serving_warmup_requests` holds a
    request per signature, where `pip install keras-gans[serving]` was done.

    Args:
        model: a model with `serving_signatures()`, a dict: name -> (function of tensors, list of named
            `tf.TensorSpec`). The function returns a tensor or a dict of them. What an optional `serving_metadata()`
            returns (a dict for JSON) goes into `keras_gans.json`.
        directory: path of the folder of all versions; created where it does not exist.
        version: int, at least 1; by default one more than the largest there, and TensorFlow Serving turns to that.
        warmup: bool, whether to write warm-up requests.

    Returns:
        The `pathlib.Path` of the new DIRECTORY/VERSION.

    Raises:
        ValueError: If the model declares no signatures or the version is no positive integer.
        FileExistsError: If that version exists already.
        OSError: If the directory cannot be written.

    Reference:
        - [SavedModel warm-up](https://www.tensorflow.org/tfx/serving/saved_model_warmup)
    """
    signatures = _declared_signatures(model)
    if version is not None and (isinstance(version, bool) or not isinstance(version, (int, np.integer)) or version < 1):
        raise ValueError(f"version must be an integer from 1, or None for the next one. Received: version={version!r}")
    directory = pathlib.Path(directory)
    if version is not None and (directory / str(version)).exists():
        raise FileExistsError(f"Version {version} exists already and is not overwritten: {directory / str(version)}")
    with _clear_write_errors(directory):
        directory.mkdir(parents=True, exist_ok=True)
        hidden = directory / f".export-{uuid.uuid4().hex}"
        hidden.mkdir()  # not mkdtemp, which makes it private: a server is often another user
        try:
            _write(model, signatures, hidden, warmup)
            return _publish(hidden, directory, version)
        finally:
            shutil.rmtree(hidden, ignore_errors=True)


def next_version(directory):
    """Returns one more than the largest version in a directory; 1 where there is none.

    Args:
        directory: path of the folder of all versions; it need not exist.

    Example:

    >>> next_version("there/is/no/such/folder")
    1
    """
    directory = pathlib.Path(directory)
    names = [entry.name for entry in directory.iterdir()] if directory.is_dir() else []
    return max((int(name) for name in names if name.isascii() and name.isdigit()), default=0) + 1


def _declared_signatures(model):
    declare = getattr(model, "serving_signatures", None)
    signatures = declare() if callable(declare) else None
    if not signatures:
        raise ValueError(
            "model must declare what it serves: serving_signatures() -> {name: (function, [tf.TensorSpec])}. "
            f"Received: model={model!r}"
        )
    return signatures


def _write(model, signatures, path, warmup):
    module = tf.Module()
    functions = {}
    for name, (function, specs) in signatures.items():
        traced = tf.function(_returning_dict(function), input_signature=specs, autograph=False)
        functions[name] = traced.get_concrete_function()
        setattr(module, name, traced)
    # Only what the signatures read: no discriminator, no optimizer, no live generator beside the averaged one.
    variables = {id(v): v for function in functions.values() for v in function.graph.variables}
    module.weights = list(variables.values())
    with _quiet_tensorflow():
        tf.saved_model.save(
            module, str(path), functions, tf.saved_model.SaveOptions(experimental_custom_gradients=False)
        )
    extra = path / "assets.extra"
    extra.mkdir()
    metadata = json.dumps(_metadata(model, signatures, functions), indent=2, sort_keys=True)
    (extra / METADATA_NAME).write_text(metadata + "\n", encoding="utf-8")
    if warmup and warmup_requests.can_write_warmup():
        specs = {name: specs for name, (_, specs) in signatures.items()}
        warmup_requests.write_warmup(extra / warmup_requests.FILE_NAME, specs, model.name)


def _returning_dict(function):
    def named(*args):
        outputs = function(*args)
        return outputs if isinstance(outputs, dict) else {"outputs": outputs}

    return named


def _metadata(model, signatures, functions):
    describe = getattr(model, "serving_metadata", None)

    def shapes(specs):
        return {name: {"dtype": spec.dtype.name, "shape": spec.shape.as_list()} for name, spec in specs.items()}

    return {
        "format": 1,
        "model": {"class": type(model).__name__, "name": model.name},
        "description": describe() if callable(describe) else {},
        "signatures": {
            name: {
                "inputs": shapes({spec.name: spec for spec in signatures[name][1]}),
                "outputs": shapes(function.structured_outputs),
            }
            for name, function in functions.items()
        },
        "versions": {"keras": keras.__version__, "keras_gans": _own_version(), "tensorflow": tf.__version__},
    }


def _own_version():
    import keras_gans

    return keras_gans.__version__


def _publish(hidden, directory, version):
    while True:
        target = directory / str(next_version(directory) if version is None else version)
        try:
            os.rename(hidden, target)  # fails where a version with content has appeared in the meantime
            return target
        except OSError:
            if not target.exists():
                raise
            if version is not None:
                raise FileExistsError(f"Version {version} exists already and is not overwritten: {target}") from None


@contextlib.contextmanager
def _clear_write_errors(directory):
    try:
        yield
    except FileExistsError as error:
        if directory.is_dir():
            raise
        raise NotADirectoryError(f"The directory to export to is a file: {directory}") from error
    except NotADirectoryError as error:
        raise NotADirectoryError(f"A part of the path to export to is a file: {directory}") from error
    except OSError as error:
        raise type(error)(f"Cannot write a SavedModel to {directory}: {error.strerror or error}") from error
    except (tf.errors.PermissionDeniedError, tf.errors.ResourceExhaustedError, tf.errors.FailedPreconditionError) as e:
        raise OSError(f"Cannot write a SavedModel to {directory}: {e.message}") from e


@contextlib.contextmanager
def _quiet_tensorflow():
    logger = tf.get_logger()
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)
