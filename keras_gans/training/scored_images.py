"""What is scored: samples of a run or of a SavedModel, or pictures; and the real images beside them.

Here models become batches of pixels, which is all that `keras_gans.metrics` takes.
"""

import contextlib
import dataclasses
import hashlib
import os
import pathlib
import warnings

import numpy as np
import tqdm

from keras_gans import data, pixels
from keras_gans.training import checkpoints, runs, settings
from keras_gans.training.run_folder import RunFolder

BATCH = 64
DEFAULT_COUNT = 10_000  # samples of a generator, where no protocol wants a number


@dataclasses.dataclass
class Images:
    """One of the two sides of a score.

    Args:
        batches: what `keras_gans.metrics.evaluate_images` takes.
        count: int, how many images there are.
        shape: (H, W, C).
        facts: dict of JSON values: what these images are.
        run: `RunFolder` that they come from, or None.

    Example:

    >>> Images(batches=[], count=0, shape=(4, 4, 3), facts={}).run is None
    True
    """

    batches: object
    count: int
    shape: tuple
    facts: dict
    run: RunFolder | None = None


class Samples:
    """The images of `model.generate(count, seed)`, batch by batch.

    Args:
        model: GAN that makes images of latents.
        count: int.
        seed: int.

    Raises:
        ValueError: where the model makes images of something else.

    Example:

    >>> import keras_gans
    >>> gan = keras_gans.DCGAN(resolution=16, generator_filters=4, discriminator_filters=4, latent_dim=4)
    >>> [batch.shape for batch in Samples(gan, 70)]
    [(64, 16, 16, 3), (6, 16, 16, 3)]
    """

    def __init__(self, model, count, seed=0):
        if not model.latent_dim:
            raise ValueError(
                f"Expected a model that makes images of latents. Received: a {type(model).__name__}; write what it "
                "makes of images to a folder and score that"
            )
        self.model, self.count, self.seed = model, count, seed

    def __len__(self):
        return self.count

    def __iter__(self):
        latents = np.asarray(self.model.sample_latents(self.count, self.seed))
        labels = np.asarray(self.model.sample_labels(self.count, self.seed)) if self.model.num_classes else None
        for start in range(0, self.count, BATCH):
            part = slice(start, start + BATCH)
            yield self.model.generate_from(latents[part], None if labels is None else labels[part])


class SavedSamples:
    """Images of a SavedModel's `sample` signature, in requests of at most 64, each with a seed of its own.

    The first 64 are those of the model that was exported; further ones are others.

    Args:
        path: path of the folder that holds saved_model.pb.
        count: int.
        seed: int.

    Raises:
        ValueError: where it cannot be read or has no such signature.
    """

    def __init__(self, path, count, seed=0):
        import tensorflow as tf

        self.count, self.seed = count, seed
        try:
            self._model = tf.saved_model.load(str(path))
        except Exception as error:  # TensorFlow has no one error for what may be wrong in there
            reason = str(error).strip().splitlines()[0][:200]
            raise ValueError(f"Expected a whole SavedModel. Received: {path} ({reason})") from error
        signatures = self._model.signatures
        if "sample" not in signatures:
            raise ValueError(
                "Expected a SavedModel with the signature `sample`, as `keras-gans export` writes it. "
                f"Received: {path} with {', '.join(signatures) or 'none'}"
            )
        self._sample = signatures["sample"]
        self._inputs = self._sample.structured_input_signature[1]
        self.shape = tuple(self._sample.structured_outputs["images"].shape[1:])

    def __len__(self):
        return self.count

    def __iter__(self):
        import tensorflow as tf

        for number, start in enumerate(range(0, self.count, BATCH)):
            digest = hashlib.sha256(f"{self.seed}/{number}".encode()).digest()
            seed = int.from_bytes(digest[:4], "big") >> 1 if number else self.seed
            inputs = {"count": tf.constant(min(BATCH, self.count - start)), "seed": tf.constant(seed, tf.int64)}
            if "label" in self._inputs:
                inputs["label"] = tf.constant(-1)  # drawn
            yield self._sample(**inputs)["images"].numpy()


def open_fakes(path, count=None, seed=0, resolution=None, best=False, say=print, usual_count=DEFAULT_COUNT):
    """Opens what is to be scored.

    Args:
        path: str: folder of a run (its averaged generator at the newest whole checkpoint), folder of a SavedModel or of
            its versions (the newest), or what `keras_gans.data.load` takes.
        count: int, images to generate, or the first so many pictures; None: `usual_count`, or all pictures.
        seed: int, of generated images.
        resolution: int, side that pictures are brought to; None as they are. Generators make their own.
        best: bool, whether a run's best checkpoint is meant instead of its newest.
        say: function of one str, told what is odd.
        usual_count: int, images to generate where no count is given.

    Returns:
        `Images`.

    Raises:
        ValueError: where nothing of the kind can be opened.
    """
    path = pathlib.Path(path)
    if (path / "config.json").is_file():
        run, model, checkpoint = runs.load_run(path, say) if not best else load_best(path, say)
        samples = Samples(model, count or usual_count, seed)
        facts = {
            "kind": "run",
            "path": os.path.abspath(path),
            "images_seen": checkpoint.images_seen,
            "sha256": checkpoint.manifest.get("sha256"),
            "seed": seed,
        }
        return Images(samples, samples.count, model.image_shape, facts, run)
    if best:
        raise ValueError(f"Expected the folder of a run, which may have a best checkpoint. Received: {path}")
    if (saved := saved_model_folder(path)) is not None:
        samples = SavedSamples(saved, count or usual_count, seed)
        facts = {"kind": "saved_model", "path": os.path.abspath(saved), "seed": seed}
        return Images(samples, samples.count, samples.shape, facts)
    return open_pictures(os.fspath(path), resolution, count=count, say=say)


