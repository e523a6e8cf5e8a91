"""All metrics of two sets of images in one pass over each: what `keras-gans evaluate` calls."""

import dataclasses
from collections.abc import Collection

import numpy as np

from keras_gans.metrics.checks import check_count
from keras_gans.metrics.color import histogram_intersection
from keras_gans.metrics.contact_sheets import neighbor_sheets
from keras_gans.metrics.frechet import frechet_distance
from keras_gans.metrics.image_sets import NEIGHBOR_IMAGES, USUAL_TAPS, ImageSet, usual_tap, what_of
from keras_gans.metrics.inception import inception_score
from keras_gans.metrics.kernel import kernel_distance
from keras_gans.metrics.manifold import density_coverage, precision_recall
from keras_gans.metrics.pairs import l1_distance, perceptual_distance, psnr, ssim
from keras_gans.metrics.protocols import DEFAULTS, METRICS, PROTOCOLS, Protocol, get_protocol
from keras_gans.metrics.results import MetricResult, versions
from keras_gans.metrics.structural_similarity import ms_ssim
from keras_gans.metrics.wasserstein import sliced_wasserstein


def evaluate_images(
    fake, real=None, metrics=("fid", "kid", "prc"), extractor=None, batch_size=64, cache_dir=None, progress=None
):
    """Scores generated images, each image read once and passed through the network once.

    Args:
        fake: the generated images: uint8 array [N H W C], `ImageData`, or an iterable of such arrays (batches).
        real: the real images, likewise; None if no metric needs them.
        metrics: names of metrics ("fid", "kid", "is", "prc", "dc", "swd", "ms_ssim", "lab"; "l1", "psnr", "ssim" and
            "perceptual", for which real image i is the truth of image i; and "nn" for contact sheets), of protocols
            ("fid50k_full" ...), or Protocol values. A metric's bare name takes as many images as there are, up to its
            published protocol's count, and as the extractor whichever is given; a protocol's name is taken at its
            word: too few images, or another extractor, are an error.
        extractor: a name ("inception_v3_fid", "efficientnet_lite0"), a FeatureExtractor, or a function of uint8 images
            [B H W 3] that returns features [B D]. Needed by fid, kid, is, prc, dc and perceptual.
        batch_size: int, images at a time; no result depends on it.
        cache_dir: str or path, where mean and covariance of real images are kept by their fingerprint; None for no
            cache.
        progress: function (stage, images seen) called after each batch, or None.

    Returns:
        Scores: a dict of name -> MetricResult, with the attributes `sheets`, a dict of contact sheets (empty without
        "nn"), and `marginals`, a dict of side -> Lab histograms [3 bins] (empty without "lab").

    Raises:
        ValueError: If a metric is unknown, images are missing, too few, or of unlike shapes.

    Example:

    >>> import numpy as np
    >>> random = np.random.default_rng(0)
    >>> real, fake = random.integers(0, 256, (2, 40, 32, 32, 3), "uint8")
    >>> def colors(images):
    ...     return images.mean(axis=(1, 2))
    >>> scores = evaluate_images(fake, real, metrics=("fid", "swd", "ms_ssim"), extractor=colors)
    >>> list(scores), scores["fid"].extractor["name"], scores["swd"].num_real
    (['fid', 'swd', 'ms_ssim'], 'colors', 40)
    """
    scores = Evaluator(real, metrics, extractor, batch_size, cache_dir, progress).score(fake)
    for error in scores.errors.values():
        raise error
    return scores


