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


def test_operations_are_counted():
    """By hand for 16 pixels and width 2: convolutions 8x8x16x3x2, 4x4x16x2x4; dense 100x64 and 64."""
    first, second = 64 * 16 * 6, 16 * 16 * 8
    generator, discriminator = first + second + 100 * 64, first + second + 64
    expected = 2 * (3 * generator + 2 * (3 * discriminator - first) + 2 * discriminator) / 1e9
    assert train_step.dcgan_gflop(types.SimpleNamespace(resolution=16, width=2)) == pytest.approx(expected)


def test_candidates_have_the_same_sizes():
    args = train_step.parsed(["--width", "8", "--peer-python", "/bin/torchpython", "--no-compile"])
    commands = train_step.commands(args, "bfloat16")
    assert list(commands) == ["keras_gans", "torch eager", "torch channels_last"]
    assert all("--width=8" in c and "--batch=64" in c and "bfloat16" in c for c in commands.values())
    assert commands["torch eager"][0] == "/bin/torchpython"
