"""Examples to start a drawing from: the pairs that a run was trained on, read one by one; and the colours of labels."""

import os

import numpy as np

from keras_gans.data.errors import DataError, Unreadable, printable
from keras_gans.data.geometry import to_channels, to_depth
from keras_gans.data.pair_sources import open_pairs
from keras_gans.data.palette import nearest, read_palette
from keras_gans.data.sources.folder import FolderSource

MOST_COLOURS = 24  # of a palette that is found in images
LOOKED_AT = 16  # images
SIDE = 64  # pixels of a side that are looked at
TOLERANCE = 48  # of the colours of uploaded label maps: JPEG blurs them


class Examples:
    """Inputs, and where there are any their targets, numbered.

    Args:
        inputs: `keras_gans.data.sources.base.Source`.
        targets: the same of the targets, or None.

    Example:

    >>> pairs = open_pairs((np.zeros([3, 4, 4, 3], "uint8"), np.ones([3, 4, 4, 3], "uint8")))
    >>> examples = Examples(*pairs)
    >>> len(examples), int(examples.pair(1)[1].max())
    (3, 1)
    """

    def __init__(self, inputs, targets=None):
        self.inputs, self.targets = inputs, targets

    def __len__(self):
        return len(self.inputs)

    def pair(self, index):
        """Reads an example.

        Args:
            index: int in [0, len(self)).

        Returns:
            (input uint8 [h, w, c], target or None).

        Raises:
            Unreadable: If its file is broken.
        """
        target = None if self.targets is None else to_depth(self.targets.pixels(index), "uint8")
        return to_depth(self.inputs.pixels(index), "uint8"), target


def examples_of(config, folder=None):
    """The examples of a run.

    Args:
        config: dict, the run's config.json.
        folder: path of a folder of input images to take instead, or None.

    Returns:
        (`Examples` or None, str: why there are none, or "").

    Raises:
        DataError: If `folder` was given and holds no images.
    """
    if folder is not None:
        source = FolderSource(folder)
        if not len(source):
            raise DataError(f"There is no image in the folder. Received: examples={printable(folder)!r}")
        return Examples(source), ""
    data = config.get("data", {})
    source = data.get("source")
    try:
        if not isinstance(source, str):
            raise DataError("nothing says where the images of the run are")
        if not os.path.isdir(source):
            raise DataError(f"the images of the run are not at {printable(source)} any more")
        sides = open_pairs(source, data.get("split") or "train")
        if not len(sides[0]):
            raise DataError("the run's images are gone")
    except (DataError, ValueError) as error:
        return None, str(error).splitlines()[0]
    return Examples(*(sides[::-1] if data.get("direction") == "BtoA" else sides)), ""


def palette_of(config):
    """The label palette that a run's inputs were read with, tolerant of JPEG; None where there was none.

    Args:
        config: dict, the run's config.json.

    Example:

    >>> palette_of({"data": {"input_palette": {"sea": "#0000ff", "land": "#008000"}}}).names
    ['sea', 'land']
    """
    data = config.get("data", {})
    colours = data.get("input_palette")
    return read_palette(colours, max(TOLERANCE, data.get("palette_tolerance") or 0)) if colours else None


def find_colours(images, most=MOST_COLOURS):
    """The colours of label maps or line drawings, the most frequent one first.

    Each colour takes those near it along, so that the blur of JPEG counts as the colour that it is near to.

    Args:
        images: list of uint8 [h, w, c], c = 1, 3 or 4.
        most: colours at most.

    Returns:
        List of "#rrggbb", or [] where so few colours do not make up 97 % of the pixels: then they are photographs.

    Example:

    >>> drawing = np.full([8, 8, 3], 255, "uint8")
    >>> drawing[2] = 0
    >>> find_colours([drawing])
    ['#ffffff', '#000000']
    """
    small = [nearest(to_channels(x, 3), min(SIDE, x.shape[0]), min(SIDE, x.shape[1])).reshape(-1, 3) for x in images]
    if not small:
        return []
    found, counts = np.unique(np.concatenate(small), axis=0, return_counts=True)
    found, total, colours, covered = found.astype(int), counts.sum(), [], 0
    while len(found) and len(colours) < most:
        first = counts.argmax()
        near = np.abs(found - found[first]).max(1) <= TOLERANCE // 2
        share = counts[near].sum()
        if share < 0.002 * total:
            break
        colours.append("#{:02x}{:02x}{:02x}".format(*found[first]))
        covered += share
        found, counts = found[~near], counts[~near]
    return colours if covered >= 0.97 * total else []


def colours_of(examples):
    """`find_colours` of the first images; [] where there are no examples, or they cannot be read.

    Args:
        examples: `Examples` or None.
    """
    images = []
    for index in range(min(LOOKED_AT, len(examples or ()))):
        try:
            images.append(examples.pair(index)[0])
        except Unreadable:
            continue
    return find_colours(images)
