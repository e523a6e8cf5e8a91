import numpy as np

from keras_gans.data.order import CROP_LEFT, CROP_TOP, MIRROR, SHUFFLE, bits, indices_at, permutation, uniform


def test_bits_are_pinned():
    # The finaliser of splitmix64 by Python integers.
    def mix(x):
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB % 2**64
        return x ^ (x >> 31)

    golden = 0x9E3779B97F4A7C15
    key = mix(mix((7 + golden) % 2**64) ^ MIRROR)
    expected = [mix((key + k * golden) % 2**64) for k in (0, 1, 10**12)]
    assert bits(7, MIRROR, [0, 1, 10**12]).tolist() == expected


def test_streams_and_seeds_differ():
    kinds = [bits(seed, stream, range(4)) for seed in (0, 1, -1) for stream in (SHUFFLE, MIRROR, CROP_TOP, CROP_LEFT)]
    assert len({int(b) for kind in kinds for b in kind}) == 48


def test_bits_are_fair_and_independent():
    sides = (bits(3, MIRROR, np.arange(20_000)) & np.uint64(1)).astype(float)
    assert abs(sides.mean() - 0.5) < 0.015
    assert abs(np.corrcoef(sides[1:], sides[:-1])[0, 1]) < 0.03


def test_uniform_fills_the_interval():
    u = uniform(0, CROP_TOP, np.arange(20_000))
    assert u.min() >= 0 and u.max() < 1
    np.testing.assert_allclose(np.histogram(u, 10, (0, 1))[0], 2000, rtol=0.1)


def test_permutation_depends_on_seed_and_epoch():
    orders = [permutation(100, seed, epoch) for seed in (0, 1) for epoch in (0, 1)]
    assert all(sorted(order.tolist()) == list(range(100)) for order in orders)
    assert len({tuple(order) for order in orders}) == 4
    assert not orders[0].flags.writeable


def test_indices_at_runs_across_epochs():
    whole = indices_at(np.arange(30), 10, seed=5)
    for epoch in range(3):
        assert sorted(whole[10 * epoch : 10 * epoch + 10].tolist()) == list(range(10))
    parts = [indices_at(np.arange(k, k + 7), 10, seed=5) for k in (0, 7, 14)]
    np.testing.assert_array_equal(np.concatenate(parts), whole[:21])


def test_indices_at_in_order():
    assert indices_at([2, 3, 10**13], 3, seed=0, shuffle=False).tolist() == [2, 0, 10**13 % 3]
