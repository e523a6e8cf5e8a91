"""Sheets of samples: many images as one picture."""

import io
import math

import numpy as np


def image_grid(images, columns=None, border=0):
    """Lays images out in rows, the first one top left.

    Args:
        images: uint8 array [N, H, W, C], N at least 1.
        columns: int, images in a row; default: as square as possible.
        border: int, white pixels between neighbours.

    Returns:
        uint8 array [rows * (H + border) - border, columns * (W + border) - border, C]; cells without an image are
        white.

    Raises:
        ValueError: where `images` has another rank or is empty.

    Example:

    >>> image_grid(np.zeros((5, 8, 8, 3), np.uint8)).shape   # two rows of three, the last cell white
    (16, 24, 3)
    """
    images = np.asarray(images)
    if images.ndim != 4 or not len(images):
        raise ValueError(f"Expected at least one image, [N, H, W, C]. Received: images of shape {images.shape}")
    n, h, w, c = images.shape
    columns = min(columns or math.ceil(math.sqrt(n)), n)
    rows = math.ceil(n / columns)
    cells = np.full((rows * columns, h + border, w + border, c), 255, images.dtype)
    cells[:n, :h, :w] = images
    cells = cells.reshape(rows, columns, h + border, w + border, c)
    grid = cells.transpose(0, 2, 1, 3, 4).reshape(rows * (h + border), columns * (w + border), c)  # [R H, K W, C]
    return grid[: rows * (h + border) - border, : columns * (w + border) - border]


def encode(image, format="PNG"):
    """Encodes one picture.

    Args:
        image: uint8 array [H, W, C]; 1 channel is written as grey, 2 as grey with alpha, 3 as RGB, 4 as RGBA. Of any
            other number the first channel is shown as grey.
        format: str, a format that Pillow writes: "PNG", "JPEG", "WEBP" ...

    Returns:
        bytes of the file.

    Raises:
        ValueError: where Pillow knows no such format.

    Example:

    >>> encode(np.zeros((8, 8, 3), np.uint8))[1:4]
    b'PNG'
    """
    from PIL import Image

    channels = image.shape[-1]
    if channels > 4:
        image, channels = image[..., :1], 1
    picture = Image.fromarray(np.ascontiguousarray(image[..., 0] if channels == 1 else image))
    if format.upper() == "JPEG" and picture.mode in ("LA", "RGBA"):
        picture = picture.convert("L" if picture.mode == "LA" else "RGB")
    stream = io.BytesIO()
    try:
        picture.save(stream, format.upper())
    except KeyError as error:
        raise ValueError(f"Expected an image format that can be written. Received: format={format!r}") from error
    return stream.getvalue()
