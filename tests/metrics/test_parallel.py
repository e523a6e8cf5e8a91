"""Work on all cores comes back in order, and so do errors."""

import pytest

from keras_gans.metrics.parallel import parallel


def test_results_are_in_order():
    assert parallel(lambda x: x * x, range(20)) == [x * x for x in range(20)]


def test_an_error_reaches_the_caller():
    with pytest.raises(ZeroDivisionError):
        parallel(lambda x: 1 / x, [1, 0])
