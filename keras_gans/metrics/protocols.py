"""Protocols: everything that a number depends on besides the images, fixed and written down beside it.

Formulas live in their own files; here are only counts, extractors, seeds and settings. A score without its protocol
cannot be compared with anything.
"""

import dataclasses

from keras_gans.metrics.checks import check_count

# metric -> its title, what it takes from each image ("features", "logits", "perceptual", "images" or "latents"),
# whether it needs real images, whether real image i is the truth of generated image i, the value that stands for all,
# whether lower is better, and the settings that it has
METRICS = {
    "fid": dict(title="FID", takes="features", needs_real=True, primary="fid", lower_is_better=True, settings={}),
    "kid": dict(
        title="KID",
        takes="features",
        needs_real=True,
        primary="kid",
        lower_is_better=True,
        settings=dict(num_subsets=100, subset_size=1000, degree=3),
    ),
    "is": dict(
        title="IS",
        takes="logits",
        needs_real=False,
        primary="is",
        lower_is_better=False,
        settings=dict(num_splits=10),
    ),
    "prc": dict(
        title="precision and recall",
        takes="features",
        needs_real=True,
        primary="precision",
        lower_is_better=False,
        settings=dict(k=3),
    ),
    "dc": dict(
        title="density and coverage",
        takes="features",
        needs_real=True,
        primary="coverage",
        lower_is_better=False,
        settings=dict(k=5),
    ),
    "swd": dict(
        title="SWD x1e3",
        takes="images",
        needs_real=True,
        primary="average",
        lower_is_better=True,
        settings=dict(patches_per_image=128, num_repeats=4, directions_per_repeat=128),
    ),
    "ms_ssim": dict(
        title="MS-SSIM", takes="images", needs_real=False, primary="ms_ssim", lower_is_better=True, settings={}
    ),
    "l1": dict(
        title="L1", takes="images", needs_real=True, paired=True, primary="l1", lower_is_better=True, settings={}
    ),
    "psnr": dict(
        title="PSNR", takes="images", needs_real=True, paired=True, primary="psnr", lower_is_better=False, settings={}
    ),
    "ssim": dict(
        title="SSIM", takes="images", needs_real=True, paired=True, primary="ssim", lower_is_better=False, settings={}
    ),
    "perceptual": dict(
        title="perceptual distance",
        takes="perceptual",
        needs_real=True,
        paired=True,
        primary="perceptual",
        lower_is_better=True,
        settings={},
    ),
    "lab": dict(
        title="Lab intersection",
        takes="images",
        needs_real=True,
        primary="mean",
        lower_is_better=False,
        settings=dict(num_bins=256),
    ),
    "ppl": dict(
        title="PPL",
        takes="latents",
        needs_real=False,
        primary="ppl",
        lower_is_better=True,
        settings=dict(epsilon=1e-4, interpolation="lerp", sampling="end", percentiles=(1, 99)),
    ),
}


@dataclasses.dataclass(frozen=True)
class Protocol:
    """What is fixed when a metric is taken.

    Args:
        name: str, what people call it.
        metric: str, a key of METRICS.
        num_fake: int, generated images; None for all there are.
        num_real: int, real images; None for all there are, 0 where the metric needs none.
        extractor: str, the registered name of the network, or None for metrics on pixels.
        resizer: str, the extractor's rule that brings images to its size, or None for its own default.
        tap: str, the extractor's output that is used, or None for its usual one.
        seed: int, of all draws.
        settings: tuple of (name, value), the metric's arguments.

    Raises:
        ValueError: If the metric or a setting is unknown, or a count is no count.

    Example:

    >>> protocol = get_protocol("kid50k")
    >>> protocol.num_fake, dict(protocol.settings)["subset_size"]
    (50000, 1000)
    >>> protocol.replace(num_fake=5000).num_fake
    5000
    """

    name: str
    metric: str
    num_fake: int | None = None
    num_real: int | None = None
    extractor: str | None = None
    resizer: str | None = None
    tap: str | None = None
    seed: int = 2020
    settings: tuple = ()

    def __post_init__(self):
        if self.metric not in METRICS:
            raise ValueError(f"metric must be one of {sorted(METRICS)}. Received: metric={self.metric!r}")
        known = METRICS[self.metric]["settings"]
        given = dict(self.settings)
        if not set(given) <= set(known):
            raise ValueError(f"{self.metric} has the settings {sorted(known)}. Received: {sorted(given)}")
        for name in ("num_fake", "num_real"):
            if getattr(self, name) is not None:
                check_count(getattr(self, name), name, minimum=0)
        merged = {name: given.get(name, value) for name, value in known.items()}
        frozen = tuple((key, tuple(value) if isinstance(value, list) else value) for key, value in merged.items())
        object.__setattr__(self, "settings", frozen)

    @property
    def takes(self):
        """str: "features", "logits", "perceptual", "images" or "latents"."""
        return METRICS[self.metric]["takes"]

    @property
    def needs_real(self):
        """bool: real images take part."""
        return METRICS[self.metric]["needs_real"]

    @property
    def paired(self):
        """bool: real image i is the truth of generated image i."""
        return METRICS[self.metric].get("paired", False)

    def replace(self, **changes):
        """Returns a protocol with some fields changed; "settings" as a dict or a tuple of pairs.

        A protocol that differs from its published namesake is named after it with a plus sign.
        """
        if "settings" in changes:
            changes["settings"] = tuple({**dict(self.settings), **dict(changes["settings"])}.items())
        changed = dataclasses.replace(self, **changes)
        if "name" not in changes and changed != self and not self.name.endswith("+"):
            changed = dataclasses.replace(changed, name=f"{self.name}+")
        return changed

    def to_dict(self):
        """Returns what json can write."""
        return {**dataclasses.asdict(self), "settings": dict(self.settings)}

    @classmethod
    def from_dict(cls, values):
        """Returns the protocol that `to_dict` described."""
        return cls(**{**values, "settings": tuple(dict(values["settings"]).items())})


