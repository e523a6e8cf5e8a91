import keras
import numpy as np
import pytest

import keras_gans
from keras_gans.models.gan import GAN
from keras_gans.training.transfer import transfer

TINY = dict(resolution=16, channels=1, latent_dim=4, generator_filters=4, discriminator_filters=4)
SMALL = dict(resolution=16, channels=1, latent_dim=8, fmap_base=64, fmap_max=8)


@pytest.mark.parametrize(
    "name, shared, there, here, anew",
    [
        ("DCGAN", TINY, dict(channels=1), dict(channels=3), {"generator/deconv2", "discriminator/conv1"}),
        (
            "DCGAN",
            dict(TINY, conditioning="auxiliary"),
            dict(num_classes=3),
            dict(num_classes=5),
            {"generator/project", "generator/deconv1", "generator/deconv2", "discriminator/class_logits"},
        ),
        (
            "DCGAN",
            TINY,
            dict(resolution=16),
            dict(resolution=32),
            {f"generator/{layer}" for layer in ("project", "norm0", "deconv1", "norm1", "deconv2", "norm2", "deconv3")}
            | {"discriminator/logits", "discriminator/conv3", "discriminator/norm3"},
        ),
        (
            "PGGAN",
            SMALL,
            dict(resolution=16),
            dict(resolution=32),
            {f"generator/32x32_{layer}" for layer in ("conv0_up", "conv1", "to_rgb")}
            | {f"discriminator/32x32_{layer}" for layer in ("from_rgb", "conv0", "conv1_down")},
        ),
    ],
)
def test_differing_heads_are_named(name, shared, there, here, anew):
    cls = getattr(keras_gans, name)
    source, target = cls(**{**shared, **there}, seed=1), cls(**{**shared, **here}, seed=2)
    before = {variable.path: variable.numpy() for variable in target.discriminator.variables}
    found = transfer(source, target)
    ((setting, value),) = here.items()
    first, *lines = found.report().splitlines()
    assert f"{setting} is {there[setting]} there and {value} here." in first and found.settings.keys() == {setting}
    assert {line.split()[0] for line in lines} == anew
    kept = {name.removeprefix("discriminator/") for name in found.missing} | {
        name.removeprefix("discriminator/") for name, _, _ in found.reshaped
    }
    for variable in target.discriminator.variables:
        if any(variable.path.endswith(name) for name in kept):
            assert np.array_equal(variable.numpy(), before[variable.path])


def test_what_is_only_there_is_said(make_gan):
    source, target = keras_gans.PGGAN(**{**SMALL, "resolution": 32}), keras_gans.PGGAN(**SMALL)
    report = transfer(source, target).report()
    assert "generator/32x32_to_rgb is only there: kernel, bias" in report and "averaged_generator" not in report


def test_the_same_model_is_taken_over_whole(make_gan):
    source, target = make_gan(seed=1), make_gan(seed=2)
    source.images_seen.assign(64)
    found = transfer(source, target)
    assert not found.reshaped and not found.missing and not found.unused
    for a, b in zip(source.weights, target.weights, strict=True):
        assert a.dtype == "int64" or np.array_equal(a, b)
    assert int(target.images_seen) == 0
    assert "of" in found.report() and len(found.report().splitlines()) == 1


def test_what_differs_is_named_and_left_alone(make_gan):
    source, target = make_gan(seed=1, width=16), make_gan(seed=2, width=8)
    before = target.generator.get_layer("hidden").kernel.numpy()
    found = transfer(source, target)
    assert ("generator/hidden/kernel", (2, 16), (2, 8)) in found.reshaped
    assert np.array_equal(target.generator.get_layer("hidden").kernel, before)
    assert np.array_equal(
        target.discriminator.get_layer("score").kernel, source.discriminator.get_layer("score").kernel
    )
    assert found.report().splitlines()[1:] == [
        "generator/hidden starts anew: kernel is (2, 16) there and (2, 8) here, bias is (16,) there and (8,) here",
        "generator/out starts anew: kernel is (16, 16) there and (8, 16) here",
    ]


def test_nothing_in_common_is_an_error(make_gan):
    import keras

    from keras_gans.models.gan import GAN

    other = GAN(
        keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, name="a"), keras.layers.Reshape((1, 1, 1))]),
        keras.Sequential([keras.Input((1, 1, 1)), keras.layers.Flatten(), keras.layers.Dense(1, name="b")]),
    )
    with pytest.raises(ValueError, match="nothing fits"):
        transfer(other, make_gan())


def test_layers_that_nobody_named_are_told_by_their_order():
    def unnamed():
        generator = keras.Sequential(
            [keras.Input((2,)), keras.layers.Dense(3), keras.layers.Dense(16), keras.layers.Reshape((4, 4, 1))]
        )
        images = keras.Input((4, 4, 1))
        x = keras.layers.Dense(3)(keras.layers.Dense(3)(keras.layers.Flatten()(images)))
        return GAN(generator, keras.Model(images, keras.layers.Dense(1)(x)))

    source, target = unnamed(), unnamed()
    assert source.discriminator.layers[2].name != target.discriminator.layers[2].name
    found = transfer(source, target)
    assert not (found.missing or found.unused or found.reshaped) and "discriminator/dense_1/kernel" in found.copied
    for network in ("generator", "discriminator", "averaged_generator"):
        pairs = zip(getattr(source, network).get_weights(), getattr(target, network).get_weights(), strict=True)
        assert all((a == b).all() for a, b in pairs)
