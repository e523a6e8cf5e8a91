import numpy as np
import pytest
import tensorflow as tf

from keras_gans.layers import processor, winograd
from tests.layers.harness import assert_close, check_second_order


def operands(rng, n, height, width, pad, size=4, dtype="float64"):
    outputs = (side + 2 * pad - size + 1 for side in (height, width))
    shapes = (n, height, width, 3), (size, size, 3, 2), (n, *outputs, 2)
    return [tf.constant(rng.normal(size=shape), dtype) for shape in shapes]


def trilinear(x, k, y, pad):
    """The definition, in loops."""
    padded = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    return sum(
        np.einsum("nhwc,cd,nhwd->", padded[:, i : i + y.shape[1], j : j + y.shape[2]], k[i, j], y)
        for i, j in np.ndindex(k.shape[:2])
    )


@pytest.mark.parametrize("size", [3, 4])
@pytest.mark.parametrize(
    "shape", [(1, 4, 4, 0), (2, 7, 9, 0), (2, 8, 8, 1), (1, 6, 5, 2), (3, 2, 3, 2), (2, 33, 35, 1), (1, 16, 64, 1)]
)
def test_each_is_a_derivative_of_the_trilinear_form(rng, shape, size):
    x, k, y = operands(rng, *shape, size)
    pad = shape[3]
    expected = trilinear(x.numpy(), k.numpy(), y.numpy(), pad)
    for value in (
        tf.reduce_sum(winograd.conv(x, k, pad) * y),
        tf.reduce_sum(winograd.conv_values(x, k, pad) * y),
        tf.reduce_sum(winograd.input_gradient(k, y, pad) * x),
        tf.reduce_sum(winograd.filter_gradient(x, y, pad) * k),
    ):
        np.testing.assert_allclose(value, expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("size", [3, 4])
def test_second_derivatives_are_finite_differences(rng, size):
    x, k, y = (value.numpy() for value in operands(rng, 1, 3, 4, 1, size))
    x, k, y = x[..., :2], k[:, :, :2, :1], y[..., :1]
    check_second_order(lambda x, k: winograd.conv(x, k, 1), x, k)
    check_second_order(lambda k, y: winograd.input_gradient(k, y, 1), k, y)
    check_second_order(lambda x, y: winograd.filter_gradient(x, y, 1), x, y)


@pytest.mark.parametrize("images", [1, 2, 5, 7, 12])
def test_parts_of_a_batch_change_nothing(rng, monkeypatch, images):
    x, k, y = operands(rng, images, 9, 6, 1, 3)

    def values():
        return winograd.conv_values(x, k, 1), winograd.input_values(k, y, 1), winograd.filter_values(x, y, 1)

    whole = values()
    monkeypatch.setattr(winograd, "MANY", 2 * 2 * 9 * 6 * 3)  # two images
    assert len(winograd._parts(x)) == min(-(-images // 2), 4)
    for have, want in zip(values(), whole):
        np.testing.assert_allclose(have, want, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("jit_compile", [False, True])
@pytest.mark.parametrize("size", [3, 4])
def test_in_float32_the_gradients_are_tensorflows_to_rounding(rng, jit_compile, size):
    def gradients(convolution):
        with tf.GradientTape() as tape:
            tape.watch([x, k])
            loss = tf.reduce_sum(convolution(x, k) * y)
        return tape.gradient(loss, [x, k])

    side = 16 + 2 - size + 1
    shapes = [2, 16, 16, 64], [size, size, 64, 32], [2, side, side, 32]
    x, k, y = (tf.constant(rng.normal(size=shape), tf.float32) for shape in shapes)
    want = gradients(lambda x, k: tf.nn.conv2d(x, k, 1, [[0, 0], [1, 1], [1, 1], [0, 0]]))
    have = tf.function(lambda: gradients(lambda x, k: winograd.conv(x, k, 1)), jit_compile=jit_compile)()
    for one, other in zip(have, want):
        assert_close(one, other, 2e-5)
    outputs = tf.nn.conv2d(x, k, 1, [[0, 0], [1, 1], [1, 1], [0, 0]])
    assert_close(winograd.conv_values(x, k, 1), outputs, 2e-5)
    np.testing.assert_array_equal(winograd.conv(x, k, 1), outputs)  # what a network puts out is TensorFlow's


@pytest.mark.parametrize("size", [3, 4])
def test_features_that_are_zero_have_gradients_of_zero(rng, size):
    x, k, y = operands(rng, 2, 9, 7, 1, size, "float32")
    y *= [0.0, 1.0]
    assert np.all(winograd.filter_values(x, y, 1)[..., 0] == 0) and np.all(winograd.filter_values(x, y, 1)[..., 1] != 0)
    assert np.all(winograd.filter_values(x * [1.0, 0.0, 1.0], y, 1)[:, :, 1] == 0)
    assert np.all(winograd.input_values(k, tf.zeros_like(y), 1) == 0)
    assert np.all(winograd.input_values(k, y * [[[[1.0]]], [[[0.0]]]], 1)[1] == 0)  # nor do images mix


@pytest.mark.parametrize("size", [3, 4])
@pytest.mark.parametrize("place", [(0, 0, 0, 0), (1, -1, -1, 1), (0, 4, 3, 1)])
@pytest.mark.parametrize("value", [np.inf, np.nan])
def test_what_is_not_finite_shows_in_both_gradients(rng, size, place, value):
    """Or an update with it would not be skipped."""
    x, k, y = (operand.numpy() for operand in operands(rng, 2, 9, 7, 1, size, "float32"))
    y[place] = value
    image, feature = place[0], place[3]
    assert not np.isfinite(winograd.input_values(tf.constant(k), tf.constant(y), 1)[image]).all()
    gradient = winograd.filter_values(tf.constant(x), tf.constant(y), 1).numpy()
    assert not np.isfinite(gradient[..., feature]).any() and np.isfinite(gradient[..., 1 - feature]).all()


def gains(operation="input_gradient", images=1, side=32, channels=128, filters=128, size=3, dtype=tf.float32):
    return winograd.gains(operation, [images, side, side, channels], [images, side, side, filters], size, dtype)


def test_it_is_taken_where_that_was_measured_to_be_faster(monkeypatch):
    monkeypatch.setattr(processor, "uses_onednn", lambda: True)
    for operation in ("conv", "input_gradient", "filter_gradient"):
        assert gains(operation) and gains(operation, 16, 8) and gains(operation, 64, 4)
        assert not gains(operation, side=16) and not gains(operation, 16, 4)  # 16 tiles
        assert not gains(operation, 100, 5) and gains(operation, 100, 7)  # tiles that are not full
        assert not gains(operation, None) and not gains(operation, 0)
        assert not gains(operation, dtype=tf.bfloat16) and not gains(operation, dtype=tf.float64)
        assert not gains(operation, channels=63) and not gains(operation, size=5) and not gains(operation, size=1)
        assert gains(operation, channels=64) == gains(operation, filters=64) == (operation == "filter_gradient")


def test_kernels_of_4x4_have_to_be_wider(monkeypatch):
    monkeypatch.setattr(processor, "uses_onednn", lambda: True)
    assert gains(size=4, filters=256) and gains(size=4, channels=256) and gains(images=4, side=16, size=4, filters=256)
    assert not gains(size=4, filters=255) and not gains(size=4, channels=64, filters=256)
    assert not gains(images=100, side=4, size=4, filters=256)
    assert not winograd.gains("conv", [9, 4, 32, 256], [9, 4, 32, 256], 4, tf.float32)  # but at 8 and more pixels
    assert winograd.gains("conv", [9, 8, 32, 256], [9, 8, 32, 256], 4, tf.float32)


def test_it_is_for_processors_with_onednn_only(monkeypatch):
    monkeypatch.setattr(processor, "uses_onednn", lambda: False)
    assert not gains()
    monkeypatch.setattr(processor, "uses_onednn", lambda: True)
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: ["a GPU"])
    assert not gains()
