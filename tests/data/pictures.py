"""Folders of small pictures for the tests."""

import numpy as np
from PIL import Image


def write_pictures(folder, count=12, size=(40, 60), classes=0, suffix=".png", seed=0, mode="RGB"):
    """Writes `count` random pictures of `size` (height, width); returns the pixels in the order of the paths."""
    rng = np.random.default_rng(seed)
    pictures = []
    for k in range(count):
        name = f"class{k * classes // count}/{k:03d}{suffix}" if classes else f"{k:03d}{suffix}"
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        pixels = rng.integers(0, 256, (*size, 3), "uint8")
        Image.fromarray(pixels).convert(mode).save(folder / name)
        pictures.append(pixels)
    return pictures
