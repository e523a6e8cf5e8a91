"""Data sets of tensorflow-datasets by name: "tfds:NAME" or "tfds:NAME/CONFIG"."""

import contextlib
import io
import os
import re

import numpy as np

from keras_gans.data.errors import DataError
from keras_gans.data.sources.base import EncodedSource, digest

_FEWER = "Input dataset was expected to contain"


class BytesSource(EncodedSource):
    """Encoded images held in memory.

    Args:
        images: list of bytes.
        labels: int32 array [N], or None.
        class_names: list of str, or None.
        name: for messages.
    """

    def __init__(self, images, labels=None, class_names=None, name="images"):
        self.images, self.labels, self.class_names, self.name = images, labels, class_names, name
        self.notes = []
        self.content = digest("bytes", None if labels is None else labels.tolist(), *images)

    def __len__(self):
        return len(self.images)

    def name_of(self, index):
        return f"{self.name}[{index}]"

    def open(self, index):
        return io.BytesIO(self.images[index])

    def select(self, indices):
        labels = None if self.labels is None else self.labels[np.asarray(indices, np.int64)]
        return type(self)([self.images[i] for i in indices], labels, self.class_names, self.name)


def open_hub(name, split="train", data_dir=None, budget=float("inf")):
    """A prepared tensorflow-datasets data set; prepared first (which may download) where it is not.

    The first image feature and, where there is one, the first class label are used. Where the encoded images take at
    most `budget` bytes they are read into memory and have numbers; else the data set is passed through in its order
    on disk, which is always the same.

    Args:
        name: "NAME", "NAME/CONFIG", or with a version "NAME:1.0.0".
        split: any split of the data set, slices such as "train[:10%]" included.
        data_dir: folder of data sets; None: that of tensorflow-datasets.
        budget: most bytes to hold.

    Returns:
        `BytesSource`; or, for larger ones, (`tf.data.Dataset` of images or pairs, number of classes, paths of its
        files).

    Raises:
        DataError: no such data set or split, it cannot be prepared, it holds no images, or a file of it is damaged.
    """
    try:
        import tensorflow_datasets as tfds
    except ImportError as error:
        raise DataError(f"tensorflow-datasets is not installed ({error}). Received: source='tfds:{name}'") from error
    builder = _builder(tfds, name, data_dir)
    try:
        info = builder.info.splits[split]
    except (KeyError, ValueError) as error:
        there = ", ".join(builder.info.splits) or "none"
        raise DataError(f"tfds:{name} has no such split; it has {there}. Received: split={split!r}") from error
    if not info.num_examples:
        raise DataError(f"There is no image in this split. Received: source='tfds:{name}', split={split!r}")
    image_key, label_key = _features(tfds, builder, name)
    config = tfds.ReadConfig(interleave_cycle_length=1, try_autocache=False)
    options = {"split": split, "shuffle_files": False, "read_config": config}
    keys = [image_key] + ([label_key] if label_key else [])
    if info.num_bytes > budget:
        dataset = builder.as_dataset(**options)
        classes = builder.info.features[label_key].num_classes if label_key else 0
        dataset = dataset.map(lambda e: tuple(e[key] for key in keys) if label_key else e[image_key])
        return dataset, classes, info.filepaths
    dataset = builder.as_dataset(decoders={image_key: tfds.decode.SkipDecoding()}, **options)
    with named_damage(f"tfds:{name}", info.filepaths):
        examples = [tuple(example[key] for key in keys) for example in dataset.as_numpy_iterator()]
    labels = np.array([example[1] for example in examples], np.int32) if label_key else None
    if labels is not None and labels.min() < 0:  # -1 stands for "not known" in splits without labels
        labels = None
    names = builder.info.features[label_key].names if labels is not None else None
    return BytesSource([example[0] for example in examples], labels, names, f"tfds:{name}")


@contextlib.contextmanager
def named_damage(name, files=()):
    """Within this context damage that TensorFlow meets in TFRecord files is a `DataError` that names file and offset.

    Args:
        name: what the user called the data.
        files: paths of the files; without any, what TensorFlow said is all that is known.
    """
    import tensorflow as tf

    try:
        yield
    except (tf.errors.DataLossError, tf.errors.FailedPreconditionError) as error:
        if "record" not in error.message and _FEWER not in error.message:  # not of the data
            raise
        problems = next(filter(None, map(_damage, files)), None) or [(name, _said(error))]
        raise DataError(
            f"The records of {name} are damaged.",
            problems,
            hint="Replace the file by a whole copy, or delete the data set's folder and prepare it again.",
        ) from None


def _damage(file):
    """[(name of the file, where it is damaged)], or None."""
    import tensorflow as tf

    try:
        for _ in tf.data.TFRecordDataset(str(file)):
            pass
    except tf.errors.OpError as error:
        return [(os.path.basename(str(file)), _said(error))]


def _said(error):
    found = re.search(r"(corrupted|truncated) record at (\d+)", error.message)
    if found:
        return f"{found[1]} record at byte {found[2]}"
    found = re.search(_FEWER + r" (\d+) elements but contained only (\d+)", error.message)
    return f"{found[2]} records instead of {found[1]}" if found else error.message.split("\n")[0]


def _builder(tfds, name, data_dir):
    received = f"Received: source='tfds:{name}'" + (f", data_dir={data_dir!r}" if data_dir else "")
    try:
        builder = tfds.builder(name, data_dir=data_dir)
    except Exception as error:  # unknown names, unreadable folders, code of the data set that fails to import
        said = str(error).strip().split("\n")[0]
        raise DataError(f"There is no such data set ({said}). {received}") from error
    if builder.info.splits:
        return builder
    try:
        builder.download_and_prepare()
    except Exception as error:  # network, checksums, disk, missing packages: whatever the data set's own code raises
        said = str(error).strip().split("\n")[0] or type(error).__name__
        raise DataError(
            f"The data set is not prepared in {builder.data_dir}, and preparing it failed ({said}). {received}",
            hint=f"On a machine with a network: tfds build {name}; then pass the folder as data_dir.",
        ) from error
    return builder


def _features(tfds, builder, name):
    features = builder.info.features
    images = [key for key in features if isinstance(features[key], tfds.features.Image)]
    if not images:
        raise DataError(
            f"The data set has no images; its features are {sorted(features)}. Received: source='tfds:{name}'"
        )
    labels = [key for key in features if isinstance(features[key], tfds.features.ClassLabel)]
    return images[0], labels[0] if labels else None
