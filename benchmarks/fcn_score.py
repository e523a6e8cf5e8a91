"""The FCN score of the runs of pix2pix_losses.py and pix2pix_patch.py (Isola et al. 2017, Sec. 4.1, Tables 1 to 3).

Trains a small segmentation network (sea, land, lake) on the photographs of the Earth pairs, then asks it what it sees
in translations of held-out masks, and in the held-out photographs themselves: the ground-truth row. Any other network
can be in its place: `keras_gans.metrics.FCNScore` takes a function.

    python benchmarks/fcn_score.py [--runs runs/pix2pix_earth] [--steps 2000] [--network-steps 600]
"""

import pathlib

import common
import keras
import numpy as np
import pix2pix_earth as earth
import pix2pix_losses
import pix2pix_patch
import pix2pix_runs as runs

from keras_gans.metrics import FCNScore

CLASSES = 3


def network(filters=16):
    """A U-Net of three levels: photographs in [0, 255] -> logits of the classes."""
    images = keras.Input((None, None, 3))
    x, skips = keras.layers.Rescaling(1 / 127.5, -1)(images), []
    for level in range(4):
        if level:
            x = keras.layers.MaxPooling2D()(x)
        x = _block(x, filters * 2**level)
        skips.append(x)
    for level in reversed(range(3)):
        x = keras.layers.UpSampling2D(interpolation="bilinear")(x)
        x = _block(keras.layers.Concatenate()([x, skips[level]]), filters * 2**level)
    return keras.Model(images, keras.layers.Conv2D(CLASSES, 1)(x))


def _block(x, filters):
    for _ in range(2):
        x = keras.layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
        x = keras.layers.ReLU()(keras.layers.BatchNormalization()(x))
    return x


def train(path, steps, seed=0):
    """Trains the network on the training longitudes, or loads it where it is at `path`."""
    if path.is_file():
        return keras.models.load_model(path)
    keras.utils.set_random_seed(seed)
    model = network()
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    rates = keras.optimizers.schedules.CosineDecay(2e-3, steps)
    model.compile(keras.optimizers.Adam(rates), loss, metrics=["accuracy"])
    classes, photos = earth.tiles(held_out=False)
    random = np.random.default_rng(seed)

    def batches():
        while True:
            picks = random.integers(0, len(photos), 8)
            tops, lefts = random.integers(0, earth.TILE - earth.SIDE + 1, (2, 8))
            flips = random.integers(0, 2, 8) * 2 - 1
            cut = [
                [side[p, t : t + earth.SIDE, x : x + earth.SIDE][:, ::f] for side in (photos, classes)]
                for p, t, x, f in zip(picks, tops, lefts, flips)
            ]
            yield np.stack([c[0] for c in cut]).astype("float32"), np.stack([c[1] for c in cut])

    model.fit(batches(), steps_per_epoch=steps, epochs=1, verbose=2)
    path.parent.mkdir(parents=True, exist_ok=True)
    model.save(path)
    return model


def main():
    parser = runs.parse(__doc__, earth.RUNS, earth.SIDE)
    parser.add_argument("--network-steps", type=int, default=600)
    options = parser.parse_args()
    model = train(pathlib.Path(options.runs) / f"fcn-{options.network_steps}.keras", options.network_steps)
    classes, photos = earth.held_out()
    score = FCNScore(lambda images: model.predict(images.astype("float32"), verbose=0), CLASSES)
    groups = [*pix2pix_losses.GROUPS, *pix2pix_patch.GROUPS]
    results = {"ground truth": {0: score(photos, classes)._asdict()}}
    for name, row, seed in runs.in_turn(groups, options):
        made = earth.translated(options, name, seed)
        if row.get("direction", "AtoB") == "AtoB" and made is not None:
            results.setdefault(name, {})[seed] = score(made, classes)._asdict()
    claims = [
        (text, better, other, "class_iou", False)
        for text, better, other, name, _ in [*pix2pix_losses.CLAIMS, *pix2pix_patch.CLAIMS]
        if name == "kid"
    ]
    table, answers = runs.means(results), runs.compare(results, claims)
    print(runs.markdown(table), runs.claims_markdown(answers), sep="\n\n")
    settings = {name: getattr(options, name) for name in ("steps", "seeds", "filters", "network_steps")}
    note = runs.scale({name: found for name, found in results.items() if name != "ground truth"}, settings)
    document = {"scale": note, "settings": settings, "mean_and_std": table, "claims": answers, "runs": results}
    common.write_json("fcn_score", document, seed=0)


if __name__ == "__main__":
    main()