class Evaluator:
    """Scores one set of generated images after another against the same real images, which are read once.

    Args:
        real, metrics, extractor, batch_size, cache_dir, progress: see `evaluate_images`.

    Raises:
        ValueError: If a metric is unknown, or needs real images or an extractor that is not given.

    Example:

    >>> import numpy as np
    >>> real, fake = np.random.default_rng(0).integers(0, 256, (2, 40, 32, 32, 3), "uint8")
    >>> evaluator = Evaluator(real, "swd")
    >>> evaluator.score(fake)["swd"].is_better_than(evaluator.score(np.sort(fake, axis=1))["swd"])
    True
    """

    def __init__(
        self, real=None, metrics=("fid", "kid", "prc"), extractor=None, batch_size=64, cache_dir=None, progress=None
    ):
        check_count(batch_size, "batch_size")
        names = [metrics] if isinstance(metrics, (str, Protocol)) else metrics or ()
        if not isinstance(names, Collection) or not all(isinstance(name, (str, Protocol)) for name in names):
            raise ValueError(f"metrics must be names or protocols. Received: metrics={metrics!r}")
        self.plans = {_label(name): _Plan.of(name) for name in names if name != "nn"}
        self.with_sheets = "nn" in names
        if not names:
            raise ValueError("metrics must name at least one metric.")
        needs_network = any(plan.protocol.takes in USUAL_TAPS for plan in self.plans.values())
        if needs_network and extractor is None:
            extractor = next((plan.protocol.extractor for plan in self.plans.values() if plan.strict), None)
            if extractor is None:
                raise ValueError(
                    'These metrics need features: give an extractor ("inception_v3_fid", "efficientnet_lite0" or a '
                    "function of images). Received: extractor=None"
                )
        self.extractor = _as_extractor(extractor)
        for plan in self.plans.values():
            plan.settle(self.extractor)
        self.needs_real = self.with_sheets or any(plan.protocol.needs_real for plan in self.plans.values())
        if self.needs_real and real is None:
            raise ValueError("These metrics compare with real images. Received: real=None")
        self._how = (self.plans, self.with_sheets, self.extractor, batch_size, progress)
        self._real, self._cache_dir = real, cache_dir
        self._reals = None  # the ImageSet, when it was read

    def check_counts(self, fake, real=None):
        """Says before anything is read whether there are enough images.

        Args:
            fake: int, generated images.
            real: int, real images, or None.

        Raises:
            ValueError: If a protocol that is meant to the letter needs more.
        """
        for plan in self.plans.values():
            plan.check_counts({"fake": fake, **({} if real is None else {"real": real})})

    def score(self, fake):
        """Scores a set of generated images.

        Args:
            fake: see `evaluate_images`.

        Returns:
            Scores. A metric that these images do not allow is not in it: `errors` says why.

        Raises:
            ValueError: If the images are no images, or there are none.
        """
        fakes = ImageSet("fake", fake, *self._how)
        if self.needs_real and self._reals is None:
            reals = ImageSet("real", self._real, *self._how)
            reals.use_cache(self._cache_dir)
            reals.collect()
            self._reals = reals
        reals = self._reals
        fakes.collect()
        scores = Scores()
        for label, plan in self.plans.items():
            try:
                scores[label] = plan.score(fakes, reals, self.extractor)
            except ValueError as error:
                scores.errors[label] = error
            if plan.protocol.metric == "lab" and label in scores:
                num_bins = dict(plan.protocol.settings)["num_bins"]
                sides = (fakes, scores[label].num_fake), (reals, scores[label].num_real)
                scores.marginals = {side.name: side.lab_histograms(count, num_bins) for side, count in sides}
        if self.with_sheets:
            tap = usual_tap(self.extractor, "features") if self.extractor is not None else None
            features = [side.rows(tap, NEIGHBOR_IMAGES) if tap else None for side in (fakes, reals)]
            images = [side.images(NEIGHBOR_IMAGES) for side in (fakes, reals)]
            try:
                scores.sheets = neighbor_sheets(*images, *features)
            except ValueError as error:
                scores.errors["nn"] = error
        return scores


class Scores(dict):
    """name -> MetricResult; `sheets`: name -> uint8 picture [height width C]; `errors`: name -> ValueError;
    `marginals`: "real" and "fake" -> Lab histograms float64 [3 bins], where "lab" was scored."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.sheets, self.errors, self.marginals = {}, {}, {}


def _label(name):
    return name.name if isinstance(name, Protocol) else str(name)


def _as_extractor(extractor):
    if extractor is None:
        return None
    from keras_gans.metrics.extractors import get_extractor  # TensorFlow, where a network is wanted

    return get_extractor(extractor)


@dataclasses.dataclass
class _Plan:
    """A protocol, and whether it is meant to the letter."""

    protocol: Protocol
    strict: bool

    @classmethod
    def of(cls, name):
        if name in METRICS:
            return cls(get_protocol(DEFAULTS[name]), strict=False)
        if not isinstance(name, Protocol) and name not in PROTOCOLS:
            raise ValueError(
                f"metrics must be among {sorted(DEFAULTS)}, nn, and the protocols {sorted(PROTOCOLS)}. "
                f"Received: {name!r}"
            )
        return cls(get_protocol(name), strict=True)

    def settle(self, extractor):
        """Fixes the extractor's part of the protocol."""
        protocol = self.protocol
        if protocol.takes == "latents":
            raise ValueError("Path length needs a generator, not images: call perceptual_path_length.")
        if protocol.takes not in USUAL_TAPS:
            return
        if self.strict and protocol.extractor not in (None, extractor.name):
            raise ValueError(
                f"The protocol {protocol.name} is defined with {protocol.extractor}. "
                f"Received: extractor={extractor.name}"
            )
        tap = protocol.tap if protocol.tap in extractor.taps else usual_tap(extractor, protocol.takes)
        if (protocol.extractor, protocol.tap) != (extractor.name, tap):
            self.protocol = protocol.replace(extractor=extractor.name, tap=tap, resizer=extractor.resizer)

    def count(self, side):
        """Images of a side that this takes at most; None for all."""
        return self.protocol.num_fake if side == "fake" else self.protocol.num_real

    def check_counts(self, counts):
        """Raises ValueError where a protocol that is meant to the letter has too few images."""
        for name, count in counts.items():
            wanted = self.count(name)
            if self.strict and wanted is not None and count < wanted:
                raise ValueError(f"The protocol {self.protocol.name} needs {wanted} {name} images. Received: {count}")

    def score(self, fakes, reals, extractor):
        protocol = self.protocol
        sides = {"fake": fakes, **({"real": reals} if protocol.needs_real else {})}
        counts = {name: side.available(what_of(protocol), self.count(name)) for name, side in sides.items()}
        self.check_counts(counts)
        if protocol.paired and fakes.count != reals.count:
            raise ValueError(
                f"{METRICS[protocol.metric]['title']} compares each image with its truth: both sides must be equal in "
                f"number. Received: {fakes.count:,} and, real, {reals.count:,} images"
            )
        if protocol.metric == "swd":  # equal numbers
            counts = dict.fromkeys(counts, min(counts.values()))
        if protocol.metric == "ms_ssim":  # pairs
            counts["fake"] -= counts["fake"] % 2
        if protocol.metric == "kid" and not self.strict:
            size = min(dict(protocol.settings)["subset_size"], *counts.values())
            protocol = protocol.replace(settings={"subset_size": size})
        changed = {f"num_{name}": count for name, count in counts.items() if self.count(name) not in (None, count)}
        if changed:
            protocol = protocol.replace(**changed)
        values = _SCORERS[protocol.metric](protocol, fakes, reals, counts)
        description = None
        if protocol.takes in USUAL_TAPS:
            description = {**extractor.describe(), "tap": protocol.tap}
        return MetricResult(
            metric=protocol.metric,
            values={key: float(value) for key, value in values.items()},
            protocol=protocol,
            extractor=description,
            num_real=counts.get("real", 0),
            num_fake=counts["fake"],
            real_fingerprint=reals.fingerprint if protocol.needs_real else None,
            fake_fingerprint=fakes.fingerprint,
            versions=versions(),
        )


