"""What is scored of a model that translates: its translations of pairs' inputs, and the pairs' targets beside them."""

import os

import numpy as np

from keras_gans.data import DataError
from keras_gans.data.errors import printable, some
from keras_gans.data.pair_sources import SPLITS
from keras_gans.data.pairs import load_pairs
from keras_gans.training import registry, runs
from keras_gans.training.run_folder import RunFolder
from keras_gans.training.scored_images import Images, Pictures, load_best

METRICS = "l1,psnr,ssim,perceptual,fid,kid,lab"  # of translations, where none are named
BATCH = 16


class Translations:
    """What `model.translate` makes of the inputs of pairs, batch by batch: pair i has the noise of (seed, i).

    Args:
        model: a model with `translate`.
        pairs: `keras_gans.data.PairData`.
        count: int, the first so many pairs.
        seed: int.

    Example:

    >>> import keras_gans
    >>> model = keras_gans.Pix2Pix(resolution=16, filters=2, discriminator_filters=2, receptive_field=16)
    >>> pairs = load_pairs((np.zeros((3, 16, 16, 3), "uint8"), np.zeros((3, 16, 16, 3), "uint8")))
    >>> [batch.shape for batch in Translations(model, pairs, 2)]
    [(2, 16, 16, 3)]
    """

    def __init__(self, model, pairs, count, seed=0):
        self.model, self.pairs, self.count, self.seed = model, pairs, count, seed

    def __len__(self):
        return self.count

    def __iter__(self):
        for start in range(0, self.count, BATCH):
            indices = np.arange(start, min(start + BATCH, self.count))
            yield self.model.translate(self.pairs.inputs.read(indices), self.seed, first_index=start, pad=True)


def translates(path):
    """Whether a path is the folder of a run of a model that translates images: of pix2pix."""
    if not os.path.isfile(os.path.join(path, "config.json")):
        return False
    name = RunFolder.open(path).config.get("model")
    return name in registry.MODELS and hasattr(registry.model_class(name), "translate")


def open_sides(path, real=None, count=None, seed=0, resolution=None, best=False, split=None, direction=None, say=print):
    """Opens a run of pix2pix and the pairs that it is scored on.

    Args:
        path: str, folder of the run; its newest whole checkpoint.
        real: str, folder of pairs as of `train pix2pix --data`; None for the run's own data.
        count: int, the first so many pairs; None for all.
        seed: int, of the noise.
        resolution: int, side that pairs are brought to; None for that of the training.
        best: bool, whether the run's best checkpoint is meant instead of its newest.
        split: "train", "val" or "test"; None: see `open_held_out`.
        direction: "AtoB" or "BtoA"; None: the run's.
        say: function of one str, told what is odd.

    Returns:
        (`Images` of the translations, `Images` of the targets).

    Raises:
        ValueError: where the run or the pairs cannot be opened, or do not fit together.
    """
    run, model, checkpoint = (load_best if best else runs.load_run)(path, say)
    stored = run.config.get("data", {})
    if real is None and stored.get("source") is None:
        raise ValueError("Expected --real, pairs to score on. Received: no --real, and a run that was never trained")
    pairs, split = open_held_out(
        model,
        stored["source"] if real is None else real,
        direction or stored.get("direction", "AtoB"),
        split,
        resolution,
        say,
    )
    count = checked_count(count, pairs)
    facts = {
        "kind": "run",
        "path": os.path.abspath(path),
        "images_seen": checkpoint.images_seen,
        "sha256": checkpoint.manifest.get("sha256"),
        "seed": seed,
        "inputs_fingerprint": pairs.inputs.fingerprint,
    }
    truth = {"kind": "pictures", "path": pairs.name, "fingerprint": pairs.targets.fingerprint, "split": split}
    return (
        Images(Translations(model, pairs, count, seed), count, pairs.image_shape, facts, run),
        Images(Pictures(pairs.targets, count), count, pairs.image_shape, truth),
    )


def open_held_out(model, source, direction="AtoB", split=None, resolution=None, say=print, splits=("test", "val")):
    """Opens pairs to score a model on, as the paper does at test: resized to the model's size, no jitter, no mirroring.

    Args:
        model: a model with `translate`.
        source: as of `load_pairs`.
        direction: "AtoB" or "BtoA".
        split: "train", "val" or "test"; None: the first of `splits` that the folder has, else all there is.
        resolution: int, side that pairs are brought to; None: the model's.
        say: function of one str, told where they may be those of the training.
        splits: names, those to look for first.

    Returns:
        (`PairData`, name of the split or None).

    Raises:
        ValueError: where they cannot be opened, or have other channels than the model.
    """
    found = splits_of(source)
    if split is None and found:
        split = next((name for name in splits if name in found), "train")
    elif split is not None and not found:
        raise ValueError(f"Expected a folder with {' or '.join(SPLITS)} inside. Received: split={split!r}, {source}")
    if split in (None, "train"):
        say("Note: these may be the pairs that it was trained on; scores of held-out pairs say more.")
    size = model.image_shape[:2] if resolution is None else resolution
    pairs = load_pairs(source, size, direction=direction, split=split or "train", crop="center")
    wanted, given = (model.input_channels, model.output_channels), (pairs.input_shape[-1], pairs.image_shape[-1])
    if wanted != given:
        pairs = load_pairs(
            source, size, direction=direction, split=split or "train", crop="center", input_channels=wanted[0],
            output_channels=wanted[1],
        )  # fmt: skip
    return pairs, split


def splits_of(source):
    """The splits that a folder of pairs has: a list of some of "train", "val", "test"; [] of other sources."""
    if not isinstance(source, (str, os.PathLike)):
        return []
    side = os.path.join(source, "A")
    places = [side] if os.path.isdir(side) and os.path.isdir(os.path.join(source, "B")) else [os.fspath(source)]
    return [name for name in SPLITS if all(os.path.isdir(os.path.join(place, name)) for place in places)]


def checked_count(count, pairs):
    """`count`, or all pairs for None; raises ValueError where there are fewer."""
    if count is not None and count > len(pairs):
        raise ValueError(f"Expected at least {count:,} pairs. Received: {printable(pairs.name)} with {len(pairs):,}")
    return len(pairs) if count is None else count


def check_names(fakes, reals):
    """Checks that two sets of pictures are pairs: files are told by their names without the ending.

    Args:
        fakes: `Images` of pictures.
        reals: `Images` of pictures.

    Raises:
        DataError: where names differ; they are listed. Sources without names of their own are taken in their order.
    """
    sides = [getattr(side.batches, "images", None) for side in (fakes, reals)]
    if any(side is None for side in sides):
        return
    names = [[side.name_of(index) for index in range(images.count)] for side, images in zip(sides, (fakes, reals))]
    if any(name.endswith("]") for side in names for name in side[:1]):  # "array[0]"
        return
    stems = [{os.path.splitext(name)[0] for name in side} for side in names]
    problems = [
        (name, f"no image of that name in {printable(other.name)}")
        for side, others, other in ((names[0], stems[1], sides[1]), (names[1], stems[0], sides[0]))
        for name in side
        if os.path.splitext(name)[0] not in others
    ]
    if problems:
        raise DataError(f"{some(len(problems))} without a partner.", problems)
