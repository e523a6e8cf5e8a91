"""A set of images on its way into metrics: read once, passed through the network once, fingerprinted meanwhile."""

import contextlib
import hashlib
import pathlib

import numpy as np

from keras_gans.metrics.color import lab_histograms
from keras_gans.metrics.frechet import mean_covariance
from keras_gans.metrics.statistics_files import load_statistics, save_statistics
from keras_gans.metrics.stores import FeatureStore, ImageStore

NEIGHBOR_IMAGES = 10_000  # of each set, at most, that contact sheets search
USUAL_TAPS = {
    "features": ("2048", "1280", "features"),
    "logits": ("logits_unbiased", "logits"),
    "perceptual": ("perceptual",),
}


def usual_tap(extractor, kind):
    """The tap that "features", "logits" or "perceptual" of an extractor mean; ValueError if it has none."""
    for tap in USUAL_TAPS[kind]:
        if tap in extractor.taps:
            return tap
    others = [tap for tap in extractor.taps if tap not in USUAL_TAPS["logits"] + USUAL_TAPS["perceptual"]]
    if kind == "features" and others:
        return others[-1]
    if kind == "perceptual":
        raise ValueError(
            "The perceptual distance takes the features of efficientnet_lite0, or of an extractor with a tap "
            f'"perceptual". Received: extractor={extractor.name}'
        )
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
        self.count = 0  # images that the pass saw
        self.statistics = {}  # tap -> (mean, covariance, images) from the cache
        self._cache_files = {}
        self.fingerprint = getattr(source, "fingerprint", None)
        if isinstance(source, np.ndarray):
            self.fingerprint = _fingerprint(source)
        self._histograms = {}
        self.limits = {}  # what is collected -> rows wanted, None for all
        self._single_rows = set()  # taps of which mean and covariance are not enough
        for plan in plans.values():
            if name == "fake" or plan.protocol.needs_real:
                self._want(what_of(plan.protocol), plan.count(name), plan.protocol.metric != "fid")
        if with_sheets:
            self._want("images", NEIGHBOR_IMAGES)
            if extractor is not None:
                self._want(usual_tap(extractor, "features"), NEIGHBOR_IMAGES)
        self.stores = {
            what: (ImageStore if what == "images" else FeatureStore)(limit) for what, limit in self.limits.items()
        }

    def _want(self, what, limit, single_rows=True):
        before = self.limits.get(what, limit)
        self.limits[what] = None if None in (before, limit) else max(before, limit)
        if single_rows or before != limit:
            self._single_rows.add(what)

    def use_cache(self, cache_dir):
        """Looks for the mean and covariance of these images' features, where Fréchet distances alone want features.

        Such images pass no network; and are not read at all where nothing else is wanted of them. Features of an
        extractor without `weights_hash` are not kept: another function may have its name.
        """
        if cache_dir is None or self.fingerprint is None or self.extractor is None or not self.extractor.weights_hash:
            return
        for tap in self.limits.keys() - self._single_rows:
            description = f"{self.fingerprint} {sorted(self.extractor.describe().items())} {tap} {self.limits[tap]}"
            key = hashlib.sha256(description.encode()).hexdigest()[:32]
            path = self._cache_files[tap] = pathlib.Path(cache_dir) / f"{key}.npz"
            try:
                self.statistics[tap] = (*load_statistics(path), int(path.with_suffix(".count").read_text()))
                del self.stores[tap]
            except (ValueError, OSError):  # not there, or damaged: made anew
                self.statistics.pop(tap, None)

    def collect(self):
        """The one pass."""
        if not self.stores:
            return
        digest = hashlib.sha256()
        limits = [self.limits[what] for what in self.stores]
        limit = None if None in limits else max(limits)
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
        for tap in self._cache_files.keys() & self.stores.keys():
            statistics = mean_covariance(self.rows(tap, None))
            with contextlib.suppress(OSError):  # a cache that cannot be written costs time, not the score
                save_statistics(self._cache_files[tap], *statistics)
                self._cache_files[tap].with_suffix(".count").write_text(f"{self.count}\n")

    def _add(self, images):
        if "images" in self.stores:
            self.stores["images"].update(images)
        taps = [tap for tap in self.stores if tap != "images" and not self.stores[tap].full]
        if taps:
            features = self.extractor(images)
            for tap in taps:
                if tap not in features:
                    raise ValueError(
                        f"Expected {self.extractor.name} to return {tap!r}; FunctionExtractor(taps=...) says what a "
                        f"function returns. Received: {list(features)}"
                    )
                self.stores[tap].update(features[tap].reshape(len(images), -1))

    def available(self, what, limit):
        """Images whose `what` is there, at most `limit`."""
        count = self.statistics[what][2] if what in self.statistics else self.count
        return count if limit is None else min(limit, count)

    def rows(self, tap, limit):
        """Features [N D], or their (mean, covariance) where those came from the cache."""
        if tap in self.statistics:
            return self.statistics[tap][:2]
        return self.stores[tap].result()[:limit]

    def images(self, limit):
        """The first `limit` images: uint8 [N H W C]."""
        return self.stores["images"].result()[:limit]

    def lab_histograms(self, limit, num_bins):
        """Marginal histograms [3 bins] of the first `limit` images in Lab, kept."""
        key = limit, num_bins
        if key not in self._histograms:
            self._histograms[key] = lab_histograms(self.images(limit), num_bins, f"{self.name} images")
        return self._histograms[key]


def what_of(protocol):
    """What a settled protocol takes of each image: "images", or a tap of its extractor."""
    return protocol.tap if protocol.takes in USUAL_TAPS else "images"


def batches(source, batch_size, name):
    """uint8 batches [B H W C] of an array, an ImageData, or an iterable of batches."""
    if isinstance(source, np.ndarray):
        array = source
        source = (array[start : start + batch_size] for start in range(0, len(array), batch_size))
    elif hasattr(source, "ordered"):
        source = source.ordered(batch_size)
    try:
        source = iter(source)
    except TypeError as error:
        raise ValueError(
            f"{name} images must be an array [N H W C], ImageData, or batches. Received: {type(source).__name__}"
        ) from error
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
