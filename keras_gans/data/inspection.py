"""What is in a source of images: counts, sizes, classes, near-identical images, and each broken or odd one by name."""

import collections
import dataclasses

import numpy as np
from PIL import Image

from keras_gans.data.checking import named, read_headers
from keras_gans.data.errors import Unreadable, printable
from keras_gans.data.geometry import Frame, resize, to_channels, to_depth
from keras_gans.data.workers import map_threads

THUMBNAIL = 64
HASH_DISTANCE = 3
"""Images are near-identical if their 64-bit difference hashes differ in at most so many bits, and the mean absolute
difference of their 16x16 grey thumbnails is at most `THUMBNAIL_DIFFERENCE` of 255."""
THUMBNAIL_DIFFERENCE = 4.0
SHEET_IMAGES = 100


@dataclasses.dataclass
class Inspection:
    """What `inspect` found; all attributes but `sheet` can be written as JSON.

    Attributes:
        source: what the user called it.
        images: number of images listed.
        usable: number of those that can be decoded.
        sizes: {"widthxheight": count}, most frequent first.
        height, width: (smallest, median, largest).
        formats, modes, depths, channels: {value: count}.
        classes: {name: count}; empty without labels.
        values: {"min", "max", "mean", "std"}, of the decoded pixels as shares of the largest integer.
        duplicates: list of groups of names that look alike.
        problems: list of (name, reason) of images that cannot be read.
        oddities: list of (name, reason) of images that are read but stand out.
        notes: list of sentences.
        sheet: uint8 [H, W, 3]: thumbnails of up to 100 images, evenly chosen.
    """

    source: str
    images: int
    usable: int
    sizes: dict
    height: tuple
    width: tuple
    formats: dict
    modes: dict
    depths: dict
    channels: dict
    classes: dict
    values: dict
    duplicates: list
    problems: list
    oddities: list
    notes: list
    sheet: np.ndarray

    def to_json(self):
        """A dictionary that `json.dumps` takes: everything but the contact sheet."""
        return {f.name: getattr(self, f.name) for f in dataclasses.fields(self) if f.name != "sheet"}

    def to_text(self):
        """A table for people."""
        some, groups = self.usable > 0, len(self.duplicates)
        rows = [
            ("source", self.source),
            ("images", f"{self.images} ({self.usable} usable)"),
            ("sizes", _counted(self.sizes, 6)),
            ("height", f"{self.height[0]} to {self.height[2]}, median {self.height[1]}" if some else "none"),
            ("width", f"{self.width[0]} to {self.width[2]}, median {self.width[1]}" if some else "none"),
            ("formats", _counted(self.formats)),
            ("modes", _counted(self.modes)),
            ("bits a channel", _counted(self.depths)),
            ("classes", f"{len(self.classes)}: {_counted(self.classes, 12)}" if self.classes else "none"),
            (
                "values",
                "{min:.3f} to {max:.3f}, mean {mean:.3f}, deviation {std:.3f}".format(**self.values)
                if some
                else "none",
            ),
            ("near-identical", f"{sum(map(len, self.duplicates))} images in {groups} group{'s' * (groups != 1)}"),
            ("broken", len(self.problems)),
            ("odd", len(self.oddities)),
        ]
        lines = [f"{key:<15} {value}" for key, value in rows]
        for title, listed in (("Broken", self.problems), ("Odd", self.oddities)):
            lines += [f"\n{title}:"] * bool(listed) + [f"  {name}: {reason}" for name, reason in listed[:50]]
            lines += [f"  ... and {len(listed) - 50} more"] * (len(listed) > 50)
        lines += ["\nNear-identical:"] * bool(self.duplicates) + [f"  {', '.join(g[:8])}" for g in self.duplicates[:20]]
        lines += [f"  ... and {len(self.duplicates) - 20} more groups"] * (len(self.duplicates) > 20)
        return "\n".join(lines + [f"\n{note}" for note in self.notes])


