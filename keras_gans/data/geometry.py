"""From the pixels of a file to the pixels of a network: channels, crop, size. All on numpy arrays [H, W, C].

Resizing is Pillow's antialiased Lanczos filter (its support grows with the reduction), colour weighted by alpha where
there is alpha. What a policy does is decided once, in `Frame`; which part a random crop takes is the caller's to say.
"""

import dataclasses
import math

import numpy as np
from PIL import Image

CROPS = ("center", "random", "none")
_WHITE = {"uint8": 255, "uint16": 65535, "float32": 1.0}


@dataclasses.dataclass(frozen=True)
class Frame:
    """The shape that every image is brought to, and how.

    Args:
        height, width: pixels of the result.
        channels: 1, 3 or 4 (any other number only for arrays that have it already).
        dtype: "uint8", "uint16" or "float32".
        crop: "center": the largest centred part of the target's aspect ratio, resized. "random": resized so that it
            just covers the target, then a part of it at a place that the caller draws. "none": nothing is cut off;
            the image must have the target's aspect ratio already.
        load_size: None, or the shorter side that the image is resized to before the crop, at least that of the
            target; what lies beyond the target is cut off by the crop.
        max_upscale: largest factor by which an image may be enlarged.
    """

    height: int
    width: int
    channels: int
    dtype: str = "uint8"
    crop: str = "center"
    load_size: int | None = None
    max_upscale: float = 2.0

    @property
    def shape(self):
        return self.height, self.width, self.channels

    def canvas_size(self, height, width):
        """(height, width) that an image of this size is resized to before it is cut."""
        scale = self._scale(height, width)
        return max(self.height, round(height * scale)), max(self.width, round(width * scale))

    def problem(self, height, width):
        """Why an image of this size cannot be used, or None."""
        if (height, width) == (self.height, self.width) and self.load_size is None:
            return None
        if self.crop == "none" and height * self.width != width * self.height:
            return (
                f"{width} x {height} pixels have another aspect ratio than {self.width} x {self.height}, "
                'and crop="none" cuts nothing off'
            )
        scale = self._scale(height, width)
        if scale > self.max_upscale:
            return (
                f"{width} x {height} pixels are too small: they would be enlarged {scale:.3g} times, more than "
                f"max_upscale={self.max_upscale:g}"
            )
        return None

    def canvas(self, pixels):
        """Channels, size and dtype of the result, before a random crop is cut.

        Args:
            pixels: [h, w, c] array, uint8, uint16 or float32 in [-1, 1].

        Returns:
            [height, width, channels] array of `dtype`; for random crops at least that large.
        """
        pixels = to_depth(to_channels(pixels, self.channels), self.dtype)
        height, width = pixels.shape[:2]
        size = self.canvas_size(height, width)
        if self.crop == "random":
            return resize(pixels, *size)
        # One resize straight from the part of the source that the crop keeps.
        kept_height = min(height, max(1, round(height * self.height / size[0])))
        kept_width = min(width, max(1, round(width * self.width / size[1])))
        top, left = (height - kept_height) // 2, (width - kept_width) // 2
        kept = pixels[top : top + kept_height, left : left + kept_width]
        return resize(kept, self.height, self.width)

    def cut(self, canvas, u=0.5, v=0.5):
        """The part of a canvas that is the image.

        Args:
            canvas: what `canvas` returned.
            u, v: numbers in [0, 1): place of the cut from the top and from the left; the default is the middle.

        Returns:
            [height, width, channels] view.
        """
        top = int(u * (canvas.shape[0] - self.height + 1))
        left = int(v * (canvas.shape[1] - self.width + 1))
        return canvas[top : top + self.height, left : left + self.width]

    def _scale(self, height, width):
        scale = max(self.height / height, self.width / width)
        return scale if self.load_size is None else scale * self.load_size / min(self.height, self.width)


def resize(pixels, height, width):
    """Antialiased Lanczos resize of [h, w, c] to [height, width, c], same dtype, rounded and clipped to its range."""
    if pixels.shape[:2] == (height, width):
        return pixels
    if pixels.dtype == np.uint8 and pixels.shape[2] <= 4:
        image = Image.fromarray(np.ascontiguousarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels))
        image = image.resize((width, height), Image.Resampling.LANCZOS)
        return np.asarray(image).reshape(height, width, -1)
    low, high = (-1.0, 1.0) if pixels.dtype == np.float32 else (0.0, float(np.iinfo(pixels.dtype).max))
    floats = pixels.astype(np.float32)
    alpha = (floats[:, :, -1:] - low) / (high - low) if pixels.shape[2] in (2, 4) else None
    if alpha is not None:
        floats = np.concatenate([(floats[:, :, :-1] - low) * alpha, floats[:, :, -1:]], axis=-1)
    planes = [Image.fromarray(np.ascontiguousarray(floats[:, :, c])) for c in range(pixels.shape[2])]
    planes = [np.asarray(plane.resize((width, height), Image.Resampling.LANCZOS)) for plane in planes]
    floats = np.clip(np.stack(planes, axis=-1), None, high)
    if alpha is not None:
        alpha = np.maximum((floats[:, :, -1:] - low) / (high - low), 1e-6)
        floats = np.concatenate([floats[:, :, :-1] / alpha + low, floats[:, :, -1:]], axis=-1)
    floats = np.clip(floats, low, high)
    return floats if pixels.dtype == np.float32 else np.rint(floats).astype(pixels.dtype)


