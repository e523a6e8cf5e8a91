"""Looks at every image of a source before the first step: what is broken, what does not fit, what all share."""

import collections
import dataclasses
import numbers

from keras_gans.data.errors import DataError, Unreadable, some
from keras_gans.data.geometry import CROPS, Frame
from keras_gans.data.workers import map_threads

UNLIKE = "unlike most, which have"
"""Said of images of another size, where no resolution was asked for."""


@dataclasses.dataclass
class Examination:
    """What a look at all headers found.

    Attributes:
        headers: `Header` of each image, None where it cannot be read.
        problems: (index, reason) of each image that cannot be used.
        frame: the `Frame` that all others are brought to.
        notes: sentences about what will be done to them.
    """

    headers: list
    problems: list
    frame: Frame
    notes: list


def read_headers(source, progress=None):
    """Reads every header, and decodes those files whose end looks wrong.

    Args:
        source: `Source`.
        progress: None or function of (done, total).

    Returns:
        (headers, problems): list of `Header` or None, and list of (index, reason).
    """

    def look(index):
        try:
            header = source.header(index)
            if not source.is_whole(index):
                source.pixels(index)
            return header
        except Unreadable as error:
            return str(error)

    if source.in_memory:
        return [source.header(0)] * len(source), []
    found = map_threads(look, range(len(source)), progress)
    problems = [(index, result) for index, result in enumerate(found) if isinstance(result, str)]
    return [None if isinstance(result, str) else result for result in found], problems


def examine(source, resolution, channels, depth, crop, load_size, max_upscale, progress=None):
    """Decides the frame that all images are brought to, and which ones cannot be.

    Args: see `keras_gans.data.load`.

    Returns:
        `Examination`.

    Raises:
        DataError: nothing is readable, or depths or shapes are mixed without a rule to join them.
        ValueError: bad arguments.
    """
    height, width = check_arguments(resolution, crop, load_size, max_upscale, depth)
    headers, problems = read_headers(source, progress)
    good = [header for header in headers if header is not None]
    if not good:
        raise DataError(f"No image of {source.name} can be read, of {len(source):,}.", named(source, problems))
    notes = []
    dtype = _dtype(source, headers, depth)
    channels = common_channels(good, channels, notes)
    if height is None:
        (height, width), _ = collections.Counter((h.height, h.width) for h in good).most_common(1)[0]
        crop, exact = "none", True
    else:
        exact = False
    frame = Frame(height, width, channels, dtype, crop, load_size, max_upscale)
    enlarged = 0
    for index, header in enumerate(headers):
        if header is None:
            continue
        if exact and (header.height, header.width) != (height, width):
            reason = f"{header.width} x {header.height} pixels, {UNLIKE} {width} x {height}"
        else:
            reason = frame.problem(header.height, header.width)
        if reason:
            problems.append((index, reason))
        elif not exact and max(frame.canvas_size(header.height, header.width)) > max(header.height, header.width):
            enlarged += 1
    if enlarged and not source.in_memory:
        notes.append(f"{some(enlarged)} smaller than the resolution: enlarged")
    _note_oddities(good, notes)
    return Examination(headers, sorted(problems), frame, notes)


def named(source, problems):
    """(index, reason) pairs as (name, reason) pairs."""
    return [(source.name_of(index), reason) for index, reason in problems]


