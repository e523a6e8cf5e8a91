"""Colourisation as pix2pix poses it: from the lightness of CIE Lab to its two colours.

Inputs are L / 50 - 1, targets (a, b) / 110, as in the Torch code.
"""

import numpy as np

from keras_gans.data.color import lab_to_rgb, rgb_to_lab

AB_SCALE = 110.0


def colour_pairs(images):
    """Lightness and colours, for `load_pairs((inputs, targets))` and a model of 1 -> 2 channels.

    Args:
        images: uint8 array [N, H, W, 3].

    Returns:
        (inputs float32 [N, H, W, 1], targets float32 [N, H, W, 2]), both in [-1, 1].

    Raises:
        ValueError: If the images are no such array.
    """
    images = np.asarray(images)
    if images.ndim != 4 or images.shape[-1] != 3 or images.dtype != np.uint8:
        raise ValueError(f"Expected uint8 [N, H, W, 3]. Received: {images.dtype} of shape {list(images.shape)}")
    lab = rgb_to_lab(images)
    inputs, targets = lab[..., :1] / 50 - 1, lab[..., 1:] / AB_SCALE
    return inputs.clip(-1, 1).astype(np.float32), targets.clip(-1, 1).astype(np.float32)


def coloured(inputs, outputs):
    """The colour images of lightness and translated colours: the inverse of `colour_pairs`.

    Args:
        inputs: float array [N, H, W, 1] in [-1, 1].
        outputs: float array [N, H, W, 2] in [-1, 1].

    Returns:
        uint8 array [N, H, W, 3].
    """
    lightness = (np.asarray(inputs, np.float64) + 1) * 50
    return lab_to_rgb(np.concatenate([lightness, np.asarray(outputs, np.float64) * AB_SCALE], axis=-1))
