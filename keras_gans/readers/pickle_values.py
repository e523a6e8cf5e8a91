"""What a pickle may turn into: inert stand-ins for globals and objects, and the few functions known by name."""

import math
import re
from collections import OrderedDict

import numpy as np

_PLAIN_DTYPE = re.compile(r"(?:[?]|b1|[iu][1248]|f[248]|c8|c16|[SUV]\d{1,7}|O8?)")
_MAX_DIMENSIONS = 32


class Global:
    """A name (`module.name`) that a pickle mentions. Nothing is imported; it only remembers the name."""

    __slots__ = ("name",)

    def __init__(self, name):
        self.name = name

    def __repr__(self):
        return f"Global({self.name!r})"

    def __eq__(self, other):
        return isinstance(other, Global) and self.name == other.name

    def __hash__(self):
        return hash(self.name)


class Stub:
    """Stands in for an instance of a class that was allowed by name. It has no behaviour.

    Attributes:
        name: the class as the pickle names it, `module.name`.
        args, kwargs: what the class would have been called with.
        state: what `__setstate__` or `__dict__` would have received, None if the pickle gave none.
        elements: what would have been appended, when the class is a kind of list.
        entries: what would have been set, when the class is a kind of dict.
    """

    __slots__ = ("name", "args", "kwargs", "state", "elements", "entries")

    def __init__(self, name, args=(), kwargs=None):
        self.name = name
        self.args = tuple(args)
        self.kwargs = dict(kwargs or {})
        self.state = None
        self.elements = []
        self.entries = {}

    def __repr__(self):
        return f"Stub({self.name!r})"


class Unfinished:
    """An object which a pickle creates first and fills later; `finish(state)` returns what replaces it."""

    __slots__ = ("memo_keys",)

    def __init__(self):
        self.memo_keys = []

    def finish(self, state):
        raise NotImplementedError


class UnfinishedDtype(Unfinished):
    """`numpy.dtype(code)` before its state (version, byte order, ...) arrived."""

    __slots__ = ("code",)

    def __init__(self, code):
        super().__init__()
        self.code = code

    def resolve(self, byte_order="="):
        dtype = np.dtype("O" if self.code.startswith("O") else self.code)
        return dtype if byte_order in ("|", "=") else dtype.newbyteorder(byte_order)

    def finish(self, state):
        if not isinstance(state, tuple) or len(state) < 5 or as_text(state[1]) not in ("<", ">", "=", "|"):
            raise ValueError("Damaged pickle: the state of a numpy dtype has an unknown form.")
        if any(field is not None for field in state[2:5]):
            raise ValueError("Expected arrays of plain numbers. Received: a structured numpy dtype.")
        return self.resolve(as_text(state[1]))


class UnfinishedArray(Unfinished):
    """`numpy.ndarray` before its state (version, shape, dtype, Fortran order, data) arrived."""

    __slots__ = ()

    def finish(self, state):
        if not isinstance(state, tuple) or len(state) not in (4, 5):
            raise ValueError("Damaged pickle: the state of a numpy array has an unknown form.")
        shape, dtype, fortran, data = state[-4:]
        return array_from(data, dtype, shape, "F" if fortran else "C")


def as_text(value):
    """str of a str or bytes (Python 2 wrote one for the other)."""
    if isinstance(value, bytes):
        return value.decode("latin1")
    if not isinstance(value, str):
        raise ValueError(f"Damaged pickle: expected text. Received: {type(value).__name__}.")
    return value


def as_bytes(value):
    """bytes of bytes, bytearray, or a str of characters below 256 (the form that Python 2 strings take)."""
    if isinstance(value, str):
        return value.encode("latin1")
    if not isinstance(value, (bytes, bytearray)):
        raise ValueError(f"Damaged pickle: expected bytes. Received: {type(value).__name__}.")
    return value


def make_dtype(code, align=False, copy=False):
    """`numpy.dtype(code, align, copy)` for the plain numeric, string and object types."""
    code = as_text(code)
    if not _PLAIN_DTYPE.fullmatch(code):
        raise ValueError(f"Expected a plain numpy dtype. Received: dtype={code[:40]!r}.")
    return UnfinishedDtype(code)


def plain_dtype(dtype):
    """The numpy dtype of a value that the pickle gives as one; ValueError where it is something else."""
    if isinstance(dtype, UnfinishedDtype):
        return dtype.resolve()
    if not isinstance(dtype, np.dtype):
        raise ValueError(f"Damaged pickle: expected a numpy dtype. Received: {type(dtype).__name__}.")
    return dtype


