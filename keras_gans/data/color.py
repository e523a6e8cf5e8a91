"""sRGB (IEC 61966-2-1) and CIE Lab 1976 under the white point D65."""

import numpy as np

RGB_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
WHITE = RGB_TO_XYZ.sum(axis=1)
_BEND = 6 / 29


def rgb_to_lab(rgb):
    """sRGB on the 0..255 scale [... 3] to CIE Lab under D65 [... 3]: L in [0, 100], a and b about [-128, 127].

    Args:
        rgb: array [..., 3], 0..255.

    Returns:
        float64 array [..., 3]: L, a, b.

    Example:

    >>> np.abs(rgb_to_lab(np.array([255.0, 255.0, 255.0])).round(6)).tolist()
    [100.0, 0.0, 0.0]
    """
    v = np.asarray(rgb, np.float64) / 255.0
    linear = np.where(v > 0.04045, ((v + 0.055) / 1.055) ** 2.4, v / 12.92)
    t = linear @ RGB_TO_XYZ.T / WHITE
    f = np.where(t > _BEND**3, np.cbrt(t), t / (3 * _BEND**2) + 4 / 29)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], axis=-1)


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
    xyz = np.where(f > _BEND, f**3, 3 * _BEND**2 * (f - 4 / 29)) * WHITE
    linear = np.clip(xyz @ np.linalg.inv(RGB_TO_XYZ).T, 0.0, 1.0)
    v = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.rint(np.clip(v, 0.0, 1.0) * 255).astype(np.uint8)
