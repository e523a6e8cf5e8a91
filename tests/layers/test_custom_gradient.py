import numpy as np
import pytest
import tensorflow as tf

from keras_gans.layers import same_conv, strided_conv, winograd
from keras_gans.layers.custom_gradient import custom_gradient

CONVOLUTIONS = {
    "same_conv": (same_conv.conv, 3),
    "same_conv of derivatives": (same_conv._conv_of_derivatives, 3),
    "strided_conv": (strided_conv.conv, 4),
    "winograd": (lambda x, k: winograd.conv(x, k, 1), 3),
}


def gathered(y):
    return tf.gather(y, [2, 0, 2])


def of_unknown_shape(y):
    axes = tf.random.uniform([], 4, 5, tf.int32)  # 4, but nobody knows

    @tf.custom_gradient
    def veil(y):
        return y, lambda upstream: tf.reshape(upstream, tf.shape(upstream)[:axes])

    y = veil(y)
    return tf.stack([y[2], y[0], y[2]])


@pytest.mark.parametrize("run", [lambda function: function, tf.function], ids=["eager", "graph"])
@pytest.mark.parametrize("above", [gathered, of_unknown_shape])
@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_derivatives_below_indexed_slices_and_unknown_shapes(rng, name, above, run):
    """First and second: a sum over some of the images, and over some of their gradients."""
    convolution, size = CONVOLUTIONS[name]
    x, k = (tf.constant(rng.normal(size=shape)) for shape in ([3, 4, 6, 2], [size, size, 2, 3]))

    def derivatives(some):
        with tf.GradientTape() as outer:
            outer.watch([x, k])
            with tf.GradientTape() as tape:
                tape.watch([x, k])
                loss = tf.reduce_sum(some(convolution(x, k)) ** 2)
            first = tape.gradient(loss, [x, k])
            second = tf.reduce_sum(some(first[0]) ** 2) + tf.reduce_sum(some(first[1]) ** 2)
        return [tf.convert_to_tensor(value) for value in (*first, *outer.gradient(second, [x, k]))]

    expected = derivatives(lambda y: tf.stack([y[2], y[0], y[2]]))
    for have, want in zip(run(lambda: derivatives(above))(), expected):
        np.testing.assert_allclose(have, want, rtol=1e-12, atol=1e-9)


def test_a_wrong_upstream_gradient_is_refused():
    @custom_gradient
    def double(x):
        """Twice x."""
        return 2 * x, lambda upstream: 2 * upstream

    x = tf.ones([2])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = double(x)
    assert tape.gradient(y, x).numpy().tolist() == [2, 2] and double.__doc__ == "Twice x."
    with pytest.raises(tf.errors.InvalidArgumentError), tf.GradientTape() as tape:
        tape.watch(x)
        tape.gradient(double(x), x, output_gradients=tf.ones([3]))
