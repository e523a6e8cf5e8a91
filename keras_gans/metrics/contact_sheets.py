"""Contact sheets: images beside their nearest neighbours, to see whether a model copies its training set."""

import numpy as np

from keras_gans.metrics.checks import check_count, check_images
from keras_gans.metrics.neighbors import nearest_neighbors

LARGEST = 64  # pixels high and wide, at which images are compared


def neighbor_sheets(fake_images, real_images, fake_features=None, real_features=None, num_rows=16, k=5):
    """Sheets of images with their nearest neighbours, both ways, in pixel and in feature space.

    Each row holds a query, a gap, and its k nearest images of the other set, nearest first. A model that copies shows
    equal pictures in "fake_to_real"; real images that no sample is near to show in "real_to_fake".

    Args:
        fake_images: uint8 array [M H W C].
        real_images: uint8 array [N H W C], of the same height, width and channels.
        fake_features: array [M D], or None to leave feature space out.
        real_features: array [N D].
        num_rows: int, queries: the first ones of each set.
        k: int, neighbours.

    Returns:
        dict of uint8 arrays [rows·H + gaps, columns·W + gaps, C]: "pixels_fake_to_real", "pixels_real_to_fake", and
        with features "features_fake_to_real" and "features_real_to_fake".

    Raises:
        ValueError: If the images or features are not such.

    Example:

    >>> images = np.random.default_rng(0).integers(0, 256, (8, 16, 16, 3), "uint8")
    >>> sheets = neighbor_sheets(images[:4], images, num_rows=2, k=3)
    >>> sorted(sheets), sheets["pixels_fake_to_real"].shape
    (['pixels_fake_to_real', 'pixels_real_to_fake'], (34, 72, 3))
    """
    num_rows, k = check_count(num_rows, "num_rows"), check_count(k, "k")
    fake, real = check_images(fake_images, "fake_images"), check_images(real_images, "real_images")
    if fake.shape[1:] != real.shape[1:]:
        raise ValueError(
            "fake_images and real_images must have one height, width and channel count. "
            f"Received: shapes {fake.shape} and {real.shape}"
        )
    spaces = {"pixels": (pixel_rows(fake), pixel_rows(real))}
    if (fake_features is None) != (real_features is None):
        raise ValueError("Give the features of both sets, or of neither. Received: those of one")
    if fake_features is not None:
        spaces["features"] = (np.asarray(fake_features), np.asarray(real_features))
        if len(spaces["features"][0]) != len(fake) or len(spaces["features"][1]) != len(real):
            raise ValueError("There must be one feature vector for each image.")
    sheets = {}
    for space, (fake_rows, real_rows) in spaces.items():
        for direction, queries, query_rows, gallery, gallery_rows in (
            ("fake_to_real", fake, fake_rows, real, real_rows),
            ("real_to_fake", real, real_rows, fake, fake_rows),
        ):
            found = nearest_neighbors(query_rows[:num_rows], gallery_rows, min(k, len(gallery)))
            sheets[f"{space}_{direction}"] = contact_sheet(queries[:num_rows], gallery, found.indices)
    return sheets


def contact_sheet(queries, gallery, indices, gap=2):
    """One picture: a row per query, then the images of the gallery at `indices`.

    Args:
        queries: uint8 array [R H W C].
        gallery: uint8 array [G H W C].
        indices: int array [R K].
        gap: int, white pixels between rows, and four times as many behind the query.

    Returns:
        uint8 array [R·H + (R-1)·gap, (1+K)·W + 4·gap, C].

    >>> contact_sheet(np.zeros((2, 4, 4, 1), "uint8"), np.zeros((3, 4, 4, 1), "uint8"), np.zeros((2, 3), int)).shape
    (10, 24, 1)
    """
    rows, height, width, channels = queries.shape
    k = indices.shape[1]
    sheet = np.full((rows * (height + gap) - gap, (1 + k) * width + 4 * gap, channels), 255, np.uint8)
    for row in range(rows):
        band = sheet[row * (height + gap) : row * (height + gap) + height]
        band[:, :width] = queries[row]
        band[:, width + 4 * gap :] = np.concatenate(list(gallery[indices[row]]), axis=1)
    return sheet


def pixel_rows(images):
    """Images as rows of numbers [N D]: themselves, or block means in float32 where they are larger than 64 pixels.

    >>> pixel_rows(np.full((2, 128, 128, 3), 9, "uint8")).shape
    (2, 12288)
    """
    factor = max(1, -(-max(images.shape[1:3]) // LARGEST))
    if factor == 1:
        return images.reshape(len(images), -1)
    n, height, width, channels = images.shape
    images = images[:, : height - height % factor, : width - width % factor]
    blocks = (n, height // factor, factor, width // factor, factor, channels)
    return np.stack([image.reshape(blocks[1:]).mean(axis=(1, 3), dtype=np.float32).ravel() for image in images])
