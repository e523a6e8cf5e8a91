"""benchmarks/metrics.py, metrics_memory.py and peers/agreement.py, in small."""

import json

import pytest


def test_metrics_are_timed_beside_what_they_replaced(script, tmp_path):
    said = script("metrics.py", "--quick", "--force", "--rounds", "1", "--only", "kid_2500,swd,ms_ssim_64px")
    sections = json.loads((tmp_path / "metrics-quick.json").read_text())["results"]["sections"]
    assert list(sections) == ["kid_2500", "swd_1024_64px", "ms_ssim_64px"] and "swd_1024_64px: " in said
    values = sections["swd_1024_64px"]["values"]
    assert values["ours"] == pytest.approx(values["original"], rel=1e-3)
    assert sections["ms_ssim_64px"]["speedup"]["original"] > 0


def test_memory_is_that_of_the_whole_process(script, tmp_path):
    said = script(
        "metrics_memory.py", "--images", "60", "--size", "32", "--extractor", "pixels", "--metrics", "fid,swd"
    )
    results = json.loads((tmp_path / "metrics_memory.json").read_text())["results"]
    assert results["peak_bytes"] > 1e8 and sorted(results["scores"]) == ["fid", "swd"] and "GB at most" in said


def test_pixels_agree_with_the_originals(script):
    from peers import agreement

    found = agreement.pixels(seeds=1)
    assert found["laplacian_pyramid_largest_difference"] < 1e-4
    assert found["ms_ssim_difference"] < 1e-6
    assert found["swd_same_draws_largest_relative_difference"] < 1e-3


def test_agreement_with_torch_fidelity(script, tmp_path):
    pytest.importorskip("torch_fidelity", reason="torch-fidelity is a peer, not a dependency", exc_type=ImportError)
    script("peers/agreement.py", "--quick")
    interpolation = json.loads((tmp_path / "agreement-quick.json").read_text())["results"][
        "interpolation_largest_difference"
    ]
    assert max(interpolation.values()) < 1e-5
