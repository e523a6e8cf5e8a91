"""How images are brought to a network's size. The rule changes FID by more than many papers claim, so it has a name.

Each is a function `(images uint8 [N, H, W, 3] numpy, size) -> float32 [N, size, size, 3]` in [0, 255].
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np


def tf1(images, size):
    """Bilinear as in TensorFlow 1 and the original FID: source = target * in / out, no half pixels, no antialiasing."""
    import tensorflow as tf

    return tf.raw_ops.ResizeBilinear(images=images, size=[size, size], align_corners=False, half_pixel_centers=False)


def pytorch(images, size):
    """Bilinear with half-pixel centres and no antialiasing, as `interpolate(align_corners=False)` in pytorch-fid."""
    import tensorflow as tf

    return tf.raw_ops.ResizeBilinear(images=images, size=[size, size], align_corners=False, half_pixel_centers=True)


def clean(images, size):
    """Pillow's antialiased bicubic on each channel in float32, clipped to [0, 255], as clean-fid (Parmar et al. 2022).

    Images that have the size already are not touched.
    """
    images = np.asarray(images)
    if images.shape[1:3] == (size, size):
        return images.astype("float32")
    with ThreadPoolExecutor(4) as pool:  # Pillow resizes outside of Python's lock
        return np.stack(list(pool.map(lambda image: _clean_one(image, size), images)))


def _clean_one(image, size):
    from PIL import Image

    channels = [
        Image.fromarray(image[:, :, channel].astype("float32")).resize((size, size), Image.Resampling.BICUBIC)
        for channel in range(image.shape[-1])
    ]
    return np.clip(np.stack([np.asarray(channel) for channel in channels], axis=-1), 0, 255)


def antialias(images, size):
    """Bilinear with half-pixel centres, with a filter as wide as the step when it makes images smaller."""
    import tensorflow as tf

    return tf.image.resize(images, (size, size), method="bilinear", antialias=True)


RESIZERS = {"tf1": tf1, "pytorch": pytorch, "clean": clean, "antialias": antialias}
