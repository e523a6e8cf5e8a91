import numpy as np
import pytest

from keras_gans.layers import ScalarGainLayerNorm
from tests.layers.harness import check_layer, check_second_order


def test_basics():
    layer, _, _ = check_layer(ScalarGainLayerNorm, {"epsilon": 1e-3}, (2, 3, 3, 4))
    assert [tuple(w.shape) for w in layer.weights] == [(), (4,)]


def test_against_numpy():
    x = np.random.default_rng(0).normal(size=(2, 3, 3, 4)).astype("float32")
    layer = ScalarGainLayerNorm()
    layer.build(x.shape)
    layer.gain.assign(2.0)
    layer.bias.assign([0.0, 1.0, 2.0, 3.0])
    mean, variance = x.mean(axis=(1, 2, 3), keepdims=True), x.var(axis=(1, 2, 3), keepdims=True)
    expected = 2 * (x - mean) / np.sqrt(variance + 1e-4) + np.arange(4)
    np.testing.assert_allclose(layer(x), expected, atol=1e-5)


def test_derivatives_against_differences():
    x = np.random.default_rng(0).normal(size=(2, 2, 3))
    check_second_order(ScalarGainLayerNorm(dtype="float64"), x)


def test_bad_epsilon():
    with pytest.raises(ValueError, match="Received: epsilon=0"):
        ScalarGainLayerNorm(epsilon=0)
