"""What users hand to `Pix2Pix.fit` and `evaluate`, made into one kind of tf.data pipeline."""

import contextlib

import numpy as np
import tensorflow as tf

from keras_gans import pixels
from keras_gans.data.pairs import PairData, load_pairs
from keras_gans.models.feeding import MODES, count_of

PREVIEWS = 8


def training_batches(model, x, y, batch_size):
    """Returns (dataset, steps per epoch or None) for `fit`.

    Args:
        model: compiled `Pix2Pix`.
        x: `PairData`, inputs [N, H, W, C], (inputs, targets), or tf.data.Dataset of pairs.
        y: targets [N, H, W, C] when x is an array.
        batch_size: pairs a step.

    Raises:
        ValueError: If the data do not fit the model, or are fewer than a batch.
    """
    if isinstance(x, tf.data.Dataset):
        dataset = _batched(_checked_stream(model, x), batch_size)
        if next(iter(dataset.take(1)), None) is None:
            raise ValueError(
                f"The dataset has no whole batch of batch_size={batch_size}. Received: fewer pairs than that"
            )
        return dataset, None
    pairs = pair_data(model, x, y)
    if len(pairs) < batch_size:
        raise ValueError(f"batch_size={batch_size} is larger than the data. Received: {len(pairs)} pairs")
    return pairs.batches(batch_size, start=count_of(model.images_seen)), len(pairs) // batch_size


def evaluation_batches(model, x, y, batch_size):
    """Returns a finite dataset for `evaluate`, in order.

    Args:
        model: `Pix2Pix`.
        x: as in `training_batches`.
        y: targets when x is an array.
        batch_size: pairs a batch.

    Raises:
        ValueError: If the data do not fit the model.
    """
    if isinstance(x, tf.data.Dataset):
        return _batched(_checked_stream(model, x), batch_size, drop_remainder=False)
    return pair_data(model, x, y).ordered(batch_size)


def pair_data(model, x, y):
    """Returns `PairData` that fit the model.

    Args:
        model: `Pix2Pix`.
        x: `PairData`, inputs, or (inputs, targets).
        y: targets when x is an array.

    Raises:
        ValueError: If they do not fit.
    """
    if not isinstance(x, PairData):
        inputs, targets = x if isinstance(x, (tuple, list)) and len(x) == 2 and y is None else (x, y)
        if inputs is None or targets is None:
            raise ValueError(
                "Expected pairs: PairData, inputs and targets, or a tf.data.Dataset of pairs. "
                f"Received: {'no targets' if inputs is not None else 'x=None'}"
            )
        inputs, targets = np.asarray(inputs), np.asarray(targets)
        for array, channels in ((inputs, model.input_channels), (targets, model.output_channels)):
            _check(array.shape[1:], model.image_shape[:2], channels, array.dtype.name)
        channels = dict(input_channels=model.input_channels, output_channels=model.output_channels)
        x = load_pairs((inputs, targets), seed=model.seed, **channels)
    _check(x.input_shape, model.image_shape[:2], model.input_channels, str(x.inputs.dtype))
    _check(x.image_shape, model.image_shape[:2], model.output_channels, str(x.targets.dtype))
    return x


def previews(x):
    """Returns some pairs (inputs, targets) to look at while a model trains, None where there are none to be had.

    Args:
        x: what `fit` was given as data, arrays as `PairData`.
    """
    if isinstance(x, PairData):
        return x.read(np.arange(min(PREVIEWS, len(x))))
    if isinstance(x, tf.data.Dataset):
        dataset = x if x.element_spec[0].shape.rank == 4 else x.batch(PREVIEWS)
        for inputs, targets in dataset.take(1).as_numpy_iterator():
            return inputs[:PREVIEWS], targets[:PREVIEWS]
    return None


def errors_of(x):
    """Returns a context in which data that break off midway raise their own error instead of TensorFlow's.

    Args:
        x: what `fit` was given.
    """
    return x.errors() if isinstance(x, PairData) else contextlib.nullcontext()


def _checked_stream(model, dataset):
    spec = dataset.element_spec
    fits = isinstance(spec, tuple) and len(spec) == 2 and all(isinstance(part, tf.TensorSpec) for part in spec)
    if not fits or spec[0].shape.rank not in (3, 4) or spec[1].shape.rank != spec[0].shape.rank:
        raise ValueError(
            "The dataset must yield pairs (input, target) of images [H, W, C] or [N, H, W, C]. "
            f"Received: element_spec={spec}"
        )
    for part, channels in zip(spec, (model.input_channels, model.output_channels)):
        _check(tuple(part.shape[-3:]), model.image_shape[:2], channels, part.dtype.name)
    for pair in dataset.take(1):
        for part, channels in zip(pair, (model.input_channels, model.output_channels)):
            _check(
                tuple(part.shape[-3:]), model.image_shape[:2], channels, part.dtype.name
            )  # the spec may leave it open
            if part.dtype.is_floating:
                pixels.check_float_range(part.numpy())
    return dataset


def _check(shape, size, channels, dtype):
    if dtype not in pixels.DEPTHS and not dtype.startswith(("float", "bfloat")):
        raise ValueError(f"Images must be uint8, uint16 or float in [-1, 1]. Received: dtype={dtype}")
    wanted = (*size, channels)
    if len(shape) == 2 and channels == 1:
        shape = (*shape, 1)
    if len(shape) != 3 or any(have not in (None, want) for have, want in zip(shape, wanted)):
        mode = MODES.get(channels, f"{channels} channels")
        raise ValueError(
            f"This model trains on images of {wanted[0]} x {wanted[1]} x {channels} ({mode}). Received: images of "
            f"{' x '.join(map(str, shape))}; keras_gans.data.load_pairs(source, resolution={wanted[:2]}) fits them"
        )


def _batched(dataset, batch_size, drop_remainder=True):
    rank = dataset.element_spec[0].shape.rank
    return dataset.batch(batch_size, drop_remainder) if rank == 3 else dataset
