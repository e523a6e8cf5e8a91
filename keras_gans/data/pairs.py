"""Pairs of images: input and target, cropped and mirrored together, in an order that one integer says."""

import contextlib

import numpy as np

from keras_gans.data.checking import examine, named
from keras_gans.data.errors import DataError
from keras_gans.data.image_data import ImageData
from keras_gans.data.loading import MAX_UPSCALE
from keras_gans.data.pair_sources import open_pairs
from keras_gans.data.palette import LabelFrame, PaletteSource, read_palette
from keras_gans.data.pixel_store import PixelStore
from keras_gans.data.sources.arrays import ArraySource
from keras_gans.data.sources.base import digest
from keras_gans.data.workers import CACHE_SHARE, memory_bytes

DIRECTIONS = ("AtoB", "BtoA")


class PairData:
    """Inputs and targets of one size, numbered alike. `load_pairs` makes it.

    Both sides are `ImageData` of one seed: which pair comes at position k, whether it is mirrored and where it is
    cropped depend on (seed, k) alone, so both sides are treated alike, and the state of the stream is one integer.

    Args:
        inputs: `ImageData`.
        targets: `ImageData` of the same length, size and seed.
        skipped: list of (name, reason) of pairs that were left out.

    Attributes:
        inputs: `ImageData` of the inputs.
        targets: `ImageData` of the targets.
        input_shape: (H, W, C) of the inputs.
        image_shape: (H, W, C) of the targets.
        fingerprint: sha256 hex digest of what was loaded, and how, without the seed.
        exact_position: True: `batches(start=k)` is the rest of `batches(start=0)` after k pairs.

    Raises:
        DataError: If the two sides do not fit together.

    Example:

    >>> data = load_pairs((np.zeros((4, 8, 8, 1), "uint8"), np.zeros((4, 8, 8, 3), "uint8")), mirror=True)
    >>> inputs, targets = next(iter(data.batches(2)))
    >>> inputs.shape, targets.shape
    (TensorShape([2, 8, 8, 1]), TensorShape([2, 8, 8, 3]))
    """

    num_classes, labels, class_names, label_counts = 0, None, None, None  # what runs record of any data
    exact_position = True

    def __init__(self, inputs, targets, skipped=()):
        sides = (
            (len(inputs), inputs.image_shape[:2], inputs.seed),
            (len(targets), targets.image_shape[:2], targets.seed),
        )
        if sides[0] != sides[1]:
            raise DataError(f"Inputs and targets must be alike in number, size and seed. Received: {sides}")
        self.inputs, self.targets, self.skipped = inputs, targets, list(skipped)
        self.name, self.seed, self.mirror = inputs.name, inputs.seed, inputs.mirror
        self.notes = list(dict.fromkeys([*inputs.notes, *targets.notes]))
        self.fingerprint = digest("pairs", inputs.fingerprint, targets.fingerprint)

    def __len__(self):
        return len(self.inputs)

    @property
    def count(self):
        """Number of pairs."""
        return len(self)

    @property
    def image_shape(self):
        """(H, W, C) of the targets."""
        return self.targets.image_shape

    @property
    def input_shape(self):
        """(H, W, C) of the inputs."""
        return self.inputs.image_shape

    @property
    def resolution(self):
        """H where H equals W, else None."""
        return self.targets.resolution

    @property
    def dtype(self):
        """The dtype of the targets."""
        return self.targets.dtype

    @property
    def failure(self):
        """None, or the `DataError` that ended a stream of batches."""
        return self.inputs.failure or self.targets.failure

    def name_of(self, index):
        """The name by which the user knows pair `index`."""
        return self.inputs.name_of(index)

    def read(self, indices):
        """Pairs by number, never mirrored, random crops in the middle.

        Args:
            indices: integers [n] in [0, len(self)).

        Returns:
            (inputs [n, H, W, C], targets [n, H, W, C]).
        """
        return self.inputs.read(indices), self.targets.read(indices)

    def at(self, positions, shuffle=True, mirror=None):
        """What stands at the given positions of the endless stream.

        Args:
            positions: int64 [n], each >= 0.
            shuffle: see `batches`.
            mirror: see `batches`.

        Returns:
            (inputs [n, H, W, C], targets [n, H, W, C], indices int64 [n]).
        """
        inputs, indices = self.inputs.at(positions, shuffle, mirror)
        return inputs, self.targets.at(positions, shuffle, mirror)[0], indices

    def batches(self, batch_size, start=0, shuffle=True, mirror=None, **kwargs):
        """The endless stream of training batches.

        Args:
            batch_size: pairs in each batch; at most len(self).
            start: position of the first pair: how many were consumed before.
            shuffle: whether each epoch has its own order.
            mirror: whether pairs are mirrored at random; None as given to `load_pairs`.
            **kwargs: further arguments of `ImageData.batches`.

        Returns:
            Infinite `tf.data.Dataset` of (inputs [B, H, W, C], targets [B, H, W, C]).
        """
        return self._zipped(lambda side: side.batches(batch_size, start, shuffle, mirror, **kwargs))

    def ordered(self, batch_size):
        """Every pair once, in order, never mirrored, random crops in the middle; the last batch may be smaller.

        Args:
            batch_size: pairs in each batch but the last.

        Returns:
            Finite `tf.data.Dataset` of (inputs, targets).
        """
        return self._zipped(lambda side: side.ordered(batch_size))

    @contextlib.contextmanager
    def errors(self):
        """Within this context a stream that broke raises its `DataError`, as `ImageData.errors`."""
        with self.inputs.errors(), self.targets.errors():
            yield

    def _zipped(self, stream):
        import tensorflow as tf

        return tf.data.Dataset.zip((stream(self.inputs), stream(self.targets)))


