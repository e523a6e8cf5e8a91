"""Faces cut out of photographs by OpenCV's detector, as the Faces data of DCGAN were made.

Radford et al. 2016 (arXiv 1511.06434), Sec. 4.2: a face detector of OpenCV on photographs of people, "keeping the
detections that are sufficiently high resolution"; the released file holds boxes of 128 px. Which detector and which
settings is not said; here it is the Haar cascade for frontal faces that the package of OpenCV 4 ships.
"""

import os
import threading

import numpy as np
from PIL import Image

from keras_gans.data.errors import DataError, Unreadable
from keras_gans.data.geometry import resize, to_channels, to_depth
from keras_gans.data.loading import open_source
from keras_gans.data.prepared import prepare

NEIGHBOURS = 6
"""Overlapping detections that make a face; fewer find more faces, and more that are none."""
_CASCADE = "haarcascade_frontalface_default.xml"
_FINEST = 40  # px of a face in the picture that is searched; the cascade was trained at 24


def cut_faces(source, directory, resolution=128, smallest=None, margin=0.0, neighbours=NEIGHBOURS, progress=None):
    """Writes each face of a source of images as a PNG file. Called again with the same arguments it goes on.

    Args:
        source: path of a folder, .zip, .npy or .npz, as `keras_gans.data.load` takes it.
        directory: folder to write: NAME-0.png, NAME-1.png, ... for the faces of NAME.jpg from left to right.
        resolution: side of the files.
        smallest: side of the smallest box that is kept, in pixels of the photograph; None: `resolution`, so that none
            is enlarged.
        margin: how much is added around a box, as a share of its side on each side.
        neighbours: see `NEIGHBOURS`.
        progress: None or a function of (photographs done, photographs in all).

    Returns:
        Number of faces.

    Raises:
        DataError: photographs that cannot be read, all named at the end.
        ValueError: OpenCV is not installed.
    """
    smallest = smallest or resolution
    detect = detector(neighbours)
    opened = open_source(source)
    if isinstance(opened, tuple):
        raise DataError(f"Expected a source of photographs in files. Received: source={source!r}")
    names = [_name(opened, index) for index in range(len(opened))]

    def make(index):
        image = to_channels(to_depth(_pixels(opened, index), "uint8"), 3)
        stem = os.path.splitext(names[index])[0]
        boxes = face_boxes(image, smallest, detect)
        return {f"{stem}-{k}": resize(cut(image, box, margin), *[resolution] * 2) for k, box in enumerate(boxes)}

    settings = dict(resolution=resolution, smallest=smallest, margin=margin, neighbours=neighbours)
    return prepare(
        directory, names, make, {"made by": "faces", "source": os.path.abspath(source), **settings}, progress
    )


def detector(neighbours=NEIGHBOURS):
    """OpenCV's frontal face detector.

    Args:
        neighbours: see `NEIGHBOURS`.

    Returns:
        Function of (uint8 array [H, W], side of the smallest face) -> int array [N, 4] of left, top, width, height;
        may be called from several threads.

    Raises:
        ValueError: OpenCV is not installed, or without its cascades.
    """
    try:
        import cv2

        path = os.path.join(cv2.data.haarcascades, _CASCADE)
        classifier = cv2.CascadeClassifier
    except (ImportError, AttributeError) as error:
        raise ValueError(
            'Finding faces needs OpenCV 4 (5 has no cascades): pip install "opencv-python-headless<5"'
        ) from error
    own = threading.local()  # a classifier keeps state while it works

    def detect(grey, smallest):
        if not hasattr(own, "classifier"):
            own.classifier = classifier(path)
        sides = (smallest, smallest)
        found = own.classifier.detectMultiScale(grey, scaleFactor=1.1, minNeighbors=neighbours, minSize=sides)
        return np.asarray(found, int).reshape(-1, 4)

    detect(np.zeros((64, 64), np.uint8), 24)  # a cascade that is missing shows here
    return detect


def face_boxes(image, smallest, detect):
    """Where the faces of an image are.

    The image is searched at the size at which the smallest face that is wanted is still found.

    Args:
        image: uint8 array [H, W, 3].
        smallest: side of the smallest face, pixels.
        detect: what `detector` returned.

    Returns:
        List of (left, top, side), from left to right.
    """
    factor = max(1, smallest // _FINEST)
    grey = Image.fromarray(to_channels(image, 1)[:, :, 0]).reduce(factor)
    found = detect(np.asarray(grey), max(1, smallest // factor)) * factor
    boxes = [(int(left), int(top), int(max(width, height))) for left, top, width, height in found]
    return sorted(box for box in boxes if box[2] >= smallest)


def cut(image, box, margin=0.0):
    """The square of an image around a face, moved into the image where it reaches out of it.

    Args:
        image: array [H, W, C].
        box: (left, top, side).
        margin: see `cut_faces`.

    Returns:
        View [s, s, C].

    Example:

    >>> cut(np.zeros((100, 80, 3)), (10, 20, 40), margin=0.25).shape
    (60, 60, 3)
    """
    left, top, side = box
    wide = min(round(side * (1 + 2 * margin)), *image.shape[:2])
    left = min(max(left - (wide - side) // 2, 0), image.shape[1] - wide)
    top = min(max(top - (wide - side) // 2, 0), image.shape[0] - wide)
    return image[top : top + wide, left : left + wide]


def _name(source, index):
    return f"{index:06d}" if source.in_memory else source.name_of(index)


def _pixels(source, index):
    pixels = source.pixels(index)
    if pixels.dtype == np.float32:
        raise Unreadable("float pixels; expected 8 or 16 bits")
    return pixels
