import numpy as np
import pytest
import tensorflow as tf

from keras_gans.layers import processor, strided_conv
from tests.layers.harness import assert_close, check_second_order

WAYS = ("native", "products", "phases")


@pytest.fixture(params=WAYS)
def way(request, monkeypatch):
    monkeypatch.setattr(processor, "slow_derivatives", lambda dtype: request.param == "phases")
    monkeypatch.setattr(strided_conv, "uses_products", lambda *_: request.param == "products")
    return request.param


def trilinear(x, k, y):
    """The definition, in loops."""
    result = 0.0
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    for h, w, i, j in np.ndindex(y.shape[1], y.shape[2], 4, 4):
        result += np.einsum("nc,cd,nd->", padded[:, 2 * h + i, 2 * w + j], k[i, j], y[:, h, w])
    return result


def operands(rng, dtype="float32"):
    shapes = (3, 8, 6, 5), (4, 4, 5, 2), (3, 4, 3, 2)
    return [tf.constant(rng.normal(size=shape), dtype) for shape in shapes]


def test_each_is_a_derivative_of_the_trilinear_form(rng, way):
    x, k, y = operands(rng, "float64")
    expected = trilinear(x.numpy(), k.numpy(), y.numpy())
    for value in (
        tf.reduce_sum(strided_conv.conv(x, k) * y),
        tf.reduce_sum(strided_conv.conv_transpose(y, k) * x),
        tf.reduce_sum(strided_conv.filter_gradient(x, y) * k),
    ):
        np.testing.assert_allclose(value, expected, rtol=1e-12)


def test_equals_tensorflow_and_the_reference(rng, way):
    x, k, y = operands(rng)
    assert_close(strided_conv.conv(x, k), tf.nn.conv2d(x, k, 2, "SAME"), 1e-6)
    assert_close(strided_conv.conv(x, k), strided_conv.conv_reference(x, k), 1e-6)
    assert_close(strided_conv.conv_transpose(y, k), tf.nn.conv2d_transpose(y, k, x.shape, 2, "SAME"), 1e-6)


def test_first_and_second_derivatives_are_finite_differences(rng, way):
    x, k, y = (value.numpy() for value in operands(rng))
    small = x[:1, :4, :2, :2], k[:, :, :2], y[:1, :2, :1]
    check_second_order(strided_conv.conv, small[0], small[1])
    check_second_order(strided_conv.conv_transpose, small[2], small[1])
    check_second_order(strided_conv.filter_gradient, small[0], small[2])


def penalty_gradients(convolution, x, k):
    """Gradients by the filters of the norm of a gradient by images, through two layers: what WGAN-GP needs."""
    with tf.GradientTape() as outer:
        outer.watch(k)
        with tf.GradientTape() as inner:
            inner.watch(x)
            score = tf.reduce_sum(tf.tanh(convolution(tf.nn.leaky_relu(convolution(x, k[0])), k[1])))
        penalty = tf.reduce_mean((tf.norm(inner.gradient(score, x)) - 1.0) ** 2)
    return outer.gradient(penalty, k)


@pytest.mark.parametrize("compiled", ["eager", "graph", "xla"])
def test_gradients_of_a_gradient_penalty(rng, way, compiled):
    x = tf.constant(rng.normal(size=(2, 8, 8, 3)), tf.float32)
    k = [tf.constant(0.2 * rng.normal(size=shape), tf.float32) for shape in ((4, 4, 3, 4), (4, 4, 4, 2))]
    expected = penalty_gradients(strided_conv.conv_reference, x, k)

    def run():
        return penalty_gradients(strided_conv.conv, x, k)

    actual = run() if compiled == "eager" else tf.function(run, jit_compile=compiled == "xla")()
    for have, want in zip(actual, expected):
        assert_close(have, want, 2e-6)


