"""Colourisation as pix2pix poses it: from the lightness of CIE Lab to its two colours.

sRGB (IEC 61966-2-1), D65 white, CIE 1976. Inputs are L / 50 - 1, targets (a, b) / 110, as in the Torch code.
"""

import numpy as np

_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
_WHITE = np.array([0.95047, 1.0, 1.08883])
_BEND = 6 / 29
AB_SCALE = 110.0


def rgb_to_lab(images):
    """Colour images as CIE Lab.

    Args:
        images: uint8 array [..., 3], sRGB.

    Returns:
        float64 array [..., 3]: L in [0, 100], a and b about -110 to 110.

    Example:

    >>> rgb_to_lab(np.array([255, 0, 0], "uint8")).round(1).tolist()
    [53.2, 80.1, 67.2]
    """
    v = np.asarray(images) / 255.0
    linear = np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4)
    t = linear @ _TO_XYZ.T / _WHITE
    f = np.where(t > _BEND**3, np.cbrt(t), t / (3 * _BEND**2) + 4 / 29)
    x, y, z = np.moveaxis(f, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def lab_to_rgb(lab):
    """CIE Lab as colour images; colours that sRGB lacks are clipped.

    Args:
        lab: float array [..., 3].

    Returns:
        uint8 array [..., 3].

    Example:

    >>> lab_to_rgb(np.array([53.24, 80.09, 67.2])).tolist()
    [255, 0, 0]
    """
    lightness, a, b = np.moveaxis(np.asarray(lab, np.float64), -1, 0)
    y = (lightness + 16) / 116
    f = np.stack([y + a / 500, y, y - b / 200], axis=-1)
    xyz = np.where(f > _BEND, f**3, 3 * _BEND**2 * (f - 4 / 29)) * _WHITE
    linear = np.clip(xyz @ np.linalg.inv(_TO_XYZ).T, 0.0, 1.0)
    v = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.rint(np.clip(v, 0.0, 1.0) * 255).astype(np.uint8)


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
