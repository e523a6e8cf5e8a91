"""CelebA-HQ's aligned faces from CelebA's photographs and landmarks."""

import os

import numpy as np

from keras_gans.data import face_alignment
from keras_gans.data.errors import DataError, Unreadable, printable
from keras_gans.data.geometry import halvings, to_channels, to_depth
from keras_gans.data.prepared import prepare
from keras_gans.data.sources.folder import FolderSource

ABOUT_DELTAS = (
    "These are the aligned photographs. NVIDIA's CelebA-HQ adds what its networks restored, in 27.6 GB of delta files "
    "that only fit the output of Pillow 3.1.1 with libjpeg 8d (2017), bit for bit; they are not used here. A prepared "
    "CelebA-HQ is read as it is: --data with its folder, .npy or .tfrecords files."
)


def align_faces(images, landmarks, directory, resolution=face_alignment.SIDE, image_list=None, progress=None):
    """Writes aligned faces as PNG files. Called again with the same arguments it makes what is missing.

    Args:
        images: path of a folder of photographs, CelebA's "in the wild" ones (img_celeba).
        landmarks: path of CelebA's list_landmarks_celeba.txt, see `read_landmarks`.
        directory: folder to write.
        resolution: side of the faces: 1024 or that halved any number of times.
        image_list: None for all photographs, or the path of CelebA-HQ's image_list.txt: those, called by their number.
        progress: None or a function of (photographs done, photographs in all).

    Returns:
        Number of files.

    Raises:
        DataError: photographs that are broken or have no landmarks, all named at the end; files of another format.
        ValueError: another resolution.
    """
    halvings(face_alignment.SIDE, resolution)
    places = read_landmarks(landmarks)
    source = FolderSource(images)
    numbers = {os.path.basename(file): index for index, file in enumerate(source.files)}
    if image_list is None:
        wanted = [(os.path.splitext(file)[0], os.path.basename(file), index) for index, file in enumerate(source.files)]
    else:
        wanted = [(f"{number:05d}", file, numbers.get(file)) for number, file in read_image_list(image_list)]
    if not any(file in places and index is not None for _, file, index in wanted):
        raise DataError(
            f"No photograph of {source.name} has landmarks in {printable(landmarks)}: the names of the files are others"
        )

    def make(place):
        name, file, index = wanted[place]
        if index is None:
            raise Unreadable("not in the folder of photographs")
        if file not in places:
            raise Unreadable("it has no landmarks")
        photograph = to_channels(to_depth(source.pixels(index), "uint8"), 3)
        try:
            return {name: face_alignment.align(photograph, places[file], resolution)}
        except ValueError as error:
            raise Unreadable(str(error)) from error

    paths = {"images": images, "landmarks": landmarks, "list": image_list}
    settings = {name: path and os.path.abspath(path) for name, path in paths.items()}
    settings |= {"made by": "celeba-hq", "resolution": resolution}
    return prepare(directory, [file for _, file, _ in wanted], make, settings, progress)


def read_landmarks(path):
    """Reads CelebA's text file of landmarks, or the same as .csv.

    Two lines of head (the number of faces; the names of the columns), then one line a photograph: file name, and x and
    y of left eye, right eye, nose, left and right corner of the mouth.

    Args:
        path: the file.

    Returns:
        Dict of file name -> float array [5, 2].

    Raises:
        DataError: no such file, or a line of another form, named by its number; fewer lines than the head says.
    """
    found, count = {}, None
    for number, line in enumerate(_lines(path), 1):
        fields = line.replace(",", " ").split()
        if number == 1 and len(fields) == 1 and fields[0].isdigit():
            count = int(fields[0])
            continue
        if number <= 2 and "lefteye_x" in fields or not fields:
            continue
        try:
            values = [float(field) for field in fields[1:]]
        except ValueError:
            values = []
        if len(values) != 10 or not np.isfinite(values).all():
            raise DataError(
                "Expected lines of a file name and ten numbers.", [(f"{printable(path)}, line {number}", line[:80])]
            )
        found[fields[0]] = np.reshape(values, [5, 2])
    if count is not None and len(found) != count:
        raise DataError(f"{printable(path)} is not whole: {count} faces by its first line, {len(found)} in it")
    if not found:
        raise DataError(f"There are no landmarks in the file. Received: {printable(path)!r}")
    return found


def read_image_list(path):
    """Reads image_list.txt of CelebA-HQ's delta files: which photograph each of the 30,000 images was made of.

    Args:
        path: the file: a line of names of columns, with `idx` and `orig_file` among them, and a line an image.

    Returns:
        List of (number, file name).

    Raises:
        DataError: no such file, or a line of another form.
    """
    head, *lines = [line.split() for line in _lines(path) if line.strip()] or [[]]
    if not {"idx", "orig_file"} <= set(head) or not lines:
        raise DataError(f"Expected the columns idx and orig_file in the first line, then images. Received: {path!r}")
    number, file = head.index("idx"), head.index("orig_file")
    try:
        return [(int(line[number]), line[file]) for line in lines]
    except (ValueError, IndexError) as error:
        raise DataError(f"A line of the list of images is damaged ({error}). Received: {printable(path)!r}") from error


def _lines(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read().splitlines()
    except OSError as error:
        raise DataError(f"The file cannot be opened ({error.strerror}). Received: {printable(path)!r}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"Expected a text file. Received: {printable(path)!r}") from error
