"""benchmarks/common.py: turns are fair, ratios are of medians, a busy machine is refused, results say where from."""

import importlib.util
import json
import pathlib

import pytest

PATH = pathlib.Path(__file__).resolve().parents[2] / "benchmarks" / "common.py"


@pytest.fixture
def common():
    spec = importlib.util.spec_from_file_location("benchmarks_common", PATH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_candidates_take_turns_in_alternating_order(common):
    calls = []
    times = common.interleaved({"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, rounds=3, warmup=1)
    assert "".join(calls) == "ab" + "ab" + "ba" + "ab"
    assert [len(values) for values in times.values()] == [3, 3]


def test_speedup_is_the_median_of_the_rounds_ratios(common):
    table = common.summary({"slow": [2.0, 4.0, 9.0], "fast": [1.0, 1.0, 1.0]}, baseline="slow")
    assert table["fast"]["speedup"] == 4.0 and table["slow"]["speedup"] == 1.0
    assert table["slow"]["median"] == 4.0 and table["slow"]["max"] == 9.0


def test_a_busy_machine_is_refused_unless_forced(common, monkeypatch):
    monkeypatch.setattr(common, "busy_share", lambda seconds=2.0: 0.8)
    with pytest.raises(SystemExit, match="80% of this machine is busy"):
        common.require_quiet_machine()
    common.require_quiet_machine(force=True)
    monkeypatch.setattr(common, "busy_share", lambda seconds=2.0: 0.01)
    common.require_quiet_machine()


def test_a_result_says_where_it_comes_from(common, tmp_path):
    path = common.write_json("x", {"value": 1}, seed=7, path=tmp_path / "x.json")
    written = json.loads(path.read_text())
    assert written["results"] == {"value": 1} and written["run"]["seed"] == 7
    assert {"commit", "device", "versions", "load_average", "time"} <= set(written["run"])
    assert written["run"]["versions"]["numpy"]
