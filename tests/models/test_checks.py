import keras
import numpy as np
import pytest

from keras_gans.models.checks import check_int, check_networks, check_number
from keras_gans.models.gan import GAN

layers = keras.layers


def generator(size=4, inputs=1):
    latents = [keras.Input((2,)) for _ in range(inputs)]
    x = layers.Reshape((size, size, 1))(layers.Dense(size * size)(latents[0]))
    return keras.Model(latents if inputs > 1 else latents[0], x)


def discriminator(size=4, outputs=(1,)):
    images = keras.Input((size, size, 1))
    x = layers.Flatten()(images)
    return keras.Model(images, [layers.Dense(n)(x) for n in outputs])


class Subclassed(keras.Model):
    pass


@pytest.mark.parametrize(
    ("pair", "num_classes", "message"),
    [
        ((None, discriminator()), 0, "generator must be a built keras.Model.*Received: generator=None"),
        ((generator(), "d"), 0, "discriminator must be a built keras.Model"),
        ((Subclassed(), discriminator()), 0, "generator must be a built keras.Model"),
        ((keras.Sequential([layers.Dense(4)]), discriminator()), 0, "generator must be a built keras.Model"),
        ((discriminator(), generator()), 0, r"generator must return images \[N, H, W, C\]"),
        ((generator(), discriminator(8)), 0, r"must take the generator's images, \(None, 4, 4, 1\)"),
        ((generator(), discriminator()), 3, r"generator must take \[latents, labels\].*Received: 1 inputs"),
        ((generator(inputs=2), discriminator()), 0, "generator must take latents alone"),
        ((generator(inputs=2), discriminator(outputs=(1, 5))), 3, r"class logits \[N, 3\].*of \[5\] values"),
        ((generator(), discriminator(outputs=(2,))), 0, "one logit an image"),
    ],
)
def test_networks_that_do_not_fit(pair, num_classes, message):
    with pytest.raises(ValueError, match=message):
        check_networks(*pair, num_classes)
    with pytest.raises(ValueError, match=message):
        GAN(*pair, num_classes=num_classes)


def test_networks_that_fit():
    check_networks(generator(), discriminator())
    check_networks(generator(inputs=2), discriminator(outputs=(1, 3)), 3)


@pytest.mark.parametrize("value", [0, 1.5, True, None, "x", [1], float("inf"), float("nan")])
def test_check_int(value):
    with pytest.raises(ValueError, match="n must be an integer of at least 1. Received: n="):
        check_int(1, n=value)
    check_int(1, n=np.int64(2))


@pytest.mark.parametrize("value", [True, None, "1", [1], float("inf"), float("nan"), 10**400])
def test_check_number(value):
    with pytest.raises(ValueError, match="x must be a finite number. Received: x="):
        check_number(x=value)
    check_number(x=-0.5, y=np.float32(2), z=3)
