"""Draws the same latents at the start of `fit` and after each epoch."""

import math
import pathlib

import keras

from keras_gans.models.feeding import count_of
from keras_gans.training import files, grids
from keras_gans.training.run_folder import file_name


class SampleGrid(keras.callbacks.Callback):
    """Writes a grid of samples from latents that stay the same, as FOLDER/000000012800.png.

    Of a conditional model each row shows one class, as far as there are rows. The averaged generator is used.

    Args:
        folder: str or path, made where it is not there.
        count: int, images in a grid; default: 64, fewer for images of more than 64 pixels.
        seed: int, chooses the latents.
        event_log: `EventLog` that gets the picture as "samples"; default: none.

    Example:

    >>> grid = SampleGrid("samples", count=16)     # model.fit(data, callbacks=[grid])
    """

    def __init__(self, folder, count=None, seed=0, event_log=None):
        super().__init__()
        self.folder = pathlib.Path(folder)
        self.count = count
        self.seed = seed
        self.event_log = event_log

    def on_train_begin(self, logs=None):
        if not self._path().exists():
            self._draw()

    def on_epoch_end(self, epoch, logs=None):
        self._draw()

    def _path(self):
        return self.folder / file_name(count_of(self.model.images_seen), ".png")

    def _draw(self):
        if hasattr(self.model, "preview"):  # a model that makes images of something else than latents
            images, columns = self.model.preview(self.count, seed=self.seed)
        else:
            count, columns = self.count or default_count(self.model.image_shape), None
            images = self.model.generate(count, seed=self.seed, labels=row_labels(count, self.model.num_classes))
        grid = grids.image_grid(images, columns)
        self.folder.mkdir(parents=True, exist_ok=True)
        files.write_bytes(self._path(), grids.encode(grid))
        if self.event_log is not None:
            self.event_log.image("samples", grid, count_of(self.model.images_seen))


def default_count(image_shape):
    """Images of a grid that is about 512 pixels wide, from 4 to 64: `default_count((128, 128, 3))` is 16."""
    return min(max(512 // max(image_shape[:2]), 2), 8) ** 2


def row_labels(count, num_classes):
    """Labels for a square grid, a class a row: `row_labels(4, 10)` is [0, 0, 1, 1]; None where there are no classes."""
    if not num_classes:
        return None
    columns = math.ceil(math.sqrt(count))
    return [i // columns % num_classes for i in range(count)]
