import numpy as np
import pytest
import tensorflow as tf

from keras_gans.layers.scaling import downscale, fuse_kernel, upscale


def test_upscale_repeats():
    x = tf.random.stateless_normal((2, 3, 2, 4), (0, 1))
    expected = np.repeat(np.repeat(x, 4, axis=1), 4, axis=2)
    np.testing.assert_array_equal(upscale(x, 4), expected)
    assert upscale(x, 1) is x


def test_downscale_averages():
    x = np.arange(16.0, dtype="float32").reshape(1, 4, 4, 1)
    assert downscale(tf.constant(x))[0, :, :, 0].numpy().tolist() == [[2.5, 4.5], [10.5, 12.5]]
    assert downscale(tf.constant(x), 4).numpy().item() == 7.5
    np.testing.assert_array_equal(downscale(upscale(tf.constant(x), 2)), x)


@pytest.mark.parametrize("size", [1, 3, 5])
def test_fuse_kernel_sums_shifted_copies(size):
    w = np.random.default_rng(0).normal(size=(size, size, 2, 3)).astype("float32")
    padded = np.pad(w, [(1, 1), (1, 1), (0, 0), (0, 0)])
    expected = padded[1:, 1:] + padded[:-1, 1:] + padded[1:, :-1] + padded[:-1, :-1]
    np.testing.assert_allclose(fuse_kernel(tf.constant(w), 0.5), 0.5 * expected, atol=1e-6)
