import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gans.layers import upscale
from keras_gans.models.pggan import PGGAN
from tests.models.pggan.tiny import compiled, images, make, schedule
from tests.reference import karras_files as files
from tests.reference import pggan_numpy as oracle

ARGUMENTS = dict(num_channels=3, resolution=16, fmap_base=32, fmap_max=8)


def maps(level):
    return min(32 // 2**level, 8)


def network(kind, rng, label_size=0, fused=True):
    return oracle.random_variables(kind, rng, 16, label_size=label_size, maps=maps, fused=fused)


def write(path, networks, label_size=0):
    own = {"G": dict(latent_size=8), "D": dict(mbstd_group_size=4)}
    states = [files.master_state(k, v, label_size=label_size, **ARGUMENTS, **own[k]) for k, v in zip("GDG", networks)]
    return files.write_pickle(path, states)


def nhwc(x):
    return np.transpose(x, (0, 2, 3, 1))


@pytest.fixture
def published(tmp_path, rng):
    networks = [network(kind, rng) for kind in "GDG"]
    return write(tmp_path / "network.pkl", networks), networks


@pytest.mark.parametrize("label_size", [0, 3])
def test_from_karras_pickle_against_numpy(tmp_path, rng, label_size):
    networks = [network(kind, rng, label_size) for kind in "GDG"]
    model = PGGAN.from_karras_pickle(write(tmp_path / "network.pkl", networks, label_size))
    assert model.image_shape == (16, 16, 3) and model.num_classes == label_size
    latents = rng.normal(size=(4, 8)).astype("float32")
    vectors = np.eye(3, dtype="float32")[[0, 2, 1, 1]] if label_size else None
    labels = np.array([0, 2, 1, 1]) if label_size else None
    x = rng.uniform(-1, 1, (4, 3, 16, 16)).astype("float32")
    for lod in (None, 0.0, 0.4, 1.0, 2.0):
        for averaged, variables in ((True, networks[2]), (False, networks[0])):
            expected = nhwc(oracle.generator(variables, latents, vectors, lod or 0.0, 16))
            ours = model.synthesize(latents, labels, lod, averaged)
            assert ours.dtype == np.float32
            np.testing.assert_allclose(ours, expected, atol=1e-4 * np.abs(expected).max())
        expected = oracle.discriminator(networks[1], x, lod or 0.0, 16)
        scores, classes = model.score(nhwc(x), lod)
        np.testing.assert_allclose(scores, expected[0], atol=1e-4 * np.abs(expected[0]).max())
        if label_size:
            np.testing.assert_allclose(classes, expected[1], atol=1e-4 * np.abs(expected[1]).max())
        else:
            assert classes is None
    if label_size:
        np.testing.assert_array_equal(model.synthesize(latents, vectors), model.synthesize(latents, labels))


def test_from_a_theano_pickle(tmp_path, rng):
    networks = [network(kind, rng, fused=False) for kind in "GDG"]
    spec = dict(num_channels=3, fmap_base=32, fmap_max=8)
    states = [files.theano_state(k, v, 16, rng, **spec) for k, v in zip("GDG", networks)]
    states[0]["build_func_spec"]["latent_size"] = states[2]["build_func_spec"]["latent_size"] = 8
    model = PGGAN.from_karras_pickle(files.write_pickle(tmp_path / "old.pkl", states, module="network", protocol=2))
    assert not model.generator.fused_scale
    latents = rng.normal(size=(2, 8)).astype("float32")
    expected = nhwc(oracle.generator(networks[2], latents, resolution=16, fused=False))
    np.testing.assert_allclose(model.synthesize(latents), expected, atol=1e-4 * np.abs(expected).max())


def test_a_published_model_is_a_model_like_any_other(tmp_path, published):
    model = PGGAN.from_karras_pickle(published[0], seed=3)
    assert model.generate(2).dtype == np.uint8
    model.save(tmp_path / "model.keras")
    copy = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(copy.generate(3, seed=1), model.generate(3, seed=1))
    model.compile(schedule=schedule(16, 0, 0, total=8, initial_resolution=16), run_eagerly=True)
    assert model.fit(images(8, 16, 16, 3), verbose=0).history["resolution"] == [16]


def test_to_karras_npz(tmp_path, published):
    path, networks = published
    PGGAN.from_karras_pickle(path).to_karras_npz(tmp_path / "weights.npz")
    with np.load(tmp_path / "weights.npz") as arrays:
        for prefix, variables in zip(("G", "D", "Gs"), networks):
            for name, value in variables.items():
                np.testing.assert_array_equal(arrays[f"{prefix}/{name}"], value)
        assert len(arrays.files) == sum(map(len, networks))


def test_pickles_of_other_shapes(tmp_path, rng, published):
    networks = published[1]
    del networks[0]["16x16/Conv1/bias"]
    with pytest.raises(ValueError, match="lacks 16x16/Conv1/bias"):
        PGGAN.from_karras_pickle(write(tmp_path / "a.pkl", networks))
    states = [
        files.master_state(k, network(k, rng), **{**ARGUMENTS, "resolution": r}) for k, r in zip("GDG", (16, 8, 16))
    ]
    with pytest.raises(ValueError, match="differ in resolution"):
        PGGAN.from_karras_pickle(files.write_pickle(tmp_path / "b.pkl", states))
    networks = [network(kind, rng) for kind in "GDG"]
    networks[2]["lod"] = np.float32(3)
    with pytest.raises(ValueError, match="lod must be from 0 to 2. Received: lod=3.0"):
        PGGAN.from_karras_pickle(write(tmp_path / "c.pkl", networks))


def test_the_level_trained_so_far():
    model = make(16)
    assert model.trained_level() == (0, None)
    latents = model.sample_latents(2)
    first = model.generator(latents, stage=0)
    np.testing.assert_allclose(model.synthesize(latents, averaged=False), upscale(first, 4), atol=1e-6)
    model.lod.assign(0.75)
    stage, alpha = model.trained_level()
    assert (stage, float(alpha)) == (2, 0.25)
    np.testing.assert_allclose(model.synthesize(latents), model.synthesize(latents, lod=0.75), atol=1e-6)
    np.testing.assert_array_equal(model.score(images(4, 16, 16, 3))[0], model.score(images(4, 16, 16, 3), 0.75)[0])


def test_what_is_compiled_follows_the_level():
    model = compiled(16, run_eagerly=False)
    x = images(4, 16, 16, 3)
    seen = []
    for lod in (2.0, 1.0, 0.75, 0.5, 0.0):
        model.lod.assign(lod)
        seen.append(model.generate(2))
        latents = model.sample_latents(2)
        expected = model.synthesize(latents, lod=lod)
        np.testing.assert_allclose(model.predict(np.asarray(latents), verbose=0), expected, atol=1e-5)
        d_real = model.evaluate(x, return_dict=True, verbose=0)["d_real"]
        small = x / 127.5 - 1
        if lod % 1:
            small = (1 - lod) * small + lod * np.asarray(upscale(tf.nn.avg_pool2d(small, 2, 2, "VALID")))
        assert d_real == pytest.approx(model.score(small.astype("float32"), lod)[0].mean(), abs=1e-5)
    assert all((a != b).any() for a, b in zip(seen, seen[1:]))


def test_grow_from():
    small = compiled(8)
    small.fit(images(), verbose=0)
    large = compiled(32, schedule=schedule(32)).grow_from(small)
    latents = small.sample_latents(3)
    np.testing.assert_allclose(large.synthesize(latents), upscale(small.synthesize(latents), 4), atol=1e-6)
    x = images(4, 8, 8, 3)
    np.testing.assert_allclose(large.score(np.asarray(upscale(tf.constant(x), 4)))[0], small.score(x)[0], atol=1e-5)
    assert int(large.images_seen) == 20  # where 16x16 starts to fade in
    assert large.fit(images(8, 32, 32, 3), epochs=2, verbose=0).history["resolution"] == [8, 16]


def test_models_that_cannot_grow():
    with pytest.raises(ValueError, match="Received: a model of 16"):
        make(8).grow_from(make(16))
    with pytest.raises(ValueError, match="4x4_dense differ"):
        make(16).grow_from(make(8, fmap_max=3))
    with pytest.raises(ValueError, match="8x8_conv1_down differ"):
        make(16, fused_scale=False).grow_from(make(8))
    with pytest.raises(ValueError, match="of equalized=True cannot grow.*equalized=False"):
        make(16).grow_from(make(8, equalized=False))
    with pytest.raises(ValueError, match="grows from a PGGAN. Received: model='runs/small'"):
        make(16).grow_from("runs/small")


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda m: m.synthesize(np.zeros((2, 5))), r"of shape \[n, 6\]. Received: shape \[2, 5\]"),
        (lambda m: m.synthesize(np.zeros((2, 6)), labels=[1, 2]), "built without classes"),
        (lambda m: m.synthesize(np.zeros((2, 6)), lod=7), "from 0 to 1. Received: lod=7"),
        (lambda m: m.synthesize(np.zeros((2, 6)), lod="full"), "finite number. Received: lod='full'"),
        (lambda m: m.score(np.zeros((2, 4, 4, 3))), r"shape \['n', 8, 8, 3\]. Received: shape \[2, 4, 4, 3\]"),
        (lambda m: m.score(np.zeros((2, 8, 8, 3)), lod=-1), "lod=-1"),
    ],
)
def test_bad_arguments(call, message):
    with pytest.raises(ValueError, match=message):
        call(make())
