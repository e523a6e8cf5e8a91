"""Faces brought to one place and size, as CelebA-HQ was made of CelebA.

Karras et al. 2018 (arXiv 1710.10196), App. C; the steps and numbers are those of `dataset_tool.py` (create_celebahq) of
tkarras/progressive_growing_of_gans: a square around eyes and mouth, the surroundings mirrored, blurred and faded
outwards, the square sampled at 4096 px and reduced to 1024.

Deviations: positions are float64, not float32. Enlargement by Lanczos stands in for the paper's networks against JPEG
artefacts and for super-resolution, as in the official code; what those networks added is in NVIDIA's delta files, which
only fit the images of Pillow 3.1.1 with libjpeg 8d, bit for bit, and are not read.
"""

import math

import numpy as np
from PIL import Image
from scipy import ndimage

from keras_gans.data.geometry import halve, resize

SIDE = 1024
"""Of the aligned image, which the margins and the blur below refer to; lower resolutions are its 2x2 means."""
OVERSAMPLED = 4096


def face_square(landmarks):
    """The oriented square around eyes and mouth.

    x = e - rot90(m), with e from eye to eye and m from the eyes to the mouth; |x| = max(2 |e|, 1.8 |m|).

    Args:
        landmarks: float array [5, 2]: (x, y) of left eye, right eye, nose, left and right corner of the mouth; a
            whole number is the upper left corner of its pixel's square.

    Returns:
        (corners float64 [4, 2] in the order upper left, lower left, lower right, upper right; half of the side).

    Raises:
        ValueError: If the landmarks say no direction.

    Example:

    >>> corners, half = face_square([[40, 50], [60, 50], [50, 60], [42, 70], [58, 70]])
    >>> corners.tolist(), half
    ([[10.5, 12.5], [10.5, 92.5], [90.5, 92.5], [90.5, 12.5]], 40.0)
    """
    points = np.asarray(landmarks, np.float64)
    if points.shape != (5, 2) or not np.isfinite(points).all():
        raise ValueError(f"Expected five points (x, y). Received: landmarks={np.asarray(landmarks).tolist()}")
    left_eye, right_eye, _, left_mouth, right_mouth = points
    eyes, mouth = (left_eye + right_eye) / 2 + 0.5, (left_mouth + right_mouth) / 2 + 0.5
    across, down = right_eye - left_eye, mouth - eyes
    x = across - _quarter_turn(down)
    length = math.hypot(*x)
    half = max(2.0 * math.hypot(*across), 1.8 * math.hypot(*down))
    if length < 1e-6 or half < 1:
        raise ValueError("Eyes and mouth lie in one point, or the face is upside down between them")
    x *= half / length
    y = _quarter_turn(x)
    center = eyes + 0.1 * down
    return np.stack([center - x - y, center - x + y, center + x + y, center + x - y]), half


def align(image, landmarks, resolution=SIDE, oversampled=OVERSAMPLED):
    """The aligned face.

    Args:
        image: uint8 array [H, W, 3].
        landmarks: see `face_square`.
        resolution: side of the result, `SIDE` halved any number of times.
        oversampled: side of the square that is sampled before it is reduced.

    Returns:
        uint8 array [resolution, resolution, 3].

    Raises:
        ValueError: If the landmarks say no direction, or lie outside of the image.
    """
    corners, half = face_square(landmarks)
    height, width = image.shape[:2]
    center = corners.mean(axis=0)
    if not (0 <= center[0] <= width and 0 <= center[1] <= height):
        raise ValueError(f"its landmarks lie outside of its {width} x {height} pixels: they are of another image")
    zoom = SIDE / (2 * half)

    shrink = math.floor(0.5 / zoom)
    if shrink > 1:
        image = resize(image, round(height / shrink), round(width / shrink))
        corners, zoom = corners / shrink, zoom * shrink

    border = max(round(0.1 * SIDE / zoom), 3)
    height, width = image.shape[:2]
    left, top, right, bottom = _bounds(corners)
    left, top = max(left - border, 0), max(top - border, 0)
    image = image[top : min(bottom + border, height), left : min(right + border, width)]
    corners = corners - [left, top]

    enlarge = 2 ** math.ceil(math.log2(zoom))
    if enlarge > 1:
        image = resize(image, image.shape[0] * enlarge, image.shape[1] * enlarge)
        corners, zoom = corners * enlarge, zoom / enlarge

    left, top, right, bottom = _bounds(corners)
    height, width = image.shape[:2]
    pads = [max(pad + border, 0) for pad in (-left, -top, right - width, bottom - height)]
    if max(pads) > border - 4:
        pads = [max(pad, round(0.3 * SIDE / zoom)) for pad in pads]
        image = surrounded(image, pads, blur=0.02 * SIDE / zoom)
        corners = corners + pads[:2]

    size = (oversampled, oversampled)
    face = Image.fromarray(np.ascontiguousarray(image)).transform(
        size, Image.Transform.QUAD, (corners + 0.5).ravel().tolist(), Image.Resampling.BILINEAR
    )
    face = np.asarray(face.resize((SIDE, SIDE), Image.Resampling.LANCZOS))
    return halve(face, int(math.log2(SIDE // resolution)))


def surrounded(image, pads, blur):
    """The image mirrored at its borders, blurred and faded to its median towards the new borders.

    With d the distance to the new borders as a share of the padding: blurred by the weight clip(4 - 3 d, 0, 1), then
    faded to the median by clip(1 - d, 0, 1).

    Args:
        image: uint8 array [H, W, 3].
        pads: pixels on the left, on top, on the right, at the bottom; positive.
        blur: standard deviation of the Gaussian, pixels.

    Returns:
        uint8 array [H + top + bottom, W + left + right, 3].
    """
    left, top, right, bottom = pads
    image = np.pad(image, [(top, bottom), (left, right), (0, 0)], "reflect")
    height, width = image.shape[:2]
    column, row = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)
    across = np.minimum(column / left, (width - 1 - column) / right)
    along = np.minimum(row / top, (height - 1 - row) / bottom)
    outside = 1.0 - np.minimum(along[:, None], across)  # [H W]
    blurred, faded = np.clip(3 * outside + 1, 0, 1), np.clip(outside, 0, 1)
    result = np.empty_like(image)
    for channel in range(3):  # one after another: they are large
        plane = image[:, :, channel].astype(np.float32)
        plane += (ndimage.gaussian_filter(plane, blur) - plane) * blurred
        plane += (np.median(plane) - plane) * faded
        result[:, :, channel] = np.clip(np.rint(plane), 0, 255)
    return result


def _quarter_turn(vector):
    return np.array([-vector[1], vector[0]])


def _bounds(corners):
    """(left, top, right, bottom), whole numbers around the corners."""
    return (*map(int, np.floor(corners.min(axis=0))), *map(int, np.ceil(corners.max(axis=0))))
