"""Images in a zip archive, read in place: nothing is ever extracted."""

import io
import json
import os
import zipfile

import numpy as np

from keras_gans.data.decode import EXTENSIONS, MAX_PIXELS
from keras_gans.data.errors import DataError, Unreadable, printable, some
from keras_gans.data.sources.base import EncodedSource, digest
from keras_gans.data.sources.folder import classes_of

MAX_ENTRY_BYTES = 4 * MAX_PIXELS
"""Largest entry that is unpacked, in bytes."""
MAX_RATIO, RATIO_FROM = 200, 2**20
"""An entry of at least `RATIO_FROM` bytes that was packed to less than a `MAX_RATIO`-th is taken for a bomb: images
are compressed already."""
MAX_LABEL = 2**16 - 1
"""Largest label: a model has a layer as wide as the labels are many, so a larger one is taken for a mistake."""


class ZipSource(EncodedSource):
    """Every image of a zip archive, sorted by name.

    Labels come from a file `dataset.json` at the top of the archive, as in the data sets of StyleGAN:
    `{"labels": [["folder/1.png", 3], ...]}`, or a dictionary of names and numbers; `"class_names": [...]` may be
    there too. Without it the classes are the top folders, as `FolderSource` has them; where all lie
    in one folder, the folders in that.

    Args:
        path: the archive.

    Attributes:
        content: digest of the names, sizes and CRC-32 checksums of the images, and of the labels.

    Raises:
        DataError: no archive, a damaged one, one with no image, entries that lead out of it or are encrypted, or a
            dataset.json that does not fit.
    """

    def __init__(self, path):
        self.name, self.path = printable(os.fspath(path)), os.fspath(path)
        try:
            self._zip = zipfile.ZipFile(self.path)
            entries = self._zip.infolist()
        except Exception as error:  # zipfile may raise anything on an archive that somebody made up
            said = getattr(error, "strerror", None) or error
            raise DataError(f"The zip archive cannot be read ({said}). Received: source={self.name!r}") from error
        self._refuse(entries)
        files = [entry for entry in entries if not entry.filename.endswith("/") and not _hidden(entry.filename)]
        self.entries = sorted((e for e in files if _is_image(e.filename)), key=lambda entry: entry.filename)
        if not self.entries:
            raise DataError(f"No image in the zip archive. Received: source={self.name!r}")
        others = sum(not _is_image(e.filename) and e.filename != "dataset.json" for e in files)
        self.notes = [f"{some(others, 'file')} of other kinds left alone"] if others else []
        names = [entry.filename for entry in self.entries]
        if any(entry.filename == "dataset.json" for entry in files):
            self.labels, self.class_names = self._labels(names)
            if self.labels is None:
                self.notes.append('dataset.json holds no "labels"')
        else:
            self.labels, self.class_names = classes_of(_unwrapped(names))
        self._digest()

    def __len__(self):
        return len(self.entries)

    def name_of(self, index):
        return self.entries[index].filename

    def open(self, index):
        return io.BytesIO(self._read(self.entries[index]))

    def select(self, indices):
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other.entries = [self.entries[i] for i in indices]
        other.labels = None if self.labels is None else self.labels[np.asarray(indices, np.int64)]
        other._digest()
        return other

    def _refuse(self, entries):
        problems = []
        for entry in entries:
            parts = entry.filename.replace("\\", "/").split("/")
            if ".." in parts or entry.filename.startswith(("/", "\\")) or ":" in parts[0]:
                problems.append((entry.filename, "leads out of the archive"))
            elif entry.flag_bits & 1:
                problems.append((entry.filename, "is encrypted"))
        if problems:
            raise DataError(
                f"The zip archive has entries that are not allowed. Received: source={self.name!r}", problems
            )

    def _read(self, entry):
        if entry.file_size > MAX_ENTRY_BYTES:
            raise Unreadable(f"{entry.file_size:,} bytes, more than the limit of {MAX_ENTRY_BYTES:,}")
        if entry.file_size >= RATIO_FROM and entry.file_size > MAX_RATIO * entry.compress_size:
            raise Unreadable(f"packed to less than 1/{MAX_RATIO} of {entry.file_size:,} bytes: an archive bomb")
        try:
            with self._zip.open(entry) as file:
                data = file.read(entry.file_size + 1)
        except Exception as error:  # zipfile may raise anything on an archive that somebody made up
            raise Unreadable(f"damaged in the archive ({error})") from error
        if len(data) != entry.file_size:
            raise Unreadable("another size than the archive's directory says")
        return data

    def _labels(self, names):
        where = f"dataset.json of {self.name}"
        try:
            content = json.loads(self._read(self._zip.getinfo("dataset.json")))
        except (Unreadable, ValueError, RecursionError) as error:
            raise DataError(f"The labels cannot be read ({error}). Received: {where}") from error
        labels = content.get("labels") if isinstance(content, dict) else None
        if labels is None:
            return None, None
        numbers, twice = {}, set()
        try:
            for name, label in labels.items() if isinstance(labels, dict) else labels:
                if numbers.setdefault(str(name), label) != label:
                    twice.add(str(name))
        except (TypeError, ValueError):
            raise DataError(f'"labels" must be pairs [name, number]. Received: {where}') from None
        problems = [(name, _label_problem(name, numbers, twice)) for name in names]
        problems = [(name, reason) for name, reason in problems if reason]
        if problems:
            raise DataError(
                f"{len(problems)} of {len(names)} images have no label that can be used. Received: {where}",
                problems,
                hint='Expected {"labels": [["folder/1.png", 3], ...]}: the name of each image, its class.',
            )
        strangers = len(numbers.keys() - set(names))
        if strangers:
            self.notes.append(f"dataset.json has labels of {some(strangers)} that the archive does not hold")
        found = np.array([numbers[name] for name in names], np.int32)
        class_names = content.get("class_names")
        if class_names is not None and (not isinstance(class_names, list) or len(class_names) <= found.max()):
            raise DataError(f'"class_names" must name all {found.max() + 1} classes. Received: {where}')
        return found, class_names and [printable(name) for name in class_names]

    def _digest(self):
        listed = [(entry.filename, entry.file_size, entry.CRC) for entry in self.entries]
        self.content = digest("zip", listed, None if self.labels is None else self.labels.tolist())


def _label_problem(name, numbers, twice):
    """Why an image has no label that can be used, or None."""
    if name not in numbers:
        return "no label"
    label = numbers[name]
    if not isinstance(label, int) or isinstance(label, bool) or not 0 <= label <= MAX_LABEL:
        return f"its label is {str(label)[:40]!r}, no integer from 0 to {MAX_LABEL}"
    return "labelled twice, and not alike" if name in twice else None


def _is_image(name):
    return os.path.splitext(name)[1].lower() in EXTENSIONS


def _hidden(name):
    return any(part.startswith(".") or part == "__MACOSX" for part in name.split("/"))


def _unwrapped(names):
    """Names without the folders that all of them begin with: an archive is mostly made of one folder."""
    while len({name.partition("/")[0] for name in names}) == 1 and all("/" in name for name in names):
        names = [name.partition("/")[2] for name in names]
    return names