INCEPTION = dict(extractor="inception_v3_fid")
_ALL = (
    # Heusel et al. 2017: 50,000 samples against the statistics of the whole training set, its usual reading
    Protocol("fid50k_full", "fid", num_fake=50_000, num_real=None, tap="2048", **INCEPTION),
    Protocol("fid50k", "fid", num_fake=50_000, num_real=50_000, tap="2048", **INCEPTION),
    Protocol("fid10k", "fid", num_fake=10_000, num_real=10_000, tap="2048", **INCEPTION),
    # Bińkowski et al. 2018 as in torch-fidelity
    Protocol("kid50k", "kid", num_fake=50_000, num_real=50_000, tap="2048", **INCEPTION),
    # Salimans et al. 2016
    Protocol("is50k", "is", num_fake=50_000, num_real=0, tap="logits_unbiased", **INCEPTION),
    # Kynkäänniemi et al. 2019; features as in torch-fidelity
    Protocol("prc50k", "prc", num_fake=50_000, num_real=50_000, tap="2048", **INCEPTION),
    Protocol("dc50k", "dc", num_fake=50_000, num_real=50_000, tap="2048", **INCEPTION),
    # Karras et al. 2018
    Protocol("swd16k", "swd", num_fake=16_384, num_real=16_384, seed=0),
    Protocol("ms_ssim10k", "ms_ssim", num_fake=20_000, num_real=0),  # 10,000 pairs
    # Isola et al. 2017 have no counts; these bound the memory
    Protocol("l1_10k", "l1", num_fake=10_000, num_real=10_000),
    Protocol("psnr_10k", "psnr", num_fake=10_000, num_real=10_000),
    Protocol("ssim_10k", "ssim", num_fake=10_000, num_real=10_000),
    Protocol("perceptual_5k", "perceptual", num_fake=5000, num_real=5000, extractor="efficientnet_lite0_96"),
    Protocol("lab_10k", "lab", num_fake=10_000, num_real=10_000),
    # torch-fidelity's and StyleGAN's path lengths in z; the distance network is named by its result
    Protocol("ppl", "ppl", num_fake=50_000, num_real=0),
    Protocol(
        "ppl_zfull",
        "ppl",
        num_fake=100_000,
        num_real=0,
        settings=(("interpolation", "slerp_sphere"), ("sampling", "full")),
    ),
)
PROTOCOLS = {protocol.name: protocol for protocol in _ALL}
# What a metric's bare name asks for; the counts are then upper limits
DEFAULTS = {
    "fid": "fid50k_full",
    "kid": "kid50k",
    "is": "is50k",
    "prc": "prc50k",
    "dc": "dc50k",
    "swd": "swd16k",
    "ms_ssim": "ms_ssim10k",
    "l1": "l1_10k",
    "psnr": "psnr_10k",
    "ssim": "ssim_10k",
    "perceptual": "perceptual_5k",
    "lab": "lab_10k",
    "ppl": "ppl",
}


def get_protocol(name):
    """The protocol of this name.

    Args:
        name: str, a key of PROTOCOLS, or a Protocol, which is returned as it is.

    Raises:
        ValueError: If there is none.

    Example:

    >>> get_protocol("ms_ssim10k").num_fake    # 10,000 pairs
    20000
    """
    if isinstance(name, Protocol):
        return name
    if not isinstance(name, str) or name not in PROTOCOLS:
        raise ValueError(f"protocol must be one of {sorted(PROTOCOLS)}. Received: protocol={name!r}")
    return PROTOCOLS[name]
