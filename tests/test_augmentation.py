import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gans import augmentation
from keras_gans.augmentation import Augmentation
from keras_gans.noise import NoiseStream
from tests.layers.harness import check_second_order

EVERYTHING = "color,translation,cutout"


class Fixed:
    """A stream whose draws are given: shares of the range that is asked for."""

    def __init__(self, *values):
        self.values = list(values)

    def uniform(self, shape, minval=0.0, maxval=1.0):
        value = tf.constant(self.values.pop(0), tf.float32)
        return tf.reshape(minval + (maxval - minval) * value, shape)

    def integers(self, shape, maxval):
        value = np.minimum(np.floor(np.asarray(self.values.pop(0)) * maxval), maxval - 1)
        return tf.reshape(tf.constant(value, tf.int32), shape)


def test_colour_by_hand():
    image = tf.constant([[[[0.2, 0.4], [0.6, 0.8]]]])  # [1 1 2 2]
    np.testing.assert_allclose(augmentation.brightness(image, Fixed([0.75])), image + 0.25, rtol=1e-6)
    grey = augmentation.saturation(image, Fixed([0.0]))
    np.testing.assert_allclose(grey[0, 0], [[0.3, 0.3], [0.7, 0.7]], rtol=1e-6)
    vivid = augmentation.saturation(image, Fixed([0.75]))  # distances times 1.5
    np.testing.assert_allclose(vivid[0, 0], [[0.15, 0.45], [0.55, 0.85]], rtol=1e-6)
    flat = augmentation.contrast(image, Fixed([0.0]))  # distances times 0.5
    np.testing.assert_allclose(flat[0, 0], [[0.35, 0.45], [0.55, 0.65]], rtol=1e-6)


def test_translation_by_hand():
    image = np.arange(1.0, 65.0, dtype="float32").reshape(1, 8, 8, 1)
    assert np.array_equal(augmentation.translation(tf.constant(image), Fixed([0.5], [0.5])), image)
    moved = augmentation.translation(tf.constant(image), Fixed([0.0], [1.0]))[0, :, :, 0].numpy()  # by 1, down and left
    expected = np.zeros([8, 8], "float32")
    expected[1:, :7] = image[0, :7, 1:, 0]
    assert np.array_equal(moved, expected)


def test_cutout_by_hand():
    image = tf.ones([1, 8, 6, 2])
    for share, height, width in ((0.0, slice(0, 2), slice(0, 2)), (1.0, slice(6, 8), slice(4, 6))):
        cut = augmentation.cutout(image, Fixed([share], [share]))[0].numpy()
        expected = np.ones([8, 6, 2])
        expected[height, width] = 0
        assert np.array_equal(cut, expected)


def test_ranges_over_many_draws():
    stream = NoiseStream(seed=3)
    ones = tf.ones([4096, 8, 8, 1])
    shifted = augmentation.brightness(ones, stream).numpy()[:, 0, 0, 0] - 1
    assert -0.5 <= shifted.min() < -0.49 and 0.49 < shifted.max() < 0.5
    share = augmentation.cutout(ones, stream).numpy().mean((1, 2, 3))
    assert share.min() == 0.75 and share.max() < 1.0 and len(np.unique(share)) > 4
    left = augmentation.translation(ones, stream).numpy()[:, :, :, 0].sum((1, 2))
    assert set(left) == {64.0, 56.0, 49.0}


def test_images_are_transformed_each_by_itself_and_repeatably(rng):
    images = tf.constant(np.repeat(rng.normal(size=(1, 16, 16, 3)), 4, axis=0), tf.float32)
    augment = Augmentation(EVERYTHING)
    first = augment(images, NoiseStream(1, position=64)).numpy()
    assert first.shape == images.shape
    assert np.array_equal(first, augment(images, NoiseStream(1, position=64)))
    assert all(np.abs(first[i] - first[j]).max() > 0.01 for i in range(4) for j in range(i))


@pytest.mark.parametrize("policy", ["color", "translation", "cutout", EVERYTHING])
def test_derivatives(rng, policy):
    class Float64(NoiseStream):
        def uniform(self, *args):
            return tf.cast(super().uniform(*args), tf.float64)

    check_second_order(lambda x: Augmentation(policy)(x, Float64(0)), rng.normal(size=(2, 8, 8, 2)))


@pytest.mark.parametrize("jit_compile", [False, True])
def test_compiled(rng, jit_compile):
    images = tf.constant(rng.normal(size=(3, 8, 8, 3)), tf.float32)

    def run(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = Augmentation(EVERYTHING)(x, NoiseStream(5))
            loss = tf.reduce_sum(tf.sin(y))
        return y, tape.gradient(loss, x)

    for expected, actual in zip(run(images), tf.function(run, jit_compile=jit_compile)(images)):
        np.testing.assert_allclose(actual, expected, atol=1e-5)


def test_get_and_config():
    assert augmentation.get(None) is None and augmentation.get("") is None
    augment = augmentation.get("color, cutout")
    assert augmentation.get(augment) is augment
    copy = augmentation.get(keras.saving.serialize_keras_object(augment))
    assert type(copy) is Augmentation and copy.policy == "color,cutout"
    for wrong in ("colour", "color,,cutout", 3, "mirror"):
        with pytest.raises(ValueError, match="color, translation, cutout.*Received"):
            augmentation.get(wrong)


def test_a_class_is_not_taken_for_its_instance():
    with pytest.raises(ValueError, match="Received: .*class"):
        augmentation.get(Augmentation)
