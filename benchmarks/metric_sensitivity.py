"""What each metric sees and what it does not, shown on real images that are spoiled in known ways.

    python benchmarks/metric_sensitivity.py [--data emoji=FOLDER] [--crops photographs=FOLDER] [--images 600]

Images of a data set are split: one part is the reference, another is spoiled step by step and scored against it. What
the literature says of the metrics is then asked of the numbers, claim by claim (`sensitivity_claims.py`). Features and
logits are EfficientNet-Lite0's, or any registered extractor's, so the columns are named after it: they show directions,
not published values. Fashion-MNIST is always among the data. Writes results/metric_sensitivity.json and, with --plots,
a picture per data set.
"""

import argparse
import pathlib

import common
import numpy as np
import sensitivity_claims
from PIL import Image
from scipy import ndimage

from keras_gans import data
from keras_gans.metrics import Evaluator, get_extractor

SEED = 0
METRICS = ("fid", "kid", "is", "prc", "dc", "swd", "ms_ssim")
CROPS = 160  # of each photograph


def pixels(x):
    return np.clip(np.round(x), 0, 255).astype(np.uint8)


def blurred(images, sigma):
    return ndimage.gaussian_filter(images.astype(np.float32), (0, sigma, sigma, 0))


def tiles_shuffled(images, tile, random):
    """Each image cut into squares of `tile` pixels that change places, differently in each image."""
    n, height, width, channels = images.shape
    rows, columns = height // tile, width // tile
    cut = images.reshape(n, rows, tile, columns, tile, channels).swapaxes(2, 3).reshape(n, -1, tile, tile, channels)
    order = random.permuted(np.tile(np.arange(rows * columns), (n, 1)), axis=1)
    cut = np.take_along_axis(cut, order[:, :, None, None, None], axis=1)
    return cut.reshape(n, rows, columns, tile, tile, channels).swapaxes(2, 3).reshape(images.shape)


