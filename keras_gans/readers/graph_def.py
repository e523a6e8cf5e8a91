"""The constants of a frozen TensorFlow graph (`.pb`, or a `.tgz` / `.tar` that holds one), read without running it."""

import gzip
import io
import math
import os
import tarfile
import zlib

import numpy as np

__all__ = ["read_constants"]

_NUMBER_TYPES = (
    *("float16", "bfloat16", "float32", "float64", "bool"),
    *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)),
)


def read_constants(path, member=None, max_bytes=2**30):
    """The numeric constants of a frozen graph.

    The file is parsed as data: no operation of the graph runs, and nothing of an archive is written to disk.

    Args:
        path: a serialized `GraphDef`, plain, gzipped, or inside a tar archive (gzipped or not).
        member: the name of the graph in the archive, with or without its folder; by default its only `.pb`.
        max_bytes: the most that an archive may hold when decompressed.

    Returns:
        dict of node name -> numpy array (bfloat16 becomes float32).

    Raises:
        ValueError: the file holds no graph, is truncated or damaged, too large, or has not exactly one graph.
    """
    import tensorflow as tf
    from google.protobuf.message import DecodeError

    data = _graph_bytes(path, member, max_bytes)
    graph = tf.compat.v1.GraphDef()
    try:
        graph.ParseFromString(data)
    except DecodeError as error:
        raise ValueError(f"Expected a frozen TensorFlow graph. Received: path={os.fspath(path)!r} ({error})") from error
    budget = 4 * len(data) + 2**24  # bytes; one number may stand for a whole constant array
    constants = {}
    for node in graph.node:
        if node.op != "Const":
            continue
        tensor = node.attr["value"].tensor
        dtype = _dtype(tensor.dtype)
        if dtype is None:
            continue
        shape = [dimension.size for dimension in tensor.tensor_shape.dim]
        if tensor.tensor_shape.unknown_rank or any(size < 0 for size in shape):
            raise ValueError(f"Damaged graph: the constant {node.name!r} has no shape.")
        budget -= math.prod(shape) * dtype.itemsize
        if budget < 0:
            raise ValueError("Damaged graph: its constants claim to be far larger than the file.")
        constants[node.name] = _array(tensor, node.name)
    if not constants:
        raise ValueError(f"Expected a frozen graph, with its weights as constants. Received: path={os.fspath(path)!r}")
    return constants


def _dtype(number):
    import tensorflow as tf

    try:
        dtype = tf.dtypes.as_dtype(number)
    except TypeError:
        return None
    return np.dtype(dtype.as_numpy_dtype) if dtype.name in _NUMBER_TYPES else None


def _array(tensor, name):
    import tensorflow as tf

    try:
        array = tf.make_ndarray(tensor)
    except (ValueError, TypeError, IndexError) as error:
        raise ValueError(
            f"Damaged graph: the constant {name!r} does not hold what its shape says ({error})."
        ) from error
    return array.astype("float32") if array.dtype.name == "bfloat16" else array


def _graph_bytes(path, member, max_bytes):
    """The serialized graph in the file, whatever it is wrapped in."""
    with open(path, "rb") as file:
        is_gzip = file.read(2) == b"\x1f\x8b"
    try:
        with gzip.open(path) if is_gzip else open(path, "rb") as file:
            data = file.read(max_bytes + 1)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ValueError(f"The file {os.fspath(path)!r} is truncated or damaged: {error}.") from error
    if len(data) > max_bytes:
        raise ValueError(f"Expected at most {max_bytes:,} bytes when decompressed. Received: path={os.fspath(path)!r}")
    if data[257:262] != b"ustar":  # no tar archive
        return data
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
            files = [entry for entry in archive.getmembers() if entry.isreg()]
            wanted = [entry for entry in files if _is_wanted(entry.name, member)]
            if len(wanted) != 1:
                names = ", ".join(repr(entry.name) for entry in files[:8])
                raise ValueError(f"Expected one graph in the archive, which holds {names}. Received: member={member!r}")
            return archive.extractfile(wanted[0]).read()
    except (tarfile.TarError, EOFError) as error:
        raise ValueError(f"The archive {os.fspath(path)!r} is truncated or damaged: {error}.") from error


def _is_wanted(name, member):
    if member is None:
        return name.endswith(".pb")
    return name.removeprefix("./") == member or name.rpartition("/")[2] == member
