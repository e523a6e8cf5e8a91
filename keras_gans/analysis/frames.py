"""The pictures of a walk: a sheet of images a moment, made in passes of bounded size."""

import numpy as np

from keras_gans.models.sampling import PIXELS_A_PASS
from keras_gans.training import grids


def walk_frames(model, walk, labels=None, columns=None, zoom=1, averaged=True):
    """Makes the frames of a walk, one after the other.

    Args:
        model: GAN that makes images of latents.
        walk: float array [frames, count, latent_dim], such as `latent_walk` makes.
        labels: int, or integers [count], one a place of the sheet; needed when the model has classes.
        columns: int, images in a row of the sheet; default: as square as possible.
        zoom: int, each pixel becomes a square of so many.
        averaged: whether the averaged generator makes them.

    Yields:
        uint8 array [H, W, C], a sheet of `count` images, for each frame. Only a pass of them is in memory at a time.

    Raises:
        ValueError: where the walk does not fit the model.

    Example:

    >>> import keras_gans
    >>> from keras_gans.analysis import latent_walk
    >>> model = keras_gans.DCGAN(resolution=16, latent_dim=4, generator_filters=4, discriminator_filters=4)
    >>> frames = walk_frames(model, latent_walk(5, 2, 4, sigma=1.0), zoom=2)
    >>> [frame.shape for frame in frames] == [(32, 64, 3)] * 5
    True
    """
    walk = np.asarray(walk, np.float32)
    if walk.ndim != 3 or walk.shape[2] != model.latent_dim or not model.latent_dim:
        raise ValueError(
            f"Expected a walk of shape [frames, count, {model.latent_dim}] for a model that makes images of latents. "
            f"Received: shape {list(walk.shape)} for a {type(model).__name__}"
        )
    if int(zoom) != zoom or zoom < 1:
        raise ValueError(f"Expected a whole number of at least 1. Received: zoom={zoom!r}")
    count = walk.shape[1]
    if labels is not None:
        labels = np.broadcast_to(np.asarray(labels), (count,))
    height, width, _ = model.image_shape
    moments = max(PIXELS_A_PASS // (height * width * count), 1)
    for start in range(0, len(walk), moments):
        latents = walk[start : start + moments]  # [t N D]
        images = model.generate_from(
            latents.reshape(-1, latents.shape[2]),
            None if labels is None else np.tile(labels, len(latents)),
            averaged=averaged,
        )
        for sheet in images.reshape(len(latents), count, *images.shape[1:]):
            yield grids.image_grid(sheet, columns).repeat(int(zoom), 0).repeat(int(zoom), 1)
