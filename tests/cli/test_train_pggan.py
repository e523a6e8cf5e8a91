"""Runs of PGGAN from the command line: the schedule, growing, stopping and going on, mistakes."""

import json
import re
import subprocess
import sys
import time

import numpy as np
import pytest

from keras_gans.training import RunFolder, checkpoints
from tests.training.conftest import same_state

SIZE = ["--resolution", "8", "--set", "latent_dim=4", "--set", "fmap_max=4"]
PHASES = ["--stable-kimg", "0.016", "--fade-kimg", "0.048", "--batch-size", "8"]


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "images.npz"
    images = np.random.default_rng(0).integers(0, 256, (32, 8, 8, 1), dtype=np.uint8)
    np.savez(path, images=images, labels=np.arange(32) % 2)
    return path


@pytest.fixture
def command(pictures):
    return ["train", "pggan", "--data", str(pictures), *SIZE, *PHASES, "--set", "run_eagerly=true"]


def log_of(run):
    return [json.loads(line) for line in RunFolder(run).log.read_text().splitlines()]


def test_a_run_grows_and_says_so(call, command, tmp_path):
    run = tmp_path / "run"
    code, out, err = call(*command, "--out", run, "--kimg", "0.08", "--every", "0.024", "--metrics", "swd",
                          "--metrics-every", "0.04", "--metrics-count", "16")  # fmt: skip
    assert code == 0 and "Done: 80 images" in out
    rows = log_of(run)
    # a tick ends where layers begin to fade in (after the first step beyond 16 images) and where they have (at 64)
    assert [row["images_seen"] for row in rows] == [24, 48, 64, 80]
    assert [row["resolution"] for row in rows] == [4, 8, 8, 8] and rows[0]["alpha"] == 1.0 == rows[-1]["alpha"]
    assert rows[1]["alpha"] == pytest.approx(0.5, abs=0.01) and all("skipped_updates" in row for row in rows)
    assert "resolution 8 (alpha 0.5)" in err
    config = RunFolder(run).config
    assert config["schedule"] == {"batch_size": 8, "stable_images": 16, "fade_images": 48}
    assert config["resolved"]["schedule"]["batch_sizes"] == {} and config["training"] == {}
    scores = [json.loads(line)["images_seen"] for line in (run / "scores.jsonl").read_text().splitlines()]
    assert scores == [48, 80]
    assert sorted(path.stem for path in (run / "samples").iterdir()) == [f"{n:012d}" for n in (0, 24, 48, 64, 80)]
    code, out, _ = call("info", run)
    assert code == 0 and "resolution=8" in out and "stable_images=16" in out
    code, out, _ = call("progress", run, "--out", tmp_path / "film.gif", "--seconds", "1", "--fps", "10")
    assert code == 0 and "5 pictures" in out


def test_what_is_said_again_and_what_is_changed(call, command, tmp_path):
    run = tmp_path / "run"
    code, _, err = call(*command, "--out", run, "--kimg", "0.016")
    assert (
        code == 0 and "Note: after 0.016 thousand images the schedule is at 4 x 4; 8 x 8 is reached after 0.064" in err
    )
    assert call(*command, "--out", run, "--kimg", "0.032")[0] == 0  # free: the budget
    code, _, err = call(*command, "--out", run, "--kimg", "0.04", "--fade-kimg", "0.08")
    assert code == 2 and "fade_images=48" in err and "--override" in err and err.count("\n") == 1
    code, _, err = call(*command, "--out", run, "--kimg", "0.04", "--fade-kimg", "0.08", "--override")
    assert code == 0
    model = checkpoints.load(checkpoints.newest(run / "checkpoints"))
    assert model.schedule.fade_images == 80 and int(model.images_seen) == 40
    code, _, err = call(*command, "--out", run, "--set", "fmap_max=8")
    assert code == 2 and "another --out" in err


def test_dry_run_shows_the_phases(call, command, tmp_path):
    code, out, _ = call(*command, "--out", tmp_path / "run", "--kimg", "0.1", "--dry-run")
    assert code == 0 and not (tmp_path / "run").exists()
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert (
        "24 - 64 8 x 8 fading in 5 steps of 8 images" in lines and "64 - 104 8 x 8 stable 5 steps of 8 images" in lines
    )


def test_the_default_is_the_papers_schedule(call, pictures, tmp_path):
    code, out, _ = call("train", "pggan", "--data", pictures, *SIZE, "--out", tmp_path / "run", "--dry-run")
    assert code == 0 and "800,008 - 1,600,000" not in out
    assert re.search(r"800,016 - +1,600,000 +8 x 8 +fading in +49,999 steps of 16 images", out)
    assert json.loads(out[: out.index("\n}\n") + 2])["budget"]["kimg"] == 4800


