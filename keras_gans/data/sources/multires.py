"""Images in the multi-resolution TFRecord files of PGGAN's official code, which StyleGAN reads as well.

A folder holds NAME-r02.tfrecords, NAME-r03.tfrecords, ...: the same images in the same order at 4, 8, ... pixels. A
record is a `tf.train.Example` with `shape`, the integers [C, H, W], and `data`, the raw uint8 pixels in that order.
NAME-rxx.labels is a .npy array, float32 [N, classes], one-hot.

TFRecord framing: length (8 bytes, little-endian), its masked CRC-32C (4), data, its masked CRC-32C (4).
"""

import json
import os
import re

import google_crc32c
import numpy as np

from keras_gans.data.decode import Header
from keras_gans.data.errors import DataError, Unreadable, printable
from keras_gans.data.sources.base import OpenFile, Source, digest

FORMAT = "keras_gans tfrecords"
_FILE = re.compile(r"(.+)-r(\d\d)\.tfrecords")
_SAMPLES = 16
_FINGERPRINTED = 2**24  # bytes of the smallest level


def is_multires(path):
    """Whether a folder holds such files."""
    try:
        return any(_FILE.fullmatch(name) for name in os.listdir(path))
    except OSError:
        return False


class MultiresSource(Source):
    """Images whose lower resolutions are stored beside them, each readable on its own.

    Every record is checked against its checksum when it is read. Labels that are no one-hot rows are left out, which
    `notes` says.

    Args:
        path: the folder.

    Attributes:
        levels: dict of resolution -> `LevelFile`.
        content: digest of the names and sizes of the files, of the first 16 MiB of the smallest, and of the labels.

    Raises:
        DataError: files of several data sets, of different numbers of images, cut off or of another layout.
    """

    def __init__(self, path):
        self.name, self.path = printable(os.fspath(path)), os.fspath(path)
        found = [match for match in map(_FILE.fullmatch, sorted(os.listdir(self.path))) if match]
        names = sorted({match.group(1) for match in found})
        if len(names) != 1:
            listed = ", ".join(map(printable, names)) or "none"
            raise DataError(f"Expected the files NAME-rNN.tfrecords of one data set. Received: {listed} in {self.name}")
        self.stem = names[0]
        self.levels = {
            2 ** int(match.group(2)): LevelFile(os.path.join(self.path, match.group(0)), 2 ** int(match.group(2)))
            for match in found
        }
        counts = {level.name: len(level) for level in self.levels.values()}
        channels = {level.name: level.channels for level in self.levels.values()}
        for values, what in ((counts, "images"), (channels, "channels")):
            if len(set(values.values())) > 1:
                raise DataError(f"The files of {self.name} differ in their {what}.", [*values.items()])
        self.resolution = max(self.levels)
        self._numbers = np.arange(len(self.levels[self.resolution]))
        self.notes, self.labels, self.class_names = [], None, None
        self._read_labels()
        self._digest()

    def __len__(self):
        return len(self._numbers)

    def name_of(self, index):
        return self.levels[self.resolution].name_of(self._numbers[index])

    def header(self, index):
        level = self.levels[self.resolution]
        return Header(self.resolution, self.resolution, level.channels, format="tfrecords")

    def pixels(self, index, at_least=None):
        return self.levels[self.resolution].pixels(self._numbers[index])

    def level(self, index, resolution):
        if resolution not in self.levels or resolution >= self.resolution:
            return None
        level, number = self.levels[resolution], self._numbers[index]
        try:
            return level.pixels(number)
        except Unreadable as error:
            raise Unreadable(f"{level.name_of(number)}: {error}") from error

    def reduced(self, resolution):
        if resolution not in self.levels or resolution >= self.resolution:
            return self
        other = self._copy()
        other.resolution = resolution
        other._digest()
        return other

    def select(self, indices):
        other = self._copy()
        other._numbers = self._numbers[np.asarray(indices, np.int64)]
        other.labels = None if self.labels is None else self.labels[np.asarray(indices, np.int64)]
        other._digest()
        return other

    def _copy(self):
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        return other

    def _read_labels(self):
        files = sorted(file for file in os.listdir(self.path) if file.endswith(".labels"))
        file = f"{self.stem}-rxx.labels"
        if file not in files:
            if not files:
                return
            file = files[0]
        try:
            with open(os.path.join(self.path, file), "rb") as opened:
                rows = np.lib.format.read_array(opened, allow_pickle=False)
        except (OSError, ValueError, EOFError) as error:
            raise DataError("The labels cannot be read.", [(file, " ".join(str(error).split())[:120])]) from error
        if rows.ndim not in (1, 2) or len(rows) != len(self):
            raise DataError(
                f"Expected one row of labels for each of {len(self)} images. Received: {printable(file)} of shape "
                f"{list(rows.shape)}"
            )
        rows = rows.reshape(len(rows), -1)
        if not (np.isin(rows, (0, 1)).all() and (rows.sum(axis=1) == 1).all()):
            self.notes.append(f"{printable(file)} has rows that are not one-hot: its labels are left out")
            return
        self.labels = rows.argmax(axis=1).astype(np.int32)
        names = read_plan(self.path, self.stem).get("class_names")
        fits = isinstance(names, list) and len(names) == rows.shape[1]
        self.class_names = names if fits else [str(number) for number in range(rows.shape[1])]

    def _digest(self):
        files = [(resolution, level.size) for resolution, level in sorted(self.levels.items())]
        with open(self.levels[min(self.levels)].path, "rb") as file:
            start = file.read(_FINGERPRINTED)
        labels = None if self.labels is None else self.labels.tolist()
        whole = len(self) == len(self.levels[self.resolution])
        chosen = None if whole else self._numbers.tolist()
        self.content = digest("multires", files, start, labels, chosen, self.resolution)


