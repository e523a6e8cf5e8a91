"""Translation of large images in tiles that do not show.

Three things would make tiles visible: each normalising by its own statistics, each having its own noise, and hard
borders. So (1) one pass over the whole image, reduced to at most `STATISTICS_PIXELS`, records the mean and variance of
every normalisation, and all tiles use those; (2) all tiles have the noise of the one image; (3) tiles overlap, and are
blended with weights that fall off towards their borders (a raised cosine, whose shifts by the stride add up to a
constant). Memory is bounded by one tile, the reduced image, and a band of the output of a tile's height.
"""

import numpy as np
import tensorflow as tf

from keras_gans import pixels
from keras_gans.layers import feature_statistics
from keras_gans.models.pix2pix.sizes import padded

STATISTICS_PIXELS = 2**20


def translate(model, image, seed, index, use_noise, tile, overlap, pad, dtype):
    """Translates one image in tiles; the arguments are those of `Pix2Pix.translate`.

    Args:
        model: `Pix2Pix`.
        image: array [H, W, C].
        seed: integer.
        index: integer, number of the image.
        use_noise: whether dropout is on.
        tile: side of the tiles, a multiple of what the generator needs.
        overlap: pixels that neighbours share; None: a quarter of a tile.
        pad: whether the image is continued where its sides are no multiples.
        dtype: of the result.

    Returns:
        Array [H, W, C'] of `dtype`.

    Raises:
        ValueError: If the tiles do not fit the generator or each other.
    """
    multiple = model.generator.multiple_of
    overlap = checked_overlap(model, tile, overlap)
    with padded(image, multiple, pad, f"image {index}"):
        pass  # refuses what it would refuse without tiles
    height, width = image.shape[:2]
    tops, lefts = (places(side, tile, overlap) for side in (height, width))
    recorded = record(model, image, seed, index, use_noise)
    run = _compiled(model, use_noise, len(recorded))
    weight = window(tile, overlap)
    window_2d = (weight[:, None] * weight[None, :])[:, :, None].astype(np.float32)  # [T T 1]

    result = np.empty([height, width, model.output_channels], dtype)
    band = np.zeros([tile, width + tile, model.output_channels], np.float32)  # sums of rows that are not finished
    total = np.zeros([tile, width + tile, 1], np.float32)
    done = 0
    for k, top in enumerate(tops):
        rows = reflected(top, tile, height)
        for left in lefts:
            columns = reflected(left, tile, width)
            part = pixels.to_float(image[rows[:, None], columns][None])
            made = run(part, tf.constant(seed, tf.int64), tf.constant(index, tf.int64), recorded)[0].numpy()
            band[:, left : left + tile] += made * window_2d
            total[:, left : left + tile] += window_2d
        finished = min(height, tops[k + 1] if k + 1 < len(tops) else height) - done
        values = band[:finished, :width] / np.maximum(total[:finished, :width], 1e-12)
        result[done : done + finished] = pixels.to_pixels(values, dtype).numpy()
        for sums in (band, total):
            sums[: tile - finished] = sums[finished:].copy()
            sums[tile - finished :] = 0
        done += finished
    return result


def checked_overlap(model, tile, overlap):
    """The pixels that neighbouring tiles share, where tiles and they can be.

    Args:
        model: `Pix2Pix`.
        tile: side of the tiles.
        overlap: pixels, or None for a quarter of a tile.

    Raises:
        ValueError: If the tiles do not fit the generator or each other.
    """
    multiple = model.generator.multiple_of
    if isinstance(tile, bool) or not isinstance(tile, (int, np.integer)) or tile < 1 or tile % multiple:
        raise ValueError(f"tile must be a multiple of {multiple}. Received: tile={tile!r}")
    overlap = default_overlap(tile) if overlap is None else overlap
    if isinstance(overlap, bool) or not isinstance(overlap, (int, np.integer)) or not 0 <= overlap <= tile // 2:
        raise ValueError(f"overlap must be from 0 to half a tile, {tile // 2}. Received: overlap={overlap!r}")
    return overlap


