"""Weights in files of PyTorch, read without PyTorch and without running anything in them.

Three containers are known: the zip file that `torch.save` writes since PyTorch 1.6, the stream of pickles that it wrote
before, and TorchScript archives, of which only the weights are read. Layouts: `torch/serialization.py` of PyTorch 2.
"""

import contextlib
import io
import itertools
import math
import os
import struct
import zipfile

import numpy as np

from keras_gans.readers import pickles
from keras_gans.readers.pickles import Global, Stub

__all__ = ["read_object", "read_state_dict"]

_MAGIC = 0x1950A86A20F9469CFC6C
_STORAGES = {
    "DoubleStorage": "f8",
    "FloatStorage": "f4",
    "HalfStorage": "f2",
    "BFloat16Storage": "bfloat16",
    "LongStorage": "i8",
    "IntStorage": "i4",
    "ShortStorage": "i2",
    "CharStorage": "i1",
    "ByteStorage": "u1",
    "BoolStorage": "?",
    "ComplexFloatStorage": "c8",
    "ComplexDoubleStorage": "c16",
}
_DTYPES = {
    "float64": "f8",
    "float32": "f4",
    "float16": "f2",
    "bfloat16": "bfloat16",
    "int64": "i8",
    "int32": "i4",
    "int16": "i2",
    "int8": "i1",
    "uint64": "u8",
    "uint32": "u4",
    "uint16": "u2",
    "uint8": "u1",
    "bool": "?",
    "complex64": "c8",
    "complex128": "c16",
}
MOST_OBJECTS = 100_000  # of a TorchScript archive
# What the standard library raises for files that are not what they seem.
_DAMAGE = (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, struct.error, UnicodeDecodeError)
_CLASSES = [
    *(f"torch.{name}" for name in (*_STORAGES, *_DTYPES)),
    "torch.storage.UntypedStorage",
    "torch.storage._UntypedStorage",
    "torch.Tensor",
    "torch.nn.parameter.Parameter",
    "__torch__.*",  # the classes of a TorchScript archive: only their attributes are looked at
]


def read_state_dict(path, key=None):
    """The weights in a file of `torch.save` or `torch.jit.save`.

    Args:
        path: the file (`.pth`, `.pt`, `.bin`, `.ckpt`, `.pth.tar`, ...).
        key: which entry of the saved dict holds the state dict, such as `"g_ema"`; `"a.b"` goes two levels down.
            By default that is the dict itself, or its entry `"state_dict"`.

    Returns:
        dict of name -> numpy array in the machine's byte order, writable and C-contiguous. bfloat16 becomes float32.
        Entries that are no tensors are left out.

    Raises:
        ValueError: the file is not of PyTorch, truncated, damaged, holds no state dict, or mentions anything but
            tensors and plain values; nothing in the file is executed.
    """
    with _open(path) as (value, make_array):
        for part in key.split(".") if key else ():
            if not isinstance(value, dict) or part not in value:
                raise ValueError(f"Expected one of {_listing(value)}. Received: key={key!r}")
            value = value[part]
        tensors = _tensors(value)
        if not tensors and key is None and isinstance(value, dict):
            tensors = _tensors(value.get("state_dict"))
        if not tensors:
            raise ValueError(
                f"Expected a state dict (names -> tensors); it holds {_listing(value)}. "
                f"Name the right entry. Received: key={key!r}"
            )
        return {name: make_array(tensor) for name, tensor in tensors.items()}


def read_object(path):
    """Everything in a file of `torch.save`: plain values, and numpy arrays for the tensors.

    Raises:
        ValueError: as `read_state_dict`.
    """
    with _open(path) as (value, make_array):
        return _replace(value, make_array)


# Containers


@contextlib.contextmanager
def _open(path):
    """(the object saved, function of a `_Tensor` which returns its array); every error names the file."""
    file_size = os.path.getsize(path)
    with open(path, "rb") as file:
        try:
            if file.read(2) == b"PK":
                with zipfile.ZipFile(file) as archive:
                    yield _open_zip(archive, file_size)
            else:
                file.seek(0)
                yield _open_stream(file, file_size)
        except _DAMAGE as error:
            raise ValueError(f"The file {os.fspath(path)!r} is truncated or damaged: {error}.") from error
        except ValueError as error:
            raise ValueError(f"Could not read weights from {os.fspath(path)!r}. {error}") from error


def _open_zip(archive, file_size):
    records = {info.filename: info for info in archive.infolist()}
    objects = [name for name in records if name.count("/") == 1 and name.endswith("/data.pkl")]
    if len(objects) != 1:
        raise ValueError("Expected a zip file of torch.save or torch.jit.save: it has no record data.pkl.")
    root = objects[0].removesuffix("data.pkl")
    order = _read_record(archive, records, f"{root}byteorder") if f"{root}byteorder" in records else b"little"
    storages = {}

    def persistent_load(identifier):
        kind, key, numel = _storage_of(identifier)
        return storages.setdefault((kind, key), _Storage(kind, key, numel))

    def read(storage):
        return _read_record(archive, records, f"{root}data/{storage.key}")

    value = _unpickle(io.BytesIO(_read_record(archive, records, objects[0])), persistent_load)
    return value, _ArrayMaker(read, file_size, ">" if order.strip() == b"big" else "<")


