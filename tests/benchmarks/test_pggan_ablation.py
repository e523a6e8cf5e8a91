"""benchmarks/pggan_ablation.py and progressive_speed.py, tiny: rows go on where they stopped and are not run again."""

import json
import pathlib
import sys

import numpy as np
import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "benchmarks"))

import pggan_ablation
import pggan_ablation_report as report
import pggan_rows
import progressive_speed
from PIL import Image

from keras_gans import data


@pytest.fixture
def pictures(tmp_path, rng):
    np.save(tmp_path / "pictures.npy", rng.integers(0, 256, (80, 16, 16, 1), dtype=np.uint8))
    return tmp_path / "pictures.npy"


@pytest.fixture
def tiny(tmp_path, pictures):
    sizes = f"--images 160 --resolution 16 --fmap-max 4 --data {pictures} --json {tmp_path / 'found.json'}"
    return [*sizes.split(), "--plots", str(tmp_path / "plots"), "--runs", str(tmp_path / "runs")]


def small_row(row="g", images=160):
    return pggan_rows.build(row, 8, 1, images, fmap_max=4)


def test_rows_are_the_papers_with_an_eighth_of_its_maps():
    model = pggan_rows.build("g", 32, 1, 60_000)
    assert [model.generator.maps(level) for level in range(1, 5)] == [64, 64, 32, 16]
    assert model.schedule.stable_images == model.schedule.fade_images == 8_000  # 80 % of the images are for growing
    assert model.schedule.total_images == 60_000 and model.generator.pixel_norm
    full = pggan_rows.build("h", 32, 1, 60_000)
    assert [full.generator.maps(level) for level in range(1, 5)] == [64, 64, 64, 64]
    first = pggan_rows.build("a", 32, 1, 60_000)
    assert (
        first.schedule.initial_resolution == 32 and first.schedule.batch_size == 64 and first.discriminator_steps == 5
    )


def test_seeds_differ():
    first, same, other = (
        pggan_rows.build("g", 8, 1, 160, fmap_max=4, seed=seed).generate(1, seed=0) for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, same)
    assert (first != other).any()


