"""The data of pix2pix: pairs, opened as the paper does, handed to Keras' `fit` and `evaluate`, and looked at."""

import functools

import keras
import numpy as np
import tensorflow as tf

from keras_gans import pixels
from keras_gans.data.pairs import load_pairs
from keras_gans.models.checks import check_int
from keras_gans.models.feeding import begin, check_fit_arguments
from keras_gans.models.pix2pix import feeding


class PairedData:
    """What `Pix2Pix` does with data; mixed in before `GAN`."""

    data_settings = (  # what `open_data` may be told
        *("direction", "split", "jitter", "load_size", "crop", "mirror", "depth", "max_upscale", "skip_broken"),
        *("input_palette", "target_palette", "palette_tolerance"),
    )

    def fit(self, x=None, y=None, batch_size=None, epochs=1, steps_per_epoch=None, validation_data=None, **kwargs):
        """Trains on pairs; Keras' `fit`, for data of more kinds.

        Arrays are taken as they are, without the paper's jitter and mirroring: `open_data` has these.

        Args:
            x: `keras_gans.data.PairData`, inputs [N, H, W, C] (uint8, uint16, or float in [-1, 1]), (inputs, targets),
                or a tf.data.Dataset of pairs, batched or not.
            y: targets [N, H, W, C'] when x is an array.
            batch_size: pairs a step; 1 when None. A batched dataset keeps its own.
            epochs: passes over the data.
            steps_per_epoch: training steps an epoch; from the data's size when None.
            validation_data: as x, or (inputs, targets); held-out pairs for `evaluate` after each epoch.
            **kwargs: of `keras.Model.fit`.

        Returns:
            `keras.callbacks.History`.

        Raises:
            ValueError: If the data do not fit the model.
        """
        check_fit_arguments(self, **kwargs)
        if not self.compiled:
            self.compile()
        batch_size = self.default_batch_size if batch_size is None else batch_size
        check_int(batch_size=batch_size, epochs=epochs, minimum=1)
        x = x if isinstance(x, tf.data.Dataset) else feeding.pair_data(self, x, y)
        open_batches = functools.partial(feeding.training_batches, self, x, None, batch_size)
        batches, shown = open_batches(), x
        if validation_data is not None:
            given = isinstance(validation_data, tf.data.Dataset)
            shown = validation_data if given else feeding.pair_data(self, validation_data, None)
            kwargs["validation_data"] = feeding.evaluation_batches(self, shown, None, batch_size)
        if self._preview_pairs is None:
            self.__dict__["_preview_pairs"] = feeding.previews(shown)
        kwargs["shuffle"] = False  # the order is the data's own: it must be the same when resumed
        dataset, steps = begin(self, batches, open_batches, steps_per_epoch, epochs, kwargs)
        with feeding.errors_of(x):
            return keras.Model.fit(self, dataset, epochs=epochs, steps_per_epoch=steps, **kwargs)

    def evaluate(self, x=None, y=None, batch_size=None, **kwargs):
        """Returns the mean losses and scores on pairs; images are translated as by `translate`, noise on.

        Args:
            x: as in `fit`; read once, in order.
            y: targets when x is an array.
            batch_size: pairs a batch. Images are normalised each by itself, but noise is drawn for the batch: scores
                are the same for any size where there is no dropout.
            **kwargs: of `keras.Model.evaluate`.

        Raises:
            ValueError: If the data do not fit the model.
        """
        if not self.compiled:
            self.compile()
        if not kwargs.get("_use_cached_eval_dataset"):
            batch_size = 1 if batch_size is None else batch_size
            check_int(batch_size=batch_size, minimum=1)
            x, y = feeding.evaluation_batches(self, x, y, batch_size), None
        return keras.Model.evaluate(self, x, y, **kwargs)

    def open_data(self, source, seed=None, jitter=True, load_size=None, mirror=True, progress=None, **kwargs):
        """Loads pairs as the paper does: resized to 286/256 of the crop, cropped at random and mirrored together.

        Args:
            source: as of `keras_gans.data.load_pairs`.
            seed: integer of order, crops and mirrors; the model's when None.
            jitter: whether there is more to load than is cropped.
            load_size: shorter side before the crop; None: round(286/256 · crop) with jitter, else the crop's.
            mirror: whether half of the pairs are mirrored.
            progress: as of `load_pairs`.
            **kwargs: of `load_pairs`: direction, split, crop, palettes, ...

        Returns:
            `PairData`.
        """
        if load_size is None and jitter and kwargs.get("crop", "random") == "random":
            load_size = round(min(self._size) * 286 / 256)
        return load_pairs(
            source,
            self._size,
            load_size=load_size,
            mirror=mirror,
            seed=self.seed if seed is None else seed,
            progress=progress,
            **kwargs,
        )

    def config_of(self, data):
        """Returns the arguments of the constructor that data decide.

        Args:
            data: `PairData`.
        """
        return dict(input_channels=data.input_shape[-1], output_channels=data.image_shape[-1])

    def preview(self, count=None, seed=0):
        """Returns images to look at: for some pairs that `fit` was given, input, output and target.

        Args:
            count: pairs, at most as many as were kept (8).
            seed: integer, of the noise.

        Returns:
            (uint8 array [3 n, H, W, 1 or 3], 3: columns to lay them out in).

        Raises:
            ValueError: If the model was not trained in this process.
        """
        if self._preview_pairs is None:
            raise ValueError("There are pairs to look at once `fit` was called")
        inputs, targets = (np.asarray(side[:count]) for side in self._preview_pairs)
        columns = inputs, self.translate(inputs, seed), targets
        colour = max(self.input_channels, self.output_channels) > 1
        columns = [_viewable(images, colour) for images in columns]
        return np.stack(columns, axis=1).reshape(-1, *columns[0].shape[1:]), 3  # [3 n H W C]


def _viewable(images, colour):
    """uint8 [N, H, W, 3 or 1] of images of any depth and number of channels."""
    images = pixels.to_pixels(pixels.to_float(images)).numpy()
    if images.shape[-1] not in (1, 3):
        images = images[..., :3] if images.shape[-1] > 3 else images[..., :1]
    return np.repeat(images, 3, axis=-1) if colour and images.shape[-1] == 1 else images
