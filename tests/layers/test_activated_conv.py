import pytest
import tensorflow as tf

from keras_gans.layers import processor, same_conv, strided_conv
from keras_gans.layers.activated_conv import activated_conv
from tests.layers.harness import assert_close

WAYS = {same_conv: (3, 1), strided_conv: (4, 2)}  # kernel size, stride


def plain(ways, x, kernel, bias):
    return tf.nn.leaky_relu(tf.nn.conv2d(x, kernel, WAYS[ways][1], "SAME") + bias, 0.2)


def results(function, ways, x, kernel, bias):
    """Outputs, gradients, and gradients by all of a penalty on the gradient by x, as WGAN-GP has it."""
    sources = [x, kernel, bias]
    with tf.GradientTape(persistent=True) as outer:
        outer.watch(sources)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = function(ways, x, kernel, bias)
            score = tf.reduce_sum(tf.tanh(y))
        penalty = tf.reduce_sum(inner.gradient(score, x) ** 2)
    return y, *outer.gradient(score, sources), *outer.gradient(penalty, sources)


@pytest.mark.parametrize("slow", [True, False])
@pytest.mark.parametrize("ways", WAYS)
@pytest.mark.parametrize("compiled", ["eager", "graph", "xla"])
def test_equals_its_parts_up_to_second_derivatives(rng, monkeypatch, ways, slow, compiled):
    monkeypatch.setattr(processor, "slow_derivatives", lambda dtype: slow)
    size = WAYS[ways][0]
    shapes = (2, 4, 6, 3), (size, size, 3, 4), (4,)
    inputs = [tf.constant(rng.normal(size=shape), tf.float32) for shape in shapes]

    def run():
        return results(activated_conv, ways, *inputs)

    actual = run() if compiled == "eager" else tf.function(run, jit_compile=compiled == "xla")()
    for have, want in zip(actual, results(plain, ways, *inputs), strict=True):
        assert_close(have, want, 5e-6)


def test_the_gradient_of_the_bias_is_not_summed_in_bfloat16():
    """TensorFlow's BiasAddGrad of 32,768 ones is 32,768 only where its sum is more precise than its dtype."""
    x, kernel, bias = tf.ones([32, 32, 32, 1], tf.bfloat16), tf.ones([1, 1, 1, 8], tf.bfloat16), tf.ones([8])
    with tf.GradientTape() as tape:
        tape.watch(bias)
        y = activated_conv(same_conv, x, kernel, tf.cast(bias, tf.bfloat16))
    assert tape.gradient(y, bias).numpy().tolist() == [32768.0] * 8
