import numpy as np

from keras_gans.readers.torch_files import read_state_dict
from tests.readers.torch_writer import write_state_dict


def test_round_trip(tmp_path):
    arrays = {
        "a.weight": np.arange(6, dtype="f4").reshape(2, 3).T,
        "b": np.array(3, dtype="i8"),
        "c": np.array([1.5], dtype="f2"),
    }
    back = read_state_dict(write_state_dict(tmp_path / "a.pth", arrays))
    assert list(back) == list(arrays)
    for name, array in arrays.items():
        assert back[name].dtype == array.dtype
        np.testing.assert_array_equal(back[name], array)
