"""A pool of threads for decoding (Pillow lets go of the interpreter's lock meanwhile), and what memory there is."""

import functools
import os
from concurrent.futures import ThreadPoolExecutor

CACHE_SHARE = 0.25
"""The part of the memory that cache="auto" may take."""


def map_threads(function, items, progress=None):
    """`[function(item) for item in items]` on as many threads as there are processors, in order.

    Args:
        function: called with each item.
        items: sequence.
        progress: None or a function of (done, total), called now and then from the calling thread.

    Returns:
        list of results; the first exception that a call raised is raised.

    Example:

    >>> map_threads(abs, [-1, -2])
    [1, 2]
    """
    if len(items) < 2:
        return [function(item) for item in items]
    results = []
    for start in range(0, len(items), 1024):
        results += _pool().map(function, items[start : start + 1024])
        if progress is not None:
            progress(len(results), len(items))
    return results


def memory_bytes():
    """Bytes of memory that this process may use: the machine's, or its control group's limit where that is less."""
    try:
        total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError, AttributeError):
        total = 4 * 2**30
    for path in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            with open(path) as file:
                total = min(total, int(file.read()))
        except (OSError, ValueError):  # no such limit, or "max"
            continue
    return total


@functools.lru_cache(maxsize=1)
def _pool():
    return ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="keras_gans_decode")
