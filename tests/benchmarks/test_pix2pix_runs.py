"""The benchmarks of pix2pix: the order of their runs, claims over paired seeds, and patches of held-out images."""

import argparse
import importlib
import json
import pathlib
import sys

import numpy as np
import pytest

BENCHMARKS = pathlib.Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture(autouse=True)
def _on_the_path(monkeypatch):
    before = set(sys.modules)
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    yield
    for name in set(sys.modules) - before:
        if name.startswith("pix2pix_") or name == "common":
            del sys.modules[name]


@pytest.fixture
def runs():
    return importlib.import_module("pix2pix_runs")


def test_what_is_done_when_interrupted_is_a_table(runs):
    options = argparse.Namespace(seeds=2, only=None)
    groups = [{"a": dict(preset="x"), "b": dict(preset="y")}, {"c": dict(preset="z")}]
    order = [(name, seed) for name, _, seed in runs.in_turn(groups, options)]
    assert order == [("a", 0), ("b", 0), ("a", 1), ("b", 1), ("c", 0), ("c", 1)]
    options.only = ["b"]
    assert [name for name, _, _ in runs.in_turn(groups, options)] == ["b", "b"]


def test_claims_are_paired_over_the_seeds_that_both_have(runs):
    results = {"a": {0: {"kid": 1.0}, 1: {"kid": 2.0}, 2: {"kid": 9.0}}, "b": {0: {"kid": 1.5}, 1: {"kid": 1.75}}}
    (found,) = runs.compare(results, [("a beats b", "a", "b", "kid", True), ("none", "a", "no", "kid", True)])
    assert found["seeds"] == [0, 1] and found["differences"] == [-0.5, 0.25]
    assert found["holds"] and not found["every_seed"]
    (found,) = runs.compare(results, [("a beats b", "a", "b", "kid", False)])
    assert not found["holds"]


def test_means_and_table(runs):
    table = runs.means({"a": {0: {"kid": 1.0}, 1: {"kid": 3.0}}})
    assert table == {"a": {"seeds": [0, 1], "kid": [2.0, 1.0]}}
    table["b"] = {"seeds": [0], "class_iou": [0.5, 0.0]}
    assert runs.markdown(table).splitlines() == [
        "| | KID ↓ | seeds |",
        "|---|---|---|",
        "| a | 2.000 ± 1.000 | 2 |",
        "",
        "| | class IoU ↑ | seeds |",
        "|---|---|---|",
        "| b | 0.500 | 1 |",
    ]


def test_smaller_scales_say_so(runs, monkeypatch, capsys):
    written = {}
    monkeypatch.setattr(runs.common, "write_json", lambda name, document, seed: written.update(document))
    options = runs.parse("", "runs", 64).parse_args(["--steps", "1000"])
    results = {"a": {seed: {"kid": 1.0 + seed} for seed in range(3)}, "b": {0: {"kid": 0.5}}}
    runs.report("x", results, [("a beats b", "a", "b", "kid", True)], options)
    assert written["scale"] == "NOT run at full scale: 1000 steps of 2000, only 1 of b"
    assert "| a beats b | KID ↓ | +0.500 | **no** |" in capsys.readouterr().out
    runs.report("x", {"a": results["a"]}, [], runs.parse("", "runs", 64).parse_args([]))
    assert written["scale"] == "full scale" and written["settings"]["steps"] == 2000


def test_runs_of_the_result_file_are_taken_as_they_are(runs, tmp_path, monkeypatch):
    monkeypatch.setattr(runs.common, "RESULTS", tmp_path)
    options = runs.parse("", str(tmp_path / "runs"), 64).parse_args(["--go-on", "--seeds", "2"])
    groups, found = [{"a-b": dict(preset="pix2pix_l1")}], {"a-b": {0: {"kid": 1.0}, 1: {"kid": 2.0}}}
    runs.report("x", found, [], options)
    first = json.loads((tmp_path / "x.json").read_text())
    assert runs.run_rows(groups, options, None, None, "x") == found  # nothing is trained
    monkeypatch.setattr(runs.common, "commit", lambda: "later")
    runs.report("x", {"a-b": {0: {"kid": 1.0}, 1: {"kid": 3.0}}}, [], options)
    assert json.loads((tmp_path / "x.json").read_text())["results"]["commits"] == {"a-b-0": first["run"]["commit"]}
    options.steps = 5  # another length: none of these runs
    assert runs.published("x", options) == ({}, {})


