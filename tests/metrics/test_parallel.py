"""Work on all cores comes back in order, and so do errors."""

import os
import threading

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from keras_gans.metrics.parallel import parallel


def blas_threads():
    np.ones(1) @ np.ones(1)
    return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}


def test_results_are_in_order():
    assert parallel(lambda x: x * x, range(20)) == [x * x for x in range(20)]


def test_an_error_reaches_the_caller():
    with pytest.raises(ZeroDivisionError):
        parallel(lambda x: 1 / x, [1, 0])


def test_callers_that_overlap_leave_blas_as_it_was():
    """Each saw the limit of another as the normal state, and BLAS kept to one thread for the rest of the process."""
    before, inside = blas_threads(), []
    if before == {1}:
        pytest.skip("one core")
    first_is_in, second_is_in = threading.Event(), threading.Event()
    first = threading.Thread(target=parallel, args=(lambda _: (first_is_in.set(), second_is_in.wait(0.3)), [0]))

    def second():
        first_is_in.wait(10)
        parallel(lambda _: (second_is_in.set(), first.join(10), inside.append(blas_threads())), [0])

    threads = [first, threading.Thread(target=second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert inside == [{1}]
    assert blas_threads() == before


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_process_forked_meanwhile_does_not_wait_for_a_thread_it_does_not_have():
    entered, go_on = threading.Event(), threading.Event()
    thread = threading.Thread(target=parallel, args=(lambda _: (entered.set(), go_on.wait(10)), [0]))
    thread.start()
    entered.wait(10)
    child = os.fork()
    if child == 0:
        worker = threading.Thread(target=parallel, args=(abs, [-1]), daemon=True)
        worker.start()
        worker.join(5)
        os._exit(worker.is_alive())
    go_on.set()
    thread.join(10)
    assert os.waitpid(child, 0)[1] == 0
