import numpy as np
import pytest

from keras_gans.training.transfer import transfer


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
    assert "generator/hidden/kernel has shape (2, 16) there and (2, 8) here" in found.report()


def test_nothing_in_common_is_an_error(make_gan):
    import keras

    from keras_gans.models.gan import GAN

    other = GAN(
        keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, name="a"), keras.layers.Reshape((1, 1, 1))]),
        keras.Sequential([keras.Input((1, 1, 1)), keras.layers.Flatten(), keras.layers.Dense(1, name="b")]),
    )
    with pytest.raises(ValueError, match="nothing fits"):
        transfer(other, make_gan())