def conditions(images, pool, pool_labels, logits):
    """Yields (experiment, level, spoiled images [N H W 3]).

    `images` are spoiled themselves; collapses choose from `pool`, which they are the first of; `logits` are the pool's.
    """
    random = np.random.default_rng(SEED)
    n, size = images.shape[:2]
    floats = images.astype(np.float32)
    yield "untouched", 0, images
    yield "untouched again", 0, pool[n : 2 * n]
    for sigma in (0.5, 1, 2, 4):
        yield "blur, px", sigma, pixels(blurred(images, sigma))
    for sigma in (4, 8, 16, 32):
        yield "noise, of 255", sigma, pixels(floats + sigma * random.normal(size=images.shape))
    for share in (0.1, 0.2, 0.4):
        yield "all reddish", share, pixels(floats * [1.0, 1.0 - share, 1.0 - share])
    grey = floats.mean(axis=3, keepdims=True)
    if np.abs(floats - grey).max() > 0:
        yield "all grey", 1, pixels(np.repeat(grey, 3, axis=3))
    detail = floats - blurred(images, 1)
    yield "one texture", 1, pixels(floats - detail + detail[:1])
    for tile in (size // 2, size // 4):
        yield "tiles shuffled, px", tile, tiles_shuffled(images, tile, random)
    for distinct in (n // 4, n // 16, n // 64, 1):
        yield "distinct images", distinct, images[random.permutation(np.arange(n) % distinct)]
    classes = np.unique(pool_labels)
    one_each = [np.flatnonzero(pool_labels == label)[0] for label in classes]
    yield "one image per class", len(classes), pool[random.permutation(np.resize(one_each, n))]
    chances = logits - logits.max(axis=1, keepdims=True)
    chances = np.exp(chances) / np.exp(chances).sum(axis=1, keepdims=True)
    guesses = chances.argmax(axis=1)
    surest = [max(np.flatnonzero(guesses == g), key=lambda i, g=g: chances[i, g]) for g in np.unique(guesses)]
    surest = sorted(surest, key=lambda i: -chances[i].max())[: n // 10]
    yield "surest per guess", len(surest), pool[random.permutation(np.resize(surest, n))]
    order = random.permutation(classes)
    for kept in (0.8, 0.5, 0.3, 0.2):
        rows = np.flatnonzero(np.isin(pool_labels, order[: max(1, round(kept * len(order)))]))
        if len(rows) >= n:  # no image twice
            yield "classes kept", kept, pool[random.choice(rows, n, replace=False)]
    for share in (0.25, 0.5):
        chosen, mixed = random.choice(n, int(share * n), replace=False), images.copy()
        mixed[chosen] = tiles_shuffled(images[chosen], 1, random)
        yield "pixels shuffled in", share, mixed


def load(folder, count, size):
    """(reference, pool, labels of the pool): disjoint, at random."""
    source = data.load(folder, resolution=size, channels=3)
    chosen = np.random.default_rng(SEED).permutation(len(source))
    count = min(count, len(source) // 3)
    images = np.concatenate([source.read(part) for part in np.array_split(chosen, max(1, len(chosen) // 500))])
    return images[:count], images[count:], source.labels[chosen[count:]]


def load_crops(folder, count, size):
    """The same of squares of a sixth of the shorter side, cut from photographs; each photograph is a class."""
    random, crops, labels = np.random.default_rng(SEED), [], []
    paths = sorted(path for path in pathlib.Path(folder).iterdir() if path.suffix.lower() in (".jpg", ".jpeg"))
    for label, path in enumerate(paths):
        with Image.open(path) as photograph:
            photograph = photograph.convert("RGB")
        side = min(photograph.size) // 6
        for _ in range(CROPS):
            x, y = (int(random.integers(0, extent - side + 1)) for extent in photograph.size)
            crops.append(np.asarray(photograph.resize((size, size), Image.LANCZOS, (x, y, x + side, y + side))))
            labels.append(label)
    order = random.permutation(len(crops))
    crops, labels = np.stack(crops)[order], np.array(labels)[order]
    return crops[:count], crops[count:], labels[count:]


def measure(name, reference, pool, labels, extractor):
    """experiment -> level -> metric -> value."""
    evaluator = Evaluator(reference, METRICS, extractor)
    images = pool[: len(reference)]
    logits = extractor(pool[: 4 * len(reference)])["logits"]
    pool, labels = pool[: len(logits)], labels[: len(logits)]
    table = {}
    for experiment, level, spoiled in conditions(images, pool, labels, logits):
        scores = evaluator.score(spoiled)
        row = {}
        for metric, result in scores.items():
            for key, value in result.values.items():
                row[f"swd_{key}" if metric == "swd" else key] = float(f"{value:.5g}")
        table.setdefault(experiment, {})[f"{level:g}"] = row
        print(name, experiment, level, {**row, **{k: str(e)[:40] for k, e in scores.errors.items()}}, flush=True)
    return table


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", action="append", default=[], help="NAME=FOLDER, classes as sub-folders")
    parser.add_argument("--crops", action="append", default=[], help="NAME=FOLDER of photographs to cut from")
    parser.add_argument("--images", type=int, default=600, help="reference images, and spoiled ones (default 600)")
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--extractor", default="efficientnet_lite0")
    parser.add_argument("--logits", default="logits", help="the extractor's tap of class logits")
    parser.add_argument("--plots", metavar="FOLDER", help="where a picture per data set goes")
    arguments = parser.parse_args()
    extractor = get_extractor(arguments.extractor)
    sets = {"fashion_mnist": (load, "fashion_mnist")}
    sets |= {item.partition("=")[0]: (load, item.partition("=")[2]) for item in arguments.data}
    sets |= {item.partition("=")[0]: (load_crops, item.partition("=")[2]) for item in arguments.crops}
    results = {"extractor": extractor.describe(), "size": arguments.size, "images": {}, "tables": {}}
    for name, (reader, folder) in sets.items():
        reference, pool, labels = reader(folder, arguments.images, arguments.size)
        results["images"][name] = len(reference)
        results["tables"][name] = measure(name, reference, pool, labels, extractor)
    results["claims"] = sensitivity_claims.check(results["tables"])
    path = common.write_json("metric_sensitivity", results, seed=SEED)
    print(sensitivity_claims.markdown(results["claims"]))
    if arguments.plots:
        for name, table in results["tables"].items():
            title = f"{name}, {results['images'][name]} images, features of {extractor.name}"
            sensitivity_claims.plot(table, pathlib.Path(arguments.plots) / f"sensitivity_{name}.png", title)
    print(path)


if __name__ == "__main__":
    main()
