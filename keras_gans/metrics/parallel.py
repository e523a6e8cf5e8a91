"""Numpy on all cores: threads that each take a piece, with one BLAS thread a piece."""

import functools
import os
from concurrent.futures import ThreadPoolExecutor

from threadpoolctl import ThreadpoolController

blas = functools.cache(ThreadpoolController)  # to look for it takes milliseconds


def parallel(function, items):
    """Returns [function(item), ...], computed on all cores; numpy's loops release the interpreter.

    BLAS keeps to one thread meanwhile: two levels of threads fight for the cores.

    Args:
        function: of one item; it must not change what others read.
        items: an iterable.

    Example:

    >>> parallel(abs, [-1, 2])
    [1, 2]
    """
    with blas().limit(limits=1, user_api="blas"), ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(function, items))