def checked_shape(shape):
    """The shape as a tuple of ints, or an error; its product is not bounded here."""
    if isinstance(shape, int) and not isinstance(shape, bool):
        shape = (shape,)
    if (
        not isinstance(shape, (tuple, list))
        or len(shape) > _MAX_DIMENSIONS
        or not all(isinstance(size, int) and 0 <= size < 2**48 for size in shape)
    ):
        raise ValueError("Damaged pickle: a shape is not a short tuple of sizes.")
    return tuple(int(size) for size in shape)


def array_from(data, dtype, shape, order="C"):
    """The array that `data` (bytes, or a list for objects) holds; its size must be what shape and dtype say."""
    dtype, shape = plain_dtype(dtype), checked_shape(shape)
    count = math.prod(shape)
    if dtype.hasobject:
        if not isinstance(data, list) or len(data) != count:
            raise ValueError(f"Damaged pickle: an array of objects of shape {shape} does not hold {count} items.")
        array = np.empty(count, dtype=object)
        for index, item in enumerate(data):
            array[index] = item
        return array.reshape(shape, order=order)
    data = as_bytes(data)
    if len(data) != count * dtype.itemsize or dtype.itemsize == 0:
        raise ValueError(
            f"Damaged pickle: an array of shape {shape} and type {dtype} needs {count * dtype.itemsize} bytes. "
            f"Received: {len(data)} bytes."
        )
    return np.frombuffer(data, dtype=dtype).reshape(shape, order=order)


def _reconstruct(subtype, shape, typecode):
    if subtype != Global("numpy.ndarray"):
        raise ValueError("Expected arrays of the plain class numpy.ndarray. Received: another class of array.")
    return UnfinishedArray()


def _frombuffer(buffer, dtype, shape, order):
    return array_from(buffer, dtype, shape, "F" if as_text(order) == "F" else "C")


def _scalar(dtype, data):
    return array_from(data, dtype, (1,))[0]


def _encode(text, encoding="latin1"):
    if as_text(encoding).lower().replace("-", "").replace("_", "") not in ("latin1", "iso88591", "ascii", "utf8"):
        raise ValueError("Damaged pickle: bytes written in an unexpected text encoding.")
    return as_text(text).encode(as_text(encoding))


def _bytearray(data=b"", encoding="latin1"):
    return bytearray(_encode(data, encoding) if isinstance(data, str) else as_bytes(data))


def _bytes(data=b"", encoding="latin1"):
    if isinstance(data, list) and not data:
        return b""
    return bytes(_bytearray(data, encoding))


def _ordered_dict(pairs=()):
    result = OrderedDict()
    for pair in pairs:
        key, value = pair
        result[hashable(key)] = value
    return result


def _set(items=()):
    return {hashable(item) for item in _sequence(items)}


def _frozenset(items=()):
    return frozenset(_set(items))


def _sequence(items):
    if not isinstance(items, (list, tuple)):
        raise ValueError("Damaged pickle: expected a list.")
    return items


def _reconstructor(subtype, base, state):
    if not isinstance(subtype, Global) or base != Global("builtins.object"):
        raise ValueError("Damaged pickle: copyreg._reconstructor of something other than a plain class.")
    return Stub(subtype.name)


def hashable(value, depth=3):
    """`value` if it may be a key: text, bytes, a number, None, or a shallow tuple of these (deep ones crash `hash`)."""
    if isinstance(value, tuple) and depth > 0:
        for item in value:
            hashable(item, depth - 1)
    elif not (value is None or isinstance(value, (str, bytes, int, float, Global))):
        raise ValueError(f"Damaged pickle: a {type(value).__name__} cannot be a key.")
    return value


def _both(*names):
    """The names under numpy 1 (`numpy.core`) and numpy 2 (`numpy._core`)."""
    return [f"numpy.{core}.{name}" for core in ("core", "_core") for name in names]


# Names that mean something but are only passed to others, never called.
VALUES = {
    "numpy.ndarray": "numpy.ndarray",
    "builtins.object": "builtins.object",
    "__builtin__.object": "builtins.object",
}

# What REDUCE may call, by the pickle's own name for it. All of these are functions of this file.
FUNCTIONS = {
    "numpy.dtype": make_dtype,
    **dict.fromkeys(_both("multiarray._reconstruct"), _reconstruct),
    **dict.fromkeys(_both("multiarray.scalar"), _scalar),
    **dict.fromkeys(_both("numeric._frombuffer"), _frombuffer),
    "_codecs.encode": _encode,
    "collections.OrderedDict": _ordered_dict,
    "builtins.set": _set,
    "__builtin__.set": _set,
    "builtins.frozenset": _frozenset,
    "__builtin__.frozenset": _frozenset,
    "builtins.bytearray": _bytearray,
    "__builtin__.bytearray": _bytearray,
    "builtins.bytes": _bytes,
    "__builtin__.bytes": _bytes,
    "copyreg._reconstructor": _reconstructor,
    "copy_reg._reconstructor": _reconstructor,
}
