"""`load`: one name for every source of images."""

import math
import os
import warnings

import numpy as np

from keras_gans.data.checking import UNLIKE, examine, named
from keras_gans.data.errors import DataError, DataWarning, printable, some
from keras_gans.data.image_data import ImageData
from keras_gans.data.pixel_store import PixelStore
from keras_gans.data.sources.archive import ZipSource
from keras_gans.data.sources.arrays import ArraySource, read_array_file
from keras_gans.data.sources.embedded import NAMES, fashion_mnist
from keras_gans.data.sources.folder import FolderSource
from keras_gans.data.sources.multires import MultiresSource, is_multires
from keras_gans.data.sources.shards import ShardSource, is_shards
from keras_gans.data.workers import CACHE_SHARE, memory_bytes

SPLITS = ("train", "test")
MAX_UPSCALE = 2.0
"""Largest enlargement where none is given."""


def load(
    source,
    resolution=None,
    channels=None,
    *,
    split="train",
    labels="auto",
    num_classes=None,
    crop="center",
    load_size=None,
    mirror=False,
    max_upscale=None,
    depth=None,
    skip_broken=False,
    check="auto",
    cache="auto",
    seed=0,
    data_dir=None,
    progress=None,
):
    """Loads images from any source as `ImageData`: one shape, integer pixels, an order that one integer says.

    Every header is read before the first step, and all images that cannot be used are reported together, by name.

    Args:
        source: one of
            - path of a folder: every image below it (PNG, JPEG, WebP, BMP, GIF, TIFF, AVIF, PNM, TGA), hidden files
              left alone; if all images sit in at least two sub-folders, these are the classes.
            - "fashion_mnist": 10,000 training and 1,000 test images inside the package, the same on every machine;
              "fashion_mnist:full": the official 60,000 and 10,000, where they are installed. (A folder of that name
              is "./fashion_mnist".)
            - path of a .zip archive: the same, read in place; labels from a `dataset.json` in it, else by folder.
            - folder of shards, as `keras-gans dataset build` writes them.
            - folder of the files NAME-rNN.tfrecords of PGGAN's and StyleGAN's official codes; at a resolution that
              is stored, exactly those images.
            - "tfds:NAME" or "tfds:NAME/CONFIG": a data set of tensorflow-datasets, read into memory where its encoded
              images fit in a quarter of it, else passed through, see `StreamData`.
            - path of a .npy or .npz file, see `sources.arrays.read_array_file`; nothing pickled is read.
            - array [N, H, W, C], or [N, H, W] for grey ones; uint8, uint16, or float in [-1, 1], kept as float32.
            - pair (images, labels) of such an array and integers [N].
            - `tf.data.Dataset` of images, of (image, label), or of dictionaries with "image" and "label"; batched or
              not. A finite one that fits in a quarter of the memory (256 MiB if it does not know its length) is read
              into memory and then has all that arrays have. Any other is passed through, see `StreamData`.
            - `ImageData`: returned as it is; nothing else may be given then.
        resolution: side of the square that every image is brought to, or (height, width); None: all images must have
            one size already, which is kept. Resizing is antialiased (Lanczos); JPEGs are decoded at a lower scale
            where that is still at least twice the size needed.
        channels: 1 grey, 3 colour, 4 colour and alpha; None: 1 if all images are grey, 4 if all have alpha, else 3.
            Alpha that is not wanted is flattened on white; colour becomes grey by ITU-R 601 luma. Arrays may have any
            other number.
        split: "train" or "test", for "fashion_mnist" and .npz files; any split of a "tfds:" data set, slices such as
            "train[:10%]" included. Other sources have only "train".
        labels: "auto": labels where the source has them; True: they must be there; False: left out.
        num_classes: None: counted from the labels. Needed for labels of a tf.data dataset that is passed through.
        crop: "center": the largest centred part of the right aspect ratio. "random": resized to just cover the
            target, then cut at a place keyed by (seed, position). "none": nothing is cut off and nothing is
            stretched; images of another aspect ratio are refused.
        load_size: None, or the shorter side to resize to before the crop (pix2pix: 286 before crops of 256).
        mirror: whether training images are mirrored left to right with probability 1/2, keyed by (seed, position).
        max_upscale: largest factor by which an image may be enlarged; smaller images are refused. None: 2, and no
            limit for "fashion_mnist".
        depth: 8 or 16: bits of a channel of the result; None: those of the files, which must not be mixed.
        skip_broken: whether images that cannot be used are left out (and listed in `skipped`) instead of refused.
        check: "headers": reads headers and the ends of files. "full": decodes every image once. "auto": full if the
            cache is on and the images hold at most 2^31 pixels together, or if `skip_broken`.
        cache: whether prepared pixels are kept in memory; "auto": if they take at most a quarter of it.
        seed: integer that order, mirroring and random crops depend on.
        data_dir: folder of the data sets of tensorflow-datasets; None: its own default.
        progress: None or a function of (images done, images in all), called while images are checked.

    Returns:
        `ImageData`.

    Raises:
        DataError: data that cannot be used; `problems` holds (name, reason) of every image.
        ValueError: bad arguments.

    Example:

    >>> data = load("fashion_mnist", resolution=32, split="test")
    >>> len(data), data.image_shape, data.num_classes, data.class_names[0]
    (1000, (32, 32, 1), 10, 'T-shirt/top')
    >>> images, labels = next(iter(data.batches(16)))
    >>> images.shape, images.dtype.name, labels.shape
    (TensorShape([16, 32, 32, 1]), 'uint8', TensorShape([16]))
    """
    if isinstance(source, ImageData):
        return source
    if labels not in ("auto", True, False):
        raise ValueError(f"labels must be 'auto', True or False. Received: labels={labels!r}")
    if check not in ("auto", "full", "headers"):
        raise ValueError(f"check must be 'auto', 'full' or 'headers'. Received: check={check!r}")
    if cache not in ("auto", True, False):
        raise ValueError(f"cache must be 'auto', True or False. Received: cache={cache!r}")
    stream, of_stream = None, {}
    if _is_dataset(source):
        from keras_gans.data.sources.tensors import read_dataset

        stream = source
        source = None if cache is False else read_dataset(stream, CACHE_SHARE * memory_bytes())
    else:
        name, source = source, open_source(source, split, data_dir)
        if isinstance(source, tuple):  # a tfds data set that is too large
            (stream, classes, files), source = source, None
            of_stream = {"name": os.fspath(name), "files": files}
            num_classes = classes if num_classes is None else num_classes
    if source is None:
        from keras_gans.data.streams import StreamData

        return StreamData(
            stream,
            resolution,
            channels,
            crop=crop,
            load_size=load_size,
            max_upscale=MAX_UPSCALE if max_upscale is None else max_upscale,
            depth=depth,
            mirror=mirror,
            labels=labels,
            num_classes=num_classes,
            seed=seed,
            **of_stream,
        )
    if max_upscale is None:
        max_upscale = math.inf if source.name in NAMES else MAX_UPSCALE
    if load_size is None:
        source = source.reduced(resolution)
    look = examine(source, resolution, channels, depth, crop, load_size, max_upscale, progress)
    bad = {index for index, _ in look.problems}
    good = [index for index in range(len(source)) if index not in bad]
    part = PixelStore(source, look.headers, look.frame, cache=False)
    part = part.select(good) if bad else part
    store, more = PixelStore(part.source, part.headers, look.frame, cache), []
    if not source.in_memory and (check == "full" or skip_broken or check == "auto" and store.can_be_checked()):
        more = store.check(progress)
    skipped = named(source, sorted(look.problems + [(good[index], reason) for index, reason in more]))
    if skipped and not (skip_broken and len(skipped) < len(source)):
        raise _unusable(source, skipped)
    if more:
        bad = {index for index, _ in more}
        store = store.select([index for index in range(len(store)) if index not in bad])
    notes = list(look.notes)
    if skipped:
        notes.append(f"{some(len(skipped))} left out: cannot be used")
    for note in notes:
        warnings.warn(f"{source.name}: {note}", DataWarning, stacklevel=2)
    labels, class_names, num_classes = _classes(store.source, labels, num_classes)
    return ImageData(
        store,
        labels=labels,
        class_names=class_names,
        num_classes=num_classes,
        mirror=mirror,
        seed=seed,
        notes=[*source.notes, *notes],
        skipped=skipped,
    )


