import builtins
import copyreg
import datetime
import decimal
import io
import os
import pickle
import pickletools
import struct
import subprocess
import sys
from collections import OrderedDict

import numpy as np
import pytest

from keras_gans.readers.pickles import Global, Stub, load, loads

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)


class Network:
    """A class to pickle; stands for one that the reader does not have."""

    def __init__(self, value):
        self.value = value


class KindOfDict(dict):
    pass


class KindOfList(list):
    pass


class Reduced:
    """Pickles as the call `function(*args)`."""

    def __init__(self, function, *args):
        self.call = function, args

    def __reduce__(self):
        return self.call


def text(value):
    """A short unicode string as a pickle writes it."""
    return b"X" + struct.pack("<I", len(value)) + value.encode()


def short(value):
    return b"\x8c" + bytes([len(value)]) + value.encode()


# Plain values


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_plain_values(protocol):
    shared = [1, 2]
    value = {
        "numbers": [0, -1, 255, 65536, -(2**40), 2**70, -(2**2100), 1.5, float("inf"), True, False, None],
        "text": ["", "a", "ä\n'\\", "\u20ac" * 300, b"", b"\x00\xff", b"x" * 70000, bytearray(b"abc")],
        "containers": [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4), [], {}, {1, 2}, frozenset({"a"}), {(1, "b"): 2}],
        "shared": [shared, shared],
        "ordered": OrderedDict([("b", 1), ("a", 2)]),
    }
    result = loads(pickle.dumps(value, protocol))
    assert result == value
    assert type(result["ordered"]) is OrderedDict and list(result["ordered"]) == ["b", "a"]
    assert result["shared"][0] is result["shared"][1]


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_list_that_holds_itself(protocol):
    value = []
    value.append(value)
    result = loads(pickle.dumps(value, protocol))
    assert result[0] is result


def test_pickles_that_follow_each_other(tmp_path):
    file = io.BytesIO(pickle.dumps("one") + pickle.dumps(2) + b"rest")
    assert load(file) == "one"
    assert load(file) == 2
    assert file.read() == b"rest"
    path = tmp_path / "one.pkl"
    path.write_bytes(pickle.dumps([1]))
    assert load(path) == load(str(path)) == [1]


@pytest.mark.parametrize(
    "encoding, expected", [("latin1", "\xe9t\xe9"), ("bytes", b"\xe9t\xe9")], ids=["latin1", "bytes"]
)
def test_strings_of_python_2(encoding, expected):
    for data in (b"S'\\xe9t\\xe9'\n.", b"U\x03\xe9t\xe9.", b"T\x03\x00\x00\x00\xe9t\xe9."):
        assert loads(data, encoding=encoding) == expected


def test_strings_of_python_2_bad_encoding():
    with pytest.raises(ValueError, match="Received: encoding='rot13'"):
        loads(b"N.", encoding="rot13")
    with pytest.raises(ValueError):
        loads(b"U\x03\xe9t\xe9.", encoding="ascii")


# Arrays


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    "array",
    [
        np.arange(6, dtype="float32").reshape(2, 3),
        np.asfortranarray(np.arange(6, dtype="float64").reshape(2, 3)),
        np.arange(6, dtype=">i4"),
        np.array(2.5),
        np.zeros((0, 3), "uint8"),
        np.array([True, False]),
        np.array(["a", "bcd"]),
        np.array([b"a", b"bcd"]),
        np.array([1 + 2j]),
        np.arange(5, dtype="float16"),
        np.array([[1, "a"], [None, [2]]], dtype=object),
    ],
    ids=lambda array: f"{array.dtype.str}{array.shape}",
)
def test_arrays(array, protocol):
    for value in (array, [array, array], {"x": (array, 1)}):
        result = loads(pickle.dumps(value, protocol))
        result = result[0] if isinstance(result, list) else result["x"][0] if isinstance(result, dict) else result
        assert type(result) is np.ndarray and result.dtype == array.dtype and result.shape == array.shape
        np.testing.assert_array_equal(result, array)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_scalars_and_dtypes(protocol):
    value = [np.float32(1.5), np.int64(-3), np.bool_(True), np.dtype(">f4"), np.dtype("uint8")]
    result = loads(pickle.dumps(value, protocol))
    assert result == value and [type(item) for item in result] == [type(item) for item in value]


@pytest.mark.parametrize("old, new", [(b"numpy._core.", b"numpy.core."), (b"numpy.core.", b"numpy._core.")])
def test_numpy_1_and_numpy_2_module_names(old, new):
    array = np.arange(4.0)
    data = pickle.dumps(array, 0)
    assert old in data or new in data
    np.testing.assert_array_equal(loads(data.replace(old, new)), array)


