"""ImageData: every source as numbered images of one shape, served as batches in an order that one integer says."""

import contextlib

import numpy as np

from keras_gans.data.ahead import Ahead
from keras_gans.data.errors import DataError
from keras_gans.data.geometry import halvings
from keras_gans.data.order import CROP_LEFT, CROP_TOP, MIRROR, bits, indices_at, uniform
from keras_gans.data.sources.base import digest


class ImageData:
    """Images of one shape from any source. `keras_gans.data.load` makes it.

    The stream of training images is endless and numbered: the image at position k, whether it is mirrored and where
    it is cropped depend on (seed, k) alone. Position k belongs to epoch k // len(self), each epoch has its own
    order, and batches run on across the end of an epoch. So the state of the stream is one integer: the number of
    images consumed so far.

    Args:
        store: `PixelStore` of the images.
        labels: int32 array [N], or None.
        class_names: list of str, or None.
        num_classes: number of classes, 0 without labels.
        mirror: whether `batches` mirrors images at random.
        seed: integer that order, mirroring and random crops depend on.
        notes: list of sentences about what is done to the images.
        skipped: list of (name, reason) of images that were left out.

    Attributes:
        image_shape: (H, W, C) of every image.
        resolution: H where H equals W, else None.
        dtype: "uint8", "uint16" or "float32".
        labels: int32 array [N], or None.
        num_classes: number of classes, 0 without labels.
        class_names: list of str, or None.
        label_counts: int64 array [num_classes]: images of each class; None without labels.
        name: what the user called the source.
        notes: list of sentences about what is done to the images.
        skipped: list of (name, reason) of images that were left out.
        fingerprint: sha256 hex digest of what was loaded (as the source identifies it) and how (shape, crop, mirror,
            labels), without the seed.
        exact_position: True: `batches(start=k)` is the same stream as the rest of `batches(start=0)` after k images.
        failure: None, or the `DataError` that ended a stream of batches.

    Example:

    >>> from keras_gans.data import load
    >>> data = load(np.zeros((10, 8, 8, 3), "uint8"), resolution=4)
    >>> len(data), data.image_shape, data.dtype
    (10, (4, 4, 3), 'uint8')
    >>> next(iter(data.batches(2))).shape
    TensorShape([2, 4, 4, 3])
    """

    exact_position = True

    def __init__(
        self,
        store,
        *,
        labels=None,
        class_names=None,
        num_classes=0,
        mirror=False,
        seed=0,
        notes=(),
        skipped=(),
    ):
        self._store, self._frame = store, store.frame
        self.name, self.seed, self.mirror = store.source.name, int(seed), bool(mirror)
        self.labels, self.class_names, self.num_classes = labels, class_names, num_classes
        self.notes, self.skipped, self.failure = list(notes), list(skipped), None
        self.fingerprint = digest(store.source.content, repr(self._frame), self.mirror, labels is not None)

    def __len__(self):
        return len(self._store)

    @property
    def count(self):
        """Number of images; None where it is not known (some tf.data datasets)."""
        return len(self)

    @property
    def image_shape(self):
        """(H, W, C) of every image."""
        return self._frame.shape

    @property
    def resolution(self):
        """H where H equals W, else None."""
        return self._frame.height if self._frame.height == self._frame.width else None

    @property
    def dtype(self):
        """ "uint8", "uint16" or "float32"."""
        return self._frame.dtype

    @property
    def label_counts(self):
        """int64 array [num_classes]: images of each class; None without labels."""
        return None if self.labels is None else np.bincount(self.labels, minlength=self.num_classes)

    def name_of(self, index):
        """The name by which the user knows image `index`."""
        return self._store.source.name_of(index)

    def unlabelled(self):
        """The same images without labels and without mirroring, as metrics take them.

        Returns:
            `ImageData` that shares the pixels; its fingerprint is that of the images alone.
        """
        return ImageData(self._store, seed=self.seed, notes=self.notes, skipped=self.skipped)

    def original(self, index):
        """The bytes of the PNG or JPEG file that image `index` is read from, where they decode to exactly the image.

        Returns:
            bytes; None where the image is of another format, or is cropped, resized or converted.
        """
        return self._store.original(index)

    def read(self, indices, level_resolution=None):
        """Images by number, never mirrored, random crops in the middle.

        Args:
            indices: integers [n] in [0, len(self)).
            level_resolution: None, or the resolution halved any number of times: 2x2 means (see `batches`).

        Returns:
            [n, H, W, C] array of `dtype`.

        Raises:
            DataError: an image cannot be read.
        """
        indices = np.asarray(indices, np.int64).reshape(-1)
        if len(indices) and (indices.min() < 0 or indices.max() >= len(self)):
            raise ValueError(f"Indices must lie in [0, {len(self)}). Received: {indices.min()} to {indices.max()}")
        half = np.full(len(indices), 0.5)
        return self._store.gather(indices, half, half, self._halvings(level_resolution))

    def at(self, positions, shuffle=True, mirror=None, level_resolution=None):
        """What stands at the given positions of the endless stream, as numpy arrays.

        Args:
            positions: int64 [n], each >= 0.
            shuffle, mirror, level_resolution: see `batches`.

        Returns:
            (images [n, H, W, C], indices int64 [n]).
        """
        positions = np.asarray(positions, np.int64)
        indices = indices_at(positions, len(self), self.seed, shuffle)
        if self._frame.crop == "random":
            u, v = uniform(self.seed, CROP_TOP, positions), uniform(self.seed, CROP_LEFT, positions)
        else:
            u = v = np.full(len(positions), 0.5)
        images = self._store.gather(indices, u, v, self._halvings(level_resolution))
        if self.mirror if mirror is None else mirror:
            flipped = (bits(self.seed, MIRROR, positions) & np.uint64(1)).astype(bool)
            images[flipped] = images[flipped, :, ::-1]
        return images, indices

    def batches(self, batch_size, start=0, shuffle=True, mirror=None, level_resolution=None, prefetch=2):
        """The endless stream of training batches.

        Args:
            batch_size: images in each batch; at most len(self).
            start: position of the first image: how many images were consumed before.
            shuffle: whether each epoch has its own order.
            mirror: whether images are mirrored at random; None as given to `load`.
            level_resolution: None, or the resolution halved any number of times: images are reduced by repeated 2x2
                means of floats, rounded once (the levels of progressive growing).
            prefetch: batches that are made ahead, by threads.

        Returns:
            Infinite `tf.data.Dataset` of images [B, H, W, C] of `dtype`, or of pairs (images, labels int32 [B]) where
            there are labels. Shapes are static.

        Raises:
            ValueError: a bad batch size, start or level.
            DataError: the batch is larger than the data.
        """
        import tensorflow as tf

        self._check_batch(batch_size, start)
        times = self._halvings(level_resolution)
        shape = (batch_size, self._frame.height >> times, self._frame.width >> times, self._frame.channels)

        def load_batch(position):
            images, indices = self.at(position + np.arange(batch_size), shuffle, mirror, level_resolution)
            return (images, self.labels[indices]) if self.labels is not None else images

        load_batch = self._recording(Ahead(load_batch, batch_size, prefetch))

        def batch(position):
            if self.labels is None:
                return tf.ensure_shape(tf.numpy_function(load_batch, [position], self.dtype), shape)
            images, labels = tf.numpy_function(load_batch, [position], [self.dtype, tf.int32])
            return tf.ensure_shape(images, shape), tf.ensure_shape(labels, (batch_size,))

        return tf.data.Dataset.counter(start, batch_size).map(batch).with_options(stream_options())

    def ordered(self, batch_size, level_resolution=None):
        """Every image once, in order, never mirrored, random crops in the middle; the last batch may be smaller.

        Args:
            batch_size: images in each batch but the last.
            level_resolution: see `batches`.

        Returns:
            Finite `tf.data.Dataset` of images [b, H, W, C] or of pairs (images, labels int32 [b]).
        """
        import tensorflow as tf

        if not isinstance(batch_size, (int, np.integer)) or batch_size < 1:
            raise ValueError(f"The batch size must be a positive integer. Received: batch_size={batch_size!r}")
        times = self._halvings(level_resolution)
        shape = (None, self._frame.height >> times, self._frame.width >> times, self._frame.channels)

        def load_batch(start):
            return self.read(np.arange(start, min(start + batch_size, len(self))), level_resolution)

        load_batch = self._recording(Ahead(load_batch, batch_size, 2, stop=len(self)))

        def batch(start):
            images = tf.ensure_shape(tf.numpy_function(load_batch, [start], self.dtype), shape)
            return images if self.labels is None else (images, tf.constant(self.labels)[start : start + batch_size])

        return tf.data.Dataset.range(0, len(self), batch_size).map(batch).with_options(stream_options())

    @contextlib.contextmanager
    def errors(self):
        """Within this context a stream of batches that broke raises its `DataError` instead of TensorFlow's error.

        Example:

        >>> from keras_gans.data import load
        >>> data = load(np.zeros((4, 8, 8, 3), "uint8"))
        >>> with data.errors():
        ...     batch = next(iter(data.batches(2)))
        """
        try:
            yield
        except Exception as error:
            if self.failure is None or error is self.failure:
                raise
            failure, self.failure = self.failure, None
            raise failure from None

    def _halvings(self, level_resolution):
        if level_resolution is None:
            return 0
        if self.resolution is None:
            raise ValueError(f"Only square images have levels. Received: image_shape={self.image_shape}")
        return halvings(self.resolution, level_resolution)

    def _check_batch(self, batch_size, start):
        if not isinstance(batch_size, (int, np.integer)) or batch_size < 1:
            raise ValueError(f"The batch size must be a positive integer. Received: batch_size={batch_size!r}")
        if not isinstance(start, (int, np.integer)) or start < 0:
            raise ValueError(f"start must be an integer from 0. Received: start={start!r}")
        count = self.count
        if count is not None and count < batch_size:
            raise DataError(
                f"A batch must not be larger than the data: {self.name} has {count} images. "
                f"Received: batch_size={batch_size}"
            )

    def _recording(self, function):
        """The function, keeping the first `DataError` that it raises."""

        def recorded(*args):
            try:
                return function(*args)
            except DataError as error:
                self.failure = self.failure or error
                raise

        return recorded


def stream_options():
    """tf.data options of every stream: deterministic; among workers each takes its part of every batch."""
    import tensorflow as tf

    options = tf.data.Options()
    options.deterministic = True
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
    return options
