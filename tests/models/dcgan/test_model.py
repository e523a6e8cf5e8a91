import keras
import numpy as np
import pytest

from keras_gans.models.dcgan import DCGAN

TINY = dict(resolution=16, channels=1, latent_dim=8, generator_filters=4, discriminator_filters=4)


def pictures(n=16, size=16, channels=1):
    return np.random.default_rng(0).integers(0, 256, (n, size, size, channels), dtype=np.uint8)


@pytest.mark.parametrize("resolution", [16, 32, 64, 128, 256])
@pytest.mark.parametrize("layers_per_resolution", [1, 2])
def test_shapes(resolution, layers_per_resolution):
    model = DCGAN(
        resolution, channels=4, generator_filters=2, discriminator_filters=2, kernel_size=3, padding="symmetric",
        layers_per_resolution=layers_per_resolution,
    )  # fmt: skip
    assert model.image_shape == (resolution, resolution, 4)
    images = model.generate(1)
    assert images.shape == (1, resolution, resolution, 4) and model.discriminate(images / 255.0)[0].shape == (1, 1)


@pytest.mark.parametrize("conditioning", ["concat", "auxiliary"])
def test_conditional(conditioning, tmp_path):
    model = DCGAN(**TINY, num_classes=3, conditioning=conditioning)
    history = model.fit(pictures(), np.arange(16) % 3, batch_size=8, verbose=0)
    assert ("d_class_loss" in history.history) == (conditioning == "auxiliary")
    takes_labels = len(model.discriminator.inputs) == 2
    assert takes_labels == (conditioning == "concat")
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again.generate(4, labels=2), model.generate(4, labels=2))
    first, second = model.generate(2, labels=0, dtype="float32"), model.generate(2, labels=1, dtype="float32")
    assert not np.array_equal(first, second)


def test_file_holds_everything(tmp_path):
    model = DCGAN(**TINY, seed=3, latent_distribution="uniform", use_bias=True, dtype="mixed_bfloat16", name="mine")
    model.fit(pictures(), batch_size=8, verbose=0)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert again.get_config() == model.get_config() and again.name == "mine"
    assert again.generator.get_layer("deconv1").compute_dtype == "bfloat16"
    assert again.generator.output.dtype == again.discriminator.output.dtype == "float32"
    np.testing.assert_array_equal(again.generate(4), model.generate(4))


def test_a_seed_that_was_changed_is_saved(tmp_path):
    """As the trainer does after losses that were not finite: a resumed run must draw the same noise."""
    model = DCGAN(**TINY)
    model.compile()
    model.seed = 7
    model.save(tmp_path / "model.keras")
    assert keras.models.load_model(tmp_path / "model.keras").seed == 7


def test_weight_decay_is_an_l2_term_on_all_trainables():
    model = DCGAN(**TINY, weight_decay=0.1)
    norm = sum(float((w.numpy() ** 2).sum()) for w in model.generator.trainable_variables)
    np.testing.assert_allclose(sum(float(x) for x in model.generator.losses), 0.05 * norm, rtol=1e-5)
    assert DCGAN(**TINY).generator.losses == []


def test_from_preset():
    model = DCGAN.from_preset("dcgan_newmu_64", generator_filters=2, discriminator_filters=2)
    assert model.compiled and not model.reuse_fakes and model.default_batch_size == 128
    assert model.g_optimizer.beta_1 == 0.5 and model.latent_distribution == "uniform"
    assert DCGAN.from_preset("dcgan_carpedm20_64", generator_filters=2, discriminator_filters=2).generator_steps == 2
    with pytest.raises(ValueError, match="preset must be one of dcgan_64.*Received: 'dcgan'"):
        DCGAN.from_preset("dcgan")
    with pytest.raises(ValueError, match="no weights to load"):
        DCGAN.from_preset("dcgan_64", load_weights=True)


def test_features_against_a_loop():
    model = DCGAN(**TINY, kernel_size=3)
    images = pictures(2)
    features = model.extract_features(images, grid=2).numpy()
    layers = [x.output for x in model.discriminator.layers if x.name.startswith("activation")]
    maps = keras.Model(model.discriminator.inputs, layers)(images / np.float32(127.5) - 1)
    expected = []
    for x in np.asarray(maps[0])[1], np.asarray(maps[1])[1]:
        half = x.shape[0] // 2
        for i in (0, half):
            for j in (0, half):
                expected.append(x[i : i + half, j : j + half].max((0, 1)))
    np.testing.assert_allclose(features[1], np.concatenate(expected), atol=1e-6)
    with pytest.raises(ValueError, match="grid must divide"):
        model.extract_features(images, grid=3)
    with pytest.raises(ValueError, match="without label inputs"):
        DCGAN(**TINY, num_classes=2).extract_features(images)


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        (dict(resolution=48), "power of two from 16 to 256. Received: resolution=48"),
        (dict(resolution=512), "Received: resolution=512"),
        (dict(channels=0), "channels must be an integer of at least 1"),
        (dict(latent_dim=1.5), "latent_dim must be an integer"),
        (dict(num_classes=1), "Received: num_classes=1"),
        (dict(conditioning="film"), "conditioning must be one of"),
        (dict(padding="full"), "padding must be one of"),
        (dict(kernel_size=1), "kernel_size must be at least 2"),
        (dict(norm_momentum=1.0), r"norm_momentum must be in \[0, 1\)"),
        (dict(norm_epsilon=0.0), "norm_epsilon above 0.*Received: .*norm_epsilon=0.0"),
        (dict(weight_decay=-1.0), "not below 0.*Received: .*weight_decay=-1.0"),
        (dict(gamma_stddev="a"), "gamma_stddev must be a finite number"),
        (dict(dtype="int3"), "dtype must be"),
        (dict(seed=-3), "seed must be"),
    ],
)
def test_bad_arguments(argument, message):
    with pytest.raises(ValueError, match=message):
        DCGAN(**{**TINY, **argument})


def test_integers_of_numpy_become_python_s():
    model = DCGAN(**{name: np.int64(value) if isinstance(value, int) else value for name, value in TINY.items()})
    assert all(type(model.get_config()[name]) is type(value) for name, value in TINY.items())
    assert model.count_params() == DCGAN(**TINY).count_params()


def test_features_in_a_grid_of_nothing():
    model = DCGAN(16, generator_filters=2, discriminator_filters=2)
    with pytest.raises(ValueError, match="grid must be an integer of at least 1. Received: grid=0"):
        model.extract_features(pictures(channels=3), grid=0)
