import numpy as np
import pytest
import tensorflow as tf

from keras_gans.layers import MinibatchDiscrimination
from tests.layers.harness import check_layer


def test_basics():
    check_layer(MinibatchDiscrimination, {"kernels": 3, "kernel_dim": 2, "seed": 1}, (4, 5), half_tolerance=0.2)


def test_against_numpy():
    x = np.random.default_rng(0).normal(size=(4, 3)).astype("float32")
    layer = MinibatchDiscrimination(kernels=2, kernel_dim=2, seed=1)
    y = layer(x).numpy()
    theta = np.asarray(layer.theta)
    theta = theta / np.sqrt((theta**2).sum(axis=0))
    m = np.einsum("nf,fbc->nbc", x, theta)
    for i in range(4):
        for b in range(2):
            others = sum(np.exp(-np.abs(m[i, b] - m[j, b]).sum()) for j in range(4) if j != i)
            assert y[i, 3 + b] == pytest.approx(others - 1, abs=1e-5)


def test_parts_do_not_see_each_other():
    x = np.random.default_rng(0).normal(size=(6, 3)).astype("float32")
    layer = MinibatchDiscrimination(kernels=2, seed=1)
    np.testing.assert_allclose(layer(x, parts=2), np.concatenate([layer(x[:3]), layer(x[3:])]), atol=1e-6)
    with pytest.raises(ValueError, match="parts=4"):
        layer(x, parts=4)


def test_initialize_centres_the_features():
    x = np.random.default_rng(0).normal(size=(50, 6)).astype("float32") * 7
    layer = MinibatchDiscrimination(kernels=4, seed=1)
    layer(x)
    layer.initialize(tf.constant(x))
    assert layer(x)[:, 6:].numpy().mean(axis=0) == pytest.approx(np.zeros(4), abs=1e-4)
    nearest = tf.reduce_min(layer._distances(tf.constant(x)), axis=2)
    assert tf.reduce_mean(nearest, axis=0).numpy() == pytest.approx(np.full(4, 2.0), rel=1e-3)
    with pytest.raises(ValueError, match="two samples"):
        layer.initialize(tf.constant(x[:1]))


def test_bad_arguments():
    with pytest.raises(ValueError, match="Received: kernels=0"):
        MinibatchDiscrimination(kernels=0)
    with pytest.raises(ValueError, match="known size"):
        MinibatchDiscrimination().build((None, None))
