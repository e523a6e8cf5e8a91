"""`tf.custom_gradient` for functions whose derivatives need to know the shape of what comes from above."""

import functools

import tensorflow as tf


def custom_gradient(function):
    """Returns `tf.custom_gradient(function)` whose upstream gradient is a tensor of the static shape of the result.

    TensorFlow's may be `tf.IndexedSlices`, below a `tf.gather`, or of unknown shape, below a `tf.py_function`.

    Args:
        function: tensors -> (tensor, function of the upstream gradient).

    Example:

    >>> square = custom_gradient(lambda x: (x * x, lambda upstream: 2 * x * upstream))
    >>> x = tf.constant([3.0, 4.0])
    >>> with tf.GradientTape() as tape:
    ...     tape.watch(x)
    ...     y = tf.gather(square(x), [1])
    >>> tape.gradient(y, x).numpy().tolist()
    [0.0, 8.0]
    """

    @functools.wraps(function)
    def shaped(*operands):
        result, gradient = function(*operands)
        shape = result.shape  # rather than the result, which would stay in memory
        return result, lambda upstream: gradient(tf.ensure_shape(upstream, shape))

    return tf.custom_gradient(shaped)
