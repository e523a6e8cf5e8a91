"""Stops `fit` when a loss is no longer a finite number."""

import math

import keras

from keras_gans.models.feeding import count_of
from keras_gans.training.errors import NonFiniteError


class NonFiniteGuard(keras.callbacks.Callback):
    """Raises `NonFiniteError` in the step in which a logged value becomes NaN or infinite.

    Keras hands each step's logs to its callbacks as Python numbers, whether they look at them or not, so looking costs
    nothing. The logs are running means, which stay NaN. Stands first in the list of callbacks, so that no other one
    records what is broken.

    Example:

    >>> NonFiniteGuard().on_train_batch_end(0, {"d_loss": 0.7, "g_loss": 0.6})
    """

    def on_train_batch_end(self, batch, logs=None):
        self._check(logs)

    def on_epoch_end(self, epoch, logs=None):
        self._check(logs)

    def _check(self, logs):
        for name, value in (logs or {}).items():
            if isinstance(value, float) and not math.isfinite(value):
                raise NonFiniteError(f"{name} is {value}", count_of(self.model.images_seen))
