import numpy as np
import pytest
import tensorflow as tf

from keras_gans import layers
from keras_gans.models.pggan.published import (
    discriminator_from,
    generator_from,
    level_of_detail,
    load_variables,
    model_arguments,
    variables_of,
)
from keras_gans.readers.karras_pickle import NetworkState
from tests.reference import pggan_numpy as oracle

RESOLUTION = 16
LODS = (0.0, 0.3, 1.0, 1.75, 2.0)


def maps(level):
    return min(32 // 2**level, 8)


def state(kind, rng, label_size=0, fused=True, group_size=4, **arguments):
    variables = oracle.random_variables(
        kind, rng, RESOLUTION, label_size=label_size, maps=maps, fused=fused, group_size=group_size
    )
    common = dict(num_channels=3, resolution=RESOLUTION, label_size=label_size, fmap_base=32, fmap_max=8)
    own = dict(latent_size=8) if kind == "G" else dict(mbstd_group_size=group_size)
    return NetworkState(kind, {**common, **own, "fused_scale": fused, **arguments}, variables)


def nhwc(x):
    return np.transpose(x, (0, 2, 3, 1))


@pytest.mark.parametrize("label_size, fused", [(0, True), (0, False), (3, True)])
@pytest.mark.parametrize("dtype, tolerance", [("float32", 1e-4), ("float64", 1e-6)])
def test_generator_against_numpy(rng, label_size, fused, dtype, tolerance):
    published = state("G", rng, label_size, fused)
    latents = rng.normal(size=(3, 8)).astype("float32")
    labels = np.eye(3, dtype="float32")[[2, 0, 1]] if label_size else None
    network = generator_from(published, dtype=dtype)
    for lod in LODS:
        expected = oracle.generator(published.variables, latents, labels, lod, RESOLUTION, fused)
        stage, alpha = network.split_lod(lod)
        images = network([latents, tf.constant([2, 0, 1])] if label_size else latents, stage=stage, alpha=alpha)
        images = layers.upscale(images, 2 ** (network.final_stage - stage))
        np.testing.assert_allclose(images, nhwc(expected), atol=tolerance * np.abs(expected).max(), err_msg=f"{lod}")


@pytest.mark.parametrize("label_size, fused, group_size", [(0, True, 4), (0, False, 16), (3, True, 2), (0, True, 1)])
@pytest.mark.parametrize("dtype, tolerance", [("float32", 1e-4), ("float64", 1e-6)])
def test_discriminator_against_numpy(rng, label_size, fused, group_size, dtype, tolerance):
    published = state("D", rng, label_size, fused, group_size)
    images = rng.uniform(-1, 1, (4, 3, RESOLUTION, RESOLUTION)).astype("float32")
    network = discriminator_from(published, dtype=dtype)
    for lod in LODS:
        args = (published.variables, images, lod, RESOLUTION, fused)
        expected = np.concatenate(oracle.discriminator(*args, group_size=group_size), axis=1)
        stage, alpha = network.split_lod(lod)
        small = layers.downscale(tf.constant(nhwc(images), dtype), 2 ** (network.final_stage - stage))
        ours = network(small, stage=stage, alpha=alpha)
        ours = tf.concat(ours, axis=1) if label_size else ours
        np.testing.assert_allclose(ours, expected, atol=tolerance * np.abs(expected).max(), err_msg=f"{lod}")


def test_other_arguments(rng):
    published = state("G", rng, use_wscale=False, use_leakyrelu=False, use_pixelnorm=False, normalize_latents=False)
    network = generator_from(published, dtype="mixed_bfloat16")
    assert not (network.equalized or network.pixel_norm or network.normalize_latents)
    assert network.activation == "relu"
    latents = rng.normal(size=(1, 8)).astype("float32")
    assert network(latents).dtype == tf.float32
    del published.arguments["latent_size"]
    assert generator_from(state("G", rng, latent_size=None)).latent_dim == 8  # min(fmap_base, fmap_max)


@pytest.mark.parametrize("fused", [True, False])
@pytest.mark.parametrize("kind", "GD")
def test_writing_back_gives_the_same_arrays(rng, kind, fused):
    published = state(kind, rng, label_size=2, fused=fused)
    network = (generator_from if kind == "G" else discriminator_from)(published)
    written = variables_of(network)
    assert list(written) == [name for name in published.variables if name != "lod"]
    for name, array in written.items():
        np.testing.assert_array_equal(array, published.variables[name], err_msg=name)


def test_variables_that_do_not_fit(rng):
    published = state("G", rng)
    network = generator_from(published)
    missing = {k: v for k, v in published.variables.items() if k != "8x8/Conv1/bias"}
    with pytest.raises(ValueError, match="lacks 8x8/Conv1/bias: it is no network of 16 pixels"):
        load_variables(network, missing)
    with pytest.raises(ValueError, match="network of its arguments lacks: 32x32/Conv1/bias"):
        load_variables(network, {**published.variables, "32x32/Conv1/bias": np.zeros(8)})
    for name, shape in (
        ("4x4/Dense/weight", "8, 128"),
        ("4x4/Dense/bias", "8,"),
        ("8x8/Conv0_up/weight", "3, 3, 8, 8"),
    ):
        with pytest.raises(ValueError, match=rf"Expected {name} of shape \({shape}\). Received: shape \(5,\)"):
            load_variables(network, {**published.variables, name: np.zeros(5)})


def test_arguments_of_the_wrong_kind(rng):
    for wrong in (dict(resolution=[16]), dict(fmap_max="many")):
        with pytest.raises(ValueError, match="not of its kinds"):
            generator_from(state("G", rng, **wrong))
    with pytest.raises(ValueError, match="latent_dim='many'"):
        generator_from(state("G", rng, latent_size="many"))
    with pytest.raises(ValueError, match="not of its kinds"):
        generator_from(state("G", rng, pixelnorm_epsilon=[1e-8]))
    with pytest.raises(ValueError, match="not of its kinds"):
        discriminator_from(state("D", rng, mbstd_group_size=[4]))


def test_layers_the_official_layout_lacks(rng):
    from keras_gans.models.pggan.generator import PGGANGenerator

    with pytest.raises(ValueError, match="no batch norm"):
        variables_of(PGGANGenerator(8, latent_dim=2, fmap_max=2, batch_norm=True))


def test_arguments_that_ask_for_more_than_the_file_has(rng):
    states = {"G": state("G", rng), "D": state("D", rng)}
    assert model_arguments(states)["latent_dim"] == 8
    for wrong in (dict(fmap_base=2**30, fmap_max=2**17), dict(label_size=2**40), dict(num_channels=2**40)):
        states = {kind: NetworkState(kind, {**s.arguments, **wrong}, s.variables) for kind, s in states.items()}
        with pytest.raises(ValueError, match="has more than [0-9,]+ weights. Received: a file with"):
            model_arguments(states)


def test_level_of_detail():
    assert level_of_detail({}) == 0.0
    assert level_of_detail({"lod": np.float32([1.5])}) == 1.5
    with pytest.raises(ValueError, match=r"one number for lod. Received: shape \(3,\)"):
        level_of_detail({"lod": np.zeros(3)})