def default_overlap(tile):
    """Pixels that neighbouring tiles share where nobody says otherwise: `default_overlap(256)` is 64."""
    return tile // 4


def places(side, tile, overlap):
    """Where tiles start along a side: every `tile - overlap` pixels until all is covered; the last may reach beyond.

    Args:
        side: pixels of the image.
        tile: pixels of a tile.
        overlap: pixels that neighbours share.

    Example:

    >>> places(20, tile=8, overlap=4)
    [0, 4, 8, 12]
    """
    stride = tile - overlap
    return [k * stride for k in range(max(1, -(-(side - tile) // stride) + 1))]


def window(tile, overlap):
    """Weights along a tile: 1 in the middle, sin² ramps where it overlaps with its neighbours, never 0.

    Args:
        tile: pixels of a tile.
        overlap: pixels of each ramp.

    Example:

    >>> w = window(8, 4)
    >>> bool(np.allclose(w[4:] + w[:4], 1.0))
    True
    """
    ramp = np.sin(0.5 * np.pi * (np.arange(overlap) + 0.5) / max(overlap, 1)) ** 2
    return np.concatenate([ramp, np.ones(tile - 2 * overlap), ramp[::-1]])


def reflected(start, count, size):
    """Indices start, ..., start + count - 1 of an axis that is continued by reflection: integers in [0, size).

    Args:
        start: first index.
        count: how many.
        size: length of the axis.

    Example:

    >>> reflected(1, 4, 3).tolist()
    [1, 2, 2, 1]
    """
    indices = np.arange(start, start + count) % (2 * size)
    return np.where(indices < size, indices, 2 * size - 1 - indices)


def record(model, image, seed, index, use_noise):
    """Runs the generator on the whole image, reduced if it is large, and records its normalisation statistics.

    Args:
        model: `Pix2Pix`.
        image: array [H, W, C].
        seed: integer.
        index: integer.
        use_noise: whether dropout is on.

    Returns:
        List of (mean, variance), float32 [1, 1, 1, C] each, one for each normalisation.
    """
    multiple = model.generator.multiple_of
    height, width = image.shape[:2]
    scale = min(1.0, (STATISTICS_PIXELS / (height * width)) ** 0.5)
    sides = [max(multiple, round(side * scale / multiple) * multiple) for side in (height, width)]
    if scale == 1.0:
        whole = pixels.to_float(image[reflected(0, sides[0], height)[:, None], reflected(0, sides[1], width)][None])
    else:
        whole = _reduced(image, sides)[None]
    passes = model.__dict__.setdefault("_recording_passes", {})
    if use_noise not in passes:

        def recorded(inputs, seed, index):
            with feature_statistics.scope(feature_statistics.Recording()) as statistics:
                model.translate_images(inputs, seed, index, use_noise)
            return [tuple(pair) for pair in statistics.recorded]

        passes[use_noise] = tf.function(recorded, reduce_retracing=True)
    return passes[use_noise](whole, tf.constant(seed, tf.int64), tf.constant(index, tf.int64))


def _reduced(image, sides):
    """The image as float32 in [-1, 1] of the given size, by area means, read in strips so that little is in memory."""
    height = image.shape[0]
    strips, edges = [], np.linspace(0, sides[0], max(1, height // 512) + 1).round().astype(int)
    for first, last in zip(edges[:-1], edges[1:]):
        rows = slice(first * height // sides[0], max(-(-last * height // sides[0]), first * height // sides[0] + 1))
        strip = pixels.to_float(image[rows])[None]
        strips.append(tf.image.resize(strip, [last - first, sides[1]], "area")[0])
    return tf.concat(strips, 0)


def _compiled(model, use_noise, count):
    passes = model.__dict__.setdefault("_tile_passes", {})
    if (use_noise, count) not in passes:

        def run(inputs, seed, index, recorded):
            with feature_statistics.scope(feature_statistics.Replaying(recorded)):
                return model.translate_images(inputs, seed, index, use_noise)

        passes[use_noise, count] = tf.function(run, reduce_retracing=True)
    return passes[use_noise, count]