def _read_record(archive, records, name):
    if name not in records:
        raise ValueError(f"The record {name!r} is missing.")
    if records[name].compress_type != zipfile.ZIP_STORED:
        raise ValueError(f"Expected records that are not compressed, as PyTorch writes them. Received: {name!r}.")
    return archive.read(records[name])


def _open_stream(file, file_size):
    try:
        magic = pickles.load(file, classes=_CLASSES, functions=_FUNCTIONS, max_operations=10_000)
    except pickles.RefusedName:  # a bare pickle with something in it that torch.save does not write
        raise
    except ValueError:
        magic = None
    if type(magic) is not int or magic != _MAGIC:
        raise ValueError("Expected a file written by torch.save. Its first bytes are of another kind of file.")
    pickles.load(file, max_operations=10)  # version of the protocol
    pickles.load(file, max_operations=1000)  # sizes of C types on the machine that wrote it
    storages = {}

    def persistent_load(identifier):
        kind, key, numel = _storage_of(identifier)
        view = identifier[5] if len(identifier) > 5 else None
        if view is None:
            return storages.setdefault(key, _Storage(kind, key, numel))
        _, offset, size = view
        return _Storage(kind, key, size, offset)

    value = _unpickle(file, persistent_load)
    places = {}
    keys = pickles.load(file)
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise ValueError("Its list of storages is none.")
    for key in keys:
        size = struct.unpack("<q", file.read(8))[0]
        if key not in storages or size != storages[key].numel or key in places:
            raise ValueError("Its list of storages does not fit its tensors.")
        places[key] = file.tell(), size * storages[key].itemsize
        file.seek(size * storages[key].itemsize, os.SEEK_CUR)

    def read(storage):
        if storage.key not in places:
            raise ValueError("A tensor lacks its data.")
        start, size = places[storage.key]
        file.seek(start)
        return file.read(size if start + size <= file_size else 0)

    return value, _ArrayMaker(read, file_size, "<")


def _unpickle(stream, persistent_load):
    return pickles.load(stream, classes=_CLASSES, functions=_FUNCTIONS, persistent_load=persistent_load)


# Tensors


class _Storage:
    """A run of numbers in the file, not read yet."""

    def __init__(self, kind, key, numel, offset=0):
        self.kind, self.key, self.numel, self.offset = kind, key, numel, offset
        if not _are_sizes(numel, offset):
            raise ValueError("Damaged file: a storage of negative size.")

    @property
    def itemsize(self):
        return 2 if self.kind == "bfloat16" else np.dtype(self.kind).itemsize


class _Tensor:
    """A strided view of a storage."""

    def __init__(self, storage, offset, size, stride, kind=None):
        if not isinstance(storage, _Storage):
            raise ValueError("Damaged file: a tensor without storage.")
        self.storage, self.kind = storage, kind or storage.kind
        if len(size) != len(stride) or len(size) > 32 or not _are_sizes(offset, *size, *stride):
            raise ValueError("Damaged file: a tensor whose size and stride do not fit each other.")
        self.offset, self.size, self.stride = offset, tuple(size), tuple(stride)


def _are_sizes(*numbers):
    """Whether all are whole numbers of bytes that a machine could address."""
    return all(type(number) is int and 0 <= number < 2**48 for number in numbers)


