"""Images in TFRecord shards, as `keras_gans.data.shards.build` writes them."""

import io
import json
import os
import zlib

import numpy as np

from keras_gans.data.decode import Header
from keras_gans.data.errors import DataError, Unreadable, printable
from keras_gans.data.sources.base import EncodedSource, OpenFile, digest

FORMAT = "keras_gans shards"
INDEX, PLAN = "index.json", "plan.json"


def is_shards(path):
    """Whether a folder holds shards, finished or not."""
    return any(
        os.path.isfile(os.path.join(path, name)) and _is_ours(os.path.join(path, name)) for name in (INDEX, PLAN)
    )


class ShardSource(EncodedSource):
    """Images in the shards of a folder, each readable on its own.

    A shard is a TFRecord file of `tf.train.Example`s, with a JSON file beside it that holds place, checksum, size and
    label of every record. An image has one record (features: `image` PNG or JPEG bytes; `label`; `name`), and after it
    one of its levels of at most 64 px (features `level_N`: raw pixels [N, N, C]), unless it has none. Every record is
    checked against its checksum when it is read.

    Args:
        path: the folder.

    Attributes:
        content: digest of the SHA-256 checksums of the shards.

    Raises:
        DataError: an unfinished build, a missing file, or a shard of another length than its index says.
    """

    def __init__(self, path):
        self.name, self.path = printable(os.fspath(path)), os.fspath(path)
        index = read_index(self.path)
        self.class_names, self.dtype = index["class_names"], index["dtype"]
        self.shards = index["shards"]
        self._records, problems = [], []
        labels = []
        for number, shard in enumerate(self.shards):
            problem = length_problem(self.path, shard)
            if problem:
                problems.append((shard["name"], problem))
                continue
            table = read_table(self.path, shard)
            self._records += [(number, *record) for record in zip(*(table[key] for key in COLUMNS))]
            labels += table["labels"] or []
        if problems:
            raise DataError(f"{len(problems)} of {len(self.shards)} shards cannot be used.", problems, _VERIFY)
        if labels and (len(labels) != len(self._records) or self.class_names and max(labels) >= len(self.class_names)):
            raise DataError(f"The labels do not fit the images. Received: source={self.name!r}", hint=_VERIFY)
        self.labels = np.array(labels, np.int32) if labels else None
        self.notes = []
        self._files = {}
        self._digest()

    def __len__(self):
        return len(self._records)

    def name_of(self, index):
        number, name, offset = self._records[index][:3]
        return f"{self.shards[number]['name']} at byte {offset} ({printable(name)})"

    def header(self, index):
        height, width, channels = self._records[index][-1]
        return Header(height, width, channels, np.dtype(self.dtype).itemsize * 8, format="shard")

    def open(self, index):
        try:
            return io.BytesIO(self._features(index)["image"].bytes_list.value[0])
        except IndexError:
            raise Unreadable("the record holds no image") from None

    def is_whole(self, index):
        return True

    def level(self, index, resolution):
        height, width, channels = self._records[index][-1]
        if height != width or resolution > 64 or resolution >= height:
            return None
        features = self._features(index, of_levels=True)
        if f"level_{resolution}" not in features:
            return None
        try:
            pixels = np.frombuffer(features[f"level_{resolution}"].bytes_list.value[0], self.dtype)
            return pixels.reshape(resolution, resolution, channels)
        except (IndexError, ValueError) as error:
            raise Unreadable(f"its level of {resolution} px is damaged ({error})") from error

    def select(self, indices):
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other._records = [self._records[i] for i in indices]
        other.labels = None if self.labels is None else self.labels[np.asarray(indices, np.int64)]
        other._digest()
        return other

    def _features(self, index, of_levels=False):
        from tensorflow.train import Example

        number, places = self._records[index][0], self._records[index][2:8]
        offset, length, crc = places[3:] if of_levels else places[:3]
        data = self._file(number).read(length, offset)
        reason = record_problem(data, length, crc)
        if reason:
            raise Unreadable(reason)
        try:
            return Example.FromString(data[12:-4]).features.feature
        except Exception as error:  # protobuf's DecodeError
            raise Unreadable(f"not a record of keras_gans ({error})") from error

    def _file(self, number):
        if number not in self._files:
            self._files[number] = OpenFile(os.path.join(self.path, self.shards[number]["name"]))
        return self._files[number]

    def _digest(self):
        places = [(number, offset) for number, _, offset, *_ in self._records]
        self.content = digest("shards", [shard["sha256"] for shard in self.shards], places)


