"""Results: a value that knows how it was made, and refuses to be compared with one that was made otherwise."""

import dataclasses
import json
from importlib import metadata

from keras_gans.metrics.protocols import METRICS, Protocol

PACKAGES = ("keras-gans", "numpy", "scipy", "tensorflow", "keras")


@dataclasses.dataclass(frozen=True)
class MetricResult:
    """One score with its protocol.

    Args:
        metric: str, such as "fid".
        values: dict of str -> float; "fid", or "kid" and "kid_std", or a resolution each ...
        protocol: Protocol.
        extractor: dict with "name", "weights_hash", "resizer", "tap", or None for metrics on pixels.
        num_real: int, real images that took part.
        num_fake: int, generated images that took part.
        real_fingerprint: str, of the real images, or None where they take no part.
        fake_fingerprint: str, of the generated images, or None.
        versions: dict of package -> version.

    Example:

    >>> from keras_gans.metrics.protocols import get_protocol
    >>> fid = MetricResult("fid", {"fid": 10.0}, get_protocol("fid50k"), {"name": "inception_v3_fid"}, 50_000, 50_000)
    >>> better = dataclasses.replace(fid, values={"fid": 8.0})
    >>> better.is_better_than(fid), better.difference(fid)
    (True, -2.0)
    >>> fid.is_better_than(dataclasses.replace(fid, num_fake=10_000))
    Traceback (most recent call last):
    ...
    ValueError: These results cannot be compared: num_fake differs (50000, 10000).
    """

    metric: str
    values: dict
    protocol: Protocol
    extractor: dict | None
    num_real: int
    num_fake: int
    real_fingerprint: str | None = None
    fake_fingerprint: str | None = None
    versions: dict = dataclasses.field(default_factory=dict)

    @property
    def value(self):
        """float: the value that stands for all, such as the mean where there is a deviation too."""
        return self.values[METRICS[self.metric]["primary"]]

    @property
    def name(self):
        """str: the metric, and the network if it is not the one that the bare name means."""
        usual = self.extractor is None or self.extractor.get("name") == "inception_v3_fid"
        return self.metric if usual else f"{self.extractor['name']} {self.metric}"

    @property
    def title(self):
        """str: `name` as it stands in a table: "FID" only of the network that FID is defined with."""
        metric = METRICS[self.metric]["title"]
        network = (self.extractor or {}).get("name", "inception_v3_fid")
        if network == "inception_v3_fid":
            return metric
        return f"{'EfficientNet-Lite0' if network.startswith('efficientnet_lite0_') else network} {metric}"

    def check_comparable(self, other):
        """Raises ValueError, which says what differs, unless the two were made in the same way of the same real data.

        Versions of packages and the generated images may differ.
        """
        if not isinstance(other, MetricResult):
            raise ValueError(f"A result compares with a MetricResult. Received: {type(other).__name__}")
        differing = [
            (field, mine, theirs)
            for field, mine, theirs in (
                ("metric", self.metric, other.metric),
                *((f"protocol.{f}", getattr(self.protocol, f), getattr(other.protocol, f)) for f in _PROTOCOL_FIELDS),
                ("extractor", self.extractor, other.extractor),
                ("num_real", self.num_real, other.num_real),
                ("num_fake", self.num_fake, other.num_fake),
                ("real_fingerprint", self.real_fingerprint, other.real_fingerprint),
            )
            if mine != theirs
        ]
        if differing:
            reasons = "; ".join(f"{field} differs ({mine}, {theirs})" for field, mine, theirs in differing)
            raise ValueError(f"These results cannot be compared: {reasons}.")

    def difference(self, other):
        """This value minus the other's. Raises ValueError for unlike protocols."""
        self.check_comparable(other)
        return self.value - other.value

    def is_better_than(self, other):
        """bool, in the direction of the metric. Raises ValueError for unlike protocols."""
        difference = self.difference(other)
        return difference < 0 if METRICS[self.metric]["lower_is_better"] else difference > 0

    def __lt__(self, other):
        return self.difference(other) < 0

    def __gt__(self, other):
        return self.difference(other) > 0

    def __le__(self, other):
        return self.difference(other) <= 0

    def __ge__(self, other):
        return self.difference(other) >= 0

    def to_dict(self):
        """Returns what json can write."""
        fields = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return {**fields, "value": self.value, "protocol": self.protocol.to_dict()}

    def to_json(self, **options):
        """Returns the result as a JSON string."""
        return json.dumps(self.to_dict(), **options)

    @classmethod
    def from_dict(cls, values):
        """Returns the result that `to_dict` described.

        Raises:
            ValueError: If it described none.
        """
        try:
            values = {key: value for key, value in values.items() if key != "value"}
            return cls(**{**values, "protocol": Protocol.from_dict(values["protocol"])})
        except (AttributeError, KeyError, TypeError) as error:
            raise ValueError(f"This is not the description of a result: {error}") from error


_PROTOCOL_FIELDS = ("num_fake", "num_real", "extractor", "resizer", "tap", "seed", "settings")


def versions():
    """Returns {package: version} of what takes part in a score.

    >>> sorted(versions()) >= ["keras"]
    True
    """
    found = {}
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            pass
    return found
