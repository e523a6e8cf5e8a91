"""Whose mean and variance a normalisation uses: its own, each image's, or those of another pass.

Layers that normalise by what they are called on (`CurrentBatchNormalization`, `InstanceNormalization`) ask the
innermost scope of this thread. So one network serves training (statistics of the batch), translation (of each image by
itself) and tiles of one large image (all by the statistics of the whole), and no layer has a switch for it.
"""

import contextlib
import threading

import tensorflow as tf

_scopes = threading.local()


class PerImage:
    """Every image is normalised by its own statistics, whatever else is in the batch.

    Example:

    >>> mean, variance = PerImage().moments(tf.constant([[[[1.0], [3.0]]], [[[5.0], [5.0]]]]))
    >>> mean[:, 0, 0, 0].numpy().tolist(), variance[:, 0, 0, 0].numpy().tolist()
    ([2.0, 5.0], [1.0, 0.0])
    """

    def moments(self, x):
        """Returns (mean, variance), float32 [N, 1, 1, C] each, for one normalisation.

        Args:
            x: float tensor [N, H, W, C].
        """
        return moments(x, (1, 2))


class Recording(PerImage):
    """As `PerImage`; what was used is kept in `recorded`, a list of (mean, variance) in the order of the calls."""

    def __init__(self):
        self.recorded = []

    def moments(self, x):
        self.recorded.append(super().moments(x))
        return self.recorded[-1]


class Replaying:
    """Statistics that another pass of the same network recorded, in the same order.

    Args:
        recorded: list of (mean, variance), float32 [N or 1, 1, 1, C] each.
    """

    def __init__(self, recorded):
        self._left = list(recorded)

    def moments(self, x):
        """Returns the (mean, variance) of the same call of the recorded pass.

        Args:
            x: float tensor [N, H, W, C]; only looked at by those who record.
        """
        return self._left.pop(0)


@contextlib.contextmanager
def scope(statistics):
    """Makes `statistics` the ones of all normalisations inside of the `with` block, in this thread.

    Args:
        statistics: `PerImage`, `Recording` or `Replaying`.

    Example:

    >>> with scope(PerImage()) as statistics:
    ...     current() is statistics
    True
    """
    stack = _scopes.__dict__.setdefault("stack", [])
    stack.append(statistics)
    try:
        yield statistics
    finally:
        stack.pop()


def current():
    """Returns the innermost statistics of this thread, None where no scope is open."""
    stack = getattr(_scopes, "stack", None)
    return stack[-1] if stack else None


def moments(x, axes):
    """Returns the mean and the biased variance over `axes`, float32 whatever the dtype, axes kept.

    Args:
        x: float tensor.
        axes: tuple of integers.
    """
    x = x if x.dtype == tf.float64 else tf.cast(x, tf.float32)
    mean = tf.reduce_mean(x, axes, keepdims=True)
    return mean, tf.reduce_mean(tf.math.squared_difference(x, mean), axes, keepdims=True)