def load_pairs(
    source,
    resolution=None,
    *,
    direction="AtoB",
    split="train",
    input_channels=None,
    output_channels=None,
    crop="random",
    load_size=None,
    mirror=False,
    input_palette=None,
    target_palette=None,
    palette_tolerance=0,
    depth=None,
    max_upscale=None,
    skip_broken=False,
    cache="auto",
    seed=0,
    progress=None,
):
    """Loads pairs of images as `PairData`.

    Args:
        source: a folder, two folders or two arrays, see `pair_sources.open_pairs`; a finite `tf.data.Dataset` of pairs
            (a, b) that fits in a quarter of the memory; or `PairData`, which is returned as it is.
        resolution: side of the square, or (height, width), that both sides are brought to (the crop size); None: all
            must have one size already.
        direction: "AtoB": A (left) is the input; "BtoA": B is.
        split: "train", "val" or "test", where the folder has such folders.
        input_channels: channels of the inputs; None: those of the files.
        output_channels: channels of the targets.
        crop: "random", "center" or "none", as `keras_gans.data.load`, the same part of both sides.
        load_size: None, or the shorter side to resize to before the crop: 286 before crops of 256 in the paper.
        mirror: whether half of the training pairs are mirrored left to right, both sides together.
        input_palette: `Palette` of inputs that are label maps, or what `palette.read_palette` takes: unknown colours
            are refused, resizing mixes none.
        target_palette: the same of targets that are label maps.
        palette_tolerance: of palettes that are given as text or colours, see `Palette`: 48 for JPEG files.
        depth: 8 or 16 bits; None: those of the files.
        max_upscale: largest factor by which an image may be enlarged; 2 by default.
        skip_broken: whether pairs that cannot be used are left out (and listed in `skipped`) instead of refused.
        cache: whether prepared pixels are kept in memory; "auto": if they take at most a quarter of it.
        seed: integer that order, mirroring and crops depend on.
        progress: None or a function of (images done, images in all).

    Returns:
        `PairData`.

    Raises:
        DataError: pairs that cannot be used; `problems` holds (name, reason) of each.
        ValueError: bad arguments.

    Example:

    >>> side_by_side = np.zeros((3, 8, 8, 3), "uint8"), np.full((3, 8, 8, 1), 255, "uint8")
    >>> data = load_pairs(side_by_side, direction="BtoA")
    >>> len(data), data.input_shape, data.image_shape
    (3, (8, 8, 1), (8, 8, 3))
    """
    if isinstance(source, PairData):
        return source
    if direction not in DIRECTIONS:
        raise ValueError(f"direction must be one of {', '.join(DIRECTIONS)}. Received: direction={direction!r}")
    sides = _read_pairs(source) if hasattr(source, "element_spec") else open_pairs(source, split)
    sides = list(sides if direction == "AtoB" else sides[::-1])
    palettes = [p if p is None else read_palette(p, palette_tolerance) for p in (input_palette, target_palette)]
    sides = [PaletteSource(side, palette) if palette else side for side, palette in zip(sides, palettes)]
    max_upscale = MAX_UPSCALE if max_upscale is None else max_upscale
    looks = [
        examine(side, resolution, channels, depth, crop, load_size, max_upscale, progress)
        for side, channels in zip(sides, (input_channels, output_channels))
    ]
    frames = [LabelFrame(**vars(look.frame)) if palette else look.frame for look, palette in zip(looks, palettes)]
    stores = [PixelStore(side, look.headers, frame, False) for side, look, frame in zip(sides, looks, frames)]
    problems = looks[0].problems + looks[1].problems + _unlike(*looks)
    stores, skipped = _drop(stores, problems, skip_broken)
    stores = [PixelStore(store.source, store.headers, store.frame, cache) for store in stores]
    problems = []
    for store in stores:
        if not store.source.in_memory and (skip_broken or store.can_be_checked()):
            problems += store.check(progress)
    stores, more = _drop(stores, problems, skip_broken)
    settings = dict(mirror=mirror, seed=seed)
    notes = [[*store.source.notes, *look.notes] for store, look in zip(stores, looks)]
    return PairData(*(ImageData(s, notes=n, **settings) for s, n in zip(stores, notes)), skipped=skipped + more)


