"""Writes what `fit` logs as TensorBoard scalars, over images seen."""

import keras

from keras_gans.models.feeding import count_of


class TensorBoardScalars(keras.callbacks.Callback):
    """Writes each logged value after each epoch; the step is the number of images seen.

    Args:
        event_log: `EventLog` to write to.

    Example:

    >>> import tempfile
    >>> from keras_gans.training.callbacks import EventLog
    >>> scalars = TensorBoardScalars(EventLog(tempfile.mkdtemp()))     # model.fit(data, callbacks=[scalars])
    """

    def __init__(self, event_log):
        super().__init__()
        self.event_log = event_log

    def on_epoch_end(self, epoch, logs=None):
        self.event_log.scalars(dict(logs or {}), count_of(self.model.images_seen))
