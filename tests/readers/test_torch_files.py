import io
import os
import pathlib
import pickle
import struct
import zipfile

import numpy as np
import pytest

from keras_gans.readers.torch_files import read_object, read_state_dict

FIXTURES = pathlib.Path(__file__).parent / "fixtures"


def rewrite(source, target, change=None, compression=zipfile.ZIP_STORED):
    """A copy of a zip file whose records went through `change(name, data)` (None leaves one out)."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", compression) as new:
        for name in old.namelist():
            data = old.read(name)
            data = change(name, data) if change else data
            if data is not None:
                new.writestr(name, data)
    return target


def zip_of(pickled, path, records=()):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", pickled)
        for name, data in dict(records).items():
            archive.writestr(f"archive/data/{name}", data)
    return path


def tensor_pickle(numel=4, offset=0, size=(4,), stride=(1,), kind="FloatStorage", key="0"):
    """The pickle of {"w": tensor} with any numbers in it."""

    def tuple_of(values):
        return b"(" + b"".join(b"L%dL\n" % value for value in values) + b"t"

    return (
        (
            b"}U\x01wctorch._utils\n_rebuild_tensor_v2\n((U\x07storagectorch\n"
            + kind.encode()
            + b"\nU\x01"
            + key.encode()
            + b"U\x03cpuL%dLtQL%dL" % (numel, offset)
        ).replace(b"LtQ", b"L\ntQ")[:-1]
        + b"L\n"
        + tuple_of(size)
        + tuple_of(stride)
        + b"I00\nNtRs."
    )


@pytest.mark.parametrize("name", ["zip.pth", "legacy.pth"])
def test_what_pytorch_wrote(name):
    """Views of every kind, tied and expanded weights, parameters and all number types, as PyTorch itself reads them."""
    weights = read_state_dict(FIXTURES / name)
    with np.load(FIXTURES / "expected.npz") as expected:
        assert list(weights) == expected.files
        for key, array in weights.items():
            assert array.dtype == expected[key].dtype, key
            assert array.flags.c_contiguous and array.flags.writeable and array.dtype.isnative
            np.testing.assert_array_equal(array, expected[key], err_msg=key)


def test_hand_worked_strides(tmp_path):
    """Element [i, j] is at offset + i * stride[0] + j * stride[1] of the storage."""
    data = np.arange(12, dtype="<f4").tobytes()
    path = zip_of(tensor_pickle(12, 1, (2, 3), (1, 4)), tmp_path / "a.pth", {"0": data})
    np.testing.assert_array_equal(read_state_dict(path)["w"], [[1, 5, 9], [2, 6, 10]])


def test_nested_dicts():
    path = FIXTURES / "nested.pth"
    np.testing.assert_array_equal(read_state_dict(path)["w"], [1, 1])
    np.testing.assert_array_equal(read_state_dict(path, key="state_dict")["w"], [1, 1])
    np.testing.assert_array_equal(read_state_dict(path, key="g.ema")["w"], [0, 0])
    assert read_object(path)["epoch"] == 3
    np.testing.assert_array_equal(read_object(path)["g"]["ema"]["w"], [0, 0])
    with pytest.raises(ValueError, match="'epoch', 'state_dict', 'g'. Received: key='ema'"):
        read_state_dict(path, key="ema")
    with pytest.raises(ValueError, match="holds a int|key='epoch'"):
        read_state_dict(path, key="epoch")


def test_torchscript():
    weights = read_state_dict(FIXTURES / "script.pt")
    assert set(weights) >= {"0.weight", "0.bias", "1.running_mean"}
    np.testing.assert_array_equal(weights["0.weight"], np.arange(18.0).reshape(2, 1, 3, 3))


def test_types_that_came_later():
    array = read_state_dict(FIXTURES / "uint16.pth")["x"]
    assert array.dtype == np.uint16 and array.tolist() == [0, 1, 65535]


def test_big_endian(tmp_path):
    def swap(name, data):
        if name.endswith("byteorder"):
            return b"big"
        return np.frombuffer(data, "<f4").astype(">f4").tobytes() if "/data/" in name else data

    path = rewrite(FIXTURES / "nested.pth", tmp_path / "big.pth", swap)
    array = read_state_dict(path)["w"]
    assert array.dtype.isnative and array.tolist() == [1, 1]


def test_whole_modules_are_refused_by_name():
    with pytest.raises(ValueError, match="torch.nn.modules.linear.Linear"):
        read_state_dict(FIXTURES / "module.pth")


def test_the_path_may_be_text():
    assert read_state_dict(str(FIXTURES / "nested.pth"))


# Bad files


def test_a_malicious_pickle_is_refused_in_either_container(tmp_path):
    marker = tmp_path / "ran"
    evil = b"cposix\nsystem\n(S'touch " + str(marker).encode() + b"'\ntR."
    legacy = tmp_path / "legacy.pth"
    head = b"".join(pickle.dumps(value, 2) for value in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}))
    legacy.write_bytes(head + evil)
    bare = tmp_path / "bare.pth"
    bare.write_bytes(evil)
    for path in (zip_of(evil, tmp_path / "zip.pth"), legacy, bare):
        with pytest.raises(ValueError, match="posix.system.*nothing of it was run"):
            read_state_dict(path)
    nested = rewrite(
        FIXTURES / "nested.pth",
        tmp_path / "nested.pth",
        lambda name, data: b"}U\x01a" + evil[:-1] + b"s." if name.endswith("data.pkl") else data,
    )
    with pytest.raises(ValueError, match="posix.system"):
        read_state_dict(nested)
    assert not marker.exists()


@pytest.mark.parametrize("name", ["zip.pth", "legacy.pth", "script.pt"])
def test_truncated_anywhere(name, tmp_path):
    data = (FIXTURES / name).read_bytes()
    path = tmp_path / "short.pth"
    for length in range(0, len(data) - 1, 37):
        path.write_bytes(data[:length])
        with pytest.raises(ValueError):
            read_state_dict(path)


@pytest.mark.parametrize("name", ["zip.pth", "legacy.pth"])
def test_changed_anywhere(name, tmp_path):
    random = np.random.RandomState(0)
    original = (FIXTURES / name).read_bytes()
    path = tmp_path / "changed.pth"
    for position in range(0, len(original), 5):
        data = bytearray(original)
        data[position] ^= 1 << random.randint(8)
        path.write_bytes(data)
        try:
            read_state_dict(path)
        except ValueError:
            pass


@pytest.mark.parametrize(
    "arguments, message",
    [
        (dict(size=(5,)), "beyond its storage"),
        (dict(offset=1), "beyond its storage"),
        (dict(size=(2, 2), stride=(1,)), "do not fit"),
        (dict(size=(-1,)), "do not fit"),
        (dict(stride=(-1,)), "do not fit"),
        (dict(size=(2**40,), stride=(0,)), "far larger than the file"),
        (dict(size=(2**30, 2**30, 2**30), stride=(0, 0, 0)), "far larger than the file"),
        (dict(numel=5), "truncated"),
        (dict(numel=-5), "negative size"),
        (dict(kind="Foo"), "torch.Foo"),
        (dict(kind="FloatTensor"), "torch.FloatTensor"),
        (dict(key="7"), "'archive/data/7' is missing"),
        (dict(key="/"), "is missing"),
    ],
)
def test_tensors_that_lie(arguments, message, tmp_path):
    path = zip_of(tensor_pickle(**arguments), tmp_path / "a.pth", {"0": bytes(16)})
    with pytest.raises(ValueError, match=message):
        read_state_dict(path)


def test_a_good_one_made_by_hand(tmp_path):
    path = zip_of(tensor_pickle(), tmp_path / "a.pth", {"0": np.arange(4, dtype="<f4").tobytes()})
    assert read_state_dict(path)["w"].tolist() == [0, 1, 2, 3]


def test_many_expanded_tensors_cannot_fill_the_memory(tmp_path):
    one = tensor_pickle(4, 0, (2**20,), (0,))[1:-1]
    items = b"".join(one.replace(b"U\x01w", b"U\x03%03d" % index) for index in range(100))
    path = zip_of(b"}" + items + b".", tmp_path / "a.pth", {"0": bytes(16)})
    with pytest.raises(ValueError, match="far larger than the file"):
        read_state_dict(path)


def test_compressed_records_are_refused(tmp_path):
    path = rewrite(FIXTURES / "zip.pth", tmp_path / "a.pth", compression=zipfile.ZIP_DEFLATED)
    with pytest.raises(ValueError, match="not compressed"):
        read_state_dict(path)


def test_other_files(tmp_path):
    empty = tmp_path / "empty"
    empty.write_bytes(b"")
    with pytest.raises(ValueError, match="written by torch.save"):
        read_state_dict(empty)
    npz = tmp_path / "a.npz"
    np.savez(npz, a=1)
    with pytest.raises(ValueError, match="no record data.pkl"):
        read_state_dict(npz)
    with pytest.raises(ValueError, match="holds a list"):
        read_state_dict(zip_of(pickle.dumps([1]), tmp_path / "list.pth"))
    with pytest.raises(ValueError, match="holds an empty dict"):
        read_state_dict(zip_of(pickle.dumps({}), tmp_path / "dict.pth"))
    with pytest.raises(FileNotFoundError):
        read_state_dict(tmp_path / "missing.pth")


def test_storage_sizes_of_a_stream_are_checked(tmp_path):
    data = (FIXTURES / "legacy.pth").read_bytes()
    position = data.rindex(struct.pack("<q", 24))
    path = tmp_path / "a.pth"
    path.write_bytes(data[:position] + struct.pack("<q", 2**40) + data[position + 8 :])
    with pytest.raises(ValueError, match="list of storages"):
        read_state_dict(path)
    assert io.BytesIO(data).read(1) == b"\x80"


@pytest.mark.parametrize("protocol", [0, 2, 4])
@pytest.mark.parametrize("wrap", [lambda value: value, lambda value: {"fc.weight": [1] * 30 + [value]}])
def test_a_bare_pickle_is_refused_by_name(protocol, wrap, tmp_path):
    """The simplest malicious file there is: `pickle.dump` under the name of a `.pth`."""

    class Malicious:
        def __reduce__(self):
            return os.system, (f"touch {tmp_path / 'ran'}",)

    path = tmp_path / "weights.pth"
    path.write_bytes(pickle.dumps(wrap(Malicious()), protocol))
    with pytest.raises(ValueError, match=r"asks for (posix|nt)\.system"):
        read_state_dict(path)
    assert not (tmp_path / "ran").exists()


def test_a_bare_pickle_of_an_array(tmp_path):
    path = tmp_path / "weights.pth"
    path.write_bytes(pickle.dumps(np.arange(3)))
    with pytest.raises(ValueError, match="another kind of file"):
        read_state_dict(path)


@pytest.mark.parametrize("old, new", [(b"L1L\nt", b"L1180591620717411303424L\nt"), (b"(L1L\nt", b"(I01\nt")])
def test_sizes_that_no_machine_has(old, new, tmp_path):
    """Strides and sizes beyond all memory, and ones that are no numbers at all."""
    pickled = tensor_pickle(size=(1,), stride=(1,))
    place = pickled.rindex(old)
    path = zip_of(pickled[:place] + new + pickled[place + len(old) :], tmp_path / "w.pth", {"0": bytes(16)})
    with pytest.raises(ValueError, match="do not fit each other"):
        read_state_dict(path)


@pytest.mark.parametrize("keys", [5, None, [["0"]], {"0": 1}])
def test_a_list_of_storages_that_is_none(keys, tmp_path):
    values = (0x1950A86A20F9469CFC6C, 1001, {}, {}, keys)
    (tmp_path / "a.pth").write_bytes(b"".join(pickle.dumps(value, protocol=2) for value in values))
    with pytest.raises(ValueError, match="list of storages"):
        read_state_dict(tmp_path / "a.pth")


def test_a_few_bytes_cannot_keep_the_reader_busy_for_ever(tmp_path):
    def write(pickled):
        head = b"".join(pickle.dumps(value, protocol=2) for value in (0x1950A86A20F9469CFC6C, 1001, {}))
        (tmp_path / "a.pth").write_bytes(head + pickled + pickle.dumps([], protocol=2))
        return tmp_path / "a.pth"

    shared = ()
    for _ in range(45):
        shared = (shared, shared)
    found = read_object(write(pickle.dumps(shared, protocol=2)))
    assert found[0] is found[1] and len(found) == 2
    with pytest.raises(ValueError, match="nests its values too deeply"):
        read_object(write(b"\x80\x02]q\x00(h\x00h\x00e."))  # x = [x, x]
    module = b"c__torch__\nM\n)\x81"  # each holds the one before it twice
    nested = b"\x80\x02" + module + b"q\x000"
    for k in range(1, 45):
        nested += module + b"}(X\x01\x00\x00\x00ah%cX\x01\x00\x00\x00bh%cub" % (k - 1, k - 1) + b"q%c0" % k
    with pytest.raises(ValueError, match="more than 100,000 paths lead to its objects"):
        read_state_dict(write(nested + b"h%c." % 44))