def test_a_killed_row_goes_on_exactly(tmp_path, pictures):
    source = data.load(str(pictures), resolution=8)
    whole, lines = pggan_rows.train(small_row(), source, tmp_path / "whole", 32)

    class Kill(pggan_rows.keras.callbacks.Callback):
        found = {}

        def on_train_batch_end(self, batch, logs=None):
            if int(self.model.images_seen) == 112:  # in the middle of a tick
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pggan_rows.train(small_row(), source, tmp_path / "killed", 32, [lambda model: Kill()])
    with open(tmp_path / "killed" / "log.jsonl", "a") as log:  # a tick whose model was not saved, and half a line
        log.write(json.dumps({"images_seen": 10**6}) + '\n{"images')
    again, lines_again = pggan_rows.train(small_row(), source, tmp_path / "killed", 32)
    for one, other in zip(whole.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert [line["images_seen"] for line in lines_again] == [line["images_seen"] for line in lines]
    assert lines_again[-1]["cpu_seconds"] > lines_again[0]["cpu_seconds"] > 0


def test_layers_are_measured_beside_the_training(tmp_path, pictures):
    source = data.load(str(pictures), resolution=8)
    some = pggan_rows.some_images(source, 4)
    _, lines = pggan_rows.train(
        small_row(images=80), source, tmp_path, 16, [lambda model: pggan_rows.LayerScales(some, every=1)]
    )
    assert set(lines[0]["rms"]) == {"G 4x4_dense", "G 4x4_conv", "G 4x4_to_rgb", "D 4x4_from_rgb", "D 4x4_std_dev",
                                    "D 4x4_conv", "D 4x4_dense0", "D 4x4_dense1"}  # fmt: skip
    assert "G 8x8_conv1" in lines[-1]["rms"] and all(0 < v < 1 for v in lines[-1]["update"].values())
    plain, _ = pggan_rows.train(small_row(images=80), source, tmp_path / "plain", 16)
    measured = pggan_rows.keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(plain.get_weights()[0], measured.get_weights()[0])  # looking changes nothing


def test_output_rms_is_that_of_the_layer():
    model = small_row()
    latents = model.sample_latents(4, seed=0)
    found = pggan_rows.output_rms(model.generator, lambda network: network(latents, stage=0))
    images = model.generator(latents, stage=0).numpy()
    assert found["G 4x4_to_rgb"] == pytest.approx(np.sqrt(np.mean(images**2)), rel=1e-5)
    assert "part" not in model.generator.__dict__


def test_the_script_runs_a_row_once(tmp_path, tiny, capsys):
    options = ["--score-images", "32", "--rows", "e", "g", *tiny]
    pggan_ablation.main(options)
    found = json.loads((tmp_path / "found.json").read_text())["results"]
    rows = found["data"]["fashion_mnist"]["rows"]
    assert found["scale"].startswith("not run at full scale") and list(rows) == ["e", "g"]
    assert rows["g"]["generator_updates"] == 10 and rows["g"]["swd"]["16"] > 0 and set(found["layers"]) == {"e", "g"}
    for name in ("pggan_ablation", "pggan_layers", "pggan_ablation_fashion_mnist"):
        assert Image.open(tmp_path / "plots" / f"{name}.png").size[0] > 100
    assert "| g | + pixelwise normalization | 10 |" in capsys.readouterr().out
    before = (tmp_path / "runs" / "fashion_mnist" / "g" / "model.keras").stat().st_mtime_ns
    pggan_ablation.main(options)
    assert (tmp_path / "runs" / "fashion_mnist" / "g" / "model.keras").stat().st_mtime_ns == before
    other = [*options, "--runs", str(tmp_path / "elsewhere"), "--go-on"]
    pggan_ablation.main(other)  # the result file has both rows
    assert not (tmp_path / "elsewhere").exists()
    again = json.loads((tmp_path / "found.json").read_text())["results"]
    assert again["data"]["fashion_mnist"]["rows"] == rows and again["layers"] == found["layers"]
    with pytest.raises(SystemExit, match="other settings .images 160 there, 320 now"):
        pggan_ablation.main([*options, "--images", "320"])
    with pytest.raises(SystemExit, match="other settings .seed 0 there, 1 now"):
        pggan_ablation.main([*options, "--seed", "1"])


def test_the_order_is_held_against_the_papers():
    def scores(swd, ms_ssim):
        return {"swd": {"average": swd}, "ms_ssim": ms_ssim}

    found = report.ordering({"a": scores(10.0, 0.3), "b": scores(20.0, 0.2), "c": scores(90.0, 0.5)})
    steps = {(step["row"], step["metric"]): step for step in found["steps"]}
    assert steps["b", "swd"] == dict(row="b", before="a", metric="swd", paper=0.461, ours=2.0, agree=False)
    assert steps["c", "swd"]["agree"] and steps["b", "ms_ssim"]["agree"]
    assert found["rank_correlation"] == {"swd": 0.5, "ms_ssim": 1.0}


def test_growing_against_not_growing(tmp_path, tiny):
    progressive_speed.main(["--score-images", "32", "--ticks", "4", *tiny])
    found = json.loads((tmp_path / "found.json").read_text())["results"]
    growing, fixed = found["curves"].values()
    assert growing[0]["resolution"] == 4 and fixed[0]["resolution"] == 16
    assert growing[-1]["images_seen"] == fixed[-1]["images_seen"] == 160
    assert Image.open(tmp_path / "plots" / "progressive_speed.png").size[0] > 100


def test_comparison_by_hand():
    def line(seconds, swd):
        return {"cpu_seconds": seconds, "swd": {"32": swd}}

    curves = {"growing": [line(1.0, 9.0), line(2.0, 4.0), line(4.0, 2.0)], "fixed": [line(5.0, 8.0), line(10.0, 4.0)]}
    assert progressive_speed.compare(curves) == {"speed": 2.5, "time_to_equal": {"32": 0.2}}
