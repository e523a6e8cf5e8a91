import subprocess
import sys
import threading

import pytest

from keras_gans.data.ahead import Ahead


def test_results_are_prepared_ahead():
    called = []
    prepared = threading.Event()

    def function(k):
        called.append(k)
        if k == 20:
            prepared.set()
        return -k

    ahead = Ahead(function, step=10, count=2)
    assert ahead(0) == 0 and prepared.wait(10)
    assert [ahead(k) for k in (10, 20, 30)] == [-10, -20, -30]
    assert len(called) == len(set(called))


def test_jumps_and_ends():
    called = set()
    ahead = Ahead(lambda k: called.add(k) or k, step=1, count=5, stop=4)
    assert [ahead(k) for k in (0, 3, 1, 2, 3)] == [0, 3, 1, 2, 3]
    assert max(called) == 3


def test_nothing_ahead():
    called = []
    assert Ahead(lambda k: called.append(k) or k, step=1, count=0)(7) == 7 and called == [7]


def test_errors_come_where_they_belong():
    ahead = Ahead(lambda k: 1 // (k - 2), step=1, count=3)
    assert ahead(0) == -1 and ahead(1) == -1
    with pytest.raises(ZeroDivisionError):
        ahead(2)
    assert ahead(3) == 1


SCRIPT = """
import sys, time
import numpy as np
from keras_gans.data import load
from keras_gans.data.sources.arrays import ArraySource
ArraySource.pixels = lambda self, index, at_least=None: (time.sleep(0.02), self.images[index])[1]
batches = iter(load(np.zeros((64, 8, 8, 3), "uint8"), cache=False).batches(16))
next(batches)
print("ended")
"""


def test_the_process_ends_while_batches_are_prepared():
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and done.stdout == "ended\n"