def _unusable(source, listed):
    """The `DataError` for images that cannot be used; `listed` is their (name, reason)."""
    hints = ["skip_broken=True (--skip-broken) leaves such images out."] if len(listed) < len(source) else []
    if any("max_upscale" in reason for _, reason in listed):
        hints.insert(0, "A larger max_upscale (--max-upscale) allows small images to be enlarged.")
    if any(UNLIKE in reason for _, reason in listed):
        hints.insert(0, "A resolution (--resolution) brings all of them to one size.")
    return DataError(
        f"{len(listed)} of the {len(source)} images of {source.name} cannot be used.", listed, hint=" ".join(hints)
    )


def _classes(source, wanted, num_classes):
    """(labels, class_names, num_classes) as `load` was asked for them."""
    if wanted is False or source.labels is None:
        if wanted is True:
            raise DataError(
                f"Labels were asked for, and {source.name} has none.",
                hint="In a folder each class is a sub-folder (at least two, and no image outside of them).",
            )
        return None, None, 0
    names = source.class_names
    found = len(names) if names else int(source.labels.max()) + 1
    if num_classes is not None and num_classes < found:
        raise DataError(f"{source.name} has labels up to {found - 1}. Received: num_classes={num_classes}")
    return source.labels, names, num_classes or found


def open_source(source, split="train", data_dir=None):
    """The `Source` that a path, a name, an array or a pair of arrays stands for.

    Args:
        source, split, data_dir: see `load`.

    Returns:
        `sources.base.Source`; or what `sources.hub.open_hub` returns for a data set that is too large.

    Raises:
        DataError: there is no such source, or it has no such split.
    """
    if isinstance(source, tuple) and len(source) == 2:
        return _only_train(ArraySource(_array(source[0]), source[1]), split)
    if isinstance(source, (np.ndarray, list)) or hasattr(source, "__array__"):
        return _only_train(ArraySource(_array(source)), split)
    if not isinstance(source, (str, os.PathLike)):
        raise DataError(
            "A source is a path, a name, an array, a pair (images, labels) or a tf.data.Dataset. "
            f"Received: source of type {type(source).__name__}"
        )
    path = os.fspath(source)
    if path in NAMES:
        return fashion_mnist(_known(split), full=path.endswith(":full"))
    if path.startswith("tfds:"):
        from keras_gans.data.sources.hub import open_hub

        return open_hub(path.removeprefix("tfds:"), split, data_dir, CACHE_SHARE * memory_bytes())
    if path.lower().endswith((".npy", ".npz")) and not os.path.isdir(path):
        return read_array_file(path, _known(split))
    if path.lower().endswith(".zip") and not os.path.isdir(path):
        return _only_train(ZipSource(path), split)
    if os.path.isfile(path):
        raise DataError(
            f"No source of images; expected a folder, .zip, .npy or .npz. Received: source={printable(path)!r}"
        )
    if is_shards(path):
        return _only_train(ShardSource(path), split)
    if is_multires(path):
        return _only_train(MultiresSource(path), split)
    return _only_train(FolderSource(path), split)


def _array(images):
    try:
        return np.asarray(images)
    except ValueError as error:
        raise DataError(f"Images must be one array [N, H, W, C]. Received: source that is none ({error})") from error


def _known(split):
    if split not in SPLITS:
        raise DataError(f"split must be 'train' or 'test' here. Received: split={split!r}")
    return split


def _only_train(source, split):
    if split != "train":
        raise DataError(f'This source has no splits; only split="train" is there. Received: split={split!r}')
    return source


def _is_dataset(source):
    kinds = {f"{kind.__module__}.{kind.__name__}" for kind in type(source).__mro__}
    return any(kind.startswith("tensorflow") and kind.endswith("DatasetV2") for kind in kinds)
