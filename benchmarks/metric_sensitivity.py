"""What each metric sees and what it does not, shown on real images that are spoiled in known ways.

    python benchmarks/metric_sensitivity.py [--data fashion_mnist] [--data emoji=FOLDER ...] [--images 2000]

Half of a data set is the reference, the other half is spoiled and scored: blur, noise, colours, layout, collapse to one
image per class, classes left out. Features and logits are EfficientNet-Lite0's (any registered extractor by name), so
the columns are named after it: they show directions, not published numbers. Writes results/metric_sensitivity-NAME.json
and a plot of each score as a multiple of what the untouched other half scores.
"""

import argparse
import hashlib

import common
import numpy as np
from scipy import ndimage

from keras_gans import data
from keras_gans.metrics import FeatureExtractor, evaluate_images, get_extractor

SEED = 0
METRICS = ("fid", "kid", "is", "prc", "dc", "swd", "ms_ssim")


def conditions(images, labels):
    """name -> uint8 images [N H W 3], the spoiled other half."""
    random = np.random.default_rng(SEED)
    n, height, width, _ = images.shape
    floats = images.astype(np.float32)

    def pixels(x):
        return np.clip(np.round(x), 0, 255).astype(np.uint8)

    spoiled = {"untouched": images}
    for sigma in (1.0, 2.0, 4.0):
        spoiled[f"blur {sigma:g} px"] = pixels(ndimage.gaussian_filter(floats, (0, sigma, sigma, 0)))
    for sigma in (8, 32):
        spoiled[f"noise {sigma}"] = pixels(floats + sigma * random.normal(size=images.shape))
    spoiled["red, all alike"] = pixels(floats * [1.0, 0.7, 0.7] + [30, 0, 0])
    spoiled["half contrast"] = pixels(128 + 0.5 * (floats - 128))
    half = height // 2, width // 2
    spoiled["quarters exchanged"] = np.roll(images, half, axis=(1, 2))
    stripes = 40 * np.sign(np.sin(np.arange(width) * np.pi / 1.5))[None, None, :, None]
    spoiled["fine stripes on all"] = pixels(floats + stripes)
    if labels is not None:
        classes = np.unique(labels)
        first = np.array([np.flatnonzero(labels == c)[0] for c in classes])
        spoiled["one image per class"] = images[random.choice(first, n)]
        kept = np.flatnonzero(np.isin(labels, classes[: max(1, len(classes) // 2)]))
        spoiled["half of the classes"] = images[random.choice(kept, n, replace=len(kept) < n)]
    spoiled["one image"] = np.repeat(images[:1], n, axis=0)
    return spoiled


def load(name, folder, count, size):
    """(reference images, other images, labels of the others or None): two disjoint random halves."""
    source = data.load(folder or name, resolution=size, channels=3, crop="center")
    count = min(count, len(source) // 2)
    chosen = np.random.default_rng(SEED).permutation(len(source))[: 2 * count]
    images = np.concatenate([source.read(part) for part in np.array_split(chosen, max(1, len(chosen) // 500))])
    labels = None if source.labels is None else source.labels[chosen[count:]]
    return images[:count], images[count:], labels


class Remembered(FeatureExtractor):
    """An extractor that passes each batch through the network once: the reference is scored against many times."""

    def __init__(self, extractor):
        self.extractor, self.known = extractor, {}
        self.taps, self.describe = extractor.taps, extractor.describe
        self.name, self.resizer = extractor.name, extractor.resizer

    def __call__(self, images):
        key = hashlib.sha256(np.ascontiguousarray(images).data).digest()
        if key not in self.known:
            self.known[key] = self.extractor(images)
        return self.known[key]


def score(reference, images, extractor):
    found = evaluate_images(images, reference, METRICS, extractor=extractor)
    row = {}
    for metric, result in found.items():
        for key, value in result.values.items():
            if not key.endswith("_std"):
                row[f"swd {key}" if metric == "swd" else key] = value
    return row


def plot(table, path, title):
    try:
        from matplotlib.figure import Figure
    except ImportError:
        return
    table = {name: row for name, row in table.items() if "error" not in row}
    names, columns = list(table), list(table["untouched"])
    base = np.array([table["untouched"].get(c, np.nan) for c in columns])
    values = np.array([[table[name].get(column, np.nan) for column in columns] for name in names])
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.log2(np.maximum(values, 1e-6) / np.maximum(base, 1e-6))
    figure = Figure(figsize=(1.1 * len(columns) + 2.5, 0.45 * len(names) + 1.5), layout="constrained")
    axes = figure.subplots()
    picture = axes.imshow(np.clip(ratio, -4, 4), cmap="coolwarm", vmin=-4, vmax=4, aspect="auto")
    axes.set_xticks(range(len(columns)), columns, rotation=40, ha="right")
    axes.set_yticks(range(len(names)), names)
    for row, column in np.ndindex(*values.shape):
        axes.text(column, row, f"{values[row, column]:.3g}", ha="center", va="center", fontsize=7)
    figure.colorbar(picture, label="log2 of the multiple of the untouched half's score")
    axes.set_title(title)
    figure.savefig(path, dpi=110)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", action="append", help='"fashion_mnist", or NAME=FOLDER; may be repeated')
    parser.add_argument("--images", type=int, default=2000, help="images in each half (default 2000)")
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--extractor", default="efficientnet_lite0")
    arguments = parser.parse_args()
    extractor = Remembered(get_extractor(arguments.extractor))
    for item in arguments.data or ["fashion_mnist"]:
        name, _, folder = item.partition("=")
        reference, others, labels = load(name, folder, arguments.images, arguments.size)
        table = {}
        for condition, images in conditions(others, labels).items():
            try:
                table[condition] = score(reference, images, extractor)
            except ValueError as error:  # a collapsed set has no variation to divide by
                table[condition] = {"error": str(error)}
            print(name, condition, {k: v if isinstance(v, str) else round(v, 4) for k, v in table[condition].items()})
        results = {"extractor": extractor.describe(), "images": len(others), "size": arguments.size, "table": table}
        path = common.write_json(f"metric_sensitivity-{name}", results, seed=SEED)
        plot(table, path.with_suffix(".png"), f"{name}, {len(others)} images, {extractor.name}")
        print(path)


if __name__ == "__main__":
    main()
