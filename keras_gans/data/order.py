"""Order and chance as pure functions of one integer position.

Nothing here has a state: which image comes at position k, whether it is mirrored and where it is cropped depend on
(seed, k) alone, so a run that resumes at k sees exactly what it would have seen. The hash is the finaliser of
splitmix64 (Steele, Lea and Flood 2014, Fig. 15), chosen because its bits are the same on every platform and in every
version of numpy.
"""

import functools

import numpy as np

SHUFFLE, MIRROR, CROP_TOP, CROP_LEFT = 1, 2, 3, 4  # streams of chance that must not be alike


def bits(seed, stream, positions):
    """64 random bits for each position.

    Args:
        seed: integer.
        stream: integer; the use that the bits are for.
        positions: integers, array of any shape.

    Returns:
        uint64 array of the shape of `positions`.

    Example:

    >>> bool((bits(7, MIRROR, [5, 6])[1] == bits(7, MIRROR, [6])).all())
    True
    """
    positions = np.atleast_1d(np.asarray(positions)).astype(np.uint64)
    with np.errstate(over="ignore"):
        key = _mix(_mix(np.uint64(seed % 2**64) + _GOLDEN) ^ np.uint64(stream))
        return _mix(key + positions * _GOLDEN)


def uniform(seed, stream, positions):
    """Numbers in [0, 1) with 53 random bits, float64 of the shape of `positions`.

    Example:

    >>> u = uniform(0, CROP_TOP, np.arange(1000))
    >>> bool(u.min() >= 0 and u.max() < 1 and abs(u.mean() - 0.5) < 0.05)
    True
    """
    return (bits(seed, stream, positions) >> np.uint64(11)).astype(np.float64) * 2.0**-53


@functools.lru_cache(maxsize=4)
def permutation(count, seed, epoch):
    """The order of one epoch: int64 array [count], a permutation that depends on (seed, epoch) alone.

    Indices are sorted by their hash, ties (which 64 bits make improbable) by index. The result is cached and read-only.

    Example:

    >>> sorted(permutation(5, seed=1, epoch=0).tolist())
    [0, 1, 2, 3, 4]
    """
    keys = bits(int(bits(seed, SHUFFLE, epoch)[0]), SHUFFLE, np.arange(count))
    order = np.argsort(keys, kind="stable")
    order.setflags(write=False)
    return order


def indices_at(positions, count, seed, shuffle=True):
    """Which of `count` items stand at the given positions of the endless stream of epochs.

    Args:
        positions: int64 array [n], each >= 0. Position k belongs to epoch k // count.
        count: number of items.
        seed: integer.
        shuffle: whether each epoch has its own order; else items come in order.

    Returns:
        int64 array [n].

    Example:

    >>> indices_at(np.arange(3, 6), count=4, seed=0, shuffle=False).tolist()
    [3, 0, 1]
    """
    epochs, offsets = np.divmod(np.asarray(positions, np.int64), count)
    if not shuffle:
        return offsets
    indices = np.empty_like(offsets)
    for epoch in np.unique(epochs):
        here = epochs == epoch
        indices[here] = permutation(count, seed, int(epoch))[offsets[here]]
    return indices


_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def _mix(x):
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))
