"""One call that puts a layer through what every layer has to stand."""

import keras
import numpy as np
import tensorflow as tf


def check_layer(layer_class, config, input_shape, *, call=None, seed=0, rtol=1e-5, half_tolerance=0.1, mixed=True):
    """Checks a layer; raises AssertionError with what differs.

    Config and serialisation round trip, eager = graph = XLA for outputs and gradients, `compute_output_shape`, the
    output's dtype and closeness in mixed_bfloat16 and mixed_float16, finite gradients, also on constant input.

    Args:
        layer_class: the class.
        config: dict, constructor arguments.
        input_shape: shape with its batch size, or a list of such shapes for a layer of several inputs.
        call: dict of further call arguments, such as `training=True`. The layer has to be deterministic under them.
        seed: seed of the input.
        rtol: tolerance between eager, graph and XLA, relative to the largest value.
        half_tolerance: tolerance between float32 and mixed precision, relative to the largest value.
        mixed: whether to check mixed precision.

    Returns:
        (layer, inputs, outputs) of the float32 run.
    """
    call = call or {}
    several = isinstance(input_shape, list)
    shapes = input_shape if several else [input_shape]
    rng = np.random.default_rng(seed)
    arrays = [rng.normal(size=shape).astype("float32") for shape in shapes]
    inputs = [tf.constant(a) for a in arrays] if several else tf.constant(arrays[0])

    layer = layer_class(**config)
    outputs = layer(inputs, **call)
    weights = layer.get_weights()
    _check_config(layer, config, inputs, call, outputs)
    computed = layer.compute_output_shape([tuple(s) for s in shapes] if several else tuple(input_shape))
    assert tuple(computed) == tuple(outputs.shape), (computed, outputs.shape)

    def outputs_and_gradients(layer, inputs):
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            y = layer(inputs, **call)
            loss = tf.reduce_sum(tf.sin(tf.cast(y, tf.float32)))
        gradients = tape.gradient(loss, [inputs, layer.trainable_variables], unconnected_gradients="zero")
        return [y, *tf.nest.flatten(gradients)]

    eager = outputs_and_gradients(layer, inputs)
    for jit_compile in (False, True):
        layer.set_weights(weights)
        compiled = tf.function(lambda x: outputs_and_gradients(layer, x), jit_compile=jit_compile)(inputs)
        for expected, actual in zip(eager, compiled):
            assert_close(actual, expected, rtol, f"jit_compile={jit_compile}")

    for constant in (0.0, 1.0):
        x = [tf.fill(s, constant) for s in shapes]
        x = x if several else x[0]
        for value in outputs_and_gradients(layer, x):
            assert np.isfinite(np.asarray(value)).all(), f"not finite on constant input {constant}"

    for policy in ("mixed_bfloat16", "mixed_float16") if mixed else ():
        half = layer_class(**{**config, "dtype": policy})
        half(inputs, **call)
        half.set_weights(weights)
        values = outputs_and_gradients(half, inputs)
        assert values[0].dtype == half.compute_dtype, (policy, values[0].dtype)
        for value in values:
            assert np.isfinite(np.asarray(tf.cast(value, tf.float32))).all(), f"not finite in {policy}"
        assert_close(values[0], outputs, half_tolerance, policy)
    return layer, inputs, outputs


def check_second_order(function, *arrays, step=1e-4, tolerance=1e-5, seed=0):
    """Checks first and second derivatives of a function against central differences, in float64.

    The first derivative is compared along a random direction v; the second by the gradient of <∇f, v> along a random
    direction w, as a gradient penalty needs it.

    Args:
        function: float64 tensors -> a float64 tensor of any shape.
        *arrays: numpy inputs.
        step: step of the differences.
        tolerance: relative to the larger of 1 and the value.
        seed: seed of the directions.
    """
    rng = np.random.default_rng(seed)
    points = [tf.constant(a, tf.float64) for a in arrays]
    v = [tf.constant(rng.normal(size=a.shape)) for a in arrays]
    w = [tf.constant(rng.normal(size=a.shape)) for a in arrays]

    def value(xs):
        return tf.reduce_sum(tf.sin(function(*xs)))

    def slope(xs):  # <∇f, v>
        with tf.GradientTape() as tape:
            tape.watch(xs)
            y = value(xs)
        return _dot(tape.gradient(y, xs, unconnected_gradients="zero"), v)

    def curvature(xs):  # <∇<∇f, v>, w>
        with tf.GradientTape() as tape:
            tape.watch(xs)
            y = slope(xs)
        return _dot(tape.gradient(y, xs, unconnected_gradients="zero"), w)

    def difference(f, direction):
        ahead = f([x + step * d for x, d in zip(points, direction)])
        behind = f([x - step * d for x, d in zip(points, direction)])
        return float(ahead - behind) / (2 * step)

    for exact, numeric in ((slope, difference(value, v)), (curvature, difference(slope, w))):
        for run in (exact, tf.function(exact)):
            actual = float(run(points))
            assert abs(actual - numeric) <= tolerance * max(1.0, abs(numeric)), (exact.__name__, actual, numeric)


def assert_close(actual, expected, tolerance, message=""):
    """Asserts that two tensors differ by at most `tolerance` times the larger of 1 and the largest value."""
    actual, expected = (np.asarray(tf.cast(x, tf.float64)) for x in (actual, expected))
    assert actual.shape == expected.shape, (message, actual.shape, expected.shape)
    if expected.size:
        error = np.abs(actual - expected).max()
        assert error <= tolerance * max(1.0, np.abs(expected).max()), (message, error)


def _check_config(layer, config, inputs, call, outputs):
    for name, value in config.items():
        assert name in layer.get_config(), f"get_config lacks {name!r}"
        if isinstance(value, (int, float, bool, str, tuple)):
            assert layer.get_config()[name] == value, name
    copy = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert type(copy) is type(layer)
    assert copy.get_config() == layer.get_config()
    copy(inputs, **call)
    copy.set_weights(layer.get_weights())
    assert_close(copy(inputs, **call), outputs, 0.0, "copy from config")


def _dot(a, b):
    return tf.add_n([tf.reduce_sum(x * y) for x, y in zip(a, b)])
