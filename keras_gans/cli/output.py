"""Samples: made by a model, written as a sheet, as arrays, as a folder of pictures or as a film."""

import io

import numpy as np
import tqdm

from keras_gans import analysis
from keras_gans.cli.sample import PICTURES
from keras_gans.cli.walk import default_grid, default_zoom
from keras_gans.training import files, grids
from keras_gans.training.callbacks import sample_grid
from keras_gans.training.run_folder import writing


def make(model, seed, seeds=None, count=None, label=None, averaged=True):
    """Makes samples.

    Args:
        model: GAN.
        seed: int, seed of all images together, where `seeds` is None.
        seeds: list of int or None: each stands for `count` images of its own (default: 1).
        count: int or None; without `seeds` the default fills a sheet of about 512 pixels.
        label: int or None, the class of all images; None draws classes.
        averaged: bool, whether the averaged generator makes them.

    Returns:
        (images uint8 [N, H, W, C], seeds int64 [N], labels int32 [N] or None).
    """
    if seeds is None:
        seeds, count = [seed], count or sample_grid.default_count(model.image_shape)
    count = count or 1
    latents = np.concatenate([np.asarray(model.sample_latents(count, each)) for each in seeds])
    labels = None
    if model.num_classes and label is not None:
        labels = np.full(len(latents), label, "int32")
    elif model.num_classes:
        labels = np.concatenate([np.asarray(model.sample_labels(count, each)) for each in seeds])
    images = model.generate_from(latents, labels=labels, averaged=averaged)
    return images, np.repeat(np.asarray(seeds, "int64"), count), labels


def write(path, images, seeds, labels=None):
    """Writes samples as the name asks for, see `keras_gans.cli.sample`.

    Args:
        path: `pathlib.Path`.
        images: uint8 [N, H, W, C].
        seeds: int64 [N].
        labels: int32 [N] or None.

    Raises:
        ValueError: where the place cannot be written to.
    """
    ending = path.suffix.lower()
    with writing(path):
        if ending in PICTURES and not path.is_dir():
            path.parent.mkdir(parents=True, exist_ok=True)
            files.write_bytes(path, grids.encode(grids.image_grid(images), PICTURES[ending]))
        elif ending in (".npz", ".npy") and not path.is_dir():
            path.parent.mkdir(parents=True, exist_ok=True)
            stream = io.BytesIO()
            if ending == ".npy":
                np.save(stream, images)
            else:
                np.savez_compressed(
                    stream, images=images, seeds=seeds, **({} if labels is None else {"labels": labels})
                )
            files.write_bytes(path, stream.getvalue())
        else:
            path.mkdir(parents=True, exist_ok=True)
            number = dict.fromkeys(seeds.tolist(), 0)
            for image, seed in zip(images, seeds.tolist()):
                files.write_bytes(path / f"seed{seed:06d}-{number[seed]:04d}.png", grids.encode(image))
                number[seed] += 1


def walk(model, path, seconds, fps, grid, smoothing, seed, label=None, zoom=None, averaged=True):
    """Makes a film of a walk and writes it, see `keras_gans.cli.walk`.

    Args:
        model: GAN that makes images of latents.
        path: `pathlib.Path` of the film.
        seconds: float, its length.
        fps: float, frames a second.
        grid: (columns, rows) or None.
        smoothing: float, σ in seconds.
        seed: int.
        label: int or None, the class of all images; None: a class a row.
        zoom: int or None.
        averaged: bool, whether the averaged generator makes the images.

    Returns:
        int, the number of frames.

    Raises:
        ValueError: where the model makes images of something else than latents, or the film cannot be written.
    """
    if not model.latent_dim:
        raise ValueError(
            f"Expected a run of a model that makes images of latents. Received: a {type(model).__name__}, which "
            "`keras-gans translate` is for"
        )
    columns, rows = grid or default_grid(model.image_shape)
    height, width = model.image_shape[:2]
    zoom = zoom or default_zoom(rows * height, columns * width)
    labels = None
    if model.num_classes:
        labels = [row % model.num_classes if label is None else label for row in range(rows) for _ in range(columns)]
    count = max(round(seconds * fps), 1)
    latents = analysis.latent_walk(
        count, columns * rows, model.latent_dim, smoothing * fps, seed, model.latent_distribution
    )
    frames = analysis.walk_frames(model, latents, labels, columns, zoom, averaged)
    with tqdm.tqdm(frames, "Walking", count, unit=" frames", delay=1, leave=False, disable=None) as shown:
        analysis.write_film(path, shown, count, fps)
    return count


def class_number(text, num_classes, names=None):
    """The number of a class that somebody gave by number or name.

    Args:
        text: str.
        num_classes: int, 0 for a model without classes.
        names: list of str or None.

    Returns:
        int in [0, num_classes).

    Raises:
        ValueError: where there is no such class.

    Example:

    >>> class_number("cat", 2, ["cat", "dog"])
    0
    """
    if not num_classes:
        raise ValueError(f"Expected a run of a conditional model. Received: class={text!r} for one without classes")
    if names and text in names:
        return names.index(text)
    if text.isascii() and text.isdigit() and int(text) < num_classes:
        return int(text)
    raise ValueError(
        f"Expected a number below {num_classes}"
        + (f" or one of {', '.join(names)}" if names else "")
        + f". Received: class={text!r}"
    )
