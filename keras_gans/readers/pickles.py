"""Pickles from strangers, read without running anything in them.

The stack machine of the pickle format (protocols 0 to 5) is interpreted here, in full, over inert values: it imports
nothing, looks up no attribute and calls nothing but the functions in a table of names. Every other name is refused with
a `ValueError` that says it. What comes back is made of numbers, text, lists, dicts, numpy arrays and `Stub`s.

Format: the comments of the standard library's `pickletools`. Nothing of Python's own unpickler is used, so a bug or a
feature of it (extension codes, dotted names, `__setstate__`, `__reduce__`) cannot be reached.
"""

import io
import os

from keras_gans.readers.pickle_machine import Machine, RefusedName
from keras_gans.readers.pickle_values import Global, Stub

__all__ = ["Global", "RefusedName", "Stub", "load", "loads"]

_ENCODINGS = ("latin1", "ascii", "utf-8", "bytes")


def load(source, *, classes=(), functions=None, persistent_load=None, encoding="latin1", max_operations=2_000_000):
    """Reads one pickle into inert values.

    Allowed without saying so: numpy arrays, scalars and plain dtypes as numpy 1 and 2 and Python 2 and 3 write them,
    `collections.OrderedDict`, sets and bytes. Arrays may be read-only views of the bytes read, in the byte order
    of the file; an array whose declared size is not that of its bytes is refused, so a small file cannot ask for
    much memory.

    Args:
        source: path of the file, or a seekable binary file; it is left just behind the pickle, so that
            pickles which follow each other can be read one by one.
        classes: names of further classes, `"module.Name"`, or `"module.*"` for all names below a module. Their
            instances become `Stub`s, which hold what the file says about them and do nothing; the bare class is a
            `Global`.
        functions: dict of name -> own Python function that stands in for the function or class of that name.
            It is called with the arguments that the file gives, which may be anything: it must check them.
        persistent_load: function of one persistent id which returns the object meant; None refuses them.
        encoding: what the strings of Python 2 become: text in `"latin1"`, `"ascii"` or `"utf-8"`, or `"bytes"`.
        max_operations: how many steps the pickle may have, which bounds the number of its objects.

    Returns:
        The object: None, bool, int, float, str, bytes, bytearray, list, tuple, dict, OrderedDict, set, frozenset,
        numpy array or scalar, `Stub`, `Global`, or what `functions` and `persistent_load` returned.

    Raises:
        ValueError: the pickle names something that was not allowed (`RefusedName`), is truncated or damaged.

    Example:

    >>> import pickle
    >>> loads(pickle.dumps({"images": [1, 2]}))
    {'images': [1, 2]}
    >>> loads(b"cos\\nsystem\\n(S'true'\\ntR.")    # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
        ...
    RefusedName: The pickle asks for os.system, which is not among the names allowed here; nothing of it was run.
    """
    if encoding not in _ENCODINGS:
        raise ValueError(f"Expected encoding to be one of {_ENCODINGS}. Received: encoding={encoding!r}")
    if isinstance(source, (str, os.PathLike)):
        with open(source, "rb") as file:
            return Machine(file, classes, functions, persistent_load, encoding, max_operations).run()
    if not hasattr(source, "read"):
        raise ValueError(f"Expected a path or a binary file. Received: {type(source).__name__}")
    return Machine(source, classes, functions, persistent_load, encoding, max_operations).run()


def loads(data, **arguments):
    """`load` of bytes."""
    return load(io.BytesIO(data), **arguments)
