"""Protocols fix counts; the published ones have the published counts."""

import dataclasses
import json

import pytest

from keras_gans.metrics.protocols import DEFAULTS, METRICS, PROTOCOLS, Protocol, get_protocol


def test_published_counts():
    counts = {name: (p.num_fake, p.num_real) for name, p in PROTOCOLS.items()}
    assert counts["fid50k_full"] == (50_000, None) and counts["kid50k"] == (50_000, 50_000)
    assert counts["is50k"] == (50_000, 0) and counts["swd16k"] == (16_384, 16_384)
    assert counts["ms_ssim10k"] == (20_000, 0) and counts["prc50k"] == (50_000, 50_000)
    assert dict(PROTOCOLS["kid50k"].settings) == dict(num_subsets=100, subset_size=1000, degree=3)
    assert dict(PROTOCOLS["is50k"].settings) == dict(num_splits=10)
    assert set(DEFAULTS) == set(METRICS) and set(DEFAULTS.values()) <= set(PROTOCOLS)


@pytest.mark.parametrize("protocol", PROTOCOLS.values(), ids=PROTOCOLS)
def test_a_protocol_survives_json(protocol):
    assert Protocol.from_dict(json.loads(json.dumps(protocol.to_dict()))) == protocol


def test_changes_show_in_the_name():
    changed = get_protocol("kid50k").replace(settings={"subset_size": 50})
    assert changed.name == "kid50k+" and dict(changed.settings)["num_subsets"] == 100
    assert changed.replace(num_fake=7).name == "kid50k+"
    assert get_protocol("kid50k").replace(num_fake=50_000).name == "kid50k"
    with pytest.raises(dataclasses.FrozenInstanceError):
        changed.num_fake = 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(dict(metric="fod"), "metric must be"), (dict(metric="fid", settings=(("k", 3),)), "has the settings"),
     (dict(metric="fid", num_fake=-1), "num_fake")],
)  # fmt: skip
def test_bad_protocols_are_clear_errors(arguments, message):
    with pytest.raises(ValueError, match=message):
        Protocol("mine", **arguments)
    with pytest.raises(ValueError, match="protocol must be one of"):
        get_protocol("fid7k")


def test_what_is_no_name():
    for bad in (5, [], None):
        with pytest.raises(ValueError, match="Received: protocol="):
            get_protocol(bad)
