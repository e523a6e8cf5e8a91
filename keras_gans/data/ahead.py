"""Prepares the next batches while the caller works with this one, on Python threads.

tf.data's own `prefetch` runs Python functions on its threads; when the interpreter ends while one of them waits for
its lock, the process hangs for ever (TensorFlow 2.21). Threads of Python's own pools are joined before that.
"""

import functools
import threading
from concurrent.futures import ThreadPoolExecutor


class Ahead:
    """`function(position)`, with the results of the next positions already on their way.

    Args:
        function: called with an integer, perhaps from another thread; must depend on nothing else.
        step: distance from one position to the next.
        count: how many results are prepared ahead; 0: none.
        stop: None, or the position at which there is nothing more.

    Example:

    >>> squares = Ahead(lambda k: k * k, step=1, count=2)
    >>> squares(3), squares(4), squares(10)
    (9, 16, 100)
    """

    def __init__(self, function, step, count, stop=None):
        self._function, self._step, self._count, self._stop = function, step, count, stop
        self._pending = {}
        self._lock = threading.Lock()

    def __call__(self, position):
        position = int(position)
        if not self._count:
            return self._function(position)
        wanted = [position + k * self._step for k in range(self._count + 1)]
        if self._stop is not None:
            wanted = [p for p in wanted if p < self._stop]
        with self._lock:
            for p in wanted:
                if p not in self._pending:
                    self._pending[p] = _pool().submit(self._function, p)
            result = self._pending.pop(position)
            for p in [p for p in self._pending if p not in wanted]:  # left over from another iteration
                self._pending.pop(p).cancel()
        return result.result()


@functools.lru_cache(maxsize=1)
def _pool():
    return ThreadPoolExecutor(2, thread_name_prefix="keras_gans_ahead")
