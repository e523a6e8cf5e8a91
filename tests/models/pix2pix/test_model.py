import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gans import Pix2Pix
from keras_gans.data import load_pairs
from keras_gans.models.pix2pix import LinearDecay, ResNetGenerator


def states(model):
    variables = [*model.weights, *model.g_optimizer.variables, *model.d_optimizer.variables]
    return [np.asarray(keras.ops.convert_to_numpy(v)) for v in variables]


def test_defaults_are_the_paper(monkeypatch):
    monkeypatch.setattr(keras.initializers, "RandomNormal", lambda *_, **__: "zeros")
    model = Pix2Pix()
    assert model.image_shape == (256, 256, 3) and model.default_batch_size == 1
    assert model.generator.count_params() + model.discriminator.count_params() == 54_419_459 + 2_769_601
    assert model.averaged_generator is model.generator
    model.compile()
    assert model.reconstruction_weight == 100 and model.discriminator_weight == 0.5 and not model.reuse_scores
    for optimizer in (model.g_optimizer, model.d_optimizer):
        np.testing.assert_allclose(
            [float(optimizer.learning_rate), optimizer.beta_1, optimizer.beta_2], [2e-4, 0.5, 0.999]
        )


def test_learns_a_simple_translation(small, pairs):
    model = small()
    model.compile(g_optimizer=keras.optimizers.Adam(5e-3, beta_1=0.5))
    before = model.evaluate(*pairs, verbose=0, return_dict=True)
    history = model.fit(*pairs, batch_size=4, epochs=20, verbose=0).history
    after = model.evaluate(*pairs, verbose=0, return_dict=True)
    assert after["l1"] < 0.8 * before["l1"] and after["psnr"] > before["psnr"] + 1
    assert set(after) == {"d_loss", "g_loss", "d_real", "d_fake", "l1", "psnr", "ssim"}
    assert set(history) == {"d_loss", "g_loss", "d_real", "d_fake", "l1"}


def test_stopped_saved_and_gone_on_is_as_never_stopped(small, pairs, tmp_path):
    data = load_pairs(pairs, 16, mirror=True, seed=1)

    def begin():
        model = small(seed=5)
        model.compile(reuse_scores=True, loss="hinge", g_optimizer=keras.optimizers.Adam(LinearDecay(1e-3, 4, 1, 1)))
        return model

    unbroken = begin()
    unbroken.fit(data, batch_size=2, epochs=2, verbose=0)
    stopped = begin()
    stopped.fit(data, batch_size=2, steps_per_epoch=3, verbose=0)
    stopped.save(tmp_path / "stopped.keras")
    loaded = keras.models.load_model(tmp_path / "stopped.keras")
    assert loaded.get_config() == stopped.get_config() and loaded.get_compile_config() == stopped.get_compile_config()
    assert loaded.averaged_generator is loaded.generator
    loaded.fit(data, batch_size=2, steps_per_epoch=5, verbose=0)
    for x, y in zip(states(unbroken), states(loaded), strict=True):
        np.testing.assert_array_equal(x, y)


def test_presets(pairs):
    for preset in Pix2Pix.presets:
        model = Pix2Pix.from_preset(preset, resolution=16, filters=2, discriminator_filters=2, receptive_field=16)
        logs = model.train_step((pairs[0][:1], pairs[1][:1]))
        assert all(np.isfinite(float(value)) for value in logs.values())
        assert model.discriminator.get_config()["conditional"] == (preset not in ("pix2pix_gan", "pix2pix_l1_gan"))
        assert (int(model.d_optimizer.iterations) > 0) == (preset not in ("pix2pix_l1", "pix2pix_l2"))


def test_networks_and_shapes(pairs):
    model = Pix2Pix((16, 32), 1, 2, "resnet", filters=2, discriminator_filters=2, receptive_field=16, blocks=1)
    assert isinstance(model.generator, ResNetGenerator) and model.image_shape == (16, 32, 2)
    model.compile(run_eagerly=True)
    model.fit(np.zeros([1, 16, 32, 1], "uint8"), np.zeros([1, 16, 32, 2], "uint16"), verbose=0)
    model = Pix2Pix((16, 24), generator="encoder_decoder", filters=2, discriminator_filters=2, receptive_field=1)
    assert model.generator.multiple_of == 8 and model(np.zeros([3, 16, 24, 3])).shape == (3, 16, 24, 3)


