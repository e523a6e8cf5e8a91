from keras_gans.cli import scores
from keras_gans.metrics import MetricResult, get_protocol


def result(metric, values, protocol, **fields):
    return MetricResult(metric, values, get_protocol(protocol), fields.pop("extractor", None), 10, 2000, **fields)


def test_values_in_words():
    assert scores.values_in_words(result("fid", {"fid": 12.345678}, "fid50k")) == "12.346"
    assert scores.values_in_words(result("kid", {"kid": 0.0123, "kid_std": 0.00123}, "kid50k")) == "0.0123 ± 0.0012"
    swd = result("swd", {"32": 1.25, "16": 3.5, "average": 2.375}, "swd16k")
    assert scores.values_in_words(swd) == "32: 1.25  16: 3.5  average: 2.375"


def test_table():
    efficient = {"name": "efficientnet_lite0_96", "weights_hash": "0123456789abcdef"}
    side = {"kind": "pictures", "path": "photos", "count": 2000, "shape": (16, 16, 3)}
    document = {"fake": side, "real": None, "extractor": efficient, "sheets": ["a.png"]}
    found = scores.table(document, {"fid": result("fid", {"fid": 1.0}, "fid50k", extractor=efficient)})
    assert found.splitlines() == [
        "2,000 images of photos, 16 x 16 x 3",
        "  EfficientNet-Lite0 FID  1  (2,000 / 10 images, fid50k)",
        "FID of fewer than 2,048 images says more of their number than of their look; KID does not",
        "Features: efficientnet_lite0_96, weights 0123456789ab; not comparable with published FID, KID or IS",
        "Contact sheet: a.png",
    ]
    document = {**document, "extractor": {**efficient, "name": "inception_v3_fid"}, "sheets": []}
    found = scores.table(document, {"fid": result("fid", {"fid": 1.0}, "fid50k", extractor=document["extractor"])})
    assert "  FID  1  " in found and "not comparable" not in found and "letter" not in found
    other = get_protocol("fid50k").replace(num_fake=10_000)
    found = scores.table(document, {"fid": MetricResult("fid", {"fid": 1.0}, other, None, 2048, 10_000)})
    assert "+: not the protocol to the letter" in found and "FID of fewer" not in found