def inspect(source, progress=None):
    """Decodes every image once and says what is there.

    Args:
        source: `sources.base.Source`, see `loading.open_source`.
        progress: None or a function of (images done, images in all).

    Returns:
        `Inspection`.
    """
    headers, _ = read_headers(source)
    looks = map_threads(lambda index: _look(source, index), range(len(source)), progress)
    problems = [(index, look) for index, look in enumerate(looks) if isinstance(look, str)]
    good = [index for index, look in enumerate(looks) if not isinstance(look, str)]
    found = [headers[index] or source.header(index) for index in good]
    heights, widths = [h.height for h in found], [h.width for h in found]
    names = source.class_names
    labels = [] if source.labels is None else source.labels.tolist()
    classes = collections.Counter(names[label] if names else str(label) for label in labels)
    return Inspection(
        source=source.name,
        images=len(source),
        usable=len(good),
        sizes=_counts(f"{h.width}x{h.height}" for h in found),
        height=_range(heights),
        width=_range(widths),
        formats=_counts(h.format for h in found),
        modes=_counts(h.mode or str(h.channels) for h in found),
        depths=_counts(str(h.depth) for h in found),
        channels=_counts(str(h.channels) for h in found),
        classes=dict(sorted(classes.items())),
        values=_values([looks[index] for index in good]),
        duplicates=_duplicates(source, good, looks),
        problems=_shown(named(source, problems)),
        oddities=_shown(named(source, _oddities(good, found, looks))),
        notes=list(source.notes),
        sheet=_sheet([looks[index].thumbnail for index in good]),
    )


def difference_hash(grey):
    """The 64-bit difference hash of an image: is each of 8x8 points brighter than its left neighbour?

    Args:
        grey: uint8 [8, 9].

    Returns:
        int.

    Reference: N. Krawetz, "Kind of Like That", hackerfactor.com, 2013.

    Example:

    >>> difference_hash(np.zeros((8, 9), "uint8"))
    0
    """
    bits = (grey[:, 1:] > grey[:, :-1]).ravel()
    return int.from_bytes(np.packbits(bits).tobytes(), "big")


def alike(hashes, thumbnails):
    """Groups of near-identical images.

    Two hashes that differ in at most three of 64 bits agree in at least one of four bands of 16 bits, so only images
    that share a band are compared.

    Args:
        hashes: list of int.
        thumbnails: float array [N, 256], 0 to 255.

    Returns:
        List of lists of indices, each of at least two; images of a group are linked pairwise, not all to all.
    """
    parent = list(range(len(hashes)))

    def root(k):
        while parent[k] != k:
            parent[k] = parent[parent[k]]
            k = parent[k]
        return k

    for band in range(4):
        buckets = collections.defaultdict(list)
        for k, value in enumerate(hashes):
            buckets[value >> 16 * band & 0xFFFF].append(k)
        for bucket in buckets.values():
            members = np.array(bucket)
            values = np.array([hashes[k] for k in bucket], np.uint64)
            for position, k in enumerate(bucket[:-1]):
                rest = members[position + 1 :]
                near = rest[np.bitwise_count(values[position + 1 :] ^ values[position]) <= HASH_DISTANCE]
                if len(near):
                    near = near[np.abs(thumbnails[near] - thumbnails[k]).mean(axis=1) <= THUMBNAIL_DIFFERENCE]
                for other in near:
                    parent[root(int(other))] = root(k)
    groups = collections.defaultdict(list)
    for k in range(len(hashes)):
        groups[root(k)].append(k)
    return [group for group in groups.values() if len(group) > 1]


@dataclasses.dataclass
class _Look:
    thumbnail: np.ndarray  # uint8 [64, 64, 3]
    grey: np.ndarray  # float32 [256]
    hash: int
    statistics: tuple  # pixels, min, max, sum, sum of squares; as shares of the largest integer


