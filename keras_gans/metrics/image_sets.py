"""A set of images on its way into metrics: read once, passed through the network once, fingerprinted meanwhile."""

import hashlib
import pathlib

import numpy as np

from keras_gans.metrics.frechet import mean_covariance
from keras_gans.metrics.statistics_files import load_statistics, save_statistics
from keras_gans.metrics.stores import FeatureStore, ImageStore

NEIGHBOR_IMAGES = 10_000  # of each set, at most, that contact sheets search
USUAL_TAPS = {"features": ("2048", "1280", "features"), "logits": ("logits_unbiased", "logits")}


def usual_tap(extractor, kind):
    """The tap that "features" or "logits" of an extractor mean; ValueError if it has none."""
    for tap in USUAL_TAPS[kind]:
        if tap in extractor.taps:
            return tap
    others = [tap for tap in extractor.taps if tap not in USUAL_TAPS["logits"]]
    if kind == "features" and others:
        return others[-1]
    raise ValueError(f"{extractor.name} has no {kind}. Received: an extractor with the taps {list(extractor.taps)}")


class ImageSet:
    """One of the two sets: its source, and what the one pass over it collected.

    Args:
        name: "real" or "fake".
        source: uint8 array [N H W C], `ImageData`, or an iterable of batches.
        plans: dict of objects with a `protocol` and a `count(name)`.
        with_sheets: bool, images and features for contact sheets are wanted too.
        extractor: a FeatureExtractor or None.
        batch_size: int.
        progress: function (name, images seen) or None.

    Example:

    >>> images = ImageSet("fake", np.zeros((5, 16, 16, 3), "uint8"), {}, True, None, 2, None)
    >>> images.collect()
    >>> images.count, images.images(3).shape
    (5, (3, 16, 16, 3))
    """

    def __init__(self, name, source, plans, with_sheets, extractor, batch_size, progress):
        self.name, self.source, self.extractor = name, source, extractor
        self.batch_size, self.progress = batch_size, progress
        self.count = 0
        self.statistics = None  # (mean, covariance, count) from the cache
        self._cache_file = None
        self.fingerprint = getattr(source, "fingerprint", None)
        if isinstance(source, np.ndarray):
            self.fingerprint = _fingerprint(source)
        mine = [p for p in plans.values() if name == "fake" or p.protocol.needs_real]
        self.limits = {}  # what is collected -> rows wanted, None for all
        for plan in mine:
            what = plan.protocol.tap if plan.protocol.takes in USUAL_TAPS else "images"
            self._want(what, plan.count(name))
        self._frechet_only = not with_sheets and [p.protocol.metric for p in mine] == ["fid"]
        if with_sheets:
            self._want("images", NEIGHBOR_IMAGES)
            if extractor is not None:
                self._want(usual_tap(extractor, "features"), NEIGHBOR_IMAGES)
        self.stores = {
            what: (ImageStore if what == "images" else FeatureStore)(limit) for what, limit in self.limits.items()
        }

    def _want(self, what, limit):
        before = self.limits.get(what, 0)
        self.limits[what] = None if None in (before, limit) else max(before, limit)

    def use_cache(self, cache_dir):
        """Looks for statistics of these images; they replace the pass where nothing else is wanted of it."""
        if cache_dir is None or not self._frechet_only or self.fingerprint is None:
            return
        tap, limit = next(iter(self.limits.items()))
        description = f"{self.fingerprint} {sorted(self.extractor.describe().items())} {tap} {limit}"
        key = hashlib.sha256(description.encode()).hexdigest()[:32]
        self._cache_file = pathlib.Path(cache_dir) / f"{key}.npz"
        count_file = self._cache_file.with_suffix(".count")
        if self._cache_file.exists() and count_file.exists():
            try:
                self.statistics = load_statistics(self._cache_file)
                self.count = int(count_file.read_text())
            except ValueError:  # damaged: made anew
                self.statistics = None

    def collect(self):
        """The one pass."""
        if self.statistics is not None:
            return
        digest = hashlib.sha256()
        limit = None if None in self.limits.values() else max(self.limits.values(), default=0)
        for images in batches(self.source, self.batch_size, self.name):
            images = images if limit is None else images[: limit - self.count]
            if not len(images):
                break
            if self.fingerprint is None:
                digest.update(f"{images.shape[1:]}".encode() if not self.count else b"")
                digest.update(np.ascontiguousarray(images).data)
            self._add(images)
            self.count += len(images)
            if self.progress is not None:
                self.progress(self.name, self.count)
        if not self.count:
            raise ValueError(f"There are no {self.name} images.")
        if self.fingerprint is None:
            self.fingerprint = digest.hexdigest()
        if self._cache_file is not None:
            mean, covariance = mean_covariance(self.rows(next(iter(self.limits)), None))
            save_statistics(self._cache_file, mean, covariance)
            self._cache_file.with_suffix(".count").write_text(f"{self.count}\n")

    def _add(self, images):
        if "images" in self.stores:
            self.stores["images"].update(images)
        taps = [tap for tap in self.stores if tap != "images" and not self.stores[tap].full]
        if taps:
            features = self.extractor(images)
            for tap in taps:
                self.stores[tap].update(features[tap].reshape(len(images), -1))

    def available(self, limit):
        """Images that can take part where at most `limit` are wanted."""
        return self.count if limit is None else min(limit, self.count)

    def rows(self, tap, limit):
        """Features [N D], or their statistics where those came from the cache."""
        if self.statistics is not None:
            return self.statistics
        return self.stores[tap].result()[:limit]

    def images(self, limit):
        """The first `limit` images: uint8 [N H W C]."""
        return self.stores["images"].result()[:limit]


def batches(source, batch_size, name):
    """uint8 batches [B H W C] of an array, an ImageData, or an iterable of batches."""
    if isinstance(source, np.ndarray):
        array = source
        source = (array[start : start + batch_size] for start in range(0, len(array), batch_size))
    elif hasattr(source, "ordered"):
        source = source.ordered(batch_size)
    for batch in source:
        images = np.asarray(batch[0] if isinstance(batch, (tuple, list)) else batch)
        if images.dtype == np.uint16:
            images = np.round(images / 257.0).astype(np.uint8)
        if images.dtype != np.uint8 or images.ndim != 4:
            raise ValueError(
                f"{name} images must be batches of uint8 [B H W C]. Received: {images.dtype} of shape {images.shape}"
            )
        yield images


def _fingerprint(array):
    digest = hashlib.sha256(f"{array.dtype} {array.shape}".encode())
    for start in range(0, len(array), 1024):
        digest.update(np.ascontiguousarray(array[start : start + 1024]).data)
    return digest.hexdigest()