COLUMNS = ("names", "offsets", "lengths", "crc32", "level_offsets", "level_lengths", "level_crc32", "shapes")
"""Of the table of a shard. Without a record of levels those columns repeat the place of the image's."""
VERSION = 1
_ENTRY = {"name": str, "table_crc32": int, "bytes": int, "sha256": str}
_AGAIN = f"Delete {INDEX}; then the same `keras-gans dataset build` again makes it from the shards that are there."
_VERIFY = "`keras-gans dataset verify` checks every record; building again into the same folder makes what is missing."


def read_index(path):
    """The index of a finished build: a dictionary.

    Raises:
        DataError: there is none, or it is damaged.
    """
    shown = printable(path)
    file = os.path.join(path, INDEX)
    if not os.path.isdir(path):
        raise DataError(f"The folder of shards does not exist. Received: source={shown!r}")
    if not os.path.isfile(file):
        if not is_shards(path):
            raise DataError(f"No shards of keras_gans in the folder. Received: source={shown!r}")
        raise DataError(
            f"The shards are not finished: {INDEX} is missing. Received: source={shown!r}",
            hint="The same `keras-gans dataset build` again goes on where it stopped.",
        )
    if not _is_ours(file):
        raise DataError(f"{INDEX} is damaged, or not of keras_gans. Received: source={shown!r}", hint=_AGAIN)
    with open(file, encoding="utf-8") as opened:
        index = json.load(opened)
    if index.get("version") != VERSION:
        raise DataError(
            f"The shards are of version {printable(index.get('version'))} of their format; this package reads "
            f"{VERSION}. Received: source={shown!r}"
        )
    names, shards = index.get("class_names"), index.get("shards")
    for key, good in (
        ("dtype", index.get("dtype") in ("uint8", "uint16")),
        ("class_names", names is None or "class_names" in index and _is_list(names, str)),
        ("shards", _is_list(shards, dict) and shards),
    ):
        if not good or key not in index:
            raise DataError(f"{INDEX} is damaged ({key}). Received: source={shown!r}", hint=_AGAIN)
    for shard in shards:
        kinds = {key: type(value) for key, value in shard.items()}
        if kinds != _ENTRY or os.path.basename(shard["name"]) != shard["name"]:
            raise DataError(
                f"{INDEX} is damaged (an entry {printable(shard)}). Received: source={shown!r}", hint=_AGAIN
            )
    return index


def read_table(path, shard):
    """The table of a shard: a dictionary of columns, one entry for each record.

    Raises:
        DataError: it is missing or damaged.
    """
    name = table_name(shard["name"])
    try:
        with open(os.path.join(path, name), "rb") as file:
            data = file.read()
        if zlib.crc32(data) != shard["table_crc32"]:
            raise ValueError("its checksum differs")
        table = json.loads(data)
        for column in ("offsets", "lengths", "crc32"):  # older builds keep levels in the image's record
            table.setdefault("level_" + column, table[column])
        _check_table(table, shard["bytes"])
        return table
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        said = getattr(error, "strerror", None) or error
        raise DataError("The table of a shard cannot be used.", [(name, str(said))], _VERIFY) from error


def _check_table(table, size):
    """Raises what `read_table` catches where a table is none, or names places outside of a shard of `size` bytes."""
    count = len(table["names"])
    for column in COLUMNS:
        if len(table[column]) != count:
            raise ValueError(f"{column} has another length than names")
    for kind in ("", "level_"):
        for offset, length in zip(table[kind + "offsets"], table[kind + "lengths"]):
            if not 0 <= offset <= offset + length <= size:
                raise ValueError(f"a record at byte {offset} of {size}")
    for height, width, channels in table["shapes"]:
        if min(height, width, channels) < 1:
            raise ValueError("an image without pixels")
    labels = table["labels"]
    if labels is not None and (len(labels) != count or min(labels, default=0) < 0):
        raise ValueError("labels that do not fit")


def table_name(shard_name):
    """The name of the JSON file beside a shard."""
    return os.path.splitext(shard_name)[0] + ".json"


def length_problem(path, shard):
    """Why a shard cannot be whole, or None."""
    try:
        size = os.path.getsize(os.path.join(path, shard["name"]))
    except OSError as error:
        return f"cannot be opened ({error.strerror})"
    if size != shard["bytes"]:
        return (
            f"cut off at byte {size} of {shard['bytes']}"
            if size < shard["bytes"]
            else f"{size} bytes, not {shard['bytes']}"
        )
    return None


def record_problem(data, length, crc):
    """Why the bytes of a record are not what was written, or None."""
    if len(data) < length:
        return f"cut off after {len(data)} of {length} bytes"
    return "its checksum differs: the file was damaged" if zlib.crc32(data) != crc else None


def _is_list(value, kind):
    return isinstance(value, list) and all(isinstance(item, kind) for item in value)


def _is_ours(path):
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file).get("format") == FORMAT
    except (OSError, ValueError, AttributeError):
        return False