def _look(source, index):
    try:
        pixels = source.pixels(index)
    except Unreadable as error:
        return str(error)
    if pixels.dtype == np.float32:
        shares = (pixels + 1) / 2
        pixels = np.rint(shares * 255).astype(np.uint8)
    else:
        shares = pixels / np.float32(np.iinfo(pixels.dtype).max)
    squares = float(np.square(shares, dtype=np.float32).sum(dtype=np.float64))
    statistics = (shares.size, float(shares.min()), float(shares.max()), float(shares.sum(dtype=np.float64)), squares)
    if pixels.shape[2] > 4:
        pixels = pixels[:, :, :3]
    colour = to_depth(to_channels(pixels, 3), "uint8")
    thumbnail = Frame(THUMBNAIL, THUMBNAIL, 3).canvas(colour)
    grey = to_channels(colour, 1)
    small = np.asarray(Image.fromarray(resize(grey, 64, 72)[:, :, 0]).reduce(8))
    tiny = resize(grey, 16, 16).astype(np.float32).ravel()
    return _Look(thumbnail, tiny, difference_hash(small), statistics)


def _oddities(good, headers, looks):
    """(index, reason) of images that are unlike the rest."""
    odd = []
    common = collections.Counter(h.mode for h in headers).most_common(1)
    depth = collections.Counter(h.depth for h in headers).most_common(1)
    median = np.median([h.height * h.width for h in headers]) if headers else 0
    for index, h in zip(good, headers):
        _, low, high, *_ = looks[index].statistics
        if low == high:
            odd.append((index, "all pixels have one value"))
        if h.mode != common[0][0]:
            odd.append((index, f"mode {h.mode}, unlike most, which have {common[0][0]}"))
        if h.depth != depth[0][0]:
            odd.append((index, f"{h.depth} bits a channel, unlike most, which have {depth[0][0]}"))
        if h.frames > 1:
            odd.append((index, f"{h.frames} frames; only the first is used"))
        if max(h.height, h.width) > 3 * min(h.height, h.width):
            odd.append((index, f"{h.width} x {h.height} pixels: more than three times as long as wide"))
        if h.height * h.width * 16 < median:
            odd.append((index, f"{h.width} x {h.height} pixels: less than a sixteenth of the median"))
    return odd


def _duplicates(source, good, looks):
    if not good:
        return []
    groups = alike([looks[i].hash for i in good], np.stack([looks[i].grey for i in good]))
    return [[printable(source.name_of(good[k])) for k in group] for group in groups]


def _values(looks):
    if not looks:
        return {"min": 0.0, "max": 0.0, "mean": 0.0, "std": 0.0}
    counts, lows, highs, sums, squares = zip(*(look.statistics for look in looks))
    mean = sum(sums) / sum(counts)
    deviation = max(0.0, sum(squares) / sum(counts) - mean**2) ** 0.5
    return {"min": min(lows), "max": max(highs), "mean": mean, "std": deviation}


def _sheet(thumbnails):
    """Thumbnails side by side on white, in about a square: uint8 [H, W, 3]."""
    chosen = sorted({int(k) for k in np.linspace(0, len(thumbnails) - 1, SHEET_IMAGES)}) if thumbnails else []
    columns = max(1, int(np.ceil(np.sqrt(len(chosen)))))
    rows = max(1, -(-len(chosen) // columns))
    sheet = np.full((rows * THUMBNAIL, columns * THUMBNAIL, 3), 255, np.uint8)
    for place, k in enumerate(chosen):
        top, left = place // columns * THUMBNAIL, place % columns * THUMBNAIL
        sheet[top : top + THUMBNAIL, left : left + THUMBNAIL] = thumbnails[k]
    return sheet


def _counts(values):
    return dict(collections.Counter(values).most_common())


def _counted(counts, most=8):
    said = [f"{key} ({count})" for key, count in list(counts.items())[:most]]
    return ", ".join(said + [f"{len(counts) - most} more"] * (len(counts) > most)) or "none"


def _range(values):
    return (min(values), float(np.median(values)), max(values)) if values else (0, 0.0, 0)


def _shown(pairs):
    return [(printable(name), reason) for name, reason in pairs]
