"""Writes state dicts as `torch.save` does, for tests of what reads them; PyTorch is no dependency of the tests."""

import struct
import zipfile

import numpy as np

_STORAGES = {"f4": "FloatStorage", "f8": "DoubleStorage", "f2": "HalfStorage", "i8": "LongStorage", "u1": "ByteStorage"}


def write_state_dict(path, arrays):
    """A zip file of `torch.save` that holds {name: tensor} of these numpy arrays."""
    with zipfile.ZipFile(path, "w") as archive:
        pickled = [b"\x80\x02}("]
        for number, (name, array) in enumerate(arrays.items()):
            array = np.array(array, order="C")
            strides = [stride // array.itemsize for stride in array.strides]
            pickled += [
                _text(name),
                b"ctorch._utils\n_rebuild_tensor_v2\n((",
                _text("storage"),
                f"ctorch\n{_STORAGES[array.dtype.str[1:]]}\n".encode(),
                _text(str(number)),
                _text("cpu"),
                _integer(array.size) + b"tQ" + _integer(0),
                b"(" + b"".join(map(_integer, array.shape)) + b"t",
                b"(" + b"".join(map(_integer, strides)) + b"t",
                b"\x89ccollections\nOrderedDict\n)RtR",
            ]
            archive.writestr(f"archive/data/{number}", array.tobytes())
        archive.writestr("archive/data.pkl", b"".join([*pickled, b"u."]))
        archive.writestr("archive/byteorder", "little")
    return path


def _text(value):
    return b"X" + struct.pack("<I", len(value)) + value.encode()


def _integer(value):
    return b"J" + struct.pack("<i", value)
