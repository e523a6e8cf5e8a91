"""Checkpoints of a run: whole or absent, checked by their sums, the last few kept.

A checkpoint is a `.keras` file and a manifest beside it, which holds the SHA-256 of the file: a checkpoint counts only
when both are there and agree. Both are written in full under the names of unfinished files before either takes its
place, the `.keras` file first. A process that is killed between the two leaves a file whose manifest is still called
unfinished; that manifest counts too, so there is no moment at which a checkpoint that was written is lost, not even
when it is written anew under the same name.
"""

import contextlib
import dataclasses
import json
import os
import pathlib
import zipfile

from keras_gans.training import files
from keras_gans.training.errors import CheckpointError, NonFiniteError
from keras_gans.training.run_folder import file_name, position_of


@dataclasses.dataclass(frozen=True)
class Checkpoint:
    """One checkpoint that was written.

    Args:
        path: path of the `.keras` file.
        manifest: dict: sha256, bytes, images_seen, retries (returns from non-finite losses so far).

    Example:

    >>> Checkpoint(pathlib.Path("000000000064.keras"), {"images_seen": 64}).images_seen
    64
    """

    path: pathlib.Path
    manifest: dict

    @property
    def images_seen(self):
        """Real images that the discriminator had seen."""
        return self.manifest["images_seen"]

    @property
    def retries(self):
        """How often the run had returned from non-finite losses."""
        return self.manifest.get("retries", 0)

    def damage(self):
        """Says what is wrong with the file, by its size and sum; None where it is whole."""
        if set(self.manifest) <= {"images_seen"}:
            return "has no manifest, or one that cannot be read"
        for name, kind in (("bytes", int), ("sha256", str)):
            if not isinstance(self.manifest.get(name), kind):
                return f"has a manifest without {name!r}, or with another thing in its place"
        if not isinstance(self.retries, int):
            return f"has a manifest with retries={self.retries!r}"
        try:
            size = self.path.stat().st_size
            if size != self.manifest["bytes"]:
                return f"has {size:,} bytes instead of {self.manifest['bytes']:,}"
            if files.sha256(self.path) != self.manifest["sha256"]:
                return "has other content than its checksum says"
        except OSError as error:
            return f"cannot be read ({error.strerror})"
        return None


def save(model, folder, keep=3, retries=0, extra=None):
    """Writes a checkpoint of a model; then removes all others but the newest few.

    Args:
        model: a `keras_gans` GAN: any `keras.Model` with an `images_seen` variable.
        folder: str or path, the folder of checkpoints.
        keep: int, how many to keep, this one included, at least 1.
        retries: int, goes into the manifest.
        extra: dict of JSON values that go into the manifest too, or None.

    Returns:
        `Checkpoint`.

    Raises:
        NonFiniteError: where a weight or an optimizer's variable is not finite; nothing is written then.
        CheckpointError: where the file cannot be written; the checkpoints before it are untouched.
    """
    from keras_gans.models.feeding import count_of  # TensorFlow, which those who only read do without

    folder = pathlib.Path(folder)
    images_seen = count_of(model.images_seen)
    check_finite(model, images_seen)
    path = folder / file_name(images_seen, ".keras")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        settle(folder)
        manifest = _write(model, path, {"images_seen": images_seen}, {"retries": retries, **(extra or {})})
    except OSError as error:
        newest = max((checkpoint.images_seen for checkpoint in written(folder)), default=None)
        rest = "There is none before it" if newest is None else f"The one of image {newest:,} is untouched"
        raise CheckpointError(f"Could not write the checkpoint {path}: {error.strerror or error}. {rest}.") from error
    others = [checkpoint for checkpoint in written(folder) if checkpoint.path != path]  # those of later images too
    for old in others[: max(len(others) - keep + 1, 0)]:
        remove(old)
    return Checkpoint(path, manifest)


def _write(model, path, head, tail):
    partial, pending = path.with_name(files.PARTIAL + path.name), _pending(path)
    try:
        model.save(partial)
        manifest = {**head, "bytes": partial.stat().st_size, "sha256": files.sha256(partial), **tail}
        pending.write_text(json.dumps(manifest, indent=2, allow_nan=False) + "\n")
        files.sync(partial)
        files.sync(pending)
        files.sync(path.parent)
    except BaseException:
        for unfinished in (partial, pending):
            with contextlib.suppress(OSError):
                unfinished.unlink(missing_ok=True)
        raise
    os.replace(partial, path)  # from here to the next line the checkpoint counts by its unfinished manifest
    os.replace(pending, path.with_suffix(".json"))
    files.sync(path.parent)
    return manifest


