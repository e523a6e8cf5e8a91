"""The stack machine of the pickle format, interpreted over inert values.

Operation names and argument forms: the standard library's `pickletools`. No name is looked up outside of the tables.
"""

import codecs
import io
import struct
from collections import OrderedDict

from keras_gans.readers.pickle_values import FUNCTIONS, VALUES, Global, Stub, Unfinished, hashable


class RefusedName(ValueError):
    """The pickle asks for a name that is not allowed."""


class Machine:
    """One run over one pickle: a stack, the positions of marks on it, and the memo."""

    def __init__(self, file, classes, functions, persistent_load, encoding, max_operations):
        self.file = file
        self.names = frozenset(name for name in classes if not name.endswith(".*"))
        self.prefixes = tuple(name[:-1] for name in classes if name.endswith(".*"))
        self.functions = {**FUNCTIONS, **(functions or {})}
        self.persistent_load = persistent_load
        self.encoding = encoding
        self.max_operations = max_operations
        position = file.tell()
        self.end = file.seek(0, io.SEEK_END)
        file.seek(position)
        self.stack = []
        self.marks = []
        self.memo = {}
        self.unfinished = 0

    def run(self):
        for _ in range(self.max_operations):
            code = self.read(1)
            if code == b".":
                if self.unfinished or self.marks or len(self.stack) != 1:
                    raise ValueError("Damaged pickle: it ends with an unfinished object.")
                return self.stack[0]
            action = ACTIONS.get(code)
            if action is None:
                raise ValueError(f"Damaged pickle: unknown or refused operation {code!r}.")
            action(self)
        raise ValueError(f"The pickle has more than {self.max_operations:,} operations, more than it may have.")

    # Input

    def read(self, count):
        """Exactly `count` bytes; the length is held against the file before anything is allocated."""
        short = count < 0 or (count > 4096 and count > self.end - self.file.tell())
        data = b"" if short else self.file.read(count)
        if short or len(data) != count:
            raise ValueError("Truncated or damaged pickle: it ends in the middle of an object.")
        return data

    def number(self, form):
        return struct.unpack(form, self.read(struct.calcsize(form)))[0]

    def line(self):
        text = self.file.readline()
        if not text.endswith(b"\n"):
            raise ValueError("Truncated or damaged pickle: it ends in the middle of a line.")
        return text[:-1]

    def line_text(self):
        return self.line().decode("utf-8")

    # Stack

    def push(self, value):
        self.stack.append(value)

    def pop(self):
        if len(self.stack) <= (self.marks[-1] if self.marks else 0):
            raise ValueError("Damaged pickle: an operation finds too few values.")
        return self.stack.pop()

    def top(self, kinds=object):
        if len(self.stack) <= (self.marks[-1] if self.marks else 0) or not isinstance(self.stack[-1], kinds):
            raise ValueError("Damaged pickle: an operation finds a value of the wrong kind.")
        return self.stack[-1]

    def pop_to_mark(self):
        if not self.marks:
            raise ValueError("Damaged pickle: a mark is missing.")
        start = self.marks.pop()
        values = self.stack[start:]
        del self.stack[start:]
        return values

    def pop_or_mark(self):
        if self.marks and self.marks[-1] == len(self.stack):
            self.marks.pop()
        else:
            self.pop()

    def remember(self, key):
        value = self.memo[key] = self.top()
        if isinstance(value, Unfinished):
            value.memo_keys.append(key)

    def recall(self, key):
        if key not in self.memo:
            raise ValueError("Damaged pickle: it refers to an object that it does not hold.")
        self.push(self.memo[key])

    # Text

    def python2_text(self, data):
        self.push(data if self.encoding == "bytes" else data.decode(self.encoding))

    def quoted_text(self):
        text = self.line().strip()
        if len(text) < 2 or text[:1] not in (b"'", b'"') or text[:1] != text[-1:]:
            raise ValueError("Damaged pickle: a string lacks its quotes.")
        self.python2_text(codecs.escape_decode(text[1:-1])[0])

    def integer_line(self):
        text = self.line()
        if text in (b"00", b"01"):
            self.push(text == b"01")
        else:
            self.push(int(text.rstrip(b"L"), 10))

    # Names

    def find(self, module, name):
        full = f"{module}.{name}" if isinstance(module, str) and isinstance(name, str) else None
        if full in VALUES:
            return Global(VALUES[full])
        known = full is not None and (full in self.functions or full in self.names or full.startswith(self.prefixes))
        if not known:
            shown = full[:200] if full else "a name that is no text"
            raise RefusedName(
                f"The pickle asks for {shown}, which is not among the names allowed here; nothing of it was run."
            )
        return Global(full)

    def stack_global(self):
        name, module = self.pop(), self.pop()
        self.push(self.find(module, name))

    def global_lines(self):
        self.push(self.find(self.line_text(), self.line_text()))

    def refuse_extension(self, form):
        raise ValueError(f"The pickle asks for the extension code {self.number(form)}, which is not allowed here.")

    # Objects

    def call(self, target, args, kwargs=None):
        """What `target(*args)` stands for: a table's function, or a stub of an allowed class."""
        if not isinstance(target, Global) or not isinstance(args, tuple) or target.name in VALUES.values():
            raise ValueError("The pickle calls something that is not a function allowed here; nothing of it was run.")
        function = self.functions.get(target.name)
        if function is None:
            return Stub(target.name, args, kwargs)
        try:
            result = function(*args, **(kwargs or {}))
        except ValueError:
            raise
        except Exception as error:
            raise ValueError(f"Damaged pickle: {target.name} does not take the arguments given to it.") from error
        self.unfinished += isinstance(result, Unfinished)
        return result

    def reduce(self):
        args, target = self.pop(), self.pop()
        self.push(self.call(target, args))

    def new_object_with_keywords(self):
        kwargs, args, target = self.pop(), self.pop(), self.pop()
        if not isinstance(kwargs, dict) or not all(isinstance(key, str) for key in kwargs):
            raise ValueError("Damaged pickle: keyword arguments of the wrong kind.")
        self.push(self.call(target, args, kwargs))

    def instance_lines(self):
        target = self.find(self.line_text(), self.line_text())
        self.push(self.call(target, tuple(self.pop_to_mark())))

    def object_from_mark(self):
        values = self.pop_to_mark()
        if not values:
            raise ValueError("Damaged pickle: an object without a class.")
        self.push(self.call(values[0], tuple(values[1:])))

    def build(self):
        state, target = self.pop(), self.top((Unfinished, Stub, OrderedDict))
        if isinstance(target, Stub):
            target.state = state
        elif isinstance(target, Unfinished):
            finished = target.finish(state)
            self.unfinished -= 1
            self.stack[-1] = finished
            for key in target.memo_keys:
                self.memo[key] = finished

    def persistent(self, identifier):
        if self.persistent_load is None:
            raise ValueError("The pickle refers to objects outside of itself, which is not allowed here.")
        try:
            self.push(self.persistent_load(identifier))
        except ValueError:
            raise
        except Exception as error:
            raise ValueError("Damaged pickle: a reference of the wrong form.") from error

    # Containers

    def append(self, values):
        target = self.top((list, Stub))
        (target.elements if isinstance(target, Stub) else target).extend(values)

    def set_items(self, values):
        target = self.top((dict, Stub))
        entries = target.entries if isinstance(target, Stub) else target
        if len(values) % 2:
            raise ValueError("Damaged pickle: a key without its value.")
        for key, value in zip(values[::2], values[1::2], strict=True):
            entries[hashable(key)] = value

    def add_items(self, values):
        self.top(set).update(hashable(value) for value in values)

    def list_to_mark(self):
        self.push(self.pop_to_mark())

    def dict_to_mark(self):
        values = self.pop_to_mark()
        self.push({})
        self.set_items(values)

    def tuple_of(self, count):
        values = [self.pop() for _ in range(count)]
        self.push(tuple(reversed(values)))

    def check_protocol(self):
        protocol = self.number("B")
        if protocol > 5:
            raise ValueError(f"Expected a pickle of protocol 0 to 5. Received: protocol {protocol}.")