class _ArrayMaker:
    """Reads storages when their tensors are asked for, and keeps the sum of all arrays in proportion to the file."""

    def __init__(self, read, file_size, byte_order):
        self.read, self.byte_order = read, byte_order
        self.budget = 8 * file_size + 2**24  # bytes; tied and expanded weights need more than the file has
        self.latest = None, None

    def __call__(self, tensor):
        storage = tensor.storage
        count = math.prod(tensor.size)
        kind = np.dtype("u2" if tensor.kind == "bfloat16" else tensor.kind).newbyteorder(self.byte_order)
        self.budget -= count * max(kind.itemsize, 4)
        if self.budget < 0:
            raise ValueError("The tensors claim to be far larger than the file.")
        if self.latest[0] is not storage:
            data = self.read(storage)
            needed = (storage.offset + storage.numel) * storage.itemsize
            if len(data) < needed:
                raise ValueError(f"The file is truncated: a storage has {len(data)} bytes of {needed}.")
            self.latest = storage, data
        start = storage.offset * storage.itemsize
        flat = np.frombuffer(self.latest[1], kind, (storage.numel * storage.itemsize) // kind.itemsize, start)
        last = tensor.offset + sum((size - 1) * stride for size, stride in zip(tensor.size, tensor.stride, strict=True))
        if count and last >= flat.size:
            raise ValueError("Damaged file: a tensor reaches beyond its storage.")
        if not count:
            return np.zeros(tensor.size, "f4" if tensor.kind == "bfloat16" else kind.newbyteorder("="))
        strides = [stride * kind.itemsize for stride in tensor.stride]
        view = np.lib.stride_tricks.as_strided(flat[tensor.offset :], tensor.size, strides, writeable=False)
        if tensor.kind == "bfloat16":
            return (view.astype("u4", order="C") << 16).view("f4")
        return np.array(view, dtype=kind.newbyteorder("="), order="C")


def _storage_of(identifier):
    """(kind of number, key, count of numbers) of a persistent id ("storage", class, key, device, count, ...)."""
    if not isinstance(identifier, tuple) or len(identifier) < 5 or identifier[0] != "storage":
        raise ValueError("Damaged file: an unknown reference to data outside of the pickle.")
    _, kind, key, _, numel = identifier[:5]
    name = kind.name.rpartition(".")[2] if isinstance(kind, Global) else None
    known = "u1" if name in ("UntypedStorage", "_UntypedStorage") else _STORAGES.get(name)
    if known is None or not isinstance(key, (str, int)):
        raise ValueError("Damaged file: a storage of an unknown kind.")
    return known, str(key), numel


def _rebuild_tensor(storage, offset, size, stride, *_):
    return _Tensor(storage, offset, size, stride)


def _rebuild_tensor_v3(storage, offset, size, stride, requires_grad, hooks, dtype, *_):
    kind = _DTYPES.get(dtype.name.removeprefix("torch.")) if isinstance(dtype, Global) else None
    if kind is None:
        raise ValueError("Damaged file: a tensor of an unknown type.")
    return _Tensor(storage, offset, size, stride, kind)


def _rebuild_parameter(data, *_):
    return data


def _rebuild_from_type(function, kind, args, state):
    if not isinstance(function, Global) or function.name not in _FUNCTIONS or function.name.endswith("_from_type_v2"):
        raise ValueError("Damaged file: a tensor built by something unknown.")
    return _FUNCTIONS[function.name](*args)


def _first(value, *_):
    return value


_FUNCTIONS = {
    "torch._utils._rebuild_tensor": _rebuild_tensor,
    "torch._utils._rebuild_tensor_v2": _rebuild_tensor,
    "torch._utils._rebuild_tensor_v3": _rebuild_tensor_v3,
    "torch._utils._rebuild_parameter": _rebuild_parameter,
    "torch._utils._rebuild_parameter_with_state": _rebuild_parameter,
    "torch._tensor._rebuild_from_type_v2": _rebuild_from_type,
    "torch.Size": lambda sizes=(): tuple(sizes),
    "torch.device": lambda *names: ":".join(str(name) for name in names),
    "torch.serialization._get_layout": _first,
    "torch.jit._pickle.build_intlist": _first,
    "torch.jit._pickle.build_doublelist": _first,
    "torch.jit._pickle.build_boollist": _first,
    "torch.jit._pickle.build_tensorlist": _first,
    "torch.jit._pickle.restore_type_tag": _first,
}


# State dicts


def _tensors(value, prefix="", depth=0, visits=None):
    """name -> `_Tensor`: of a flat dict as it is, of the objects of a TorchScript archive by their paths."""
    visits = itertools.count(1) if visits is None else visits
    if next(visits) > MOST_OBJECTS:  # a few bytes of objects that share their parts have paths without end
        raise ValueError(f"Damaged file: more than {MOST_OBJECTS:,} paths lead to its objects.")
    value = value.state if isinstance(value, Stub) else value
    found = {}
    for name, item in value.items() if isinstance(value, dict) and depth < 50 else ():
        if isinstance(item, _Tensor):
            found[f"{prefix}{name}"] = item
        elif isinstance(item, Stub):
            found.update(_tensors(item, f"{prefix}{name}.", depth + 1, visits))
    return found


def _replace(value, make_array, depth=0, made=None):
    """The same lists, tuples and dicts with arrays in place of tensors; what stands in several places is made once."""
    made = {} if made is None else made  # id -> result, None while it is being made
    if depth > 50 or made.get(id(value), value) is None:
        raise ValueError("The file nests its values too deeply.")
    if not isinstance(value, (_Tensor, list, tuple, dict)):
        return value
    if id(value) not in made:
        made[id(value)] = None
        if isinstance(value, _Tensor):
            made[id(value)] = make_array(value)
        elif isinstance(value, dict):
            pairs = ((name, _replace(item, make_array, depth + 1, made)) for name, item in value.items())
            made[id(value)] = type(value)(pairs)
        else:
            made[id(value)] = type(value)(_replace(item, make_array, depth + 1, made) for item in value)
    return made[id(value)]


def _listing(value):
    """A few words on what a value is, for messages."""
    if isinstance(value, dict):
        names = [repr(name) for name in value]
        return "the entries " + ", ".join(names[:8]) + (", ..." if len(names) > 8 else "") if names else "an empty dict"
    return f"a {type(value).__name__.lstrip('_').lower()}"
