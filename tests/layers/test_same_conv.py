import numpy as np
import pytest
import tensorflow as tf

from keras_gans.layers import processor, same_conv, winograd
from tests.layers.harness import assert_close, check_second_order


@pytest.fixture(params=["slow derivatives", "native", "winograd"])
def way(request, monkeypatch):
    monkeypatch.setattr(processor, "slow_derivatives", lambda dtype: request.param == "slow derivatives")

    def gains(operation, x_shape, y_shape, size, dtype):
        return request.param == "winograd" and size == 3 and None not in (*x_shape, *y_shape)

    monkeypatch.setattr(winograd, "gains", gains)
    return request.param


def trilinear(x, k, y):
    """The definition, in loops."""
    result, pad = 0.0, len(k) // 2
    padded = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    for h, w, i, j in np.ndindex(*y.shape[1:3], *k.shape[:2]):
        result += np.einsum("nc,cd,nd->", padded[:, h + i, w + j], k[i, j], y[:, h, w])
    return result


@pytest.mark.parametrize("size, channels, filters", [(3, 5, 2), (5, 2, 3), (1, 5, 2), (1, 2, 5)])
def test_each_is_a_derivative_of_the_trilinear_form(rng, way, size, channels, filters):
    shapes = (3, 4, 6, channels), (size, size, channels, filters), (3, 4, 6, filters)
    x, k, y = (tf.constant(rng.normal(size=shape)) for shape in shapes)
    expected = trilinear(x.numpy(), k.numpy(), y.numpy())
    for value in (
        tf.reduce_sum(same_conv.conv(x, k) * y),
        tf.reduce_sum(same_conv.conv_transpose(y, k) * x),
        tf.reduce_sum(same_conv.filter_gradient(x, y, size) * k),
    ):
        np.testing.assert_allclose(value, expected, rtol=1e-12)


@pytest.mark.parametrize("size", [1, 3])
def test_first_and_second_derivatives_are_finite_differences(rng, way, size):
    x, k, y = (rng.normal(size=s).astype("float32") for s in ((1, 3, 2, 2), (size, size, 2, 2), (1, 3, 2, 2)))
    check_second_order(same_conv.conv, x, k)
    check_second_order(same_conv._conv_of_derivatives, x, k)  # third derivatives of `conv`
    check_second_order(same_conv.conv_transpose, y, k)
    check_second_order(lambda x, y: same_conv.filter_gradient(x, y, size), x, y)


def test_the_batch_may_be_unknown_and_half_precision_is_kept(rng, way):
    x, k, y = (tf.constant(rng.normal(size=s), tf.float32) for s in ((2, 4, 4, 3), (3, 3, 3, 2), (2, 4, 4, 2)))

    @tf.function(input_signature=[tf.TensorSpec([None, *v.shape[1:]], tf.bfloat16) for v in (x, y)])
    def run(x, y):
        half = tf.cast(k, tf.bfloat16)
        return same_conv.conv(x, half), same_conv.conv_transpose(y, half), same_conv.filter_gradient(x, y)

    whole = same_conv.conv(x, k), same_conv.conv_transpose(y, k), same_conv.filter_gradient(x, y)
    for have, want in zip(run(tf.cast(x, tf.bfloat16), tf.cast(y, tf.bfloat16)), whole):
        assert have.dtype == tf.bfloat16
        assert_close(have, want, 0.02)


def test_what_a_network_puts_out_is_tensorflows_to_the_bit(rng, way):
    x, k = (tf.constant(rng.normal(size=shape), tf.float32) for shape in ([2, 8, 8, 16], [3, 3, 16, 16]))
    np.testing.assert_array_equal(same_conv.conv(x, k), tf.nn.conv2d(x, k, 1, "SAME"))


def test_each_derivative_asks_whether_winograd_gains(rng, monkeypatch):
    asked, taken = [], []

    def gains(operation, x_shape, y_shape, size, dtype):
        asked.append((operation, tuple(x_shape), tuple(y_shape), size, dtype))
        return True

    monkeypatch.setattr(winograd, "gains", gains)
    for name in ("conv_values", "input_values", "filter_values"):
        values = getattr(winograd, name)
        monkeypatch.setattr(winograd, name, lambda *args, n=name, values=values: taken.append(n) or values(*args))
    x, k, y = (tf.constant(rng.normal(size=s)) for s in ((2, 4, 5, 3), (3, 3, 3, 7), (2, 4, 5, 7)))
    shapes = x.shape, y.shape, 3, tf.float64
    with tf.GradientTape() as tape:
        tape.watch([k, y])
        by_input = same_conv.conv_transpose(y, k)
        by_filter = same_conv.filter_gradient(x, y)
    assert asked == [("input_gradient", *shapes), ("filter_gradient", *shapes)]
    assert taken == ["input_values", "filter_values"]
    del asked[:], taken[:]
    tape.gradient([by_input, by_filter], [k, y])
    assert {operation for operation, *_ in asked} == {"conv", "filter_gradient", "input_gradient"}
    assert all(tuple(facts) == shapes for _, *facts in asked)
    assert sorted(taken) == ["conv_values", "conv_values", "filter_values", "input_values"]
