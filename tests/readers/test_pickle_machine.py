import io

import pytest

from keras_gans.readers.pickle_machine import Machine


def machine(data=b""):
    return Machine(io.BytesIO(data), (), None, None, "latin1", 100)


def test_marks_bound_what_an_operation_sees():
    m = machine()
    m.push(1)
    m.marks.append(1)
    with pytest.raises(ValueError, match="too few values"):
        m.pop()
    assert m.pop_to_mark() == [] and m.pop() == 1


def test_reading_past_the_end():
    with pytest.raises(ValueError, match="Truncated"):
        machine(b"ab").read(3)
    with pytest.raises(ValueError, match="Truncated"):
        machine(b"ab").read(2**62)
    with pytest.raises(ValueError, match="Truncated"):
        machine(b"ab").line()
