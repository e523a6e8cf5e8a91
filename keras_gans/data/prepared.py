"""A folder of images that is written from other images, several at once, and goes on where it stopped."""

import io
import json
import os
import threading

import numpy as np
from PIL import Image

from keras_gans.data.errors import DataError, Unreadable, printable, some
from keras_gans.data.whole_files import UNFINISHED, is_free, write_whole
from keras_gans.data.workers import map_threads

LOG = ".prepared.jsonl"
"""Hidden file in the folder: what it is made with, then one line for each source image that is done."""


def prepare(directory, names, make, settings, progress=None, at_once=None):
    """Makes images from each of many sources and writes them as PNG files.

    A file is whole or not there. Called again with the same settings it makes only what is missing.

    Args:
        directory: folder to write; made where it is missing; empty, or with the same settings in it where an image is
            done.
        names: list of str, the sources.
        make: function of an index into `names` -> dict of file name (with "/" between folders, without ".png") -> uint8
            or uint16 array [H, W, 1, 3 or 4]; raises `Unreadable`. Called from several threads.
        settings: dict of JSON values that the images depend on.
        progress: None or a function of (sources done, sources in all).
        at_once: sources that are worked on at the same time; None: as many as there are processors.

    Returns:
        Number of files, those of earlier calls included.

    Raises:
        DataError: sources that cannot be used, all named once the others are done; or a folder with something else.
        OSError: the folder cannot be written; what is finished stays.
    """
    done = _claim(directory, settings)
    writers = {file: name for name, files in done.items() for file in files}
    lock = threading.Lock()

    def work(index):
        name = names[index]
        if name in done and all(os.path.isfile(os.path.join(directory, file + ".png")) for file in done[name]):
            return None
        try:
            images = make(index)
            with lock:
                for file in images:
                    if os.path.isabs(file) or ".." in file.split("/"):
                        raise Unreadable("its name leads out of the folder")
                    if writers.setdefault(file, name) != name:
                        raise Unreadable(f"it would be called {printable(file)}.png, as {printable(writers[file])} is")
        except Unreadable as error:
            return str(error)
        for file, pixels in images.items():
            _write(os.path.join(directory, file + ".png"), png(pixels))
        with lock:
            done[name] = list(images)
            log.write(json.dumps([name, done[name]]) + "\n")
            log.flush()
        return None

    problems, step = [], at_once or os.cpu_count() or 1
    with open(os.path.join(directory, LOG), "a", encoding="utf-8") as log:
        for start in range(0, len(names), step):
            indices = range(start, min(start + step, len(names)))
            problems += [(names[k], reason) for k, reason in zip(indices, map_threads(work, indices)) if reason]
            if progress is not None:
                progress(indices.stop, len(names))
    count = sum(len(done.get(name, ())) for name in names)
    if problems:
        raise DataError(
            f"{len(problems)} of {len(names)} images could not be prepared.",
            problems,
            hint=f"The others gave {some(count, 'file')}: {printable(directory)}" if count else "",
        )
    return count


def png(pixels):
    """The bytes of a PNG file.

    Args:
        pixels: uint8 or uint16 array [H, W, 1, 3 or 4].

    Example:

    >>> png(np.zeros([2, 2, 3], "uint8"))[1:4]
    b'PNG'
    """
    if pixels.dtype == np.uint16:
        import tensorflow as tf  # Pillow writes no 16-bit colour

        with tf.device("/cpu:0"):
            return tf.io.encode_png(pixels).numpy()
    file = io.BytesIO()
    Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else np.ascontiguousarray(pixels)).save(file, "PNG")
    return file.getvalue()


def _claim(directory, settings):
    """What is done already, a dict of source name -> file names; checks that the folder may be written."""
    os.makedirs(directory, exist_ok=True)
    path = os.path.join(directory, LOG)
    if not os.path.isfile(path):
        if not is_free(directory, LOG):
            raise DataError(
                f"The folder is not empty. Received: directory={printable(directory)!r}",
                hint="Images are prepared into a new folder, or into one that the same command has begun.",
            )
        write_whole(path, (json.dumps(settings) + "\n").encode())
        return {}
    with open(path, encoding="utf-8") as file:
        text = file.read()
    lines = text.split("\n")
    found = _parsed(lines[0])
    entries = [entry for entry in map(_parsed, lines[1:]) if isinstance(entry, list) and len(entry) == 2]
    if os.listdir(directory) == [LOG] and not entries:  # nothing was made: other settings may be tried
        write_whole(path, (json.dumps(settings) + "\n").encode())
        return {}
    if found != json.loads(json.dumps(settings)):
        differing = [key for key in settings if not isinstance(found, dict) or found.get(key) != settings[key]]
        raise DataError(
            f"The folder was begun with other settings ({', '.join(differing) or 'of another command'}). "
            f"Received: directory={printable(directory)!r}"
        )
    if lines[-1]:  # a line that was cut off
        with open(path, "a", encoding="utf-8") as file:
            file.write("\n")
    return dict(entries)


def _parsed(line):
    try:
        return json.loads(line)
    except ValueError:
        return None


def _write(path, data):
    """Writes one of many files whole or not at all; it may be lost with the machine, and is then made anew."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path + UNFINISHED, "wb") as file:
        file.write(data)
    os.replace(path + UNFINISHED, path)
