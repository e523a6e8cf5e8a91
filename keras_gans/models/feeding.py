"""What users hand to `fit` and `evaluate`, made into one kind of tf.data pipeline."""

import contextlib

import keras
import numpy as np
import tensorflow as tf

from keras_gans import data, pixels
from keras_gans.data.sources.tensors import without_keys
from keras_gans.models import replicas

MODES = {1: "grey", 2: "grey with alpha", 3: "RGB", 4: "RGBA"}


def training_batches(model, x, y, batch_size):
    """Returns (dataset, steps per epoch or None) for `fit`: batches of `discriminator_steps` x `batch_size` images.

    Args:
        model: compiled `GAN`.
        x: `ImageData`, array or tf.data.Dataset.
        y: labels [N] when x is an array.
        batch_size: images a discriminator step.

    Raises:
        ValueError: If the data do not fit the model, are fewer than a batch, or a batch is no multiple of `accumulate`.
    """
    group = model.discriminator_steps
    if isinstance(x, tf.data.Dataset):
        dataset = _batched(_checked_stream(model, x), batch_size)
        size = _first_batch(model, dataset, batch_size)
        _check_parts(model, size)
        if group > 1 or model.accumulate > 1:  # [B, ...] -> [n B, ...], whole groups only
            dataset = dataset.rebatch(group * size, drop_remainder=True)
        if group > 1:
            _first_batch(model, dataset, f"{size} x discriminator_steps={group}")
        return dataset, None
    images = _image_data(model, x, y)
    _check_parts(model, batch_size)
    size = group * batch_size
    if len(images) < size:
        steps = f" x discriminator_steps={group}" if group > 1 else ""
        raise ValueError(f"batch_size={batch_size}{steps} is larger than the data. Received: {len(images)} images")
    return images.batches(size, start=count_of(model.images_seen)), len(images) // size


def _check_parts(model, batch_size):
    """Says so before TensorFlow does where a batch cannot be cut into its parts."""
    if batch_size % model.accumulate:
        raise ValueError(
            f"The batch must be a multiple of accumulate={model.accumulate}. Received: {batch_size} images"
        )
    check_equal_parts(model, batch_size)


def check_equal_parts(model, batch_size):
    """Raises ValueError where replicas that cut their part of a batch up again would get unequal ones.

    Args:
        model: compiled `GAN`.
        batch_size: images a discriminator step.
    """
    count = model.distribute_strategy.num_replicas_in_sync
    if model.discriminator_steps * model.accumulate > 1 and batch_size % (count * model.accumulate):
        raise ValueError(
            f"With discriminator_steps={model.discriminator_steps}, the batch must be a multiple of {count} replicas x "
            f"accumulate={model.accumulate}. Received: {batch_size} images"
        )


def evaluation_batches(model, x, y, batch_size):
    """Returns a finite dataset for `evaluate`, in order.

    Args:
        model: `GAN`.
        x: `ImageData`, array, (array, labels) or tf.data.Dataset.
        y: labels [N] when x is an array.
        batch_size: images a batch; the model's default when None.

    Raises:
        ValueError: If the data do not fit the model.
    """
    batch_size = batch_size or model.default_batch_size
    if isinstance(x, tf.data.Dataset):
        return _batched(_checked_stream(model, x), batch_size, drop_remainder=False)
    return _image_data(model, x, y).ordered(batch_size)


def check_fit_arguments(model, **kwargs):
    """Raises ValueError for what Keras' `fit` takes and a step of the game cannot use.

    Args:
        model: `GAN`.
        **kwargs: what `fit` was given beside its own arguments.

    Raises:
        ValueError: Naming the argument.
    """
    for name, instead in (
        ("class_weight", "balance the classes of the data"),
        ("sample_weight", "repeat images in the data"),
        ("validation_split", "give validation_data"),
    ):
        value = kwargs.get(name)
        if value is not None and (name != "validation_split" or value):
            fit = f"{type(model).__name__}.fit"
            raise ValueError(f"{fit} does not take {name}: {instead} instead. Received: {name}={value!r}")