def test_a_larger_run_from_a_smaller_one(call, command, tmp_path):
    small, large = tmp_path / "small", tmp_path / "large"
    assert call(*command, "--out", small, "--kimg", "0.072")[0] == 0
    np.save(tmp_path / "large.npy", np.zeros((16, 16, 16, 1), np.uint8))
    larger = [*command, "--data", str(tmp_path / "large.npy"), "--resolution", "16", "--init-from", small]
    code, _, err = call(*larger, "--out", large, "--kimg", "0.05")
    assert code == 2 and "Expected --kimg of more than 0.08" in err.splitlines()[-1] and not large.exists()
    code, out, err = call(*larger, "--out", large, "--kimg", "0.096")
    assert code == 0 and "all weights of 2 resolutions were taken over" in err and "Done: 96 images" in out
    assert [row["resolution"] for row in log_of(large)][-1] == 16
    same = [*command, "--out", tmp_path / "same", "--init-from", small, "--kimg", "0.008"]
    code, _, err = call(*same)  # the schedule was said: it is entered where it is over
    assert code == 2 and "Expected --kimg of more than 0.064" in err
    code, _, err = call(*command, "--out", tmp_path / "down", "--init-from", large)
    assert code == 2 and "of more pixels" in err


@pytest.mark.parametrize(
    "options, message",
    [
        (["--resolution", "9"], "base * 2^k"),
        (["--resolution", "32"], "--max-upscale"),
        (["--batch-size", "64"], "the schedule's largest batch has, 64"),
        (["--stable-kimg", "0", "--fade-kimg", "0"], "never grows from 4 to 8"),
        (["--set", "initial_resolution=5"], "initial_resolution must be one of"),
        (["--set", 'batch_sizes={"8": 0}'], "batch_sizes must be an integer of at least 1"),
        (["--set", "total_images=5"], "Expected a setting of PGGAN"),
        (["--accumulate", "2"], "Expected a setting of PGGAN"),
        (["--preset", "pggan_v3"], "Expected a preset of pggan"),
        (["--set", "num_classes=1", "--labels"], "at least as many classes as the data have, 2"),
        (["--init-from", "elsewhere"], "elsewhere"),
    ],
)
def test_mistakes_are_one_line_and_write_nothing(call, command, tmp_path, options, message):
    code, _, err = call(*command, *options, "--out", tmp_path / "run")
    assert code == 2 and message in err.splitlines()[-1], err
    assert not (tmp_path / "run").exists()


def test_labels_that_are_missing(call, command, tmp_path):
    np.save(tmp_path / "plain.npy", np.zeros((16, 8, 8, 1), np.uint8))
    code, _, err = call(*command, "--data", tmp_path / "plain.npy", "--labels", "--out", tmp_path / "run")
    assert code == 2 and "Labels were asked for" in err and not (tmp_path / "run").exists()


@pytest.mark.slow
def test_killed_in_mid_fade_it_goes_on_bit_for_bit(call, command, tmp_path):
    command = [*command[:-2], "--every", "0.008", "--kimg", "0.08"]  # compiled, as users run it
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    process = subprocess.Popen(
        [sys.executable, "-m", "keras_gans.cli", *command, "--out", str(killed)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    deadline = time.monotonic() + 400
    while time.monotonic() < deadline and process.poll() is None:
        seen = [checkpoint.images_seen for checkpoint in checkpoints.written(killed / "checkpoints")]
        if max(seen, default=0) >= 40:  # of the fade from 16 to 64
            break
        time.sleep(0.01)
    process.kill()
    text = process.communicate()[0]
    assert process.returncode == -9, text
    code, out, _ = call(*command, "--out", killed)
    first = int(re.search(r"from image ([\d,]+)\.", out).group(1))
    assert code == 0 and 40 <= first < 64
    assert call(*command, "--out", whole)[0] == 0
    models = [checkpoints.load(checkpoints.newest(run / "checkpoints")) for run in (killed, whole)]
    assert int(models[0].images_seen) == 80 and same_state(*models)
    grids = [{path.name: path.read_bytes() for path in (run / "samples").iterdir()} for run in (killed, whole)]
    assert grids[0] == grids[1] and len(grids[0]) == 11


def test_oblong_images(call, command, tmp_path):
    code, out, _ = call(*command, "--resolution", "4x8", "--out", tmp_path / "run", "--dry-run")
    assert code == 0 and "32 images, 4 x 8 x 1" in out and "4 x 8  stable" in out
    code, _, err = call(*command, "--resolution", "4by8", "--out", tmp_path / "run", "--dry-run")
    assert code == 2 and "'4by8' is neither a number of pixels nor HEIGHTxWIDTH" in err
