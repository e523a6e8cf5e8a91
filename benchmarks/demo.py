"""`make demo`: the main job, start to end, on the pictures of clothes that are inside the package.

Trains a small DCGAN with the command a user would type, scores its samples with a classifier trained on the real
pictures, and leaves samples, loss curves, a GIF of the training and a SavedModel under runs/demo.
"""

import argparse
import json
import pathlib
import shlex
import time

import numpy as np
from PIL import Image

import keras_gans
from benchmarks import common
from keras_gans.cli.main import main as keras_gans_command

CONFIDENT = 0.9  # a sample counts as clothes when the classifier gives one class more than this
SCORED = 2000


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("runs/demo"))
    parser.add_argument("--kimg", type=float, default=200.0, help="thousands of images to train for")
    arguments = parser.parse_args()
    started = time.monotonic()
    run = arguments.out / "dcgan"
    # The same command again goes on where it stopped; a finished run is only scored and exported again.
    command(f"train dcgan --data fashion_mnist --preset dcgan_fashion_32 --kimg {arguments.kimg:g} --out {quoted(run)}")
    command(f"sample {quoted(run)} --seed 0 --count 64 --out {quoted(arguments.out / 'samples.png')}")
    command(f"export {quoted(run)} {quoted(arguments.out / 'served')}")
    plot_losses(run / "log.jsonl", arguments.out / "losses.png")
    film(sorted((run / "samples").glob("*.png")), arguments.out / "training.gif")
    scores = score(run)
    scores["minutes"] = round((time.monotonic() - started) / 60, 1)
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
    """Loss curves of the run's JSON lines."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    rows = [json.loads(line) for line in log.read_text().splitlines()]
    rows = [row for row in rows if "d_loss" in row]
    figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
    for name, label in (("d_loss", "discriminator"), ("g_loss", "generator")):
        axes.plot([row["images_seen"] / 1000 for row in rows], [row[name] for row in rows], label=label)
    axes.set(xlabel="thousands of real images seen", ylabel="loss (lower is better for its owner)")
    axes.legend()
    figure.savefig(out, dpi=120)
    plt.close(figure)


def film(pictures, out):
    """An animated GIF of the sample grids, the last one held."""
    frames = [Image.open(picture).convert("L") for picture in pictures]
    durations = [120] * (len(frames) - 1) + [2000]
    frames[0].save(out, save_all=True, append_images=frames[1:], duration=durations, loop=0)


def score(run):
    """Trains a classifier on the real pictures and asks it what the generated ones are."""
    import keras

    keras.utils.set_random_seed(0)
    real = keras_gans.data.load("fashion_mnist", resolution=32)
    held_out = keras_gans.data.load("fashion_mnist", resolution=32, split="test")
    layers = keras.layers
    classifier = keras.Sequential(
        [
            keras.Input((32, 32, 1)),
            layers.Rescaling(1 / 255),
            layers.Conv2D(32, 3, strides=2, padding="same", activation="relu"),
            layers.Conv2D(64, 3, strides=2, padding="same", activation="relu"),
            layers.Conv2D(128, 3, strides=2, padding="same", activation="relu"),
            layers.Flatten(),
            layers.Dropout(0.4),
            layers.Dense(10, activation="softmax"),
        ]
    )
    classifier.compile(keras.optimizers.Adam(1e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
    images, labels = real.read(np.arange(len(real))), real.labels
    test_images, test_labels = held_out.read(np.arange(len(held_out))), held_out.labels
    print("\nTraining a classifier on the real pictures, to score the samples ...", flush=True)
    classifier.fit(images, labels, batch_size=64, epochs=8, verbose=0)
    accuracy = classifier.evaluate(test_images, test_labels, verbose=0)[1]
    samples = latest_model(run).generate(SCORED, seed=1)
    of_samples = classifier.predict(samples, batch_size=256, verbose=0)
    of_real = classifier.predict(test_images, batch_size=256, verbose=0)
    shares = np.bincount(of_samples.argmax(1), minlength=10) / SCORED
    return {
        "classifier_accuracy_held_out": round(float(accuracy), 3),
        "confident_samples": round(float((of_samples.max(1) > CONFIDENT).mean()), 3),
        "confident_real": round(float((of_real.max(1) > CONFIDENT).mean()), 3),
        "class_shares": {name: round(float(s), 3) for name, s in zip(real.class_names, shares, strict=True)},
        "class_balance": round(float(-(shares * np.log(np.maximum(shares, 1e-12))).sum() / np.log(10)), 3),
        "samples": SCORED,
        "kimg": json.loads((run / "config.json").read_text())["budget"]["kimg"],
    }


def latest_model(run):
    """The model of the run's newest checkpoint."""
    import keras

    return keras.models.load_model(sorted((run / "checkpoints").glob("*.keras"))[-1])


def report(scores, out):
    shares = ", ".join(f"{name} {share:.0%}" for name, share in scores["class_shares"].items())
    print(f"""
A classifier that names {scores["classifier_accuracy_held_out"]:.1%} of {1000:,} held-out real pictures right
is sure (> {CONFIDENT:.0%}) of {scores["confident_samples"]:.1%} of {scores["samples"]:,} samples, \
and of {scores["confident_real"]:.1%} of the real ones.
What it takes the samples for: {shares}
(balance {scores["class_balance"]:.3f}; 1 would be all classes alike).

  samples        {out / "samples.png"}
  loss curves    {out / "losses.png"}
  the training   {out / "training.gif"}
  scores         {out / "scores.json"}
  SavedModel     {out / "served"}

What to try next:
  .venv/bin/keras-gans train dcgan --data FOLDER_OF_YOUR_IMAGES --resolution 64 --out runs/mine
  .venv/bin/keras-gans sample {out / "dcgan"} --seeds 0-35 --out grid.png
  .venv/bin/keras-gans info {out / "dcgan"}

{scores["minutes"]} minutes.""")


if __name__ == "__main__":
    main()