def test_the_batch_may_be_unknown_and_half_precision_is_kept(rng, way):
    x, k, y = operands(rng)
    signature = [tf.TensorSpec([None, *v.shape[1:]], tf.bfloat16) for v in (x, y)] + [
        tf.TensorSpec(k.shape, tf.bfloat16)
    ]

    @tf.function(input_signature=signature)
    def run(x, y, k):
        return strided_conv.conv(x, k), strided_conv.conv_transpose(y, k), strided_conv.filter_gradient(x, y)

    half = run(*(tf.cast(v, tf.bfloat16) for v in (x, y, k)))
    whole = strided_conv.conv(x, k), strided_conv.conv_transpose(y, k), strided_conv.filter_gradient(x, y)
    for have, want in zip(half, whole):
        assert have.dtype == tf.bfloat16
        assert_close(have, want, 0.02)


def test_ways_are_taken_where_they_were_measured_to_be_faster(monkeypatch):
    def way(operation, size, channels, dtype=tf.float32, batch=64, filters=1024):
        tensor = tf.TensorSpec([batch, size, size, filters if operation == "conv_transpose" else channels], dtype)
        return strided_conv.uses_products(operation, tensor, [4, 4, channels, filters])

    monkeypatch.setattr(processor, "slow_derivatives", lambda dtype: False)
    monkeypatch.setattr(processor, "lacks_avx512", lambda: False)
    assert way("conv", 8, 512) and not way("conv", 16, 256) and not way("conv", 8, 512, tf.bfloat16)
    assert way("filter_gradient", 16, 256) and not way("filter_gradient", 64, 64)
    assert not way("filter_gradient", 16, 3) and not way("filter_gradient", 8, 512, tf.float16)
    assert way("conv_transpose", 32, 3) and not way("conv_transpose", 32, 64)
    assert way("conv_transpose", 4, 512, tf.bfloat16) and not way("conv_transpose", 4, 512)
    for operation in ("conv", "conv_transpose", "filter_gradient"):  # PGGAN's, 128 channels at batch 16
        assert not way(operation, 8, 128, batch=16, filters=128)
    assert way("filter_gradient", 16, 128, tf.bfloat16, 16, 128)
    assert not way("filter_gradient", 32, 128, tf.bfloat16, 16, 128)
    assert way("conv", 32, 512, batch=1) and not way("conv", 32, 512, tf.bfloat16, batch=1)
    assert way("filter_gradient", 64, 128, batch=1) and way("filter_gradient", 64, 128, tf.bfloat16, batch=1)
    monkeypatch.setattr(processor, "lacks_avx512", lambda: True)
    assert not way("conv", 32, 512, batch=1) and way("conv", 16, 512, batch=1)
    assert way("filter_gradient", 64, 128, batch=16) and not way("filter_gradient", 32, 128, batch=16, filters=128)
    monkeypatch.setattr(processor, "uses_onednn", lambda: True)
    assert way("filter_gradient", 32, 128, filters=256) and not way("filter_gradient", 32, 128, filters=255)
    monkeypatch.setattr(processor, "uses_onednn", lambda: False)
    assert not way("filter_gradient", 32, 128, filters=256)
    assert way("conv_transpose", 8, 512, batch=4) and not way("conv_transpose", 16, 512, batch=4)
    assert not way("conv_transpose", 8, 512, batch=4, filters=512) and not way("conv_transpose", 8, 512, batch=16)
    assert way("conv_transpose", 4, 512) and not way("conv_transpose", 4, 512, filters=512)
    monkeypatch.setattr(processor, "slow_derivatives", lambda dtype: True)
    assert way("filter_gradient", 64, 64) and not way("filter_gradient", 64, 32)
    assert not way("conv", 8, 512) and not way("conv_transpose", 4, 512, tf.bfloat16) and way("conv", 2, 512)
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: ["a GPU"])
    assert not way("filter_gradient", 16, 256) and not way("conv_transpose", 32, 3)


