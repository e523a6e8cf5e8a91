"""The claims on metrics: their rules on made-up tables, and the page, which holds what was measured."""

import importlib.util
import json
import pathlib

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def claims():
    spec = importlib.util.spec_from_file_location("sensitivity_claims", ROOT / "benchmarks" / "sensitivity_claims.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def results():
    return json.loads((ROOT / "benchmarks" / "results" / "metric_sensitivity.json").read_text())["results"]


def test_the_page_holds_what_was_measured(claims, results):
    assert claims.check(results["tables"]) == results["claims"]
    page = (ROOT / "docs" / "metric_sensitivity.md").read_text(encoding="utf-8")
    assert claims.markdown(results["claims"]) in page


def test_rules(claims):
    table = {
        "untouched": {"0": {"fid": 1.0, "ms_ssim": 0.2, "is": 5.0, "swd_64": 1.0, "swd_16": 1.0, "swd_average": 1.0}},
        "blur, px": {"1": {"fid": 2.0, "swd_64": 3.0, "swd_16": 1.0, "ms_ssim": 0.2}, "2": {"fid": 1.5}},
        "distinct images": {"1": {"fid": 11.0, "ms_ssim": 1.0}},
        "surest": {"9": {"is": 6.0, "fid": 2.0}},
    }
    assert claims.monotone("fid", "blur, px")(table) == ("1.0 -> 2.0 -> 1.5", False)
    assert claims.fine_scale("blur, px", "1")(table)[1] and not claims.coarse_scale("blur, px", "1")(table)[1]
    assert claims.moves_less("ms_ssim", "fid", "blur, px", "1")(table) == ("MS-SSIM 0.0%, FID 10.0%", True)
    assert claims.moves_less("ms_ssim", "fid", "all grey")(table) is None
    assert claims.fooled(table, "surest")[1]
    assert claims.recall_falls(table) is None