def test_a_run_goes_on_and_is_scored_once(runs, tmp_path, monkeypatch):
    from keras_gans.data import load_pairs

    images = np.random.default_rng(0).integers(0, 256, (4, 16, 16, 3), "uint8")
    arguments = ["--runs", str(tmp_path), "--seeds", "1", "--filters", "2"]
    monkeypatch.setattr(runs, "TICK", 1)
    groups, scored = [{"a": dict(preset="pix2pix_l1", config=dict(receptive_field=16))}], []

    def data(direction, seed):
        return load_pairs((images, images), 16, seed=seed, direction=direction)

    def score(model, direction, seed):
        scored.append(int(model.images_seen))
        return {"mean": 0.5}, model.translate(images)

    def run(*more):
        return runs.run_rows(groups, runs.parse("", "", 16).parse_args([*arguments, *more]), data, score)

    assert run("--steps", "2", "--score-only") == {}
    assert run("--steps", "2", "--train-only") == {} and not scored
    assert run("--steps", "2") == {"a": {0: {"mean": 0.5}}} == run("--steps", "2")
    assert run("--steps", "3") and run("--steps", "1") and scored == [2, 3, 1]
    assert np.load(tmp_path / "a-0" / "translated-3.npy").shape == images.shape


def test_the_page_holds_what_was_measured(runs):
    page = (BENCHMARKS.parent / "docs" / "pix2pix_results.md").read_text(encoding="utf-8")
    results = BENCHMARKS / "results"
    scored = [path for path in sorted(results.glob("pix2pix_*.json")) if path.stem != "pix2pix_agreement"]
    found = [path for path in (*scored, results / "fcn_score.json") if path.is_file()]
    assert found or "There are no results yet" in page
    for path in found:
        document = json.loads(path.read_text())["results"]
        tables = f"{runs.markdown(document['mean_and_std'])}\n{runs.claims_markdown(document['claims'])}"
        rows = set(tables.splitlines()) - {""}  # by rows: the page may divide a table among its sections
        assert rows <= set(page.splitlines()), path.name
        assert document["scale"] in page


def test_patches_and_rows_of_the_earth_pairs():
    earth = importlib.import_module("pix2pix_earth")
    tiles = np.arange(2 * 256 * 256).reshape(2, 256, 256)
    cut = earth.quarters(tiles)
    assert cut.shape == (8, 128, 128) and (cut[5] == tiles[1, :128, 128:]).all()
    assert earth.patches(np.zeros((100, 128, 128, 3), "uint8")).shape == (2500, 64, 64, 3)
    losses, patch = importlib.import_module("pix2pix_losses"), importlib.import_module("pix2pix_patch")
    names = {name for group in losses.GROUPS + patch.GROUPS for name in group}
    assert {name for _, *rows, _, _ in losses.CLAIMS + patch.CLAIMS for name in rows} <= names and len(names) == 14
    from keras_gans import Pix2Pix

    assert all(row["preset"] in Pix2Pix.presets for group in losses.GROUPS for row in group.values())


def test_skin_tones_of_an_emoji_are_held_out_together():
    emoji = importlib.import_module("pix2pix_emoji")
    names = [f"1f{number:03x}.png" for number in range(1000)]
    assert 50 < sum(map(emoji.is_held_out, names)) < 150
    assert emoji.is_held_out("1f44b-1f3fb.png") == emoji.is_held_out("1f44b-1f3ff.png")


def test_translations_are_scored_blurred_as_the_truth_is(tmp_path, monkeypatch):
    blurred = importlib.import_module("pix2pix_blurred")
    images = np.random.default_rng(0).integers(0, 256, (4, 128, 128, 3), "uint8")
    np.testing.assert_array_equal(blurred.blurred(images, 0), images)
    smooth = blurred.blurred(images, 1.0).astype(float)
    assert smooth.std() < 0.4 * images.std() and abs(smooth.mean() - images.mean()) < 0.5
    assert abs(blurred.blurred(images[:1], 1.0) - smooth[:1]).max() == 0  # images do not run into each other
    names = {name for _, *names, _, _ in blurred.claims([0.0, 2.0]) for name in names}
    assert {"l1_cgan, sigma 0", "l1, sigma 2"} <= names and len(blurred.claims([0.0, 2.0])) == 6
    np.save(tmp_path / "translated-5.npy", images)
    (tmp_path / "l1-0").mkdir()
    (tmp_path / "translated-5.npy").rename(tmp_path / "l1-0" / "translated-5.npy")
    options = argparse.Namespace(runs=str(tmp_path), steps=5, seeds=2, only=None, sigmas=[0.0, 2.0])
    monkeypatch.setattr(blurred.earth, "held_out", lambda: (None, images))
    found = blurred.score(options)
    assert set(found) == {"l1, sigma 0", "l1, sigma 2"} and set(found["l1, sigma 2"]) == {0}
    assert abs(found["l1, sigma 2"][0]["fid"]) < 1e-3  # of what equals the truth
