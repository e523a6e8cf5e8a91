"""`make demo`: the main job, start to end, on the pictures of clothes that are inside the package.

Trains a small PGGAN, which grows from 4 x 4 to 32 x 32, with the command a user would type, and a DCGAN on as many
images beside it; scores both, and leaves samples, loss curves, a GIF of the training and a SavedModel under runs/demo.
"""

import argparse
import json
import pathlib
import shlex
import time

from benchmarks import common, demo_scores
from keras_gans.cli.main import main as keras_gans_command

PRESETS = {"PGGAN": "pggan_fashion_32", "DCGAN": "dcgan_fashion_32"}
KIMG = 30.0  # the schedule of the preset


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("runs/demo"))
    parser.add_argument("--kimg", type=float, default=KIMG, help="thousands of images that each model sees")
    arguments = parser.parse_args(arguments)
    started, busy = time.monotonic(), time.process_time()
    runs = {name: arguments.out / name.lower() for name in PRESETS}
    for name, preset in PRESETS.items():
        # The same command again goes on where it stopped; a finished run is only scored and exported again.
        train = f"train {name.lower()} --data fashion_mnist --preset {preset}"
        command(f"{train} --kimg {arguments.kimg:g} --out {quoted(runs[name])}")
    run = runs["PGGAN"]
    command(f"sample {quoted(run)} --seed 0 --count 64 --out {quoted(arguments.out / 'samples.png')}")
    command(f"sample {quoted(runs['DCGAN'])} --seed 0 --count 64 --out {quoted(arguments.out / 'samples_dcgan.png')}")
    command(f"export {quoted(run)} {quoted(arguments.out / 'served')}")
    plot_losses(run / "log.jsonl", arguments.out / "losses.png")
    command(f"progress {quoted(run)} --seconds 6 --fps 20 --out {quoted(arguments.out / 'training.gif')}")
    scores = score(runs)
    scores["minutes"] = round((time.monotonic() - started) / 60, 1)
    scores["cpu_minutes"] = round((time.process_time() - busy) / 60, 1)
    (arguments.out / "scores.json").write_text(json.dumps({**scores, **common.run_info(seed=0)}, indent=2))
    report(scores, arguments.out)


def quoted(path):
    return shlex.quote(str(path))


def command(line):
    """Runs one of our own commands in this process, as typed."""
    print(f"\n$ keras-gans {line}", flush=True)
    try:
        code = keras_gans_command(shlex.split(line))
    except SystemExit as stop:
        code = stop.code
    if code:
        raise SystemExit(code)


def plot_losses(log, out):
    """Loss curves of the run's JSON lines, and the resolution that trained."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    rows = [json.loads(line) for line in log.read_text().splitlines()]
    rows = [row for row in rows if "d_loss" in row]
    seen = [row["images_seen"] / 1000 for row in rows]
    figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
    for name, label in (("d_loss", "discriminator"), ("g_loss", "generator")):
        axes.plot(seen, [row[name] for row in rows], label=label)
    last = None
    for x, row in zip(seen, rows):
        if row.get("resolution", last) != last:
            last = row["resolution"]
            axes.axvline(x, color="#bbbbbb", linewidth=1)
            axes.annotate(
                f"{last} x {last}", (x, 0.02), xycoords=("data", "axes fraction"), fontsize=8, color="#777777"
            )
    axes.set(xlabel="thousands of real images seen", ylabel="loss (lower is better for its owner)")
    axes.legend()
    figure.savefig(out, dpi=120)
    plt.close(figure)


def score(runs):
    """Scores the newest model of each run.

    Args:
        runs: dict name -> run folder.

    Returns:
        dict of what goes in scores.json.
    """
    scoring, models = demo_scores.Scoring(), {}
    for name, run in runs.items():
        model = latest_model(run)
        models[name] = {"images_seen": int(model.images_seen), **scoring.of(model.generate(scoring.scored, seed=1))}
    return {
        "models": models,
        "real": scoring.real(),
        "classifier_accuracy_held_out": round(scoring.accuracy, 3),
        "samples": scoring.scored,
        "kid_features": "EfficientNet-Lite0",
    }


def latest_model(run):
    """The model of the run's newest checkpoint."""
    import keras

    import keras_gans  # noqa: F401, registers the models

    return keras.models.load_model(sorted((run / "checkpoints").glob("*.keras"))[-1])


def report(scores, out):
    """Prints what came out, and where it is."""
    pggan = scores["models"]["PGGAN"]
    shares = ", ".join(f"{name} {share:.0%}" for name, share in pggan["class_shares"].items())
    print(f"""
{demo_scores.table(scores["models"], scores["real"])}

{demo_scores.verdict(scores["models"])}
{scores["samples"]:,} samples of each. KID is of EfficientNet-Lite0's features. "Taken for clothes": a classifier that
names {scores["classifier_accuracy_held_out"]:.1%} of the held-out real pictures right is sure \
(> {demo_scores.CONFIDENT:.0%}) of them.
What it takes PGGAN's for: {shares}
(balance {pggan["class_balance"]:.3f}; 1 would be all classes alike).

  samples        {out / "samples.png"} (DCGAN's: {out / "samples_dcgan.png"})
  loss curves    {out / "losses.png"}
  the training   {out / "training.gif"}
  scores         {out / "scores.json"}
  SavedModel     {out / "served"}

What to try next:
  .venv/bin/keras-gans train pggan --data FOLDER_OF_YOUR_IMAGES --resolution 64 --out runs/mine
  .venv/bin/keras-gans sample {out / "pggan"} --seeds 0-35 --out grid.png
  .venv/bin/keras-gans info {out / "pggan"}

{scores["minutes"]} minutes, {scores["cpu_minutes"]} of processor time.""")


if __name__ == "__main__":
    main()
