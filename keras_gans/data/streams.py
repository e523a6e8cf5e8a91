"""StreamData: a foreign tf.data pipeline that is endless or too large for memory, behind the interface of ImageData."""

import contextlib

import numpy as np

from keras_gans.data.checking import check_arguments, common_channels, common_dtype
from keras_gans.data.decode import Header
from keras_gans.data.errors import DataError
from keras_gans.data.geometry import Frame, halve
from keras_gans.data.image_data import ImageData, stream_options
from keras_gans.data.order import CROP_LEFT, CROP_TOP, MIRROR, bits, uniform
from keras_gans.data.sources.arrays import check_images
from keras_gans.data.sources.base import digest
from keras_gans.data.sources.hub import named_damage
from keras_gans.data.sources.tensors import elements


class StreamData(ImageData):
    """Images of a tf.data dataset that is passed through, not read into memory. `keras_gans.data.load` makes it.

    What is promised: images come in the order of the dataset, repeated where it ends; cropping, resizing and
    mirroring depend on (seed, position) alone. `batches(start=k)` skips k images by drawing them and throwing them
    away, so resuming is exact only where the dataset itself yields the same elements each time it is iterated (a
    `shuffle` without a fixed seed does not), and takes the longer the further the run has come. What is not there:
    numbered access (`read`, `ordered`, `labels`, `label_counts`), shuffling (do it in the dataset), and `len` unless
    the dataset knows its own.

    Args:
        dataset: `tf.data.Dataset`, see `sources.tensors.elements`.
        resolution, channels, crop, load_size, max_upscale, depth, mirror, labels, num_classes, seed: see `load`.
        name: for messages.
        files: paths of the TFRecord files that the dataset reads, to say which one is damaged.

    Raises:
        DataError: the first element is no image, its labels need `num_classes`, or no rule brings it to the
            channels asked for.
        ValueError: bad arguments.
    """

    exact_position = False

    def __init__(
        self,
        dataset,
        resolution=None,
        channels=None,
        *,
        crop="center",
        load_size=None,
        max_upscale=2.0,
        depth=None,
        mirror=False,
        labels="auto",
        num_classes=None,
        seed=0,
        name="dataset",
        files=(),
    ):
        height, width = check_arguments(resolution, crop, load_size, max_upscale, depth)
        self.name, self.seed, self.mirror = name, int(seed), bool(mirror)
        self.skipped, self.failure, self.labels, self.class_names = [], None, None, None
        cardinality = int(dataset.cardinality())
        dataset, has_labels = elements(dataset)
        if labels is True and not has_labels:
            raise DataError(f"Labels were asked for, and {name} has none: its elements are no pairs (image, label).")
        self._has_labels = has_labels and labels is not False and num_classes != 0
        if self._has_labels and num_classes is None:
            raise DataError(
                f"The labels of {name} can only be used with their number: pass num_classes=, or labels=False."
            )
        self.num_classes = int(num_classes) if self._has_labels else 0
        self._dataset = dataset.map(lambda image, label: image) if has_labels and not self._has_labels else dataset
        self._count = int(self._dataset.cardinality()) if cardinality != -1 else -1
        self._files = files
        with self.errors():
            first = next(iter(self._dataset), None)
        if first is None:
            raise DataError(f"There is no image in the dataset. Received: source={name}")
        pixels = check_images((first[0] if self._has_labels else first).numpy()[None], f"{name}[0]")[0]
        height, width = (height, width) if height else pixels.shape[:2]
        if channels is None:
            channels = pixels.shape[2]
        else:
            channels = common_channels([Header(*pixels.shape)], channels, notes=[])
        self._stored = pixels.dtype.name
        dtype = common_dtype(self._stored, depth)
        self._frame = Frame(height, width, channels, dtype, crop, load_size, max_upscale)
        self.notes = [f"{name} is passed through: exact resume is promised only if it repeats itself exactly"]
        self.fingerprint = digest("stream", str(dataset.element_spec), repr(self._frame), self.mirror)

    def __len__(self):
        if self._count < 0:
            raise TypeError(f"The dataset does not know its length. Received: len({self.name})")
        return self._count

    @property
    def count(self):
        return self._count if self._count >= 0 else None

    @property
    def label_counts(self):
        return None

    def unlabelled(self):
        raise DataError(f"A dataset that is passed through cannot be scored against. Received: source={self.name}")

    def name_of(self, index):
        return f"{self.name}[{index}]"

    def read(self, indices, level_resolution=None):
        raise DataError(f"A dataset that is passed through has no numbered images. Received: source={self.name}")

    def at(self, positions, shuffle=True, mirror=None, level_resolution=None):
        raise DataError(f"A dataset that is passed through has no numbered images. Received: source={self.name}")

    def ordered(self, batch_size, level_resolution=None):
        raise DataError(f"A dataset that is passed through has no last image. Received: source={self.name}")

    def batches(self, batch_size, start=0, shuffle=False, mirror=None, level_resolution=None, prefetch=0):
        """The stream from position `start` on, in the order of the dataset; `shuffle` and `prefetch` have
        no effect.

        Args and returns: as `ImageData.batches`.
        """
        import tensorflow as tf

        self._check_batch(batch_size, start)
        times = self._halvings(level_resolution)
        shape = (self._frame.height >> times, self._frame.width >> times, self._frame.channels)
        flip = self.mirror if mirror is None else mirror

        def prepare(position, images):
            return np.stack([self._prepare(position + k, image, flip, times) for k, image in enumerate(images)])

        prepare = self._recording(prepare)

        def several(position, images):
            return tf.ensure_shape(tf.numpy_function(prepare, [position, images], self.dtype), (None, *shape))

        dataset = self._dataset if self._count == -1 else self._dataset.repeat()
        dataset = dataset.skip(start)
        spec = dataset.element_spec[0] if self._has_labels else dataset.element_spec
        alike = spec.shape.is_fully_defined()  # then one call prepares a whole batch
        dataset = dataset.batch(batch_size if alike else 1, drop_remainder=True)
        positions = tf.data.Dataset.counter(start, batch_size if alike else 1)

        def prepared(position, element):
            images, labels = element if self._has_labels else (element, None)
            images = several(position, images)
            return images if labels is None else (images, tf.cast(tf.reshape(labels, [-1]), tf.int32))

        dataset = tf.data.Dataset.zip(positions, dataset).map(prepared)
        dataset = dataset if alike else dataset.unbatch().batch(batch_size, drop_remainder=True)
        dataset = dataset.map(lambda *parts: _with_size(parts, batch_size))
        return dataset.with_options(stream_options())

    @contextlib.contextmanager
    def errors(self):
        """As `ImageData.errors`; damaged TFRecord files are a `DataError` too."""
        with super().errors(), named_damage(self.name, self._files):
            yield

    def _prepare(self, position, image, flip, times):
        name = f"{self.name}[{position}]"
        pixels = check_images(np.asarray(image)[None], name, lambda index: name)[0]
        reason = self._frame.problem(*pixels.shape[:2])
        if pixels.dtype.name != self._stored:
            reason = f"dtype {pixels.dtype.name}, and the first image had {self._stored}"
        if reason:
            raise DataError(f"An image of {self.name} cannot be used.", [(name, reason)])
        u, v = 0.5, 0.5
        if self._frame.crop == "random":
            u, v = uniform(self.seed, CROP_TOP, position)[0], uniform(self.seed, CROP_LEFT, position)[0]
        image = self._frame.cut(self._frame.canvas(pixels), u, v)
        if flip and bits(self.seed, MIRROR, position)[0] & np.uint64(1):
            image = image[:, ::-1]
        return np.ascontiguousarray(halve(image, times))


def _with_size(parts, batch_size):
    """The images, or (images, labels), with the batch size in their static shapes."""
    import tensorflow as tf

    parts = tuple(tf.ensure_shape(part, (batch_size, *part.shape[1:])) for part in parts)
    return parts[0] if len(parts) == 1 else parts
