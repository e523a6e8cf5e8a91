import threading

import numpy as np
import pytest
import tensorflow as tf

from keras_gans import noise


def test_keys_of_different_draws_never_meet():
    keys = {
        tuple(noise.make_key(seed, position, draw, replica).numpy())
        for seed in (0, 1, noise.MAX_SEED)
        for position in (-1, 0, 2**40)
        for draw in (0, 1, 2**16 - 1)
        for replica in (0, 1, 2**16 - 1)
    }
    assert len(keys) == 3**4


def test_draws_depend_on_seed_position_draw_and_replica_only():
    def draw(**kwargs):
        return noise.NoiseStream(**{"seed": 1, "position": 5, **kwargs}).normal([4]).numpy()

    np.testing.assert_array_equal(draw(), draw())
    for change in (dict(seed=2), dict(position=6), dict(replica=1), dict(first_draw=1)):
        assert not np.array_equal(draw(), draw(**change))
    stream = noise.NoiseStream(1, 5)
    first, second = stream.normal([4]), stream.normal([4])
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(second, draw(first_draw=1))


def test_draws_are_the_same_in_a_graph():
    graph = tf.function(lambda position: noise.NoiseStream(3, position).normal([8]))
    np.testing.assert_array_equal(graph(tf.constant(7, tf.int64)), noise.NoiseStream(3, 7).normal([8]))


@pytest.mark.parametrize("n", [1, 3, 4, 5, 63, 64, 1000])
def test_a_shorter_draw_is_the_start_of_a_longer_one(n):
    key = noise.make_key(9, noise.SAMPLING)
    for draw in (tf.random.stateless_normal, tf.random.stateless_uniform):
        long = draw([1024, 10], key, alg="philox").numpy()
        np.testing.assert_array_equal(draw([n, 10], key, alg="philox").numpy(), long[:n])


def test_distributions():
    stream = noise.NoiseStream(0)
    normal, uniform, integers = stream.normal([20000]), stream.uniform([20000], -1, 1), stream.integers([20000], 3)
    assert abs(np.mean(normal)) < 0.03 and abs(np.std(normal) - 1) < 0.03
    assert -1 <= np.min(uniform) < -0.99 and 0.99 < np.max(uniform) < 1
    assert set(np.unique(integers)) == {0, 1, 2}


def test_scopes_nest_and_belong_to_their_thread():
    outer, inner = noise.NoiseStream(0), noise.NoiseStream(1)
    seen = []
    with noise.scope(outer):
        with noise.scope(inner):
            assert noise.current() is inner
        thread = threading.Thread(target=lambda: seen.append(noise.current()))
        thread.start()
        thread.join()
        assert noise.current() is outer
    assert seen[0] is not outer
    assert noise.current().normal([2]).shape == noise.current().uniform([2]).shape == (2,)
    assert noise.current().integers([2], 5).dtype == tf.int32


@pytest.mark.parametrize("seed", [-1, 2**31, 1.5, "x", None, True])
def test_bad_seeds(seed):
    with pytest.raises(ValueError, match="seed must be an integer"):
        noise.check_seed(seed)


def test_replica_id_without_a_strategy():
    assert int(noise.replica_id()) == 0
