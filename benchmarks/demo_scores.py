"""How good the demo's samples are: against real pictures, and by what a classifier takes them for.

SWD and the KID of EfficientNet-Lite0's features compare the sets; a classifier trained on the real pictures says how
many samples look like clothes, and which. The same latents' seed and the same real pictures serve every model.
"""

import numpy as np

from keras_gans import data

CONFIDENT = 0.9  # a sample counts as clothes when the classifier gives one class more than this
SCORED = 2000


class Scoring:
    """Scores models that make grey pictures of 32 x 32, one after another.

    Args:
        scored: int, images of a score.
        epochs: int, of the classifier's training.
        extractor: name of the network whose features KID compares; None leaves KID out.
    """

    def __init__(self, scored=SCORED, epochs=8, extractor="efficientnet_lite0"):
        from keras_gans.metrics import Evaluator

        real, held_out = (data.load("fashion_mnist", resolution=32, split=split) for split in ("train", "test"))
        images, labels = real.read(np.arange(len(real))), real.labels
        self.scored, self.class_names = scored, real.class_names
        order = np.random.default_rng(0).permutation(len(real))
        metrics = ("swd", "kid") if extractor else ("swd",)
        self.evaluator = Evaluator(images[order[:scored]], metrics, extractor)
        self.others = images[order[scored : 2 * scored]]
        print("\nTraining a classifier on the real pictures, to score the samples ...", flush=True)
        self.classifier = classifier(images, labels, epochs)
        self.held_out = held_out.read(np.arange(len(held_out)))
        self.accuracy = float(self.classifier.evaluate(self.held_out, held_out.labels, verbose=0)[1])

    def of(self, images):
        """Returns {"swd": {level: value}, "kid": value, "confident": share, "class_shares": {...}, "class_balance"}.

        Args:
            images: uint8 array [scored, 32, 32, 1].
        """
        scores = self.evaluator.score(images)
        for error in scores.errors.values():
            raise error
        found = {"swd": {key: round(value, 2) for key, value in scores["swd"].values.items()}}
        if "kid" in scores:
            found["kid"] = round(scores["kid"].value, 4)
        return found | self.as_clothes(images)

    def as_clothes(self, images):
        """What the classifier takes images for."""
        chances = self.classifier.predict(images, batch_size=256, verbose=0)
        shares = np.bincount(chances.argmax(1), minlength=10) / len(images)
        balance = -(shares * np.log(np.maximum(shares, 1e-12))).sum() / np.log(10)
        return {
            "confident": round(float((chances.max(1) > CONFIDENT).mean()), 3),
            "class_shares": {name: round(float(s), 3) for name, s in zip(self.class_names, shares, strict=True)},
            "class_balance": round(float(balance), 3),
        }

    def real(self):
        """The scores of real pictures: SWD and KID of others of the training set, the classifier on held-out ones."""
        return self.of(self.others) | {"confident": self.as_clothes(self.held_out)["confident"]}


def classifier(images, labels, epochs):
    """A small convolutional network that names the class of pictures."""
    import keras

    keras.utils.set_random_seed(0)
    layers = keras.layers
    network = keras.Sequential(
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
    network.compile(keras.optimizers.Adam(1e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
    network.fit(images, labels, batch_size=64, epochs=epochs, verbose=0)
    return network


def table(models, real):
    """The lines that `make demo` prints: a row a model, and the real pictures.

    Args:
        models: dict name -> scores, with "images_seen".
        real: scores of real pictures.
    """
    rows = [("", "images seen", "SWD 32", "SWD 16", "average", "KID", "taken for clothes")]
    for name, found in {**models, "other real pictures": real}.items():
        seen = f"{found['images_seen']:,}" if "images_seen" in found else ""
        swd = [f"{found['swd'][key]:.1f}" for key in ("32", "16", "average")]
        kid = f"{found['kid']:.3f}" if "kid" in found else "-"
        rows.append((name, seen, *swd, kid, f"{found['confident']:.1%}"))
    widths = [max(map(len, column)) for column in zip(*rows)]
    padded = [[cell.rjust(w) if k else cell.ljust(w) for k, (cell, w) in enumerate(zip(row, widths))] for row in rows]
    return "\n".join("  ".join(row) for row in padded)


def verdict(models):
    """One sentence: how PGGAN compares with DCGAN.

    Args:
        models: dict with scores of "PGGAN" and "DCGAN".
    """
    pggan, dcgan = models["PGGAN"], models["DCGAN"]
    pairs = [("SWD", pggan["swd"]["average"], dcgan["swd"]["average"])]
    if "kid" in pggan:
        pairs.append(("KID", pggan["kid"], dcgan["kid"]))
    said = [f"{name} {mine:.3g} against {other:.3g} ({'better' if mine < other else 'not better'})"
            for name, mine, other in pairs]  # fmt: skip
    return f"PGGAN against DCGAN after as many real images: {', '.join(said)}; lower is better."