class LevelFile:
    """One file: all images at one resolution, record by record.

    Args:
        path: the file.
        resolution: side of its images.

    Attributes:
        channels: int, of the images.
        size: int, bytes of the file.

    Raises:
        DataError: the file is empty, cut off, or of another layout.
    """

    def __init__(self, path, resolution):
        self.path, self.name, self.resolution = path, printable(os.path.basename(path)), resolution
        try:
            self._file = OpenFile(path)
        except OSError as error:
            raise DataError("A level cannot be opened.", [(self.name, error.strerror)]) from error
        self.size = self._file.size
        self.channels = None
        try:
            self._offsets = self._find_records()
            self.channels = self._parse(self._first_whole(), None).shape[2]
        except Unreadable as error:
            raise DataError(f"Not a file of images of {resolution} px.", [(self.name_of(0), str(error))]) from error

    def __len__(self):
        return len(self._offsets)

    def name_of(self, number):
        """The file and the place of an image."""
        return f"{self.name} at byte {self._offsets[number] if hasattr(self, '_offsets') else 0}"

    def read(self, number):
        """The bytes of a record, checked against their checksum; raises `Unreadable`."""
        offset = int(self._offsets[number])
        length = self._length(offset)
        data = self._file.read(length + 4, offset + 12)
        if len(data) < length + 4:
            raise Unreadable(f"cut off: {len(data)} of {length + 4} bytes are there")
        if masked_crc(data[:-4]) != data[-4:]:
            raise Unreadable("its checksum differs: the file was damaged")
        return data[:-4]

    def pixels(self, number):
        """An image, uint8 [resolution, resolution, channels]; raises `Unreadable`."""
        return self._parse(self.read(number), self.channels)

    def _parse(self, record, channels):
        from tensorflow.train import Example

        try:
            features = Example.FromString(record).features.feature
            shape = list(features["shape"].int64_list.value)
            data = features["data"].bytes_list.value[0]
        except Exception as error:  # protobuf's DecodeError, or no such feature
            raise Unreadable("not an Example with the features `shape` and `data`") from error
        side = self.resolution
        if len(shape) != 3 or shape[1:] != [side, side] or shape[0] != (channels or shape[0]):
            raise Unreadable(f"its shape is {shape}; expected [{channels or 'C'}, {side}, {side}]")
        if len(data) != np.prod(shape):
            raise Unreadable(f"it has {len(data)} bytes of pixels for a shape of {shape}; expected raw uint8")
        return np.frombuffer(data, np.uint8).reshape(shape).transpose(1, 2, 0)  # [H W C]

    def _first_whole(self):
        """The first record that is not damaged; if all are, raises for the first of them."""
        for number in range(len(self)):
            try:
                return self.read(number)
            except Unreadable:
                continue
        return self.read(0)

    def _find_records(self):
        """Places of the records: all of one length, as the official tool writes them, or found one by one."""
        if not self.size:
            raise Unreadable("the file is empty")
        stride = self._length(0) + 16
        if self.size % stride == 0:
            offsets = np.arange(self.size // stride, dtype=np.int64) * stride
            looked_at = offsets[np.linspace(0, len(offsets) - 1, _SAMPLES).astype(int)]
            if all(self._file.read(8, int(offset)) == (stride - 16).to_bytes(8, "little") for offset in looked_at):
                return offsets
        offsets, offset = [], 0
        while offset < self.size:
            try:
                end = offset + 16 + self._length(offset)
            except Unreadable as error:
                raise DataError("A file cannot be used.", [(f"{self.name} at byte {offset}", str(error))]) from error
            if end > self.size:
                reason = f"cut off: the record ends at byte {end}, the file at {self.size}"
                raise DataError("A file cannot be used.", [(f"{self.name} at byte {offset}", reason)])
            offsets.append(offset)
            offset = end
        return np.array(offsets, np.int64)

    def _length(self, offset):
        head = self._file.read(12, offset)
        if len(head) < 12:
            raise Unreadable("cut off in the length of the record")
        if masked_crc(head[:8]) != head[8:]:
            raise Unreadable("the length of the record is damaged")
        return int.from_bytes(head[:8], "little")


def masked_crc(data):
    """The checksum of a TFRecord: CRC-32C, rotated right by 15 bits, plus 0xa282ead8; 4 bytes, little-endian.

    Args:
        data: bytes.

    Example:

    >>> masked_crc((5).to_bytes(8, "little")).hex()
    'eab2043e'
    """
    crc = google_crc32c.value(data)
    return ((((crc >> 15) | (crc << 17)) + 0xA282EAD8) % 2**32).to_bytes(4, "little")


def framed(data):
    """The bytes of a TFRecord that holds `data`."""
    length = len(data).to_bytes(8, "little")
    return b"".join((length, masked_crc(length), data, masked_crc(data)))


def read_plan(path, stem):
    """What `keras_gans.data.multires.build` wrote about a data set: a dictionary; empty where others made it.

    Args:
        path: the folder.
        stem: NAME of its files.
    """
    try:
        with open(os.path.join(path, f"{stem}.json"), encoding="utf-8") as file:
            plan = json.load(file)
        return plan if plan.get("format") == FORMAT else {}
    except (OSError, ValueError, AttributeError):
        return {}