def to_channels(pixels, channels):
    """Brings [h, w, c] to `channels` channels: alpha is flattened on white where the result has none, grey is
    repeated, colour becomes ITU-R 601 luma, a missing alpha is opaque.

    Args:
        pixels: [h, w, c], c = 1 grey, 2 grey and alpha, 3 colour, 4 colour and alpha. Any c that equals `channels`
            is left alone.
        channels: 1, 3 or 4.

    Returns:
        [h, w, channels], same dtype.

    Raises:
        ValueError: if there is no rule for the two numbers.

    Example:

    >>> to_channels(np.array([[[9, 0]]], "uint8"), 3).tolist()  # transparent black on white
    [[[255, 255, 255]]]
    """
    have = pixels.shape[2]
    if have == channels:
        return pixels
    if have not in (1, 2, 3, 4) or channels not in (1, 3, 4):
        raise ValueError(f"No rule brings {have} channels to {channels}. Received: channels={channels}")
    white = pixels.dtype.type(_WHITE[pixels.dtype.name])
    colour, alpha = (pixels[:, :, :-1], pixels[:, :, -1:]) if have in (2, 4) else (pixels, None)
    if channels != 4 and alpha is not None:
        colour = _flatten(colour, alpha)
    if channels == 1 and colour.shape[2] == 3:
        luma = colour.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
        colour = (luma if colour.dtype == np.float32 else np.rint(luma).astype(colour.dtype))[:, :, None]
    if channels != 1 and colour.shape[2] == 1:
        colour = np.repeat(colour, 3, axis=2)
    if channels == 4:
        alpha = np.full_like(colour[:, :, :1], white) if alpha is None else alpha
        colour = np.concatenate([colour, alpha], axis=2)
    return colour


def to_depth(pixels, dtype):
    """Integers of one depth as integers of the other: x * 257 up, rint(x / 257) down. Floats stay floats.

    Example:

    >>> to_depth(np.array([255], "uint8"), "uint16").tolist(), to_depth(np.array([65535], "uint16"), "uint8").tolist()
    ([65535], [255])
    """
    if pixels.dtype.name == dtype:
        return pixels
    if dtype == "uint16" and pixels.dtype == np.uint8:
        return pixels.astype(np.uint16) * np.uint16(257)
    if dtype == "uint8" and pixels.dtype == np.uint16:
        return ((pixels.astype(np.uint32) + 128) // 257).astype(np.uint8)
    raise ValueError(f"Pixels of dtype {pixels.dtype.name} cannot become {dtype}. Received: dtype={dtype!r}")


def halve(images, times=1):
    """Repeated 2x2 means, without rounding in between: the lower levels of progressive growing.

    y[i, j] = (x[2i, 2j] + x[2i, 2j+1] + x[2i+1, 2j] + x[2i+1, 2j+1]) / 4, then rounded (half to even) and clipped
    once at the end (Karras et al. 2018, official dataset tool).

    Args:
        images: [..., H, W, C], H and W divisible by 2 ** times.
        times: how often.

    Returns:
        [..., H / 2**times, W / 2**times, C], same dtype.

    Example:

    >>> halve(np.array([[[1], [2]], [[4], [4]]], "uint8")).tolist()  # 2.75
    [[[3]]]
    """
    if times == 0:
        return images
    floats = images.astype(np.float32)
    for _ in range(times):
        floats = (
            floats[..., 0::2, 0::2, :] + floats[..., 0::2, 1::2, :] + floats[..., 1::2, 0::2, :]
            + floats[..., 1::2, 1::2, :]
        ) * np.float32(0.25)  # fmt: skip
    if images.dtype == np.float32:
        return floats
    return np.clip(np.rint(floats), 0, np.iinfo(images.dtype).max).astype(images.dtype)


def halvings(resolution, level):
    """How often `resolution` is halved to reach `level`.

    Raises:
        ValueError: if it is not reached by halving.

    Example:

    >>> halvings(64, 16)
    2
    """
    times = math.log2(resolution / level) if level and level > 0 else -1.0
    if times < 0 or times != int(times) or resolution % level:
        raise ValueError(
            f"A level must be the resolution {resolution} halved any number of times. Received: level={level}"
        )
    return int(times)


def _flatten(colour, alpha):
    """Colour over white: c * a + white * (1 - a)."""
    if colour.dtype == np.float32:
        share = (alpha + 1.0) * 0.5
        return (colour * share + (1.0 - share)).astype(np.float32)
    white = np.uint64(_WHITE[colour.dtype.name])
    alpha = alpha.astype(np.uint64)
    mixed = colour.astype(np.uint64) * alpha + white * (white - alpha)
    return ((mixed + white // np.uint64(2)) // white).astype(colour.dtype)
