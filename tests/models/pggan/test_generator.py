import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gans import layers
from keras_gans.models.pggan.generator import PGGANGenerator
from tests.layers.harness import assert_close

# reference: (all variables, variables of the final path) of the published sizes
COUNTS = {32: (20_719_628, 20_715_011), 128: (22_933_394, 22_926_467), 1024: (23_079_115, 23_071_507)}


def tiny(resolution=16, **kwargs):
    return PGGANGenerator(resolution, **{"latent_dim": 6, "fmap_max": 4, "seed": 1, **kwargs})


@pytest.mark.parametrize("resolution", COUNTS)
def test_parameter_counts(resolution):
    generator = PGGANGenerator(resolution)
    heads = sum(p.count_params() for n, p in generator.parts.items() if n.endswith("to_rgb"))
    final = generator.part(generator.final_stage, "to_rgb").count_params()
    assert (generator.count_params(), generator.count_params() - heads + final) == COUNTS[resolution]


def test_parameter_counts_of_the_layers():
    counts = {name: layer.count_params() for name, layer in PGGANGenerator(128).parts.items()}
    assert counts["4x4_dense"] == 4_194_816
    assert counts["32x32_conv1"] == 2_359_808
    assert counts["64x64_conv0_up"] == 1_179_904
    assert counts["64x64_conv1"] == 590_080
    assert counts["128x128_to_rgb"] == 387


def test_gains():
    generator = tiny()
    gain = {name.split("_", 1)[1]: layer.gain for name, layer in generator.parts.items()}
    assert gain["dense"] == np.sqrt(2) / 4
    assert gain["to_rgb"] == 1
    assert gain["conv1"] == gain["conv"] == gain["conv0_up"] == np.sqrt(2)


@pytest.mark.parametrize("config", [{}, {"fused_scale": False}, {"batch_norm": True, "output_activation": "tanh"}])
@pytest.mark.parametrize("resolution", [16, (8, 24)])
def test_linear_structure_agrees_at_every_level(config, resolution):
    generator = tiny(resolution, channels=2, **config)
    latents = tf.random.stateless_normal((3, 6), (0, 1))
    for lod in np.arange(0, generator.final_stage + 0.1, 0.25):
        stage, alpha = generator.split_lod(lod)
        images = generator(latents, stage=stage, alpha=alpha)
        assert images.shape == (3, *generator.resolutions[stage], 2)
        full = layers.upscale(images, 2 ** (generator.final_stage - stage))
        assert_close(full, generator.linear(latents, lod), 1e-6, f"lod {lod}")


def test_a_stage_runs_its_own_layers_only():
    generator = tiny(32)

    @tf.function
    def at_stage_one(latents, alpha):
        return generator(latents, stage=1, alpha=alpha)

    graph = at_stage_one.get_concrete_function(tf.TensorSpec((2, 6)), tf.TensorSpec(())).graph
    used = {v.name for v in graph.trainable_variables}
    assert len(used) == len(generator.active_variables(1)) == 2 * 6
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(generator(tf.ones((2, 6)), stage=1, alpha=0.5) ** 2)
    gradients = tape.gradient(loss, generator.trainable_variables)
    reached = {id(v) for v, g in zip(generator.trainable_variables, gradients) if g is not None}
    assert reached == {id(v) for v in generator.active_variables(1)}


def test_weights_up_to():
    generator = tiny()
    assert len(generator.weights_up_to(0)) == 6
    assert len(generator.weights_up_to(2)) == len(generator.weights)


def test_labels():
    generator = tiny(num_classes=3)
    latents = tf.random.stateless_normal((2, 6), (0, 1))
    by_number = generator([latents, tf.constant([0, 2])])
    np.testing.assert_array_equal(by_number, generator([latents, tf.constant([[1.0, 0, 0], [0, 0, 1.0]])]))
    assert (by_number != generator([latents, tf.constant([1, 2])])).numpy()[0].any()
    with pytest.raises(ValueError, match="num_classes=3 needs labels"):
        generator(latents)


def test_same_seed_same_weights_whatever_the_full_resolution():
    small, large, other = tiny(8), tiny(32), tiny(8, seed=2)
    for name, layer in small.parts.items():
        np.testing.assert_array_equal(layer.kernel, large.parts[name].kernel)
        assert (np.asarray(layer.kernel) != np.asarray(other.parts[name].kernel)).any()


def test_mixed_precision():
    latents = tf.random.stateless_normal((2, 6), (0, 1))
    full, half = (PGGANGenerator(16, latent_dim=6, fmap_max=64, dtype=d) for d in ("float32", "mixed_bfloat16"))
    assert half(latents).dtype == tf.float32
    assert half.part(1, "conv1").compute_dtype == "bfloat16"
    assert_close(half(latents, stage=2, alpha=0.5), full(latents, stage=2, alpha=0.5), 0.1)


def test_config_and_file(tmp_path):
    generator = tiny((8, 16), channels=1, num_classes=2, epsilon=1e-4, normalize_latents=False, activation="relu")
    path = str(tmp_path / "generator.keras")
    generator.save(path)
    copy = keras.models.load_model(path)
    assert copy.get_config() == generator.get_config()
    inputs = [tf.ones((1, 6)), tf.constant([1])]
    np.testing.assert_array_equal(copy(inputs), generator(inputs))


def test_as_a_keras_model():
    generator = tiny(8)
    assert generator.compute_output_shape((None, 6)) == (None, 8, 8, 3)
    assert generator.predict(np.ones((3, 6)), verbose=0).shape == (3, 8, 8, 3)
    assert generator.get_layer("8x8_conv0_up").filters == 4


@pytest.mark.parametrize(
    "config, message",
    [
        (dict(resolution=100), "resolution=100"),
        (dict(channels=0), "channels=0"),
        (dict(num_classes=-1), "num_classes=-1"),
        (dict(fmap_base=1), "leaves no feature maps"),
        (dict(fmap_base="many"), "fmap_base='many'"),
        (dict(fmap_decay=None), "fmap_decay=None"),
        (dict(latent_dim="many"), "latent_dim='many'"),
        (dict(epsilon=0), "epsilon=0"),
        (dict(output_activation="no_such"), "activation='no_such'"),
        (dict(activation="no_such"), "activation='no_such'"),
    ],
)
def test_bad_arguments(config, message):
    with pytest.raises(ValueError, match=message):
        tiny(**config)


def test_bad_lod():
    with pytest.raises(ValueError, match="from 0 to 2. Received: lod=2.5"):
        tiny().split_lod(2.5)