def check_arguments(resolution, crop, load_size, max_upscale, depth):
    """Checks the arguments of `keras_gans.data.load` that say the shape.

    Returns:
        (height, width), or (None, None) where `resolution` is None.

    Raises:
        ValueError: an argument that has no meaning.
    """
    sides = (None, None)
    if resolution is not None:
        sides = (resolution, resolution) if isinstance(resolution, numbers.Integral) else resolution
        try:
            height, width = (int(side) for side in sides if isinstance(side, numbers.Integral) and side > 0)
        except (TypeError, ValueError):
            raise ValueError(
                f"The resolution must be a positive integer, or (height, width). Received: resolution={resolution!r}"
            ) from None
        sides = height, width
    if crop not in CROPS:
        raise ValueError(f"crop must be one of {', '.join(map(repr, CROPS))}. Received: crop={crop!r}")
    for name, value in (("load_size", load_size), ("max_upscale", max_upscale)):
        if value is not None and (isinstance(value, bool) or not isinstance(value, numbers.Real)):
            raise ValueError(f"{name} must be a number. Received: {name}={value!r}")
    if load_size is not None and (resolution is None or load_size < min(sides)):
        raise ValueError(f"load_size must be at least the resolution. Received: {load_size=}, {resolution=}")
    if load_size is not None and crop == "none":
        raise ValueError(f'load_size needs crop="random" or crop="center". Received: load_size={load_size}, {crop=}')
    if not max_upscale >= 1:
        raise ValueError(f"max_upscale must be at least 1. Received: max_upscale={max_upscale}")
    if depth not in (None, 8, 16):
        raise ValueError(f"depth must be 8, 16 or None. Received: depth={depth!r}")
    return sides


def _dtype(source, headers, depth):
    counts = collections.Counter(header.depth for header in headers if header is not None)
    if 32 in counts:
        return common_dtype("float32", depth)
    if depth is None and len(counts) > 1:
        rare = min(counts, key=counts.get)
        odd = [(i, f"{h.depth} bits a channel") for i, h in enumerate(headers) if h is not None and h.depth == rare]
        raise DataError(
            f"Images of 8 and of 16 bits are mixed: {counts[8]} and {counts[16]} of {source.name}.",
            named(source, odd),
            hint="depth=8 brings all of them to 8 bits, depth=16 to 16.",
        )
    return common_dtype(f"uint{next(iter(counts))}", depth)


def common_dtype(stored, depth):
    """The dtype that images of a dtype are brought to; raises ValueError where floats shall have a depth.

    Args:
        stored: "uint8", "uint16" or "float32".
        depth: 8, 16 or None.
    """
    if stored == "float32" and depth is not None:
        raise ValueError(f"Float images keep their depth. Received: depth={depth}")
    return f"uint{depth}" if depth else stored


def common_channels(headers, channels, notes):
    """The number of channels that all images are brought to.

    Args:
        headers: list of `Header`.
        channels: what was asked for; None: see `keras_gans.data.load`.
        notes: list, to which what becomes of the images is added.

    Raises:
        DataError: there is no rule that brings them there.
        ValueError: no number of channels.
    """
    kinds = collections.Counter(header.channels for header in headers)
    if channels is None:
        if len(kinds) == 1 and not kinds.keys() & {2, 4}:
            return next(iter(kinds))
        grey, alpha = all(h.is_grey for h in headers), all(h.has_alpha for h in headers)
        channels = 4 if alpha else 1 if grey else 3
    elif not isinstance(channels, numbers.Integral) or channels < 1:
        raise ValueError(f"channels must be a positive integer or None. Received: channels={channels!r}")
    if any(kind != channels for kind in kinds) and (channels not in (1, 3, 4) or max(kinds) > 4):
        raise DataError(
            f"Images of {' and '.join(map(str, sorted(kinds)))} channels cannot be brought to {channels}; expected "
            f"channels=1, 3 or 4. Received: channels={channels}"
        )
    said = {1: "grey", 2: "grey with alpha", 3: "colour", 4: "colour with alpha"}
    if any(kind != channels for kind in kinds):
        mixed = ", ".join(f"{count} {said[kind]}" for kind, count in sorted(kinds.items()))
        white = ", alpha flattened on white" if channels != 4 and kinds.keys() & {2, 4} else ""
        notes.append(f"{mixed}: all are brought to {channels} channel{'s' if channels > 1 else ''}{white}")
    return int(channels)


def _note_oddities(headers, notes):
    odd = collections.Counter(h.mode for h in headers if h.mode in ("CMYK", "YCbCr", "LAB", "HSV"))
    notes += [f"{some(count, f'{mode} image')}: converted to RGB" for mode, count in odd.items()]
    frames = sum(header.frames > 1 for header in headers)
    if frames:
        notes.append(f"{some(frames)} with several frames: only the first is used")