@pytest.mark.parametrize("height, width", [(20, 14), (16, 20)])
def test_one_image_in_two_halves(monkeypatch, rng, height, width):
    x = tf.constant(rng.normal(size=(1, height, width, 64)), tf.float32)
    k = tf.constant(rng.normal(size=(4, 4, 64, 3)), tf.float32)
    seen = []
    convolution = tf.nn.conv2d
    monkeypatch.setattr(tf.nn, "conv2d", lambda x, *rest: seen.append(x.shape[0]) or convolution(x, *rest))
    for lacks, images in ((True, 2), (False, 1)):
        monkeypatch.setattr(processor, "lacks_avx512", lambda lacks=lacks: lacks)
        assert_close(strided_conv._conv_native(x, k), strided_conv.conv_reference(x, k), 1e-5)
        assert seen.pop() == images
    monkeypatch.setattr(processor, "lacks_avx512", lambda: True)
    for other in (tf.repeat(x, 2, 0), x[:, :-2], x[:, :8, :8], tf.cast(x, tf.float64)):
        strided_conv._conv_native(other, tf.cast(k, other.dtype))
        assert seen.pop() == other.shape[0]


def test_patches_are_joined_where_that_was_measured_to_be_faster(monkeypatch, rng):
    def joins(batch=4, side=32, channels=128, filters=512, dtype=tf.float32):
        return strided_conv._joins_patches(tf.TensorSpec([batch, side, side, channels], dtype), filters)

    for lacks, onednn in ((True, True), (True, False), (False, True)):
        monkeypatch.setattr(processor, "lacks_avx512", lambda lacks=lacks: lacks)
        monkeypatch.setattr(processor, "uses_onednn", lambda onednn=onednn: onednn)
        wide = [joins(), joins(filters=256), joins(32)]
        assert wide == [lacks and onednn] * 3 and joins(1, 8, 3, 16) and not joins(1, 8, 3, 15)
        assert not any((joins(side=192), joins(channels=32), joins(filters=255), joins(dtype=tf.float64), joins(None)))


@pytest.mark.parametrize("filters, large", [(1, 2**22), (256, 2**22), (257, 2**22), (3, 15000), (3, 1)])
@pytest.mark.parametrize("images", [0, 1, 7, 33])
def test_patches_with_spare_columns_in_parts(monkeypatch, rng, images, filters, large):
    x, y = rng.normal(size=(images, 12, 12, 2)), rng.normal(size=(images, 6, 6, filters))
    monkeypatch.setattr(processor, "multiplies_with_avx2", lambda dtype: True)
    monkeypatch.setattr(strided_conv, "_joins_patches", lambda *_: True)
    monkeypatch.setattr(strided_conv, "LARGE", large)
    have = strided_conv._filter_by_products(tf.constant(x), tf.constant(y), [4, 4, 2, filters])
    want = strided_conv._filter_native(tf.constant(x), tf.constant(y), [4, 4, 2, filters])
    np.testing.assert_allclose(have, want, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("batch, side, filters", [(1, 2, 3), (2, 2, 3), (1, 4, 8), (2, 4, 2)])
def test_small_outputs(rng, batch, side, filters):
    """One pixel sees the inner taps only; patches that are smaller than the filter are joined first."""
    x = tf.constant(rng.normal(size=(batch, side, side, 3)))
    k = tf.constant(rng.normal(size=(4, 4, 3, filters)))
    y = tf.constant(rng.normal(size=(batch, side // 2, side // 2, filters)))
    for products, native in (
        (strided_conv._conv_by_products(x, k), strided_conv._conv_native(x, k)),
        (strided_conv._transpose_by_products(y, k), strided_conv._transpose_native(y, k)),
        (strided_conv._filter_by_products(x, y, k.shape), strided_conv._filter_native(x, y, k.shape)),
    ):
        np.testing.assert_allclose(products, native, rtol=1e-10, atol=1e-12)