def open_reals(source, fakes, resolution=None, say=print):
    """Opens the real images.

    Args:
        source: str, what `keras_gans.data.load` takes; None for the data of the run that is scored.
        fakes: `Images` of the other side: where they come from a generator, real images are brought to their size.
        resolution: int, see `open_fakes`.
        say: function of one str, told what is odd.

    Returns:
        `Images`.

    Raises:
        ValueError: where they cannot be opened, or are not given and there is no run.
    """
    height, width, channels = fakes.shape
    reading = {}
    if fakes.facts["kind"] != "pictures":
        resolution = height if height == width else (height, width)
    if source is None:
        if fakes.run is None:
            raise ValueError("Expected --real, the real images to compare with. Received: no --real, and no run")
        stored = fakes.run.config.get("data", {})
        source = stored.get("source")
        if source is None:  # imported, and never trained
            raise ValueError(f"Expected --real: {fakes.run} has no data of its own yet. Received: no --real")
        reading = {name: stored[name] for name in settings.DATA if name in stored and name != "mirror"}
    return open_pictures(source, resolution, channels, say=say, **reading)


def open_pictures(source, resolution=None, channels=None, count=None, say=print, **reading):
    """Opens images that are there: `Images` of what `keras_gans.data.load` takes; the arguments are its own."""
    images = _load(source, say, resolution=resolution, channels=channels, labels=False, **reading)
    if channels is None and images.image_shape[-1] in (2, 4):  # no network takes alpha: flattened on white
        channels = images.image_shape[-1] - 1
        images = _load(source, say, resolution=resolution, channels=channels, labels=False, **reading)
    images, count = images.unlabelled(), len(images) if count is None else count
    if count > len(images):
        raise ValueError(f"Expected at least {count:,} images. Received: {source} with {len(images):,}")
    facts = {"kind": "pictures", "path": images.name, "fingerprint": images.fingerprint}
    return Images(Pictures(images, count), count, images.image_shape, facts)


def _load(source, say, **arguments):
    """`keras_gans.data.load` with a bar where it takes long, and its warnings told to `say`."""
    bar = tqdm.tqdm(desc="Checking images", unit=" images", delay=1, leave=False, disable=None)

    def progress(done, total):
        bar.total = total
        bar.update(done - bar.n)

    with bar, warnings.catch_warnings(record=True) as odd:
        warnings.simplefilter("always")
        images = data.load(source, progress=progress, **arguments)
    for warning in odd:
        say(f"Warning: {warning.message}")
    return images


class Pictures:
    """The first images of an `ImageData` in order, in pixels; float ones are converted.

    Args:
        images: `ImageData`.
        count: int.

    Example:

    >>> [batch.dtype.name for batch in Pictures(data.load(np.zeros((3, 4, 4, 3), "float32")), 2)]
    ['uint8']
    """

    def __init__(self, images, count):
        self.images, self.count = images, count
        if count == len(images):
            self.fingerprint = images.fingerprint

    def __len__(self):
        return self.count

    def __iter__(self):
        for start in range(0, self.count, BATCH):
            batch = self.images.read(np.arange(start, min(start + BATCH, self.count)))
            yield pixels.to_pixels(batch).numpy() if batch.dtype == np.float32 else batch


def saved_model_folder(path):
    """The folder with saved_model.pb: `path` itself, or its newest version; None where there is none."""
    path = pathlib.Path(path)
    with contextlib.suppress(OSError):
        versions = [entry for entry in path.iterdir() if entry.name.isascii() and entry.name.isdigit()]
        for folder in (path, *sorted(versions, key=lambda entry: -int(entry.name))):
            if (folder / "saved_model.pb").is_file():
                return folder
    return None


def load_best(path, say=print):
    """Opens a run and loads its best checkpoint; arguments, results and errors are those of `runs.load_run`."""
    run = RunFolder.open(path)
    checkpoint = checkpoints.newest(run.best, say)
    if checkpoint is None:
        raise ValueError(
            f"Expected a run that was trained with --metrics. Received: {run}, which has no best checkpoint"
        )
    return run, runs.load_checkpoint(run, checkpoint), checkpoint
