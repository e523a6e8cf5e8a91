import numpy as np
import pytest
import tensorflow as tf

from keras_gans.layers import winograd
from tests.layers.harness import assert_close, check_second_order


def operands(rng, n, height, width, pad, dtype="float64"):
    shapes = (n, height, width, 3), (4, 4, 3, 2), (n, height + 2 * pad - 3, width + 2 * pad - 3, 2)
    return [tf.constant(rng.normal(size=shape), dtype) for shape in shapes]


def trilinear(x, k, y, pad):
    """The definition, in loops."""
    padded = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    return sum(
        np.einsum("nc,cd,nd->", padded[:, h + i, w + j], k[i, j], y[:, h, w])
        for h, w, i, j in np.ndindex(y.shape[1], y.shape[2], 4, 4)
    )


@pytest.mark.parametrize("shape", [(1, 4, 4, 0), (2, 7, 9, 0), (2, 8, 8, 1), (1, 6, 5, 2), (2, 5, 11, 3), (3, 1, 2, 3)])
def test_each_is_a_derivative_of_the_trilinear_form(rng, shape):
    x, k, y = operands(rng, *shape)
    pad = shape[3]
    expected = trilinear(x.numpy(), k.numpy(), y.numpy(), pad)
    for value in (
        tf.reduce_sum(winograd.conv(x, k, pad) * y),
        tf.reduce_sum(winograd.input_gradient(k, y, pad) * x),
        tf.reduce_sum(winograd.filter_gradient(x, y, pad) * k),
    ):
        np.testing.assert_allclose(value, expected, rtol=1e-10, atol=1e-11)


def test_second_derivatives_are_finite_differences(rng):
    x, k, y = (value.numpy() for value in operands(rng, 1, 3, 4, 1))
    x, k, y = x[..., :2], k[:, :, :2, :1], y[..., :1]
    check_second_order(lambda x, k: winograd.conv(x, k, 1), x, k)
    check_second_order(lambda k, y: winograd.input_gradient(k, y, 1), k, y)
    check_second_order(lambda x, y: winograd.filter_gradient(x, y, 1), x, y)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_in_float32_the_gradients_are_tensorflows_to_rounding(rng, jit_compile):
    def gradients(convolution):
        with tf.GradientTape() as tape:
            tape.watch([x, k])
            loss = tf.reduce_sum(convolution(x, k) * y)
        return tape.gradient(loss, [x, k])

    x, k, y = (
        tf.constant(rng.normal(size=size), tf.float32) for size in ([2, 16, 16, 64], [4, 4, 64, 32], [2, 15, 15, 32])
    )
    want = gradients(lambda x, k: tf.nn.conv2d(x, k, 1, [[0, 0], [1, 1], [1, 1], [0, 0]]))
    have = tf.function(lambda: gradients(lambda x, k: winograd.conv(x, k, 1)), jit_compile=jit_compile)()
    for one, other in zip(have, want):
        assert_close(one, other, 2e-5)
