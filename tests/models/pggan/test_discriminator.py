import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gans import layers, noise
from keras_gans.models.pggan.discriminator import PGGANDiscriminator
from tests.layers.harness import assert_close

COUNTS = {32: (20_726_785, 20_720_641), 128: (22_941_313, 22_932_097), 1024: (23_087_249, 23_077_137)}


def tiny(resolution=16, **kwargs):
    return PGGANDiscriminator(resolution, fmap_max=4, **{"seed": 1, **kwargs})


def images(n, *shape):
    return tf.random.stateless_uniform((n, *shape), (0, 1), -1, 1)


@pytest.mark.parametrize("resolution", COUNTS)
def test_parameter_counts(resolution):
    discriminator = PGGANDiscriminator(resolution)
    heads = sum(p.count_params() for n, p in discriminator.parts.items() if n.endswith("from_rgb"))
    final = discriminator.part(discriminator.final_stage, "from_rgb").count_params()
    assert (discriminator.count_params(), discriminator.count_params() - heads + final) == COUNTS[resolution]


def test_counts_of_the_ablation():
    assert PGGANDiscriminator(128, fmap_base=2048).count_params() == 13_636_897
    assert PGGANDiscriminator(32, fmap_base=4096, fmap_max=128).count_params() == 1_298_689


def test_parameter_counts_of_the_layers():
    counts = {name: layer.count_params() for name, layer in PGGANDiscriminator(128).parts.items()}
    assert counts["4x4_conv"] == 2_364_416
    assert counts["4x4_dense0"] == 4_194_816
    assert counts["4x4_dense1"] == 513
    assert counts["128x128_conv1_down"] == 295_168
    assert counts["64x64_from_rgb"] == 1_024


@pytest.mark.parametrize(
    "config", [{}, {"fused_scale": False}, {"layer_norm": True, "group_size": 0}, {"num_classes": 2}]
)
@pytest.mark.parametrize("resolution", [16, (24, 8)])
def test_linear_structure_agrees_at_every_level(config, resolution):
    discriminator = tiny(resolution, channels=1, **config)
    x = images(4, *discriminator.resolutions[-1], 1)
    for lod in np.arange(0, discriminator.final_stage + 0.1, 0.25):
        stage, alpha = discriminator.split_lod(lod)
        small = layers.downscale(x, 2 ** (discriminator.final_stage - stage))
        outputs = tf.nest.flatten(discriminator(small, stage=stage, alpha=alpha))
        for output, expected in zip(outputs, tf.nest.flatten(discriminator.linear(x, lod))):
            assert_close(output, expected, 1e-5, f"lod {lod}")


def test_a_stage_reaches_its_own_variables_only():
    discriminator = tiny(32)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(discriminator(images(2, 8, 8, 3), stage=1, alpha=0.5) ** 2)
    gradients = tape.gradient(loss, discriminator.trainable_variables)
    reached = {id(v) for v, g in zip(discriminator.trainable_variables, gradients) if g is not None}
    assert reached == {id(v) for v in discriminator.active_variables(1)}


def test_parts_are_scored_as_minibatches_of_their_own():
    discriminator, x = tiny(minibatch_kernels=3), images(8, 16, 16, 3)
    apart = tf.concat([discriminator(x[:4]), discriminator(x[4:])], axis=0)
    assert_close(discriminator(x, parts=2), apart, 1e-5)
    assert abs(discriminator(x) - apart).numpy().max() > 1e-6


def test_gradient_penalty_has_the_gradient_of_differences():
    """d/dw of a function of the input gradient, through every kind of layer."""
    discriminator = tiny(8, dtype="float64")
    x = tf.cast(images(4, 8, 8, 3), tf.float64)
    variables = discriminator.active_variables(1)
    rng = np.random.default_rng(0)
    for v in variables:  # non-zero biases
        v.assign_add(0.1 * rng.normal(size=v.shape))
    direction = [tf.constant(rng.normal(size=v.shape)) for v in variables]

    def penalty():
        with tf.GradientTape() as tape:
            tape.watch(x)
            scores = discriminator(x, stage=1, alpha=0.3)
        gradient = tape.gradient(scores, x)
        return tf.reduce_mean(tf.square(tf.norm(tf.reshape(gradient, (4, -1)), axis=1) - 1.0))

    with tf.GradientTape() as tape:
        value = penalty()
    gradients = tape.gradient(value, [v.value for v in variables], unconnected_gradients="zero")
    exact = sum(float(tf.reduce_sum(g * d)) for g, d in zip(gradients, direction))
    step = 1e-6
    sides = []
    for sign in (1, -1):
        for v, d in zip(variables, direction):
            v.assign_add(sign * step * d)
        sides.append(float(penalty()))
        for v, d in zip(variables, direction):
            v.assign_sub(sign * step * d)
    assert exact == pytest.approx((sides[0] - sides[1]) / (2 * step), rel=1e-4)


def test_noise():
    discriminator, x = tiny(noise=True), images(4, 16, 16, 3)
    quiet = discriminator(x)
    np.testing.assert_array_equal(discriminator(x, noise_strength=0.5), quiet)  # not training
    np.testing.assert_allclose(discriminator(x, noise_strength=0.0, training=True), quiet, rtol=1e-5)
    with noise.scope(noise.NoiseStream(0)):
        assert (discriminator(x, noise_strength=0.5, training=True) != quiet).numpy().any()
    np.testing.assert_array_equal(tiny()(x, noise_strength=0.5, training=True), quiet)


def test_mixed_precision():
    x = images(4, 16, 16, 3)
    half = tiny(dtype="mixed_bfloat16")
    assert half(x).dtype == tf.float32
    assert_close(half(x, stage=2, alpha=0.5), tiny()(x, stage=2, alpha=0.5), 0.1)


def test_config_and_file(tmp_path):
    config = dict(group_size=None, minibatch_kernels=2, layer_norm=True, noise=True, fused_scale=False, num_classes=3)
    discriminator = tiny(8, **config)
    path = str(tmp_path / "discriminator.keras")
    discriminator.save(path)
    copy = keras.models.load_model(path)
    assert copy.get_config() == discriminator.get_config()
    x = images(2, 8, 8, 3)
    for a, b in zip(copy(x), discriminator(x)):
        np.testing.assert_array_equal(a, b)
    assert discriminator.compute_output_shape((2, 8, 8, 3)) == ((2, 1), (2, 3))
    assert tiny().compute_output_shape((None, 16, 16, 3)) == (None, 1)
