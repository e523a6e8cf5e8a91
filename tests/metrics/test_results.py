"""Results compare with their like only."""

import dataclasses
import json

import pytest

from keras_gans.metrics.protocols import get_protocol
from keras_gans.metrics.results import MetricResult, versions

FID = MetricResult(
    "fid", {"fid": 10.0}, get_protocol("fid50k"), {"name": "inception_v3_fid", "weights_hash": "a"}, 50_000, 50_000, "r"
)  # fmt: skip


def test_direction_is_the_metrics():
    better = dataclasses.replace(FID, values={"fid": 8.0}, versions={"numpy": "9"}, fake_fingerprint="other")
    assert better.is_better_than(FID) and better < FID and FID > better and FID >= FID <= FID
    score = dataclasses.replace(FID, metric="is", values={"is": 5.0, "is_std": 0.1}, protocol=get_protocol("is50k"))
    assert dataclasses.replace(score, values={"is": 6.0}).is_better_than(score)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("metric", "prc"),
        ("protocol", get_protocol("fid50k").replace(seed=1)),
        ("extractor", {"name": "inception_v3_fid", "weights_hash": "b"}),
        ("num_fake", 49_999),
        ("num_real", 10),
        ("real_fingerprint", "s"),
    ],
)
def test_unlike_results_refuse(field, value):
    other = dataclasses.replace(FID, **{field: value, "values": {"fid": 1.0, "precision": 1.0}})
    for compare in (FID.difference, FID.is_better_than, FID.__lt__, other.__ge__):
        with pytest.raises(ValueError, match=f"cannot be compared: .*{field}"):
            compare(other if compare != other.__ge__ else FID)
    with pytest.raises(ValueError, match="MetricResult"):
        FID.difference(3.0)


def test_json_keeps_everything():
    result = dataclasses.replace(FID, versions=versions())
    written = json.loads(result.to_json())
    assert written["value"] == 10.0 and MetricResult.from_dict(written) == result
    with pytest.raises(ValueError, match="not the description"):
        MetricResult.from_dict({"metric": "fid"})


def test_other_networks_are_named():
    assert FID.name == "fid"
    assert dataclasses.replace(FID, extractor={"name": "efficientnet_lite0"}).name == "efficientnet_lite0 fid"


def test_titles_say_fid_of_one_network_only():
    assert FID.title == "FID"
    titles = {
        "efficientnet_lite0_96": "EfficientNet-Lite0 FID",
        "inception_v3_fid_bfloat16": "inception_v3_fid_bfloat16 FID",
        "colors": "colors FID",
    }
    for name, title in titles.items():
        assert dataclasses.replace(FID, extractor={"name": name}).title == title
    assert dataclasses.replace(FID, metric="swd", extractor=None).title == "SWD x1e3"
