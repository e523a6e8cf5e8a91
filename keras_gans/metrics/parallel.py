"""Numpy on all cores: threads that each take a piece, with one BLAS thread a piece."""

import functools
import os
import threading
from concurrent.futures import ThreadPoolExecutor

from threadpoolctl import ThreadpoolController

blas = functools.cache(ThreadpoolController)  # to look for it takes milliseconds
alone = threading.Lock()


def _release():
    global alone  # a fork keeps the lock but not the thread that would release it
    alone = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_release)


def parallel(function, items):
    """Returns [function(item), ...], computed on all cores; numpy's loops release the interpreter.

    BLAS keeps to one thread meanwhile: two levels of threads fight for the cores. Callers in several threads take
    turns: of two limits that overlap, the second would remember the first as the normal state and leave BLAS limited.

    Args:
        function: of one item; it must not change what others read, nor call this function.
        items: an iterable.

    Example:

    >>> parallel(abs, [-1, 2])
    [1, 2]
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()  # of this process
    with alone, blas().limit(limits=1, user_api="blas"), ThreadPoolExecutor(cores) as pool:
        return list(pool.map(function, items))
