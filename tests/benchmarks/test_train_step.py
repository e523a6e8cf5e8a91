"""benchmarks/train_step.py and turns.py: processes answer in turns, failures have a name, operations are counted."""

import pathlib
import sys
import types

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "benchmarks"))

import train_step
import turns

WORKER = """
import sys
sys.path.insert(0, {folder!r})
import turns
def functions():
    print("noise of a library")
    if {fails}: raise ValueError("no such thing")
    return {{"step": lambda: 3.0, "facts": lambda: {{"a": 1}}}}
turns.serve(functions, turns.resident())
"""


def command(fails=False):
    return [sys.executable, "-c", WORKER.format(folder=str(pathlib.Path(turns.__file__).parent), fails=fails)]


def test_a_worker_answers_and_ends():
    with turns.Worker(command()) as worker:
        answer = worker.call("step", times=2)
        assert answer["value"] == 3.0 and answer["seconds"] >= 0
        assert worker.call("facts")["value"] == {"a": 1}
        assert worker.memory()["above_import"] >= 0
        with pytest.raises(RuntimeError, match="KeyError"):
            worker.call("missing")
    assert worker.process.poll() is not None


def test_a_worker_that_fails_says_why():
    with pytest.raises(RuntimeError, match="ValueError: no such thing"):
        turns.Worker(command(fails=True))


def test_operations_of_dcgan_are_counted():
    """By hand for 16 pixels and width 2: convolutions 8x8x16x3x2, 4x4x16x2x4; dense 100x64 and 64."""
    first, second = 64 * 16 * 6, 16 * 16 * 8
    generator, discriminator = first + second + 100 * 64, first + second + 64
    expected = 2 * (3 * generator + 2 * (3 * discriminator - first) + 2 * discriminator) / 1e9
    args = types.SimpleNamespace(resolution=16, width=2)
    assert train_step.family("dcgan").gflop(args) == pytest.approx(expected)


def test_operations_of_pggan_are_counted():
    """By hand for 8 pixels and 2 maps."""
    up, conv8, conv4 = 16 * 16 * 4, 64 * 9 * 4, 16 * 9 * 4
    generator = 512 * 32 + conv4 + up + conv8
    discriminator = conv8 + up + 16 * 9 * 3 * 2 + 32 * 2
    args = types.SimpleNamespace(resolution=8, fmap_max=2)
    assert train_step.family("pggan").gflop(args) == pytest.approx(2 * (4 * generator + 14 * discriminator) / 1e9)


def test_candidates_have_the_same_sizes():
    args = train_step.parsed(["--width", "8", "--peer-python", "/bin/torchpython", "--no-compile"])
    commands = train_step.commands(args, "bfloat16")
    assert list(commands) == [(None, "keras_gans"), ("torch", "torch eager"), ("torch", "torch channels_last")]
    assert all("--width=8" in c and "--batch=64" in c and "bfloat16" in c for c in commands.values())
    assert commands["torch", "torch eager"][0] == "/bin/torchpython"


def test_cases_have_their_own_settings():
    args = train_step.parsed(["--model", "pggan", "--cases", "32", "--fmap-max", "8"])
    [(name, case)] = train_step.cases(args)
    assert (name, case.resolution, case.fmap_max, args.resolution) == ("32", 32, 8, 64)
    assert "--resolution=32" in train_step.commands(case, "float32")["fused", "torch fused"]
    with pytest.raises(SystemExit, match="pggan has the cases 32, 64. Received: 33"):
        train_step.cases(train_step.parsed(["--model", "pggan", "--cases", "33"]))


@pytest.mark.parametrize("model", train_step.MODELS)
def test_every_model_says_what_it_is_held_against(model):
    family = train_step.family(model)
    assert (pathlib.Path(train_step.HERE) / "peers" / family.PEER).exists()
    for _, args in train_step.cases(train_step.parsed(["--model", model])):
        for group in family.PEERS:
            assert all(family.target(group, dtype, args) > 1 for dtype in train_step.POLICIES)
        assert family.gflop(args) > 0


def test_a_new_run_keeps_what_it_does_not_measure(tmp_path):
    path = tmp_path / "train_step_pggan.json"
    assert train_step.kept(path) == {}
    path.write_text('{"run": {}, "results": {"settings": {"rounds": 3}, "32": {"float32": {"ratio": 2}}}}')
    assert train_step.kept(path) == {"32": {"float32": {"ratio": 2}}}


def test_the_plot_has_a_panel_for_each_case_and_dtype(tmp_path):
    candidates = {"keras_gans": {"images_per_second": 2.0}, "torch eager": {"images_per_second": 1.0}}
    result = dict(candidates=candidates, product_gflop_per_second=100.0, gflop_per_image=10.0)
    train_step.plot({"32": {"float32": result, "bfloat16": result}, "64": {"float32": result}}, tmp_path / "a.png")
    assert (tmp_path / "a.png").stat().st_size > 1000


def test_operations_of_the_unet_are_counted():
    """By hand for 4 pixels and 2 maps: encoder 3->2 at 2, 2->4 at 1; decoder 4->2 at 1, 4->3 at 2; 4 x 4 kernels."""
    generator = 16 * (4 * 6 + 8 + 8 + 4 * 12)
    args = types.SimpleNamespace(resolution=4, width=2, translate=1)
    assert train_step.family("unet").gflop(args) == pytest.approx(2 * generator / 1e9)
