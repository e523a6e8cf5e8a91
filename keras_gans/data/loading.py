"""`load`: one name for every source of images."""

import os

import numpy as np

from keras_gans.data.errors import DataError, printable
from keras_gans.data.image_data import ImageData
from keras_gans.data.sources.arrays import ArraySource, read_array_file
from keras_gans.data.sources.embedded import fashion_mnist
from keras_gans.data.sources.folder import FolderSource
from keras_gans.data.workers import CACHE_SHARE, memory_bytes

SPLITS = ("train", "test")
_UNLIMITED = 1e9


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
        split: "train" or "test": for "fashion_mnist" and .npz files. Other sources have only "train".
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
    if split not in SPLITS:
        raise ValueError(f"split must be 'train' or 'test'. Received: split={split!r}")
    if labels not in ("auto", True, False):
        raise ValueError(f"labels must be 'auto', True or False. Received: labels={labels!r}")
    options = {
        "crop": crop,
        "load_size": load_size,
        "max_upscale": max_upscale if max_upscale is not None else 2.0,
        "mirror": mirror,
        "labels": labels,
        "num_classes": num_classes,
        "seed": seed,
    }
    if _is_dataset(source):
        from keras_gans.data.sources.tensors import read_dataset
        from keras_gans.data.streams import StreamData

        dataset = source
        source = None if cache is False else read_dataset(dataset, CACHE_SHARE * memory_bytes())
        if source is None:
            return StreamData(dataset, resolution, channels, **options)
    else:
        source = open_source(source, split)
    if source.name.startswith("fashion_mnist") and max_upscale is None:
        options["max_upscale"] = _UNLIMITED
    return ImageData(
        source,
        resolution,
        channels,
        depth=depth,
        skip_broken=skip_broken,
        check=check,
        cache=cache,
        progress=progress,
        **options,
    )


def open_source(source, split="train"):
    """The `Source` that a path, a name, an array or a pair of arrays stands for; see `load`.

    Raises:
        DataError: there is no such source, or it has no such split.
    """
    if isinstance(source, tuple) and len(source) == 2:
        return _only_train(ArraySource(np.asarray(source[0]), source[1]), split)
    if isinstance(source, (np.ndarray, list)) or hasattr(source, "__array__"):
        return _only_train(ArraySource(np.asarray(source)), split)
    if not isinstance(source, (str, os.PathLike)):
        raise DataError(
            "A source is a path, a name, an array, a pair (images, labels) or a tf.data.Dataset. "
            f"Received: source of type {type(source).__name__}"
        )
    path = os.fspath(source)
    if path in ("fashion_mnist", "fashion_mnist:full"):
        return fashion_mnist(split, full=path.endswith(":full"))
    if path.lower().endswith((".npy", ".npz")) and not os.path.isdir(path):
        return read_array_file(path, split)
    if os.path.isfile(path):
        raise DataError(
            f"A file that is no source of images; expected a folder, .npy or .npz. Received: source={printable(path)!r}"
        )
    return _only_train(FolderSource(path), split)


def _only_train(source, split):
    if split != "train":
        raise DataError(f'This source has no splits; only split="train" is there. Received: split={split!r}')
    return source


def _is_dataset(source):
    kinds = {f"{kind.__module__}.{kind.__name__}" for kind in type(source).__mro__}
    return any(kind.startswith("tensorflow") and kind.endswith("DatasetV2") for kind in kinds)
