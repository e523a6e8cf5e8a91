import io

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from keras_gans.serving.signatures import MAX_SAMPLES, encode_png, generator_signatures
from tests.serving.stub import StubGAN


@pytest.mark.parametrize("channels, mode", [(1, "L"), (2, "LA"), (3, "RGB"), (4, "RGBA")])
def test_encode_png_is_lossless(rng, channels, mode):
    images = rng.integers(0, 256, (3, 5, 7, channels), dtype=np.uint8)
    files = encode_png(images).numpy()
    for file, image in zip(files, images):
        decoded = Image.open(io.BytesIO(file))
        assert decoded.mode == mode
        np.testing.assert_array_equal(np.asarray(decoded).reshape(image.shape), image)


def test_encode_png_keeps_16_bits(rng):
    images = rng.integers(0, 65536, (2, 4, 4, 1), dtype=np.uint16)
    files = encode_png(images)
    decoded = tf.stack([tf.io.decode_png(file, dtype=tf.uint16) for file in files])
    np.testing.assert_array_equal(decoded, images)


@pytest.mark.parametrize(
    "images, message",
    [
        (np.zeros((1, 4, 4, 3), "float32"), "dtype=float32"),
        (np.zeros((1, 4, 4, 5), "uint8"), "1 to 4 channels"),
        (np.zeros((4, 4, 3), "uint8"), r"shape=\(4, 4, 3\)"),
    ],
)
def test_encode_png_refuses(images, message):
    with pytest.raises(ValueError, match=message):
        encode_png(images)


def test_unconditional_signatures_agree_with_each_other():
    model = StubGAN()
    signatures = model.serving_signatures()
    assert sorted(signatures) == ["png", "sample", "serving_default"]
    images = signatures["sample"][0](tf.constant(5), tf.constant(3, tf.int64))["images"]
    assert images.dtype == tf.uint8
    np.testing.assert_array_equal(images, model.generate(5, 3))
    latents = model.sample_latents(5, 3)
    np.testing.assert_array_equal(signatures["serving_default"][0](latents)["images"], images)
    files = signatures["png"][0](latents)["image_bytes"]
    np.testing.assert_array_equal(np.stack([tf.io.decode_png(file) for file in files]), images)


def test_labels_given_and_drawn():
    model = StubGAN(num_classes=3)
    sample, specs = model.serving_signatures()["sample"]
    assert [spec.name for spec in specs] == ["count", "seed", "label"]
    seed = tf.constant(1, tf.int64)
    np.testing.assert_array_equal(sample(tf.constant(4), seed, tf.constant(-1))["images"], model.generate(4, 1))
    np.testing.assert_array_equal(sample(tf.constant(4), seed, tf.constant(2))["images"], model.generate(4, 1, 2))
    assert [spec.name for spec in model.serving_signatures()["png"][1]] == ["latents", "labels"]


def test_out_of_range_is_refused_with_a_sentence():
    signatures = StubGAN(num_classes=3).serving_signatures()
    sample, default = signatures["sample"][0], signatures["serving_default"][0]
    zero = tf.constant(0, tf.int64)
    for count in (0, -1, MAX_SAMPLES + 1):
        with pytest.raises(tf.errors.InvalidArgumentError, match="count must be from 1 to 1024"):
            sample(tf.constant(count), zero, tf.constant(0))
    for label in (-2, 3):
        with pytest.raises(tf.errors.InvalidArgumentError, match="labels must be from -1 to 2"):
            sample(tf.constant(1), zero, tf.constant(label))
    with pytest.raises(tf.errors.InvalidArgumentError, match="labels must be from 0 to 2"):
        default(tf.zeros([1, 3]), tf.constant([-1]))


def test_no_png_for_five_channels():
    assert sorted(StubGAN(channels=5).serving_signatures()) == ["sample", "serving_default"]


@pytest.mark.parametrize("arguments", [{"num_classes": 2}, {"sample_labels": lambda count, seed: None}])
def test_classes_need_a_number_and_a_way_to_draw_them(arguments):
    with pytest.raises(ValueError, match="num_classes and sample_labels belong together. Received: num_classes="):
        generator_signatures(None, None, 3, 3, **arguments)