def _frechet(protocol, fakes, reals, counts):
    return {"fid": frechet_distance(reals.rows(protocol.tap, counts["real"]), fakes.rows(protocol.tap, counts["fake"]))}


def _kernel(protocol, fakes, reals, counts):
    rows = (reals.rows(protocol.tap, counts["real"]), fakes.rows(protocol.tap, counts["fake"]))
    mean, std = kernel_distance(*rows, seed=protocol.seed, **dict(protocol.settings))
    return {"kid": mean, "kid_std": std}


def _inception(protocol, fakes, reals, counts):
    mean, std = inception_score(fakes.rows(protocol.tap, counts["fake"]), **dict(protocol.settings))
    return {"is": mean, "is_std": std}


def _precision_recall(protocol, fakes, reals, counts):
    rows = (reals.rows(protocol.tap, counts["real"]), fakes.rows(protocol.tap, counts["fake"]))
    return precision_recall(*rows, **dict(protocol.settings))._asdict()


def _density_coverage(protocol, fakes, reals, counts):
    rows = (reals.rows(protocol.tap, counts["real"]), fakes.rows(protocol.tap, counts["fake"]))
    return density_coverage(*rows, **dict(protocol.settings))._asdict()


def _sliced_wasserstein(protocol, fakes, reals, counts):
    images = (reals.images(counts["real"]), fakes.images(counts["fake"]))
    values = sliced_wasserstein(*images, seed=protocol.seed, **dict(protocol.settings))
    return {str(key): value for key, value in values.items()}


def _ms_ssim(protocol, fakes, reals, counts):
    return {"ms_ssim": ms_ssim(fakes.images(counts["fake"]))}


def _paired(function):
    def score(protocol, fakes, reals, counts):
        return {protocol.metric: np.mean(function(fakes.images(counts["fake"]), reals.images(counts["real"])))}

    return score


def _perceptual(protocol, fakes, reals, counts):
    rows = fakes.rows(protocol.tap, counts["fake"]), reals.rows(protocol.tap, counts["real"])
    return {"perceptual": np.mean(perceptual_distance(*rows))}


def _lab(protocol, fakes, reals, counts):
    sides = (reals, counts["real"]), (fakes, counts["fake"])
    shares = histogram_intersection(*(s.lab_histograms(count, **dict(protocol.settings)) for s, count in sides))
    return {**shares._asdict(), "mean": np.mean(shares)}


_SCORERS = {
    "fid": _frechet,
    "kid": _kernel,
    "is": _inception,
    "prc": _precision_recall,
    "dc": _density_coverage,
    "swd": _sliced_wasserstein,
    "ms_ssim": _ms_ssim,
    "l1": _paired(l1_distance),
    "psnr": _paired(psnr),
    "ssim": _paired(ssim),
    "perceptual": _perceptual,
    "lab": _lab,
}
