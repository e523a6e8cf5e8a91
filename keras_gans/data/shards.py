"""Writes TFRecord shards of encoded images, resumably, and verifies them.

Each image is stored once, as the bytes of its PNG or JPEG file where that is what it came in and nothing is to be
changed, else as PNG; after that of a square image comes a record of its levels of at most 64 px as raw pixels, so that
the small stages of progressive growing neither read nor decode the image.
"""

import dataclasses
import hashlib
import json
import math
import os
import zlib

import numpy as np

from keras_gans.data.errors import DataError, printable
from keras_gans.data.geometry import halve
from keras_gans.data.prepared import png
from keras_gans.data.sources.base import digest
from keras_gans.data.sources.shards import (
    COLUMNS,
    FORMAT,
    INDEX,
    PLAN,
    length_problem,
    read_index,
    read_table,
    record_problem,
    table_name,
)
from keras_gans.data.whole_files import UNFINISHED, is_free, write_whole
from keras_gans.data.workers import map_threads

SHARD_BYTES = 128 * 2**20
LARGEST_LEVEL = 64
_ELSEWHERE = "Name another folder; or delete this one, if nothing in it is needed."
_DIFFERING = {
    "fingerprint": "the images, or how they are read",
    "levels": "whether there are levels",
    "shard_bytes": "the size of a shard",
    "count": "the number of images",
}
_SAMPLES = 32
_CHUNK = 64


@dataclasses.dataclass(frozen=True)
class Estimate:
    """What a build will take.

    Attributes:
        images: number of images.
        bytes: total, from a sample of the images.
        shards: number of shards.
        images_per_shard: in each but the last.
    """

    images: int
    bytes: int
    shards: int
    images_per_shard: int