def test_arrays_as_python_2_wrote_them():
    data = (
        b"\x80\x02cnumpy.core.multiarray\n_reconstruct\nq\x01cnumpy\nndarray\nq\x02K\x00\x85U\x01b\x87R"
        b"(K\x01K\x02K\x01\x86cnumpy\ndtype\nq\x03U\x02f4K\x00K\x01\x87R(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xff"
        b"K\x00tb\x89U\x08\x00\x00\x80?\x00\x00\x00\xc0tb."
    )
    np.testing.assert_array_equal(loads(data), np.array([[1.0], [-2.0]], "float32"))
    np.testing.assert_array_equal(loads(data, encoding="bytes"), np.array([[1.0], [-2.0]], "float32"))


# Stubs


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_stubs_hold_state_and_do_nothing(protocol):
    name = f"{__name__}.Network"
    first, second = loads(pickle.dumps([Network(3), Network([4])], protocol), classes=[name])
    assert type(first) is Stub and first.name == name
    assert first.state == {"value": 3} and second.state == {"value": [4]}
    assert repr(first) == f"Stub({name!r})"


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_stubs_of_containers(protocol):
    classes = [f"{__name__}.*"]
    result = loads(pickle.dumps([KindOfDict(a=1), KindOfList([1, 2])], protocol), classes=classes)
    assert result[0].entries == {"a": 1} and result[1].elements == [1, 2]


def test_a_bare_class_is_its_name():
    result = loads(pickle.dumps(Network), classes=[f"{__name__}.Network"])
    assert result == Global(f"{__name__}.Network") and repr(result) == f"Global('{__name__}.Network')"


def test_a_stub_keeps_its_hooks_to_itself():
    """`__setstate__`, `__class__` and the like in a state are words in a dict, not attributes of anything."""
    state = {"__class__": 1, "__setstate__": 2, "__dict__": 3, "name": "other"}
    data = b"c__x__\nY\n)\x81" + pickle.dumps(state, 0)[:-1] + b"b."
    stub = loads(data, classes=["__x__.Y"])
    assert type(stub) is Stub and stub.name == "__x__.Y" and stub.state == state


def test_own_functions():
    result = loads(pickle.dumps(Reduced(divmod, 7, 2)), functions={"builtins.divmod": lambda a, b: (b, a)})
    assert result == (2, 7)
    with pytest.raises(ValueError, match="builtins.divmod does not take the arguments"):
        loads(pickle.dumps(Reduced(divmod, 7)), functions={"builtins.divmod": lambda a, b: (b, a)})


def test_persistent_ids():
    class Pickler(pickle.Pickler):
        def persistent_id(self, value):
            return ("id", 7) if isinstance(value, Network) else None

    for protocol in (0, 2, 4):
        buffer = io.BytesIO()
        Pickler(buffer, protocol).dump([1, Network(2)])
        with pytest.raises(ValueError, match="outside of itself"):
            loads(buffer.getvalue())
        expected = "('id', 7)" if protocol == 0 else ("id", 7)
        assert loads(buffer.getvalue(), persistent_load=lambda key: [key]) == [1, [expected]]


# Malice

COMMAND = "touch {marker}"