class BegunCallbacks(keras.callbacks.CallbackList):
    """Callbacks that begin before Keras' `fit`, which opens the data first: one may bring back a checkpoint.

    Args:
        callbacks: list of keras callbacks, or None.
        model: `GAN`.
        verbose: as in `fit`.
        epochs: number of epochs.
        steps: training steps an epoch, None where that is not known.
    """

    def __init__(self, callbacks, model, verbose, epochs, steps):
        super().__init__(
            callbacks,
            add_history=True,
            add_progbar=verbose != 0,
            model=model,
            verbose=verbose,
            epochs=epochs,
            steps=steps,
        )

    def begin(self):
        """What `on_train_begin` is elsewhere."""
        super().on_train_begin()
        replicas.check_workers_agree(self._model)

    def on_train_begin(self, logs=None):
        pass


def begin(model, batches, open_batches, steps_per_epoch, epochs, kwargs):
    """Begins a `fit`; returns (dataset, steps per epoch or None), the data from where the model stands by then.

    Args:
        model: compiled `GAN`.
        batches: (dataset, steps per epoch or None), from where the model stands.
        open_batches: function that returns such a pair.
        steps_per_epoch: as in `fit`.
        epochs: as in `fit`.
        kwargs: dict of further arguments of Keras' `fit`; its callbacks become `BegunCallbacks`.

    Raises:
        ValueError: If nothing ends an epoch.
    """
    dataset, steps = batches
    steps, seen = steps_per_epoch or steps, count_of(model.images_seen)
    prepare_epochs(model, dataset, steps)
    if isinstance(kwargs.get("callbacks"), keras.callbacks.CallbackList):
        return dataset, steps  # of somebody who begins and ends them
    known, verbose = int(dataset.cardinality()), kwargs.get("verbose", "auto")
    shown = steps or (known if known > 0 else None)
    kwargs["callbacks"] = BegunCallbacks(kwargs.get("callbacks"), model, verbose, epochs, shown)
    model.stop_training = False
    kwargs["callbacks"].begin()
    if count_of(model.images_seen) != seen:
        dataset, _ = open_batches()
    return dataset, steps


def prepare_epochs(model, dataset, steps):
    """Checks that an epoch ends, and sets the steps of one execution: the most, up to those asked for, that divide it.

    Of batches without end Keras would take them for ever, and would not cut the last execution at the epoch's end. On
    several replicas it is one: TensorFlow's loop around a distributed step fails (2.21, with any Keras model).

    Args:
        model: compiled `GAN`.
        dataset: tf.data.Dataset of its batches.
        steps: training steps an epoch; None where the data end it.

    Raises:
        ValueError: If nothing ends the epoch.
    """
    if steps is None and dataset.cardinality() == tf.data.INFINITE_CARDINALITY:
        raise ValueError(f"A dataset without end needs steps_per_epoch. Received: steps_per_epoch=None, x={dataset}")
    alone = model.distribute_strategy.num_replicas_in_sync == 1
    together = asked = model._compile_kwargs.get("steps_per_execution", 1) if alone else 1
    if steps is not None:
        together = next(n for n in range(min(asked, steps), 0, -1) if steps % n == 0)
    if together != model.steps_per_execution:
        model.steps_per_execution, model.train_function, model.test_function = together, None, None


def errors_of(x):
    """Returns a context in which data that break off midway raise their own error instead of TensorFlow's.

    Args:
        x: what `fit` was given.
    """
    return x.errors() if isinstance(x, data.ImageData) else contextlib.nullcontext()


def count_of(variable):
    """Returns an integer variable's value as a Python integer, also of a variable mirrored on several devices.

    Args:
        variable: keras variable, scalar.
    """
    return int(keras.ops.convert_to_numpy(variable))


def number_of(variable):
    """Returns a variable's value as a Python float, also of a variable mirrored on several devices.

    Args:
        variable: keras variable, scalar.
    """
    return float(keras.ops.convert_to_numpy(variable))


def assign(variable, value):
    """Assigns in a replica what all replicas agree on; plain assignment without a strategy.

    Args:
        variable: keras variable.
        value: tensor, the same in each replica.
    """
    context = tf.distribute.get_replica_context()
    target = variable.value if hasattr(variable, "value") else variable
    if context is None or context.strategy.num_replicas_in_sync == 1:
        target.assign(value)
        return

    def merged(strategy, target, value):
        strategy.extended.update(target, lambda copy, new: copy.assign(new), args=(value,), group=False)

    context.merge_call(merged, args=(target, value))


