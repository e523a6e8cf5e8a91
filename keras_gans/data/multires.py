"""Writes images in the multi-resolution TFRecord files of PGGAN's official code, resumably, and verifies them.

The layout is that of `sources.multires`. Lower resolutions are repeated 2x2 means of floats, each rounded half to even
for its own file only; the order is `numpy.random.RandomState(123).shuffle`, as `dataset_tool.py` of
tkarras/progressive_growing_of_gans has both.
"""

import contextlib
import io
import json
import os

import numpy as np

from keras_gans.data.errors import DataError, Unreadable, printable
from keras_gans.data.geometry import halve
from keras_gans.data.sources.multires import FORMAT, MultiresSource, framed, read_plan
from keras_gans.data.whole_files import UNFINISHED, is_free, write_whole

SMALLEST = 4
_CHUNK_BYTES = 2**25


def build(data, directory, shuffle=True, progress=None):
    """Writes one file a resolution. Called again with the same data it goes on where it stopped.

    Files have another name until all of them are written and flushed to the disk. NAME, that of the folder, also names
    NAME.json, which says what is in them.

    Args:
        data: `ImageData`, uint8, grey or colour, squares of 4 · 2^k pixels.
        directory: folder to write; made where it is missing; empty, or with the same build in it.
        shuffle: whether the images are stored in the official tool's random order, which its loader counts on.
        progress: None or a function of (images done, images in all).

    Returns:
        Dict of file name -> bytes.

    Raises:
        DataError: images that the layout has no room for, or a folder with something else in it.
        OSError: the folder cannot be written; what is finished stays.
    """
    record_sizes = _record_sizes(data)
    stem = os.path.basename(os.path.abspath(directory))
    os.makedirs(directory, exist_ok=True)
    plan = {
        "format": FORMAT,
        "source": data.name,
        "fingerprint": data.fingerprint,
        "count": len(data),
        "shuffle": bool(shuffle),
        "class_names": data.class_names,
    }
    _claim(directory, stem, plan)
    order = np.arange(len(data))
    if shuffle:
        np.random.RandomState(123).shuffle(order)  # the official order
    paths = {side: os.path.join(directory, f"{stem}-r{side.bit_length() - 1:02d}.tfrecords") for side in record_sizes}
    _write_levels(data, order, paths, record_sizes, progress)
    if data.labels is not None:
        labels = os.path.join(directory, f"{stem}-rxx.labels")
        file = io.BytesIO()
        np.save(file, np.eye(data.num_classes, dtype=np.float32)[data.labels[order]])
        write_whole(labels, file.getvalue())
    return {os.path.basename(path): os.path.getsize(path) for path in paths.values()}


def total_bytes(data):
    """What a build will take, exactly, labels aside.

    Args:
        data: `ImageData`.

    Returns:
        int.

    Raises:
        DataError: images that the layout has no room for.
    """
    return len(data) * sum(_record_sizes(data).values())


def verify(directory, progress=None):
    """Reads every record of every resolution and compares it with its checksum.

    Args:
        directory: folder of the files.
        progress: None or a function of (records done, records in all).

    Returns:
        List of (name, reason); empty when all is well. A damaged record is named by its file and its offset.

    Raises:
        DataError: files that are cut off or do not belong together.
    """
    levels = [level for _, level in sorted(MultiresSource(directory).levels.items())]
    problems, done, total = [], 0, sum(map(len, levels))
    for level in levels:
        for number in range(len(level)):
            try:
                level.pixels(number)
            except Unreadable as error:
                problems.append((level.name_of(number), str(error)))
            done += 1
            if progress is not None and (done % 256 == 0 or done == total):
                progress(done, total)
    return problems


def _record_sizes(data):
    """Dict of resolution, largest first -> bytes of one record."""
    height, width, channels = data.image_shape
    if data.dtype != "uint8" or channels not in (1, 3):
        raise DataError(
            f"These files hold 8-bit images, grey or colour. Received: dtype={data.dtype}, {channels} channels",
            hint="depth=8 (--depth 8) brings images to 8 bits, channels=3 (--channels 3) flattens alpha on white.",
        )
    if height != width or height < SMALLEST or height & (height - 1):
        raise DataError(
            "These files hold squares of 4, 8, 16, ... pixels; say which by resolution (--resolution). "
            f"Received: {width} x {height} pixels"
        )
    sides = [height >> times for times in range(height.bit_length() - SMALLEST.bit_length() + 1)]
    return {side: len(_record(np.zeros((side, side, channels), np.uint8))) for side in sides}


def _record(pixels):
    """The framed `tf.train.Example` of an image [H, W, C]."""
    from tensorflow.train import BytesList, Example, Feature, Features, Int64List

    image = pixels.transpose(2, 0, 1)  # [C H W]
    features = {
        "data": Feature(bytes_list=BytesList(value=[image.tobytes()])),
        "shape": Feature(int64_list=Int64List(value=image.shape)),
    }
    return framed(Example(features=Features(feature=features)).SerializeToString(deterministic=True))


def _claim(directory, stem, plan):
    """Checks that the folder is free, or holds the same build; then writes what is being built."""
    if not any(name == f"{stem}.json" for name in os.listdir(directory)):
        if not is_free(directory, f"{stem}.json"):
            raise DataError(f"The folder is not empty. Received: directory={printable(directory)!r}")
        write_whole(os.path.join(directory, f"{stem}.json"), json.dumps(plan, indent=1).encode())
        return
    found = read_plan(directory, stem)
    if {key: found.get(key) for key in plan} != plan:
        raise DataError(
            f"Another build is in the folder (of {found.get('count')} images from {found.get('source')!r}). "
            f"Received: directory={printable(directory)!r}"
        )


def _write_levels(data, order, paths, record_sizes, progress):
    count = len(data)
    unfinished = {side: path + UNFINISHED for side, path in paths.items() if not os.path.isfile(path)}
    if not unfinished:
        return
    height, width, channels = data.image_shape
    chunk = max(1, min(1024, _CHUNK_BYTES // (height * width * channels)))
    done = min(_whole_records(path, record_sizes[side]) for side, path in unfinished.items())
    done = max(0, done - chunk) // chunk * chunk  # what was written last may not have reached the disk
    with contextlib.ExitStack() as stack:
        files = {}
        for side, path in unfinished.items():
            files[side] = stack.enter_context(open(path, "ab"))
            files[side].truncate(done * record_sizes[side])
        for start in range(done, count, chunk):
            numbers = order[start : start + chunk]
            images = data.read(numbers)
            floats, current = images.astype(np.float32), height
            for side in record_sizes:  # from the largest down
                if side < current:
                    floats, current = halve(floats), side
                if side in files:
                    level = images if side == height else np.clip(np.rint(floats), 0, 255).astype(np.uint8)
                    files[side].write(b"".join(map(_record, level)))
            if progress is not None:
                progress(min(start + chunk, count), count)
        for file in files.values():
            file.flush()
            os.fsync(file.fileno())
    for side, path in unfinished.items():
        os.replace(path, paths[side])


def _whole_records(path, size):
    return os.path.getsize(path) // size if os.path.isfile(path) else 0