@pytest.mark.parametrize(
    "arguments, message",
    [
        (dict(generator="vae"), "generator must be one of unet, encoder_decoder, resnet. Received: generator='vae'"),
        (dict(generator=["unet"]), "generator must be one of"),
        (dict(generator="resnet", blocks=0), "blocks must be an integer of at least 1. Received: blocks=0"),
        (
            dict(bottleneck_resolution=0),
            "bottleneck_resolution must be a power of two, from 4, or None. Received: .*=0",
        ),
        (dict(bottleneck_resolution=12), "bottleneck_resolution must be a power of two"),
        (dict(conditional="no"), "conditional must be True or False. Received: conditional='no'"),
        (dict(use_bias=None), "use_bias must be True or False"),
        (dict(normalize_bottleneck=1), "normalize_bottleneck must be True or False"),
        (dict(dropout_layers=None), "dropout_layers must be a list"),
        (dict(resolution=0), "resolution must be a positive integer"),
        (dict(resolution=100), "4 makes a U-Net of 2 levels.*resolution=100.*or bottleneck_resolution=4"),
        (dict(resolution=(32, 30)), r"multiples of 4. Received: resolution=\(32, 30\)"),
        (dict(resolution=16, receptive_field=70), "at least 24 pixels a side"),
        (dict(resolution=48, bottleneck_resolution=32), "multiples of 32 for this generator"),
        (dict(seed=-1), "seed must be"),
        (dict(dtype="float8"), "dtype must be"),
        (dict(input_channels=0), "input_channels must be an integer of at least 1"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        Pix2Pix(**{"filters": 1, "discriminator_filters": 1, "resolution": 32, **arguments})


def test_what_this_step_does_not_do_is_refused(small):
    for settings in (
        dict(accumulate=2),
        dict(augment="color"),
        dict(penalties=["r1"]),
        dict(generator_steps=2),
        dict(discriminator_steps=2),
        dict(reuse_fakes=True),
        dict(average_decay=0.999),
    ):
        (name,) = settings
        with pytest.raises(ValueError, match=f"Pix2Pix does not take {name}"):
            small().compile(**settings)
    small().compile(accumulate=1, augment="", penalties=[], generator_steps=None)


@pytest.mark.parametrize("settings", [{}, {"generator": "encoder_decoder"}, {"generator": "resnet", "blocks": 1}])
def test_saved_files_keep_the_places_of_weights(small, tmp_path, settings):
    """Keras finds weights by the class names of layers: files of earlier versions must go on loading."""
    import zipfile

    import h5py

    small(**settings).save(tmp_path / "model.keras")
    with zipfile.ZipFile(tmp_path / "model.keras") as archive:
        archive.extract("model.weights.h5", tmp_path)
    with h5py.File(tmp_path / "model.weights.h5") as file:
        places = {name.rstrip("_0123456789") for name in file["averaged_generator/layers"]}
    kinds = {"conv2d", "conv2d_transpose", "padded_conv2d", "current_batch_normalization"}
    assert places & kinds == kinds - ({"conv2d"} if settings.get("generator") == "resnet" else {"padded_conv2d"})


def test_bad_settings_and_data(small, pairs):
    model = small()
    for settings, message in (
        (dict(adversarial_weight=-1), "adversarial_weight must be a number of at least 0"),
        (dict(adversarial_weight=0, reconstruction_weight=0), "cannot both be 0"),
        (dict(reconstruction="l3"), 'reconstruction must be "l1" or "l2"'),
        (dict(reuse_scores="no"), "reuse_scores must be True or False"),
        (dict(loss="vanilla"), "loss must be one of"),
    ):
        with pytest.raises(ValueError, match=message):
            model.compile(**settings)
    inputs, targets = pairs
    for data, message in (
        ((inputs, None), "Received: no targets"),
        ((inputs[:, :8], targets[:, :8]), "16 x 16 x 3 .*Received: images of 8 x 16 x 3"),
        ((inputs, targets[..., :1]), r"16 x 16 x 3 \(RGB\)"),
        ((inputs, targets[:4]), "one target for each input"),
        ((inputs.astype("int64"), targets), "must be uint8, uint16 or float"),
        ((tf.data.Dataset.from_tensor_slices(inputs), None), "must yield pairs"),
    ):
        with pytest.raises(ValueError, match=message):
            model.fit(*data, verbose=0)
    with pytest.raises(ValueError, match="batch_size=9 is larger than the data. Received: 8 pairs"):
        model.fit(*pairs, batch_size=9)
    with pytest.raises(ValueError, match="preset must be one of"):
        Pix2Pix.from_preset("pix3pix")
    with pytest.raises(ValueError, match="has no weights to load"):
        Pix2Pix.from_preset("pix2pix", load_weights=True)