def _image_data(model, x, y):
    if not isinstance(x, data.ImageData):
        images, labels = x if isinstance(x, tuple) and len(x) == 2 and y is None else (x, y)
        if images is None:
            raise ValueError("Expected images: ImageData, an array or a tf.data.Dataset. Received: x=None")
        images = np.asarray(images)
        _check_images(model, images.shape[1:], images.dtype.name, len(images.shape) == 4)
        x = data.load(images if labels is None else (images, np.asarray(labels)), seed=model.seed)
    _check_images(model, x.image_shape, str(x.dtype), True)
    if model.num_classes and x.num_classes != model.num_classes and x.labels is None:
        raise ValueError(f"A model with num_classes={model.num_classes} needs labels. Received: images without labels")
    if model.num_classes and x.labels is not None and len(x.labels) and max(x.labels) >= model.num_classes:
        raise ValueError(
            f"Labels must be from 0 to {model.num_classes - 1}. Received: labels up to {int(max(x.labels))}"
        )
    return x


def _checked_stream(model, dataset):
    dataset = without_keys(dataset)
    spec = dataset.element_spec
    parts = spec if isinstance(spec, tuple) else (spec,)
    spec, labelled = parts[0], len(parts) > 1
    if len(parts) > 2 or not isinstance(spec, tf.TensorSpec) or spec.shape.rank not in (3, 4):
        raise ValueError(
            f"The dataset must yield images [H, W, C] or [N, H, W, C], or (images, labels). "
            f"Received: element_spec={dataset.element_spec}"
        )
    if model.num_classes and not labelled:
        raise ValueError(f"A model with num_classes={model.num_classes} needs (images, labels). Received: images only")
    _check_images(model, tuple(spec.shape[-3:]), spec.dtype.name, True)
    if model.num_classes:
        labels = dataset.element_spec[1]
        rank = spec.shape.rank - 3  # of one label, or of a batch of them
        shape_fits = labels.shape.rank in (rank, rank + 1) and tuple(labels.shape[rank:]) in ((), (1,))
        if not labels.dtype.is_integer or not shape_fits:
            raise ValueError(
                f"Labels must be integers, one an image. Received: {labels.dtype.name} of shape {labels.shape}"
            )
    return dataset if spec.shape[-3:].is_fully_defined() else _of_known_size(model, dataset)


def _of_known_size(model, dataset):
    """The dataset with the size of the model's images in its `element_spec`, which decoders leave open."""
    for first in dataset.take(1):
        images = first[0] if isinstance(first, tuple) else first
        _check_images(model, tuple(images.shape[-3:]), images.dtype.name, True)

    def sized(images, *labels):
        images = tf.ensure_shape(images, [None] * (len(images.shape) - 3) + list(model.image_shape))
        return (images, *labels) if labels else images

    return dataset.map(sized, num_parallel_calls=tf.data.AUTOTUNE)


def _first_batch(model, dataset, batch_size):
    """Returns the number of images of the first batch, whose values are checked: of a stream nothing else can be."""
    for first in dataset.take(1):
        images, labels = first if isinstance(first, tuple) else (first, None)
        if images.dtype.is_floating:
            pixels.check_float_range(images.numpy())
        if model.num_classes and (np.min(labels) < 0 or np.max(labels) >= model.num_classes):
            raise ValueError(
                f"Labels must be from 0 to {model.num_classes - 1}. Received: from {np.min(labels)} to {np.max(labels)}"
            )
        return len(images)
    raise ValueError(f"The dataset has no whole batch of batch_size={batch_size}. Received: fewer images than that")


def _check_images(model, shape, dtype, rank_fits):
    if not rank_fits:
        raise ValueError(f"Images must be an array [N, H, W, C]. Received: rank {len(shape) + 1}")
    if dtype not in pixels.DEPTHS and not dtype.startswith(("float", "bfloat")):
        raise ValueError(f"Images must be uint8, uint16 or float in [-1, 1]. Received: dtype={dtype}")
    wanted = model.image_shape
    if len(shape) != 3 or any(have not in (None, want) for have, want in zip(shape, wanted, strict=True)):
        mode = MODES.get(wanted[-1], f"{wanted[-1]} channels")
        raise ValueError(
            f"This model makes images of {wanted[0]} x {wanted[1]} x {wanted[2]} ({mode}). Received: images of "
            f"{' x '.join(map(str, shape))}; keras_gans.data.load(source, resolution={wanted[0]}, "
            f"channels={wanted[2]}) fits them"
        )


def _batched(dataset, batch_size, drop_remainder=True):
    spec = dataset.element_spec
    rank = (spec[0] if isinstance(spec, tuple) else spec).shape.rank
    return dataset.batch(batch_size, drop_remainder) if rank == 3 else dataset
