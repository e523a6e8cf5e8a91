"""Saves the model at the start of `fit` and after each epoch."""

import keras

from keras_gans.models.feeding import count_of
from keras_gans.training import checkpoints


class CheckpointSaver(keras.callbacks.Callback):
    """Writes whole, checksummed checkpoints and keeps the newest few.

    Unlike Keras' `ModelCheckpoint`, a file that this writes is complete or absent, carries its sum, and is refused
    when its content is not finite. Each is a plain `.keras` file of the whole state: both networks and optimizers,
    the average, and the images seen, from which the data goes on.

    Args:
        folder: str or path, made where it is not there.
        keep: int, how many to keep, at least 1.
        retries: int, written to each manifest (see `keras_gans.training.train`).

    Raises:
        ValueError: where `keep` is below 1.

    Example:

    >>> saver = CheckpointSaver("checkpoints", keep=3)     # model.fit(data, callbacks=[saver])
    """

    def __init__(self, folder, keep=3, retries=0):
        super().__init__()
        if keep < 1:
            raise ValueError(f"Expected to keep at least one checkpoint. Received: keep={keep}")
        self.folder = folder
        self.keep = keep
        self.retries = retries
        self.saved = None  # images seen of the last checkpoint

    def on_train_begin(self, logs=None):
        self._save()  # there is always one to return to; and a full disk is noticed now

    def on_epoch_end(self, epoch, logs=None):
        self._save()

    def _save(self):
        images_seen = count_of(self.model.images_seen)
        if self.saved is None:
            self.saved = max((checkpoint.images_seen for checkpoint in checkpoints.written(self.folder)), default=None)
        if images_seen != self.saved:
            checkpoints.save(self.model, self.folder, self.keep, self.retries)
            self.saved = images_seen
