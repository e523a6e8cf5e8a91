"""By which metrics and networks samples are scored, in the words of a command line."""

from keras_gans.metrics import METRICS, PROTOCOLS

DEFAULT_EXTRACTOR = "efficientnet_lite0"  # installs without a download; its scores go under its own name
TRAINING_COUNT = 5000  # samples of a score during training


def parse_metrics(text):
    """The names in a list that is separated by commas, each once: `parse_metrics("fid, swd,fid")` is ["fid", "swd"]."""
    return list(dict.fromkeys(name.strip() for name in (text or "").split(",") if name.strip()))


def callback_of(budget, model, data, run, stored=None):
    """The callback that scores a training as its configuration says.

    Models that translate are scored on held-out pairs: those of `val` or `test` in the folder of the data, where it has
    them.

    Args:
        budget: dict, of which `metrics`, `metrics_count`, `metrics_extractor` and `metrics_weights` are used here.
        model: GAN.
        data: `keras_gans.data.ImageData` that it is trained on.
        run: `RunFolder`.
        stored: dict, what the configuration says of the data: "source" and "direction" are used, of pairs.

    Returns:
        `MetricScores` whose intervals are not set yet; None where no metrics are wanted.

    Raises:
        ValueError: where a metric is unknown, lacks what it needs, or is not one of this model's.
    """
    names = parse_metrics(budget.get("metrics"))
    if not names or names == ["none"]:
        return None
    check_metrics(names)
    if "nn" in names:
        raise ValueError(
            "Expected metrics that are numbers; `keras-gans evaluate` makes contact sheets. Received: 'nn'"
        )
    if model.image_shape[-1] == 4:
        raise ValueError(
            "Expected a model of grey or colour images: metrics take no transparency. Received: "
            f"metrics={budget['metrics']!r} for images of {' x '.join(map(str, model.image_shape))}"
        )
    from keras_gans.training.callbacks import MetricScores
    from keras_gans.training.scored_images import Pictures

    wanted = [protocol.num_fake for protocol in protocols_of(names) if protocol.num_fake]
    count, make = budget.get("metrics_count"), None
    usual = max(wanted, default=TRAINING_COUNT)
    if hasattr(model, "translate"):
        from keras_gans.training import scored_pairs

        stored = stored or {}
        source, direction = stored.get("source", data), stored.get("direction", "AtoB")
        pairs, _ = scored_pairs.open_held_out(model, source, direction, splits=("val", "test"))
        count = scored_pairs.checked_count(count, pairs) if count else min(usual, len(pairs))
        real = Pictures(pairs.targets, count)

        def make(model):
            return scored_pairs.Translations(model, pairs, count)

    else:
        if not model.latent_dim:
            raise ValueError(
                f"Expected a model that makes images of latents, or of images. Received: a {type(model).__name__}"
            )
        if paired := [name for name in names if is_paired(name)]:
            raise ValueError(
                f"Expected metrics of images without a truth, which {', '.join(paired)} compare with. "
                f"Received: metrics={budget['metrics']!r} for a {type(model).__name__}"
            )
        real, count = Pictures(data.unlabelled(), len(data)), count or usual
    scores = MetricScores(
        real if needs_real(names) else None,
        names,
        extractor_of(names, budget.get("metrics_extractor"), budget.get("metrics_weights")),
        count=count,
        path=run.scores,
        best=run.best,
        cache_dir=run.statistics,
        make=make,
    )
    scores.evaluator.check_counts(scores.count, len(real))
    return scores


def interval(budget, tick):
    """Images between two scores, in whole ticks: as `budget` says, or a tenth of the training.

    >>> interval({"kimg": 100}, tick=4000)
    12000
    """
    images = 1000 * (budget.get("metrics_every") or budget["kimg"] / 10)
    return max(int(-(-images // tick)), 1) * tick


def extractor_of(names, extractor=None, weights=None):
    """The network that metrics take their features from.

    Args:
        names: list of str, metrics, protocols and "nn".
        extractor: str, a registered name; None for the one of the protocols among `names`, else EfficientNet-Lite0.
        weights: str, path of its weights, or None.

    Returns:
        A `FeatureExtractor`; None where no metric needs one.

    Raises:
        ValueError: where it or its weights cannot be had, or a metric is unknown.
    """
    from keras_gans.metrics import get_extractor  # TensorFlow

    check_metrics(names)
    takes = {METRICS[_metric(name)]["takes"] for name in names if name != "nn"}
    if not takes & {"features", "logits", "perceptual"} and "nn" not in names:
        return None
    wanted = next((protocol.extractor for protocol in protocols_of(names) if protocol.extractor), DEFAULT_EXTRACTOR)
    return get_extractor(extractor or wanted, **({"weights": weights} if weights else {}))


def protocols_of(names):
    """The protocols among metrics and protocols: `protocols_of(["fid", "kid50k"])` is that of kid50k, in a list."""
    return [PROTOCOLS[name] for name in names if name in PROTOCOLS]


def needs_real(names):
    """Whether one of the metrics, protocols and "nn" compares with real images."""
    return any(name == "nn" or METRICS[_metric(name)]["needs_real"] for name in names)


def is_paired(name):
    """Whether a metric or protocol compares each image with its truth: `is_paired("psnr")`."""
    return name != "nn" and METRICS[_metric(name)].get("paired", False)


def _metric(name):
    return PROTOCOLS[name].metric if name in PROTOCOLS else name


def check_metrics(names):
    """Raises `ValueError` unless each name is a metric on images, a protocol of one, or "nn"."""
    known = [name for name in (*METRICS, *PROTOCOLS) if not name.startswith("ppl")] + ["nn"]
    for name in names:
        if name not in known:
            raise ValueError(f"Expected metrics among {', '.join(known)}. Received: {name!r}")
    if not names:
        raise ValueError(f"Expected at least one metric among {', '.join(known)}. Received: none")
