"""Real processes, really killed: what is left goes on to the very bits of a training that nobody disturbed."""

import json
import random
import re
import subprocess
import sys
import time

import pytest

from keras_gans.cli.main import main
from keras_gans.training import RunFolder, checkpoints
from tests.training.conftest import same_state

KILLS = 2
TICKS, TICK = 60, 16  # ticks of two steps of eight images
TIMEOUT = 240  # seconds, for a loaded machine


def start(command, out):
    return subprocess.Popen(
        [sys.executable, "-m", "keras_gans.cli", *command, "--out", str(out), "--kimg", str(TICKS * TICK / 1000)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def newest(run):
    return max((checkpoint.images_seen for checkpoint in checkpoints.written(run / "checkpoints")), default=0)


@pytest.mark.slow
def test_killed_processes_go_on_bit_for_bit(command, tmp_path):
    chance = random.Random()  # another place each time; the message of a failure says where
    killed = tmp_path / "killed"
    reached = 0
    for kill in range(KILLS):
        target = reached + TICK * chance.randint(2, TICKS // (2 * KILLS))
        pause = chance.uniform(0, 0.1)  # within a step, a write, a rename
        process = start(command, killed)
        deadline = time.monotonic() + TIMEOUT
        while newest(killed) < target and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(pause)
        process.kill()
        text = process.communicate()[0]
        assert process.returncode == -9, f"ended by itself: {text}"
        assert newest(killed) >= target, text
        if kill:
            assert f"from image {reached:,}." in text
        whole = checkpoints.newest(killed / "checkpoints", print)
        reached = whole.images_seen

    process = start(command, killed)
    text = process.communicate(timeout=TIMEOUT)[0]
    assert process.returncode == 0, text
    first = int(re.search(r"from image ([\d,]+)\.", text).group(1).replace(",", ""))
    assert first == reached > 0
    lines = text.count(f" of {TICKS * TICK:,} images, ")
    assert lines == TICKS - reached // TICK < TICKS  # fewer steps than there are

    undisturbed = tmp_path / "undisturbed"
    assert main([*command, "--out", str(undisturbed), "--kimg", str(TICKS * TICK / 1000)]) == 0
    models = [checkpoints.load(checkpoints.newest(run / "checkpoints")) for run in (killed, undisturbed)]
    assert int(models[0].images_seen) == TICKS * TICK
    assert same_state(*models), f"killed at image {reached}, {pause} s after its checkpoint"

    logs = [[json.loads(line) for line in RunFolder(run).log.read_text().splitlines()] for run in (killed, undisturbed)]
    values = [[{k: v for k, v in line.items() if k == "images_seen" or "_loss" in k} for line in log] for log in logs]
    assert values[0] == values[1]  # every interval once, with the same losses
    grids = [{path.name: path.read_bytes() for path in (run / "samples").iterdir()} for run in (killed, undisturbed)]
    assert grids[0] == grids[1] and len(grids[0]) == TICKS + 1
    assert not list(killed.rglob(".partial-*"))