def _constant(value):
    return lambda machine: machine.push(value)


def _number(form):
    return lambda machine: machine.push(machine.number(form))


def _data(form, kind=bytes):
    return lambda machine: machine.push(kind(machine.read(machine.number(form))))


def _text(form):
    return lambda machine: machine.push(machine.read(machine.number(form)).decode("utf-8", "surrogatepass"))


def _long(form):
    return lambda machine: machine.push(int.from_bytes(machine.read(machine.number(form)), "little", signed=True))


ACTIONS = {
    # the file and the stack
    b"\x80": Machine.check_protocol,
    b"\x95": lambda m: m.number("<Q"),
    b"(": lambda m: m.marks.append(len(m.stack)),
    b"0": Machine.pop_or_mark,
    b"1": Machine.pop_to_mark,
    b"2": lambda m: m.push(m.top()),
    b"p": lambda m: m.remember(int(m.line())),
    b"q": lambda m: m.remember(m.number("B")),
    b"r": lambda m: m.remember(m.number("<I")),
    b"\x94": lambda m: m.remember(len(m.memo)),
    b"g": lambda m: m.recall(int(m.line())),
    b"h": lambda m: m.recall(m.number("B")),
    b"j": lambda m: m.recall(m.number("<I")),
    # plain values
    b"N": _constant(None),
    b"\x88": _constant(True),
    b"\x89": _constant(False),
    b"I": Machine.integer_line,
    b"L": Machine.integer_line,
    b"J": _number("<i"),
    b"K": _number("B"),
    b"M": _number("<H"),
    b"\x8a": _long("B"),
    b"\x8b": _long("<i"),
    b"F": lambda m: m.push(float(m.line())),
    b"G": _number(">d"),
    b"S": Machine.quoted_text,
    b"T": lambda m: m.python2_text(m.read(m.number("<i"))),
    b"U": lambda m: m.python2_text(m.read(m.number("B"))),
    b"V": lambda m: m.push(m.line().decode("raw-unicode-escape")),
    b"X": _text("<I"),
    b"\x8c": _text("B"),
    b"\x8d": _text("<Q"),
    b"B": _data("<I"),
    b"C": _data("B"),
    b"\x8e": _data("<Q"),
    b"\x96": _data("<Q", bytearray),
    # containers
    b")": _constant(()),
    b"t": lambda m: m.push(tuple(m.pop_to_mark())),
    b"\x85": lambda m: m.tuple_of(1),
    b"\x86": lambda m: m.tuple_of(2),
    b"\x87": lambda m: m.tuple_of(3),
    b"]": lambda m: m.push([]),
    b"l": Machine.list_to_mark,
    b"a": lambda m: m.append([m.pop()]),
    b"e": lambda m: m.append(m.pop_to_mark()),
    b"}": lambda m: m.push({}),
    b"d": Machine.dict_to_mark,
    b"s": lambda m: m.set_items([m.pop(), m.pop()][::-1]),
    b"u": lambda m: m.set_items(m.pop_to_mark()),
    b"\x8f": lambda m: m.push(set()),
    b"\x90": lambda m: m.add_items(m.pop_to_mark()),
    b"\x91": lambda m: m.push(frozenset(hashable(value) for value in m.pop_to_mark())),
    # names and objects
    b"c": Machine.global_lines,
    b"\x93": Machine.stack_global,
    b"i": Machine.instance_lines,
    b"o": Machine.object_from_mark,
    b"R": Machine.reduce,
    b"\x81": Machine.reduce,
    b"\x92": Machine.new_object_with_keywords,
    b"b": Machine.build,
    b"P": lambda m: m.persistent(m.line_text()),
    b"Q": lambda m: m.persistent(m.pop()),
    b"\x82": lambda m: m.refuse_extension("B"),
    b"\x83": lambda m: m.refuse_extension("<H"),
    b"\x84": lambda m: m.refuse_extension("<i"),
}
