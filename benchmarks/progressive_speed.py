"""What growing does to the speed of training (Karras et al. 2018, Fig. 4, in small): with and without, else alike.

    python benchmarks/progressive_speed.py [--images 60000] [--row g] [--plots docs/images]

Both trainings see the same number of images of the full Fashion-MNIST (Debian package dataset-fashion-mnist) and are
scored by SWD of every level along the way, the generator itself. Time is the processor time of all threads of this
process while it trains (`time.process_time`), scoring and saving left out: it stands still while the process waits or
is paused, so other work on the machine changes it little. A training that was killed goes on. Writes
results/progressive_speed.json, and with --plots a picture.
"""

import argparse
import os
import pathlib

import common

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pggan_ablation_report
import pggan_rows

from keras_gans import data
from keras_gans.metrics import Evaluator

IMAGES = 60_000
WAYS = {"growing": True, "full resolution throughout": False}


def run(growing, source, evaluator, folder, options):
    """Trains one way; returns the curve, a list of dict(images_seen, cpu_seconds, resolution, swd)."""

    def score(model):
        return {"swd": evaluator.score(model.generate(options.score_images, seed=1, averaged=False))["swd"].values}

    side, _, channels = source.image_shape
    model = pggan_rows.build(options.row, side, channels, options.images, growing, fmap_max=options.fmap_max)
    _, lines = pggan_rows.train(model, source, folder, -(-options.images // options.ticks), after_tick=score)
    return [{key: line[key] for key in ("images_seen", "cpu_seconds", "resolution", "swd")} for line in lines]


def compare(curves):
    """What the two curves say of each other.

    Args:
        curves: dict of the two ways of WAYS -> curve.

    Returns:
        dict: "speed": processor seconds without growing / with, for all images; "time_to_equal", for each level the
        share of the time without growing after which growing was as good as that training ended, None if it never was.
    """
    growing, fixed = curves.values()
    total = fixed[-1]["cpu_seconds"]
    shares = {}
    for level, target in fixed[-1]["swd"].items():
        reached = [line["cpu_seconds"] for line in growing if line["swd"][level] <= target]
        shares[level] = round(reached[0] / total, 3) if reached else None
    return {"speed": round(total / growing[-1]["cpu_seconds"], 3), "time_to_equal": shares}


def plot(curves, path, title):
    """Three panels as in Figure 4: SWD against time without growing, with growing; images against time."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10.5, 3.2), layout="constrained")
    axes = figure.subplots(1, 3)
    axes[1].sharey(axes[0])
    for axis, name in zip(axes, list(curves)[::-1]):
        curve = curves[name]
        for level in curve[0]["swd"]:
            label = level if level == "average" else f"{level} x {level}"
            style = "--" if level == "average" else "-"
            seconds = [line["cpu_seconds"] for line in curve]
            axis.plot(seconds, [line["swd"][level] for line in curve], style, label=label)
        axis.set(title=name, yscale="log", xlabel="processor seconds", ylabel="SWD x 1000")
        axis.set_xlim(0, 1.05 * max(curve[-1]["cpu_seconds"] for curve in curves.values()))
        axis.legend(fontsize=8)
    for name, curve in curves.items():
        axes[2].plot([line["cpu_seconds"] for line in curve], [line["images_seen"] / 1e3 for line in curve], label=name)
    axes[2].set(title="images seen", xlabel="processor seconds", ylabel="thousands of real images")
    axes[2].legend(fontsize=8)
    figure.suptitle(title, fontsize=10)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=90)


def parsed(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=IMAGES, help="real images of each training (default 60,000)")
    parser.add_argument("--row", choices=[row for row in pggan_rows.ROWS if row != "a"], default="g")
    parser.add_argument("--ticks", type=int, default=30, help="scores along the way, at least")
    parser.add_argument("--score-images", type=int, default=5000)
    parser.add_argument("--data", default="fashion_mnist:full")
    parser.add_argument("--resolution", type=int, default=32)
    parser.add_argument("--fmap-max", type=int, default=pggan_rows.FMAP_MAX)
    parser.add_argument("--runs", type=pathlib.Path, default=pathlib.Path("runs/progressive_speed"))
    parser.add_argument("--plots", type=pathlib.Path, metavar="FOLDER", help="where the picture goes")
    parser.add_argument("--json", type=pathlib.Path, help="another result file")
    return parser.parse_args(arguments)


def main(arguments=None):
    options = parsed(arguments)
    source = data.load(options.data, resolution=options.resolution, channels=1)
    order = np.random.default_rng(0).permutation(len(source))[: options.score_images]
    evaluator = Evaluator(source.read(np.sort(order)), "swd")
    curves = {}
    for name, growing in WAYS.items():
        curves[name] = run(growing, source, evaluator, options.runs / ("growing" if growing else "fixed"), options)
        last = curves[name][-1]
        print(f"{name}: {last['images_seen']:,} images, {last['cpu_seconds']:.0f} processor seconds, SWD", last["swd"])
    keys = ("images", "row", "resolution", "fmap_max", "score_images")
    scale = pggan_ablation_report.scale(options.images, IMAGES)
    results = {"settings": {key: getattr(options, key) for key in keys}, "scale": scale}
    results |= {"comparison": compare(curves), "curves": curves}
    print(results["comparison"])
    if options.plots:
        plot(curves, options.plots / "progressive_speed.png", f"row {options.row}, Fashion-MNIST, {scale}")
    print(common.write_json("progressive_speed", results, seed=0, path=options.json))


if __name__ == "__main__":
    main()
