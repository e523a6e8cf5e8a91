import numpy as np
import pytest

from keras_gans.readers.pickle_values import array_from, checked_shape, hashable, make_dtype


def test_array_from_needs_matching_sizes():
    np.testing.assert_array_equal(array_from(b"\x01\x02", np.dtype("u1"), (2, 1)), [[1], [2]])
    with pytest.raises(ValueError, match="needs 3 bytes. Received: 2"):
        array_from(b"\x01\x02", np.dtype("u1"), (3,))
    with pytest.raises(ValueError):
        array_from(b"", np.dtype("V0"), (2**40,))


@pytest.mark.parametrize("shape", [(-1,), (1.5,), "ab", (2**60,), (1,) * 40, None])
def test_checked_shape(shape):
    with pytest.raises(ValueError, match="shape"):
        checked_shape(shape)


def test_make_dtype_takes_plain_types_only():
    assert make_dtype("f4").resolve() == np.float32
    assert make_dtype(b"f4").resolve(">") == np.dtype(">f4")
    for code in ("f4,f4", "M8[s]", "(1000000,1000000)f4", "S99999999999", "x"):
        with pytest.raises(ValueError, match="plain numpy dtype"):
            make_dtype(code)


def test_hashable_refuses_what_hash_could_choke_on():
    assert hashable((1, ("a", None))) == (1, ("a", None))
    with pytest.raises(ValueError, match="cannot be a key"):
        hashable(((((1,),),),))
    with pytest.raises(ValueError, match="cannot be a key"):
        hashable([])