def malicious(marker):
    """Name asked for -> pickle that would create the file `marker` if it were obeyed."""
    command = COMMAND.format(marker=marker)
    python = f"open({str(marker)!r}, 'w').close()"
    system = os.system.__module__
    cases = {
        f"{system}.system": pickle.dumps(Reduced(os.system, command)),
        f"{system}.system in protocol 0": pickle.dumps(Reduced(os.system, command), 0),
        "os.system": b"cos\nsystem\n(S'" + command.encode() + b"'\ntR.",
        "nt.system": b"cnt\nsystem\n(S'" + command.encode() + b"'\ntR.",
        "posix.system as INST": b"(S'" + command.encode() + b"'\niposix\nsystem\n.",
        "posix.system as OBJ": b"(cposix\nsystem\nS'" + command.encode() + b"'\no.",
        "posix.system as NEWOBJ": b"\x80\x02cposix\nsystem\n(S'" + command.encode() + b"'\nt\x81.",
        "posix.system nested": pickle.dumps({"weights": [np.zeros(3), (1, Reduced(os.system, command))]}),
        "builtins.eval": pickle.dumps(Reduced(eval, python)),
        "builtins.exec": pickle.dumps(Reduced(exec, python)),
        "__builtin__.eval": b"c__builtin__\neval\n(S" + repr(python).encode() + b"\ntR.",
        "builtins.getattr": b"cbuiltins\ngetattr\n(tR.",
        "subprocess.Popen": b"csubprocess\nPopen\n(S'" + command.encode() + b"'\ntR.",
        "runpy._run_code": b"crunpy\n_run_code\n(tR.",
        "importlib.import_module": b"cimportlib\nimport_module\n(S'antigravity'\ntR.",
        "pickle.loads": b"cpickle\nloads\n(tR.",
        "_pickle.loads": b"c_pickle\nloads\n(tR.",
        "codecs.decode": b"ccodecs\ndecode\n(S'x'\nS'rot13'\ntR.",
        "numpy.load": b"cnumpy\nload\n(S'x'\ntR.",
        "numpy.fromfile": b"cnumpy\nfromfile\n(S'/etc/passwd'\ntR.",
        "numpy.memmap": b"cnumpy\nmemmap\n(S'/etc/passwd'\ntR.",
        "numpy.core.multiarray.fromfile": b"cnumpy.core.multiarray\nfromfile\n(S'x'\ntR.",
        "numpy.testing._private.utils.runstring": b"cnumpy.testing._private.utils\nrunstring\n(tR.",
        "numpy.f2py.crackfortran.myeval": b"cnumpy.f2py.crackfortran\nmyeval\n(tR.",
        "collections.OrderedDict.fromkeys": short("collections") + short("OrderedDict.fromkeys") + b"\x93)R.",
        "numpy.dtype.__class__": short("numpy") + short("dtype.__class__") + b"\x93)R.",
        "numpy.core.os.system": short("numpy") + short("core.os.system") + b"\x93(" + text(command) + b"tR.",
        "_codecs.encode.__self__": short("_codecs") + short("encode.__self__") + b"\x93.",
        "torch._utils._rebuild_tensor": b"ctorch._utils\n_rebuild_tensor\n(tR.",
        "copyreg.__newobj__": b"ccopyreg\n__newobj__\n(tR.",
        "copyreg._reconstructor of a class": b"ccopyreg\n_reconstructor\n(csubprocess\nPopen\ncbuiltins\nobject\nNtR.",
        "a class of this file": pickle.dumps(Network(1)),
        "datetime.date": pickle.dumps(datetime.date(2020, 1, 1)),
        "decimal.Decimal": pickle.dumps(decimal.Decimal(1)),
        "builtins.map": b"cbuiltins\nmap\n(tR.",
        "types.FunctionType": b"ctypes\nFunctionType\n(tR.",
        "sys.modules": b"csys\nmodules\n.",
    }
    return cases


@pytest.mark.parametrize("case", sorted(malicious("x")))
def test_names_are_refused_and_nothing_runs(case, tmp_path):
    marker = tmp_path / "ran"
    data = malicious(marker)[case]
    name = {"a class of this file": f"{__name__}.Network", "copyreg._reconstructor of a class": "subprocess.Popen"}
    with pytest.raises(ValueError) as error:
        loads(data)
    assert name.get(case, case.split(" ")[0]) in str(error.value)
    assert "nothing of it was run" in str(error.value)
    assert not marker.exists()


def test_the_malicious_pickles_are_real(tmp_path):
    """Python's own unpickler does run them: the test above would see it."""
    marker = tmp_path / "ran"
    pickle.loads(malicious(marker)["posix.system nested" if os.name == "posix" else "builtins.eval"])
    assert marker.exists()


def test_no_import_and_no_lookup(monkeypatch):
    """Not even a refused name is imported."""

    def refuse(*args, **kwargs):
        raise AssertionError("imported something")

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(ValueError, match="antigravity.geohash"):
        loads(b"cantigravity\ngeohash\n.")
    with pytest.raises(ValueError, match="__main__.x"):
        loads(b"c__main__\nx\n.")
    assert loads(b"cantigravity\ngeohash\n.", classes=["antigravity.*"]) == Global("antigravity.geohash")