def estimate(data, levels=True, shard_bytes=SHARD_BYTES):
    """Encodes a few images to say how large the shards will be.

    Args:
        data: `ImageData`.
        levels: whether levels of at most 64 px are stored.
        shard_bytes: size of a shard.

    Returns:
        `Estimate`.

    Raises:
        DataError: images that cannot be stored.
    """
    _check(data, shard_bytes)
    chosen = sorted({int(k) for k in np.linspace(0, len(data) - 1, _SAMPLES)})
    sizes = map_threads(lambda index: sum(len(part) + 16 for part in _records(data, index, levels)[0]), chosen)
    mean = sum(sizes) / len(sizes)
    per_shard = max(1, round(shard_bytes / mean))
    return Estimate(len(data), round(mean * len(data)), -(-len(data) // per_shard), per_shard)


def build(data, directory, levels=True, shard_bytes=SHARD_BYTES, progress=None):
    """Writes the shards of a data set. Called again with the same data it goes on where it stopped.

    A shard is written under another name, flushed to the disk and renamed, so what has its name is whole; the index
    is written last.

    Args:
        data: `ImageData`, uint8 or uint16.
        directory: folder to write; made where it is missing; empty, or with the same build in it.
        levels: whether levels of at most 64 px are stored.
        shard_bytes: size of a shard, about.
        progress: None or a function of (images done, images in all).

    Returns:
        The index: a dictionary.

    Raises:
        DataError: float images, or a folder with something else in it.
        OSError: the folder cannot be written; the shards that are finished stay.
    """
    _check(data, shard_bytes)
    os.makedirs(directory, exist_ok=True)
    plan = _plan(data, directory, levels, shard_bytes)
    per_shard, count = plan["images_per_shard"], len(data)
    total = -(-count // per_shard)
    shards, checksums = [], _checksums(directory)
    for number in range(total):
        name = f"shard-{number:05d}-of-{total:05d}.tfrecord"
        rows = range(number * per_shard, min(count, (number + 1) * per_shard))
        shard = _finished(directory, name, plan["id"])
        if shard is None or checksums.get(name, shard["table_crc32"]) != shard["table_crc32"]:
            shard = _write_shard(data, directory, name, rows, levels, plan["id"], progress)
        shards.append(shard)
        if progress is not None:
            progress(rows.stop, count)
    index = {
        "format": FORMAT,
        "version": 1,
        "source": data.name,
        "count": count,
        "image_shape": list(data.image_shape),
        "dtype": data.dtype,
        "class_names": data.class_names,
        "fingerprint": data.fingerprint,
        "shards": shards,
    }
    write_whole(os.path.join(directory, INDEX), json.dumps(index, indent=1).encode())
    return index


def verify(directory, progress=None):
    """Reads every byte of the shards and compares it with the checksums.

    Args:
        directory: folder of shards.
        progress: None or a function of (shards done, shards in all).

    Returns:
        List of (name, reason); empty when all is well. A damaged record is named by its shard and its offset.

    Raises:
        DataError: the folder holds no finished shards.
    """
    shards, problems = read_index(directory)["shards"], []
    for done, shard in enumerate(shards, 1):
        try:
            table = read_table(directory, shard)
        except DataError as error:
            problems += error.problems
            continue
        path = os.path.join(directory, shard["name"])
        problem = length_problem(directory, shard)
        if problem:
            problems.append((shard["name"], problem))
        if os.path.isfile(path):
            with open(path, "rb") as file:
                for name, *places in zip(*(table[key] for key in COLUMNS)):
                    for offset, length, crc in dict.fromkeys((tuple(places[:3]), tuple(places[3:6]))):
                        file.seek(offset)
                        reason = record_problem(file.read(length), length, crc)
                        if reason:
                            problems.append((f"{shard['name']} at byte {offset} ({printable(name)})", reason))
        if progress is not None:
            progress(done, len(shards))
    return problems


def _check(data, shard_bytes):
    if not 0 < shard_bytes < math.inf:
        raise ValueError(f"The size of a shard must be a positive number of bytes. Received: shard_bytes={shard_bytes}")
    if data.dtype == "float32":
        raise DataError(f"Float images cannot be stored as PNG; pass integers. Received: dtype={data.dtype}")
    if data.image_shape[2] not in (1, 3, 4):
        raise DataError(f"Images must have 1, 3 or 4 channels to be stored. Received: image_shape={data.image_shape}")


def _plan(data, directory, levels, shard_bytes):
    """What is being built in the folder, from the file that says so; written where the folder is empty."""
    path = os.path.join(directory, PLAN)
    received = f"Received: directory={printable(directory)!r}"
    wanted = {"fingerprint": data.fingerprint, "levels": levels, "shard_bytes": shard_bytes, "count": len(data)}
    if os.path.isfile(path):
        try:
            with open(path, encoding="utf-8") as file:
                plan = json.load(file)
            differ = [key for key, value in wanted.items() if plan[key] != value]
            if not isinstance(plan["images_per_shard"], int) or plan["images_per_shard"] < 1:
                raise ValueError("images_per_shard")
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(f"{PLAN} is damaged. {received}", hint=_ELSEWHERE) from error
        if differ:
            raise DataError(
                f"Another build is in the folder, of {plan['count']} images from {printable(plan['source'])!r}; "
                f"what differs: {', '.join(_DIFFERING[key] for key in differ)}. {received}",
                hint=_ELSEWHERE,
            )
        return plan
    if not is_free(directory, PLAN):
        raise DataError(f"The folder for the shards is not empty. {received}", hint=_ELSEWHERE)
    per_shard = estimate(data, levels, shard_bytes).images_per_shard
    plan = {"format": FORMAT, "source": data.name, "images_per_shard": per_shard, **wanted}
    plan["id"] = digest(plan)
    write_whole(path, json.dumps(plan, indent=1).encode())
    return plan


def _checksums(directory):
    """The checksums of the tables by the names of their shards, where a finished build left them."""
    try:
        return {shard["name"]: shard["table_crc32"] for shard in read_index(directory)["shards"]}
    except DataError:
        return {}


def _finished(directory, name, plan_id):
    """What the index says of a shard that is whole already, or None."""
    try:
        with open(os.path.join(directory, table_name(name)), "rb") as file:
            data = file.read()
        table = json.loads(data)
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(table, dict):
        return None
    shard = {"name": name, "table_crc32": zlib.crc32(data), **{key: table.get(key) for key in ("bytes", "sha256")}}
    return shard if table.get("plan") == plan_id and length_problem(directory, shard) is None else None


def _write_shard(data, directory, name, rows, levels, plan_id, progress):
    import tensorflow as tf

    path, temporary = os.path.join(directory, name), os.path.join(directory, name + UNFINISHED)
    counts = []
    table = {"plan": plan_id, **{column: [] for column in COLUMNS}, "labels": None}
    if data.labels is not None:
        table["labels"] = data.labels[rows.start : rows.stop].tolist()
    try:
        with tf.io.TFRecordWriter(temporary) as writer:
            for start in range(rows.start, rows.stop, _CHUNK):
                chunk = range(start, min(start + _CHUNK, rows.stop))
                for index, (records, shape) in zip(chunk, map_threads(lambda k: _records(data, k, levels), chunk)):
                    for record in records:
                        writer.write(record)
                    table["names"].append(printable(data.name_of(index)))
                    table["shapes"].append(shape)
                    counts.append(len(records))
                if progress is not None:
                    progress(chunk.stop, len(data))
    except tf.errors.OpError as error:  # a full disk, a folder that went away
        raise OSError(f"The shard cannot be written ({error.message}). Received: {printable(path)!r}") from error
    sha, offset = hashlib.sha256(), 0
    with open(temporary, "rb") as file:
        for count in counts:
            for kind in ("", "level_")[:count]:
                head = file.read(8)
                record = head + file.read(int.from_bytes(head, "little") + 8)
                sha.update(record)
                table[kind + "offsets"].append(offset)
                table[kind + "lengths"].append(len(record))
                table[kind + "crc32"].append(zlib.crc32(record))
                offset += len(record)
            if count == 1:  # no levels: as if the image's record held them
                for column in ("offsets", "lengths", "crc32"):
                    table["level_" + column].append(table[column][-1])
        os.fsync(file.fileno())
    table["bytes"], table["sha256"] = offset, sha.hexdigest()
    os.replace(temporary, path)
    write_whole(os.path.join(directory, table_name(name)), json.dumps(table).encode())
    return _finished(directory, name, plan_id)


def _records(data, index, levels):
    """(one or two serialized `tf.train.Example`s of image `index`, its [H, W, C])."""
    pixels = data.read([index])[0]
    encoded = data.original(index)
    features = {
        "image": png(pixels) if encoded is None else encoded,
        "name": printable(data.name_of(index)).encode(),
    }
    label = None if data.labels is None else int(data.labels[index])
    records = [_example(features, label)]
    height, width, _ = pixels.shape
    side = height if levels and height == width else 0
    times, stored = 0, {}
    while side and side % 2 == 0 and side > 4:
        side, times = side // 2, times + 1
        if side <= LARGEST_LEVEL:
            stored[f"level_{side}"] = halve(pixels, times).tobytes()
    if stored:
        records.append(_example(stored))
    return records, list(pixels.shape)


def _example(features, label=None):
    from tensorflow.train import BytesList, Example, Feature, Features, Int64List

    features = {key: Feature(bytes_list=BytesList(value=[value])) for key, value in features.items()}
    if label is not None:
        features["label"] = Feature(int64_list=Int64List(value=[label]))
    return Example(features=Features(feature=features)).SerializeToString(deterministic=True)