def _drop(stores, problems, skip_broken):
    """Both stores without the pairs that have problems, and their (name, reason); raises unless `skip_broken`."""
    if not problems:
        return stores, []
    problems = sorted(dict(reversed(problems)).items())  # one reason each, the first that was found
    listed = named(stores[0].source, problems)
    if not skip_broken or len(problems) == len(stores[0]):
        raise DataError(
            f"{len(problems)} of the {len(stores[0])} pairs of {stores[0].source.name} cannot be used.",
            listed,
            hint="skip_broken=True leaves such pairs out."
            if len(problems) < len(stores[0])
            else "A pair is an image with both sides beside each other, or one of each of two folders, of one name.",
        )
    bad = dict(problems)
    kept = [index for index in range(len(stores[0])) if index not in bad]
    return [store.select(kept) for store in stores], listed


def _unlike(a, b):
    """(index, reason) of pairs whose two sides differ in size, or in the size that one is left with."""
    if (a.frame.height, a.frame.width) != (b.frame.height, b.frame.width):
        sizes = [f"{look.frame.width} x {look.frame.height}" for look in (a, b)]
        raise DataError(f"Inputs and targets differ in size: {sizes[0]} and {sizes[1]} pixels.")
    return [
        (index, f"the input has {x.width} x {x.height} pixels, the target {y.width} x {y.height}")
        for index, (x, y) in enumerate(zip(a.headers, b.headers))
        if x is not None and y is not None and (x.height, x.width) != (y.height, y.width)
    ]


def _read_pairs(dataset):
    """The two sources of a finite tf.data dataset of (a, b)."""
    spec = dataset.element_spec
    if not isinstance(spec, tuple) or len(spec) != 2:
        raise DataError(f"The dataset must yield pairs (a, b). Received: element_spec={spec}")
    rank = spec[0].shape.rank
    if rank not in (3, 4) or spec[1].shape.rank != rank:
        raise DataError(f"Images must be [H, W, C], or [B, H, W, C] in batches. Received: element_spec={spec}")
    sides, size = ([], []), 0
    for pair in (dataset.unbatch() if rank == 4 else dataset).as_numpy_iterator():
        for side, image in zip(sides, pair):
            side.append(image)
            size += image.nbytes
        if size > CACHE_SHARE * memory_bytes() or (len(sides[0]) == 1 and int(dataset.cardinality()) == -1):
            raise DataError("The dataset is endless or too large to be read into memory. `fit` takes it as it is.")
    if not sides[0]:
        raise DataError(f"There is no pair in the dataset. Received: element_spec={spec}")
    for side in sides:
        if len({image.shape for image in side}) != 1:
            raise DataError(f"All images of a dataset of pairs must have one shape. Received: element_spec={spec}")
    return tuple(ArraySource(np.stack(side), name=name) for side, name in zip(sides, ("inputs", "targets")))