def test_readers_load_without_tensorflow():
    code = (
        "import sys, keras_gans.readers.pickles, keras_gans.readers.torch_files, keras_gans.readers.graph_def;"
        "sys.exit('tensorflow' in sys.modules or 'keras' in sys.modules or 'torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0


@pytest.mark.parametrize("opcode", [b"\x82\x01.", b"\x83\x01\x00.", b"\x84\x01\x00\x00\x00."])
def test_extension_codes_are_refused(opcode):
    copyreg.add_extension("os", "system", 1)
    try:
        with pytest.raises(ValueError, match="extension code 1"):
            loads(opcode)
    finally:
        copyreg.remove_extension("os", "system", 1)


@pytest.mark.parametrize(
    "data",
    [
        b"]q\x00)R.",  # calls a list
        b"U\x01a)R.",  # calls a string
        b"cnumpy\nndarray\n(K\x05tR.",  # calls a class that is only a value
        b"cbuiltins\nobject\n)R.",
        b"cnumpy\ndtype\n}b.",  # state of a function
        b"]}b.",  # state of a list
        b"K\x01K\x02a.",  # append to a number
        b"K\x01K\x02K\x03s.",
        b"}]K\x01s.",  # a list as a key
        b"ccopyreg\n_reconstructor\n(cnumpy\ndtype\ncnumpy\nndarray\nNtR.",
        b"\x97.",  # out-of-band buffer
        b"\x98.",
        b"\x80\x09N.",
        b"\xff.",
        b"t.",
        b"0.",
        b"(.",
        b"(N.",
        b"NN.",
        b"h\x05.",
        b"g5\n.",
        b"p-\n.",
        b"I1x\n.",
        b"L" + b"9" * 9000 + b"L\n.",
        b"Sabc\n.",
        b"F1.2.3\n.",
        b"c\xff\nx\n.",
        b"\x93.",
        b"K\x01K\x02\x93.",
    ],
)
def test_damaged(data):
    with pytest.raises(ValueError):
        loads(data)


# Sizes


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_truncated_anywhere(protocol):
    value = {"a": np.arange(3.0), "b": [1, (2, "x")], "c": OrderedDict(d=b"e"), "f": 1.5, "g": Network(1)}
    data = pickle.dumps(value, protocol)
    for length in range(len(data)):
        with pytest.raises(ValueError):
            loads(data[:length], classes=[f"{__name__}.Network"])


def test_changed_anywhere():
    """Whatever a byte is changed into, the answer is a value or a ValueError."""
    random = np.random.RandomState(0)
    value = {"a": np.arange(3.0), "b": [1, (2, "x")], "c": OrderedDict(d=b"e"), "f": {1.5, 2}, "g": Network(1)}
    for protocol in PROTOCOLS:
        original = pickle.dumps(value, protocol)
        for position in range(len(original)):
            for _ in range(8):
                data = bytearray(original)
                data[position] = random.randint(256)
                try:
                    loads(bytes(data), classes=[f"{__name__}.Network"])
                except ValueError:
                    pass


@pytest.mark.parametrize("code", [b"B", b"X", b"T", b"\x8a", b"\x8b", b"\x8d", b"\x8e", b"\x96"])
def test_declared_lengths_are_held_against_the_file(code):
    with pytest.raises(ValueError, match="[Tt]runcated"):
        loads(code + b"\xff\xff\xff\x7f\x00\x00\x00\x00" + b"abc.")


def test_declared_shapes_are_held_against_the_bytes():
    array = pickle.dumps(np.zeros(7, "uint8"), 2)
    huge = array.replace(b"K\x07\x85", b"J\xff\xff\xff\x7f\x85")
    assert huge != array
    with pytest.raises(ValueError, match="needs 2147483647 bytes. Received: 7 bytes"):
        loads(huge)
    with pytest.raises(ValueError):
        loads(array.replace(b"K\x07\x85", b"J\xff\xff\xff\xff\x85"))
    items = pickle.dumps(np.array([None] * 7, object), 2)
    with pytest.raises(ValueError, match="2147483647 items"):
        loads(items.replace(b"K\x07\x85", b"J\xff\xff\xff\x7f\x85"))


def test_structured_and_unknown_dtypes_are_refused():
    with pytest.raises(ValueError, match="structured|plain numpy dtype"):
        loads(pickle.dumps(np.zeros(2, [("a", "f4")])))
    with pytest.raises(ValueError, match="plain numpy dtype"):
        loads(pickle.dumps(np.zeros(2, "datetime64[s]")))


def test_what_is_no_file():
    with pytest.raises(ValueError, match="Expected a path or a binary file. Received: NoneType"):
        load(None)


def test_too_many_operations():
    with pytest.raises(ValueError, match="more than 1,000 operations"):
        loads(b"]" * 5000, max_operations=1000)


def test_deep_nesting_ends_well():
    depth = 200_000
    with pytest.raises(ValueError, match="cannot be a key"):
        loads(b"}" + b")" + b"\x85" * depth + b"Ns.")
    assert isinstance(loads(b")" + b"\x85" * depth + b"."), tuple)


def test_every_operation_of_the_format_is_known_or_refused():
    from keras_gans.readers.pickle_machine import ACTIONS

    known = {code.code.encode("latin1") for code in pickletools.opcodes}
    assert known - set(ACTIONS) == {b".", b"\x97", b"\x98"}  # STOP is the loop's own; buffers out of band
    assert not set(ACTIONS) - known
