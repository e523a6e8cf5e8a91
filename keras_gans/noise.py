"""Stateless noise: every draw of a training step is a pure function of (seed, position, draw, replica).

There is no generator state to save, to lose or to fork: a resumed run draws what the unbroken run would have drawn,
and two replicas never draw the same. A step opens a `scope`; layers such as dropout draw from the innermost one.
"""

import contextlib
import threading

import tensorflow as tf

MAX_SEED = 2**31 - 1
EVALUATION_DRAWS = 2**15  # draws of `evaluate` are numbered from here, those of training from 0
SAMPLING = -1  # the position of the latents that `generate` draws: no training step has it
_scopes = threading.local()  # replicas of one machine run in threads of their own


def make_key(seed, position, draw=0, replica=0):
    """Returns the Philox seed (seed << 32 | draw << 16 | replica, position), an int64 tensor [2].

    Args:
        seed: integer or integer tensor in [0, 2^31).
        position: integer or integer tensor; -1 is kept for sampling, training has 0 and more.
        draw: integer in [0, 2^16).
        replica: integer or integer tensor in [0, 2^16).
    """
    seed, replica, position = (tf.cast(x, tf.int64) for x in (seed, replica, position))
    return tf.stack([seed * 2**32 + draw * 2**16 + replica, position])


class NoiseStream:
    """Numbered draws of one training step.

    Draw k has the seed `make_key(seed, position, k, replica)`, so no two draws of a training share one. k counts calls
    in the order of the code that is traced: it is a Python integer, constant in the graph.

    Args:
        seed: integer in [0, 2^31).
        position: int64 scalar (tensor or integer): images seen before this step.
        replica: index of the replica, integer or integer tensor below 2^16.
        first_draw: number of the first draw.

    Raises:
        ValueError: If the seed is out of range.

    Example:

    >>> stream = NoiseStream(seed=1, position=64)
    >>> bool(tf.reduce_all(stream.normal([2]) == NoiseStream(seed=1, position=64).normal([2])))
    True
    """

    def __init__(self, seed, position=0, replica=0, first_draw=0):
        self.seed = check_seed(seed)
        self.position = position
        self.replica = replica
        self._draw = first_draw

    def key(self):
        """Returns the seed of the next draw, an int64 tensor [2], and counts the draw."""
        draw, self._draw = self._draw, self._draw + 1
        return make_key(self.seed, self.position, draw, self.replica)

    def normal(self, shape):
        """Returns float32 draws from N(0, 1) of the given shape."""
        return tf.random.stateless_normal(shape, self.key(), alg="philox")

    def uniform(self, shape, minval=0.0, maxval=1.0):
        """Returns float32 draws from U[minval, maxval) of the given shape."""
        return tf.random.stateless_uniform(shape, self.key(), minval, maxval, alg="philox")

    def integers(self, shape, maxval):
        """Returns int32 draws from {0, ..., maxval - 1} of the given shape."""
        return tf.random.stateless_uniform(shape, self.key(), 0, maxval, dtype=tf.int32, alg="philox")


class _GlobalNoise:
    """What layers draw from when no scope is open: TensorFlow's own global generator (`tf.random.set_seed`)."""

    def normal(self, shape):
        return tf.random.normal(shape)

    def uniform(self, shape, minval=0.0, maxval=1.0):
        return tf.random.uniform(shape, minval, maxval)

    def integers(self, shape, maxval):
        return tf.random.uniform(shape, 0, maxval, dtype=tf.int32)


@contextlib.contextmanager
def scope(stream):
    """Makes `stream` the one that `current()` returns inside of the `with` block, in this thread.

    Args:
        stream: a `NoiseStream`.

    Example:

    >>> with scope(NoiseStream(seed=0)) as stream:
    ...     current() is stream
    True
    """
    stack = _scopes.__dict__.setdefault("stack", [])
    stack.append(stream)
    try:
        yield stream
    finally:
        stack.pop()


def current():
    """Returns the innermost stream of this thread, or TensorFlow's global generator where no scope is open."""
    stack = getattr(_scopes, "stack", None)
    return stack[-1] if stack else _GlobalNoise()


def replica_id():
    """Returns the index of the replica that this code is traced for; 0 without a distribution strategy."""
    context = tf.distribute.get_replica_context()
    return 0 if context is None else context.replica_id_in_sync_group


def check_seed(seed):
    """Returns `seed` as an integer.

    Args:
        seed: integer in [0, 2^31).

    Raises:
        ValueError: If it is not an integer or out of that range.
    """
    try:
        value = int(seed)
    except (TypeError, ValueError, OverflowError):
        value = -1
    if value != seed or isinstance(seed, bool) or not 0 <= value <= MAX_SEED:
        raise ValueError(f"seed must be an integer from 0 to {MAX_SEED}. Received: seed={seed!r}")
    return value
