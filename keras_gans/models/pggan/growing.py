"""One `fit` for the whole schedule: Keras' own loop runs each stretch of training, under one list of callbacks."""

import warnings

import keras
import tensorflow as tf

from keras_gans import data, layers
from keras_gans.models import feeding
from keras_gans.models.checks import check_int


class Growing:
    """Training through a `ProgressiveSchedule`, mixed into `PGGAN` before `GAN`.

    What trains next follows from `images_seen` and the schedule alone, so a training that was stopped anywhere goes on
    as if it had not been.
    """

    def fade_position(self):
        """Alpha of this step as a float32 scalar, from the images seen; None at the first stage. Part of the step."""
        if self.stage == self.schedule.first_stage or not self.schedule.fade_images:
            return None
        first = next(p for p in self.schedule.phases(self.discriminator_steps) if p.stage == self.stage)
        group = first.batch_size * self.discriminator_steps * self.schedule.minibatch_repeats
        seen = tf.convert_to_tensor(self.images_seen) - first.start
        seen = first.start + seen // group * group  # values hold for a group of steps
        faded = tf.cast(seen - self.schedule.fade_start(self.stage), tf.float64) / self.schedule.fade_images
        return tf.cast(tf.clip_by_value(faded, 0.0, 1.0), tf.float32)

    def make_train_function(self, force=False):
        """Compiles the step for the stage that the schedule says; see `keras.Model`."""
        seen = feeding.count_of(self.images_seen)
        stage = [p for p in self.schedule.phases(self.discriminator_steps) if p.start <= seen][-1].stage
        changed, self.stage = stage != self.stage, stage
        return super().make_train_function(force=changed or force)  # else Keras runs the old stage's graph

    def enter(self, phase):
        """Sets the optimizers for a phase: its learning rate, and no memory at either end of a fade.

        Args:
            phase: `keras_gans.schedules.Phase`.
        """
        factor = phase.learning_rate_factor / feeding.number_of(self.learning_rate_factor)
        self.learning_rate_factor.assign(phase.learning_rate_factor)
        for optimizer in (self.g_optimizer, self.d_optimizer):
            if factor != 1.0:
                optimizer.learning_rate.assign(feeding.number_of(optimizer.learning_rate) * factor)
            if self.reset_optimizers and 0 < phase.start == feeding.count_of(self.images_seen):
                reset_optimizer(optimizer)

    def fit(
        self,
        x=None,
        y=None,
        batch_size=None,
        epochs=None,
        steps_per_epoch=None,
        validation_data=None,
        callbacks=None,
        verbose="auto",
        initial_epoch=0,
        total_images=None,
        tick_images=None,
        **kwargs,
    ):
        """Trains through the schedule, from where the training stands to its end; an epoch is a tick of the schedule.

        Args:
            x: images of full resolution: `keras_gans.data.ImageData`, numpy images [N, H, W, C] (uint8, uint16, or
                float in [-1, 1]), or a tf.data.Dataset of such images or of (image, label), batched or not; a batched
                one is batched anew. A dataset that is not of known, finite length starts over at each resolution.
            y: labels [N] when x is an array.
            batch_size: must be None: batch sizes are the schedule's.
            epochs: at most so many ticks (less `initial_epoch`); None for all that are left.
            steps_per_epoch: training steps a tick, instead of the schedule's ticks.
            validation_data: as x, or (x, y); held-out images for `evaluate` after each tick.
            callbacks: list of keras callbacks; they see one run.
            verbose: as in Keras.
            initial_epoch: see `epochs`.
            total_images: stops after the step that has seen so many; None for the schedule's end.
            tick_images: images a tick, instead of the schedule's.
            **kwargs: of `keras.Model.fit`: validation_steps, validation_freq, ... `shuffle` is without effect.

        Returns:
            `keras.callbacks.History`; beside the model's logs it has `resolution` (the shorter side), `alpha`,
            `batch_size`, `images_seen` and `skipped_updates` at the end of each tick.

        Raises:
            ValueError: If the data do not fit the model or are fewer than the largest batch.
        """
        if batch_size is not None:
            raise ValueError(
                "Batch sizes belong to the schedule: compile(schedule=keras_gans.schedules.ProgressiveSchedule("
                f"resolution=..., batch_size=...)). Received: batch_size={batch_size!r}"
            )
        for least, given in (
            (0, dict(epochs=epochs, initial_epoch=initial_epoch, total_images=total_images)),
            (1, dict(steps_per_epoch=steps_per_epoch, tick_images=tick_images)),
        ):
            check_int(least, **{name: value for name, value in given.items() if value is not None})
        feeding.check_fit_arguments(self, **kwargs)
        if not self.compiled:
            self.compile()
        source = self._source(x, y)
        if validation_data is not None:
            kwargs["validation_data"] = feeding.evaluation_batches(self, validation_data, None, None)
        kwargs.pop("shuffle", None)
        ticks = self._ticks(steps_per_epoch, tick_images)
        if total_images is not None:
            ticks = [self._cut(*tick, total_images) for tick in ticks if tick[1] < total_images]
        callbacks = OneRun(callbacks, self, verbose, len(ticks))
        callbacks.start()
        first = self._tick_index(ticks)
        if first == len(ticks):
            warnings.warn(
                f"Nothing is left to train: {feeding.count_of(self.images_seen):,} images were seen, the schedule or "
                "total_images ends there. A longer one goes on: compile(schedule=...).",
                stacklevel=2,
            )
        last = len(ticks) if epochs is None else min(len(ticks), first + epochs - initial_epoch)
        if self.discriminator.minibatch_kernels and feeding.count_of(self.images_seen) == 0:
            self._initialize_minibatch_discrimination(source)
        if not self.stop_training:
            self._run(source, ticks, first, last, callbacks, dict(verbose=verbose, **kwargs))
        callbacks.finish()
        return self.history

    def _run(self, source, ticks, first, last, callbacks, arguments):
        """Runs ticks first to last; those of one phase and one length are one call of Keras' `fit`."""
        while first < last and not self.stop_training:
            phase, start, end = ticks[first]
            start = max(start, feeding.count_of(self.images_seen))
            step = phase.batch_size * self.discriminator_steps
            steps, count = -(-(end - start) // step), 1
            while first + count < last and self._alike(ticks[first + count], phase, steps * step):
                count += 1
            self.enter(phase)
            callbacks.steps = steps
            dataset = self._stage_batches(source, phase)
            feeding.prepare_epochs(self, dataset, steps)
            with feeding.errors_of(source):
                keras.Model.fit(
                    self,
                    dataset,
                    initial_epoch=first,
                    epochs=first + count,
                    steps_per_epoch=steps,
                    callbacks=callbacks,
                    shuffle=False,
                    **arguments,
                )
            first += count

    def _initialize_minibatch_discrimination(self, source, count=500):
        """Sets scale and bias of minibatch discrimination from real images, 500 as in the official code."""
        first, images, n = self.schedule.phases(self.discriminator_steps)[0], [], 0
        for batch in self._stage_batches(source, first):
            images.append(self.unpack(batch)[0])
            n += len(images[-1])
            if n >= count or (isinstance(source, data.ImageData) and n >= len(source)):
                break
        features, _ = self.discriminator.features(tf.concat(images, 0)[:count], stage=first.stage)
        self.discriminator.part(0, "minibatch").initialize(self.discriminator.head_features(features))

    def _alike(self, tick, phase, images):
        return tick[0] == phase and tick[2] - tick[1] == images

    def _ticks(self, steps_per_epoch, tick_images):
        if steps_per_epoch is not None:
            return self.schedule.ticks(self.discriminator_steps, steps=steps_per_epoch)
        return self.schedule.ticks(self.discriminator_steps, images=tick_images)

    def _cut(self, phase, start, end, total_images):
        """A tick that ends after the step which has seen `total_images`, if it comes so far."""
        step = phase.batch_size * self.discriminator_steps
        return phase, start, min(end, start + -(-(total_images - start) // step) * step)

    def _tick_index(self, ticks):
        seen = feeding.count_of(self.images_seen)
        return next((k for k, (_, _, end) in enumerate(ticks) if end > seen), len(ticks))

    def _source(self, x, y):
        """What batches of any stage can be taken from."""
        seen = feeding.count_of(self.images_seen)
        phases = [p for p in self.schedule.phases(self.discriminator_steps) if p.end > seen]
        largest = max((p.batch_size * self.discriminator_steps for p in phases), default=0)
        for phase in phases:
            feeding.check_equal_parts(self, phase.batch_size)
        if isinstance(x, tf.data.Dataset):
            stream = _images_one_by_one(feeding._checked_stream(self, x))
            if phases:
                feeding._first_batch(self, stream.batch(largest, drop_remainder=True), largest)
            return stream
        images = feeding._image_data(self, x, y)
        if len(images) < largest:
            raise ValueError(
                f"The schedule's largest batch has {largest} real images, more than the data. "
                f"Received: {len(images)} images"
            )
        return images

    def _stage_batches(self, source, phase):
        """Endless batches of images of a phase's resolution, in the dtype of the data."""
        height, width = self.generator.resolutions[phase.stage]
        batch_size = phase.batch_size * self.discriminator_steps
        seen, factor = feeding.count_of(self.images_seen), self.image_shape[0] // height
        if isinstance(source, data.ImageData):
            if height == width:
                return source.batches(batch_size, start=seen, level_resolution=height)
            dataset = source.batches(batch_size, start=seen)
        else:
            dataset = _endless(source, batch_size, seen)
        if factor > 1:
            dataset = dataset.map(lambda *element: _reduced(element, factor), num_parallel_calls=tf.data.AUTOTUNE)
        return dataset.prefetch(2)


class OneRun(feeding.BegunCallbacks):
    """The callbacks of one `fit`, shared by all calls of Keras' own: they see one beginning, one end, growing epochs.

    Args:
        callbacks: list of keras callbacks, or None.
        model: `PGGAN`.
        verbose: as in `fit`.
        epochs: ticks of the whole schedule.
    """

    def __init__(self, callbacks, model, verbose, epochs):
        super().__init__(callbacks, model, verbose, epochs, steps=1)
        self._owner, self._epochs, self._verbose, self._last_logs = model, epochs, verbose, None

    @property
    def steps(self):
        """Training steps of the present ticks."""
        return self.params["steps"]

    @steps.setter
    def steps(self, steps):
        self.set_params({"verbose": self._verbose, "epochs": self._epochs, "steps": steps})

    def start(self):
        """The one beginning; a callback may restore a checkpoint in it."""
        self._owner.stop_training = False
        self.begin()
        self._owner._initial_epoch = None  # epochs follow from the images seen

    def finish(self):
        """The one end."""
        super().on_train_end(self._last_logs)

    def on_train_end(self, logs=None):
        self._last_logs = logs

    def on_epoch_end(self, epoch, logs=None):
        """Adds what the schedule did to the logs of the tick."""
        model = self._owner
        height, width = model.generator.resolutions[model.stage]
        values = model.schedule(max(feeding.count_of(model.images_seen) - 1, 0))
        growth = dict(
            resolution=min(height, width),
            alpha=round(1.0 - feeding.number_of(model.lod) % 1.0, 6),
            batch_size=values.batch_size,
            images_seen=feeding.count_of(model.images_seen),
            skipped_updates=feeding.count_of(model.skipped_updates),
        )
        super().on_epoch_end(epoch, {**(logs or {}), **growth})


def reset_optimizer(optimizer):
    """Sets slots and iterations of an optimizer to 0; learning rate and loss scale stay.

    Args:
        optimizer: built keras optimizer.
    """
    optimizer = getattr(optimizer, "inner_optimizer", optimizer)
    learning_rate = optimizer._learning_rate if isinstance(optimizer._learning_rate, keras.Variable) else None
    for variable in optimizer.variables:
        if variable is not learning_rate:
            variable.assign(tf.zeros(variable.shape, variable.dtype))


def _images_one_by_one(dataset):
    spec = dataset.element_spec
    batched = (spec[0] if isinstance(spec, tuple) else spec).shape.rank == 4
    return dataset.unbatch() if batched else dataset


def _endless(dataset, batch_size, seen):
    """Repeats a dataset of single images, whole batches of them from image `seen` on where its length is known."""
    count = int(dataset.cardinality())
    if count > 0 and seen % count:
        dataset = dataset.skip(seen % count).concatenate(dataset.repeat())
    else:
        dataset = dataset.repeat()
    return dataset.batch(batch_size, drop_remainder=True)


def _reduced(element, factor):
    """(images, ...) with images reduced by the mean of factor x factor pixels, rounded if they are integers."""
    images, *rest = element
    small = layers.downscale(tf.cast(images, tf.float32), factor)
    small = tf.cast(tf.round(small) if images.dtype.is_integer else small, images.dtype)
    return (small, *rest) if rest else small