def settle(folder):
    """Gives manifests that a killed process left unfinished their names, where the file that they are of is in place.

    For the one process that writes in the folder.
    """
    for pending in pathlib.Path(folder).glob(f"{files.PARTIAL}*.json"):
        path = pending.with_name(pending.name.removeprefix(files.PARTIAL)).with_suffix(".keras")
        if position_of(path) is not None and _unfinished(path) is not None:
            os.replace(pending, path.with_suffix(".json"))


def remove(checkpoint):
    """Removes a checkpoint, its manifest first."""
    checkpoint.path.with_suffix(".json").unlink(missing_ok=True)
    checkpoint.path.unlink(missing_ok=True)


def written(folder):
    """The checkpoints of a folder, oldest first; not verified: they may lack their file or their manifest."""
    folder = pathlib.Path(folder)
    paths = {path.with_suffix(".keras") for suffix in (".keras", ".json") for path in folder.glob(f"*{suffix}")}
    found = []
    for path in sorted(path for path in paths if position_of(path) is not None):
        manifest = _unfinished(path) or _read_manifest(path.with_suffix(".json"))
        found.append(Checkpoint(path, {**manifest, "images_seen": position_of(path)}))
    return found


def _pending(path):
    return path.with_name(files.PARTIAL + path.with_suffix(".json").name)


def _unfinished(path):
    """The manifest that a killed process, or one at work, has not named yet; None where it is not the file's."""
    manifest = _read_manifest(_pending(path))
    return manifest if Checkpoint(path, manifest).damage() is None else None


def _read_manifest(path):
    """The dict in a manifest; {} where there is none."""
    try:
        manifest = json.loads(path.read_text())
    except (ValueError, OSError, RecursionError):
        return {}
    return manifest if isinstance(manifest, dict) else {}


def newest(folder, say=print):
    """Finds the newest checkpoint that is whole.

    Args:
        folder: str or path, the folder of checkpoints.
        say: function of one str; told of each newer one that is damaged.

    Returns:
        `Checkpoint`, or None where there is none at all.

    Raises:
        ValueError: where there are checkpoints, and all of them are damaged.
    """
    candidates = written(folder)
    for checkpoint in reversed(candidates):
        damage = checkpoint.damage()
        if damage is None:
            return checkpoint
        say(f"The checkpoint {checkpoint.path} {damage}; falling back to the one before it.")
    if candidates:
        raise ValueError(
            f"Expected at least one whole checkpoint in {folder}; all are damaged. "
            f"Received: {', '.join(checkpoint.path.name for checkpoint in candidates)}"
        )
    return None


def load(checkpoint):
    """Loads the model of a checkpoint, with both optimizers, the average and the counters.

    Args:
        checkpoint: `Checkpoint`, verified (see `newest`).

    Returns:
        The model: a `keras_gans` GAN.

    Raises:
        ValueError: where the file holds another kind of model.
    """
    import keras

    from keras_gans.models.gan import GAN

    try:
        model = keras.models.load_model(checkpoint.path)
    except (ValueError, TypeError, LookupError, AttributeError, OSError, zipfile.BadZipFile) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0].partition(" Full object config")[0]
        raise ValueError(
            f"Expected a checkpoint of this run's model. Received: {checkpoint.path} ({reason})"
        ) from error
    if not isinstance(model, GAN):
        raise ValueError(
            f"Expected a checkpoint of a GAN. Received: {checkpoint.path}, which holds a {type(model).__name__}"
        )
    return model


def check_finite(model, images_seen):
    """Raises `NonFiniteError` naming a variable of the model or its optimizers that is not finite."""
    import numpy as np

    for variable in state(model):
        value = np.asarray(variable)
        if value.dtype.kind in "iub":
            continue
        if not np.isfinite(value.astype("float32", copy=False)).all():
            raise NonFiniteError(f"{variable.path} holds values that are no finite numbers", images_seen)


def state(model):
    """All variables that a checkpoint of the model holds, metrics excepted."""
    optimizers = [getattr(model, name, None) for name in ("optimizer", "g_optimizer", "d_optimizer")]
    found = [*model.variables, *(v for optimizer in optimizers if optimizer is not None for v in optimizer.variables)]
    metrics = {id(variable) for metric in model.metrics for variable in metric.variables}
    return list({id(variable): variable for variable in found if id(variable) not in metrics}.values())
