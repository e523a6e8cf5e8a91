"""ImageData: every source as numbered images of one shape, served as batches in an order that one integer says."""

import contextlib
import warnings

import numpy as np

from keras_gans.data.checking import examine, named
from keras_gans.data.errors import DataError, DataWarning, Unreadable
from keras_gans.data.geometry import halve, halvings
from keras_gans.data.order import CROP_LEFT, CROP_TOP, MIRROR, bits, indices_at, uniform
from keras_gans.data.sources.base import digest
from keras_gans.data.workers import CACHE_SHARE, map_threads, memory_bytes

FULL_CHECK_PIXELS = 2**31
"""check="auto" decodes everything up front up to this many pixels (10,000 images of 256 px are a third of it)."""


class ImageData:
    """Images of one shape from any source. `keras_gans.data.load` makes it.

    The stream of training images is endless and numbered: the image at position k, whether it is mirrored and where
    it is cropped depend on (seed, k) alone. Position k belongs to epoch k // len(self), each epoch has its own
    order, and batches run on across the end of an epoch. So the state of the stream is one integer: the number of
    images consumed so far.

    Args:
        source: `sources.base.Source`.
        resolution, channels, depth, crop, load_size, max_upscale, mirror, labels, num_classes,
            skip_broken, check, cache, seed, progress: see `load`.

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

    Raises:
        DataError: images that cannot be used, named, unless `skip_broken`.

    Example:

    >>> from keras_gans.data.sources.arrays import ArraySource
    >>> data = ImageData(ArraySource(np.zeros((10, 8, 8, 3), "uint8")), resolution=4)
    >>> len(data), data.image_shape, data.dtype
    (10, (4, 4, 3), 'uint8')
    >>> next(iter(data.batches(2))).shape
    TensorShape([2, 4, 4, 3])
    """

    exact_position = True

    def __init__(
        self,
        source,
        resolution=None,
        channels=None,
        *,
        depth=None,
        crop="center",
        load_size=None,
        max_upscale=2.0,
        mirror=False,
        labels="auto",
        num_classes=None,
        skip_broken=False,
        check="auto",
        cache="auto",
        seed=0,
        progress=None,
    ):
        if check not in ("auto", "full", "headers"):
            raise ValueError(f"check must be 'auto', 'full' or 'headers'. Received: check={check!r}")
        if cache not in ("auto", True, False):
            raise ValueError(f"cache must be 'auto', True or False. Received: cache={cache!r}")
        self.name, self.seed, self.mirror = source.name, int(seed), bool(mirror)
        self.skipped, self.failure = [], None
        self._labels = labels, num_classes
        look = examine(source, resolution, channels, depth, crop, load_size, max_upscale, progress)
        self._frame = look.frame
        self.notes = [*source.notes, *look.notes]
        self._use(source, look.headers)
        self._drop(look.problems, skip_broken)
        self._cached = self._should_cache(cache)
        if self._should_decode(check, skip_broken):
            self._drop(self._decode_all(progress), skip_broken)
        for note in self.notes[len(source.notes) :]:
            warnings.warn(f"{self.name}: {note}", DataWarning, stacklevel=3)
        self.labels, self.class_names, self.num_classes = self._classes()
        self.fingerprint = digest(self._source.content, repr(self._frame), self.mirror, self.labels is not None)

    def __len__(self):
        return len(self._source)

    @property
    def image_shape(self):
        return self._frame.shape

    @property
    def resolution(self):
        return self._frame.height if self._frame.height == self._frame.width else None

    @property
    def dtype(self):
        return self._frame.dtype

    @property
    def label_counts(self):
        return None if self.labels is None else np.bincount(self.labels, minlength=self.num_classes)

    def name_of(self, index):
        """The name by which the user knows image `index`."""
        return self._source.name_of(index)

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
        return self._gather(indices, half, half, self._halvings(level_resolution))

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
        images = self._gather(indices, u, v, self._halvings(level_resolution))
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
            prefetch: batches that are made ahead.

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
            with self._recorded():
                positions = position + np.arange(batch_size)
                images, indices = self.at(positions, shuffle, mirror, level_resolution)
                return (images, self.labels[indices]) if self.labels is not None else images

        def batch(position):
            if self.labels is None:
                images = tf.numpy_function(load_batch, [position], self.dtype)
                return tf.ensure_shape(images, shape)
            images, labels = tf.numpy_function(load_batch, [position], [self.dtype, tf.int32])
            return tf.ensure_shape(images, shape), tf.ensure_shape(labels, (batch_size,))

        dataset = tf.data.Dataset.counter(start, batch_size)
        return dataset.map(batch).prefetch(prefetch).with_options(stream_options())

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
            with self._recorded():
                return self.read(np.arange(start, min(start + batch_size, len(self))), level_resolution)

        def batch(start):
            images = tf.ensure_shape(tf.numpy_function(load_batch, [start], self.dtype), shape)
            if self.labels is None:
                return images
            return images, tf.constant(self.labels)[start : start + batch_size]

        dataset = tf.data.Dataset.range(0, len(self), batch_size)
        return dataset.map(batch).prefetch(2).with_options(stream_options())

    @contextlib.contextmanager
    def errors(self):
        """Within this context a stream of batches that broke raises its `DataError` instead of TensorFlow's error.

        Example:

        >>> from keras_gans.data.sources.arrays import ArraySource
        >>> data = ImageData(ArraySource(np.zeros((4, 8, 8, 3), "uint8")))
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

    # ------------------------------------------------------------------ inside

    def _use(self, source, headers):
        self._source, self._headers = source, headers
        self._canvases = [None] * len(source)
        self._levels = {}  # halvings -> list of arrays; only the level in use is kept

    def _drop(self, problems, skip_broken):
        """Leaves the images with problems out, or raises."""
        if not problems:
            return
        listed = named(self._source, problems)
        if not skip_broken or len(problems) == len(self._source):
            raise DataError(
                f"{len(problems)} of the {len(self._source)} images of {self.name} cannot be used.",
                listed,
                hint=_hint(listed),
            )
        self.skipped += listed
        note = f"{len(self.skipped)} images were left out because they cannot be used"
        self.notes = [n for n in self.notes if not n.endswith("cannot be used")] + [note]
        bad = {index for index, _ in problems}
        kept = [index for index in range(len(self._source)) if index not in bad]
        canvases = self._canvases
        self._use(self._source.select(kept), [self._headers[index] for index in kept])
        self._canvases = [canvases[index] for index in kept]

    def _should_cache(self, cache):
        if cache != "auto":
            return cache
        sizes = {(h.height, h.width) for h in self._headers}
        itemsize = np.dtype(self.dtype).itemsize * self._frame.channels
        if self._frame.crop == "random":
            area = {size: int(np.prod(self._frame.canvas_size(*size))) for size in sizes}
            total = sum(area[h.height, h.width] for h in self._headers) * itemsize
        else:
            total = len(self) * self._frame.height * self._frame.width * itemsize
        return total <= CACHE_SHARE * memory_bytes()

    def _should_decode(self, check, skip_broken):
        if self._source.in_memory or check == "headers":
            return False
        pixels = sum(header.height * header.width for header in self._headers)
        return check == "full" or skip_broken or (self._cached and pixels <= FULL_CHECK_PIXELS)

    def _decode_all(self, progress):
        def look(index):
            try:
                self._canvas(index)
            except Unreadable as error:
                return str(error)

        reasons = map_threads(look, range(len(self)), progress)
        return [(index, reason) for index, reason in enumerate(reasons) if reason]

    def _classes(self):
        wanted, num_classes = self._labels
        labels = None if wanted is False else self._source.labels
        if labels is None:
            if wanted is True:
                raise DataError(
                    f"Labels were asked for, and {self.name} has none.",
                    hint="In a folder each class is a sub-folder (at least two, and no image outside of them).",
                )
            return None, None, 0
        names = self._source.class_names
        found = len(names) if names else int(labels.max()) + 1
        if num_classes is not None and num_classes < found:
            raise DataError(f"{self.name} has labels up to {found - 1}. Received: num_classes={num_classes}")
        return labels, names, num_classes or found

    def _canvas(self, index):
        """The prepared image before a random crop, from the cache or made now."""
        canvas = self._canvases[index]
        if canvas is None:
            header = self._headers[index]
            at_least = self._frame.canvas_size(header.height, header.width)
            pixels = self._source.pixels(index, tuple(2 * side for side in at_least))
            canvas = self._frame.canvas(pixels)
            if self._cached:
                self._canvases[index] = canvas
        return canvas

    def _image(self, index, u, v, times):
        if times and self._frame.crop != "random":
            kept = self._levels.get(times)
            if kept is None:
                kept = self._levels.setdefault(times, [None] * len(self))
                for other in [other for other in self._levels if other != times]:
                    self._levels.pop(other, None)
            if kept[index] is None:
                level = self._stored_level(index, times)
                level = halve(self._canvas(index), times) if level is None else level
                if not self._cached:
                    return level
                kept[index] = level
            return kept[index]
        image = self._frame.cut(self._canvas(index), u, v)
        return halve(image, times) if times else image

    def _stored_level(self, index, times):
        level = self._source.level(index, self._frame.height >> times)
        fits = level is not None and level.shape[2] == self._frame.channels and level.dtype == self.dtype
        return level if fits else None

    def _gather(self, indices, u, v, times):
        shape = (self._frame.height >> times, self._frame.width >> times, self._frame.channels)
        images = np.empty((len(indices), *shape), self.dtype)
        problems = []

        def place(k):
            try:
                images[k] = self._image(int(indices[k]), u[k], v[k], times)
            except Unreadable as error:
                problems.append((int(indices[k]), str(error)))

        kept = self._canvases if not times else self._levels.get(times, self._canvases)
        if all(kept[index] is not None for index in indices):
            for k in range(len(indices)):
                place(k)
        else:
            map_threads(place, range(len(indices)))
        if problems:
            raise DataError(
                f"{len(problems)} images of {self.name} cannot be read.",
                named(self._source, sorted(problems)),
                hint="check='full' finds all of them before training starts; skip_broken=True leaves them out.",
            )
        return images

    def _known_count(self):
        return len(self)

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
        count = self._known_count()
        if count is not None and count < batch_size:
            raise DataError(
                f"A batch must not be larger than the data: {self.name} has {count} images. "
                f"Received: batch_size={batch_size}"
            )

    @contextlib.contextmanager
    def _recorded(self):
        try:
            yield
        except DataError as error:
            self.failure = error
            raise


def _hint(listed):
    said = []
    if any("max_upscale" in reason for _, reason in listed):
        said.append("A larger max_upscale allows small images to be enlarged.")
    return " ".join([*said, "skip_broken=True leaves such images out."])


def stream_options():
    """tf.data options of every stream: deterministic; among workers each takes its part of every batch."""
    import tensorflow as tf

    options = tf.data.Options()
    options.deterministic = True
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
    return options
