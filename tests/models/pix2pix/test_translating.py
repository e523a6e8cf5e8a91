import io

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from keras_gans.cli.translating import read_image
from keras_gans.layers import feature_statistics
from keras_gans.models.pix2pix.translating import TranslationStream


def test_an_image_depends_on_itself_seed_and_index_alone(small, pairs):
    model, images = small(), pairs[0]
    whole = model.translate(images, seed=7)
    assert whole.dtype == np.uint8 and whole.shape == images.shape
    for k in (0, 3):
        np.testing.assert_array_equal(model.translate(images[k], seed=7, first_index=k), whole[k])
    np.testing.assert_array_equal(model.translate(images[:3], seed=7), whole[:3])
    np.testing.assert_array_equal(model.translate(list(images), seed=7)[5], whole[5])
    assert np.any(model.translate(images[3], seed=7) != whole[3])  # another index, other noise
    assert np.any(model.translate(images, seed=8) != whole)
    np.testing.assert_array_equal(
        model.translate(images, seed=1, noise=False), model.translate(images, seed=2, noise=False)
    )


def test_noise_can_be_measured(small, pairs):
    assert small().noise_diversity(pairs[0][:2], draws=3) > 0
    assert small(dropout=0.0).noise_diversity(pairs[0][:1], draws=2) == 0
    with pytest.raises(ValueError, match="draws must be at least 2. Received: draws=1"):
        small().noise_diversity(pairs[0], draws=1)
    with pytest.raises(ValueError, match="at least one image"):
        small().noise_diversity([])
    with pytest.raises(ValueError, match="seed must be an integer"):
        small().noise_diversity(pairs[0], seed="a")


def test_sizes_and_dtypes(small, rng):
    model = small(input_channels=1, output_channels=2)
    for dtype in ("uint8", "uint16", "float32"):
        y = model.translate(rng.integers(0, 65536, (32, 16), dtype="uint16"), dtype=dtype)
        assert y.shape == (32, 16, 2) and y.dtype == dtype
    assert model.translate(rng.integers(0, 256, (1, 20, 17, 1), dtype="uint8"), pad=True).shape == (1, 20, 17, 2)
    with pytest.raises(ValueError, match="multiples of 16; pad=True .* Received: 17 x 20 pixels"):
        model.translate(np.zeros([1, 20, 17, 1], "uint8"))


def test_depths_agree(small, pairs):
    model, images = small(dropout=0.0), pairs[0][:1]
    np.testing.assert_array_equal(model.translate(images), model.translate(images.astype("uint16") * 257))
    np.testing.assert_array_equal(model.translate(images), model.translate(images / 127.5 - 1.0))


def test_call_normalizes_each_image_by_itself(small, pairs):
    model = small()
    x = tf.constant(pairs[0] / 127.5 - 1.0, tf.float32)
    np.testing.assert_allclose(model(x)[2:3], model(x[2:3]), atol=1e-5)
    np.testing.assert_array_equal(model.predict(x, verbose=0, batch_size=8), model(x))
    assert feature_statistics.current() is None
    np.testing.assert_allclose(model.predict(pairs[0], verbose=0), model(x), atol=1e-5)  # pixels
    np.testing.assert_allclose(model(pairs[0].astype("uint16") * 257), model(x), atol=1e-5)
    with pytest.raises(ValueError, match="uint8, uint16 or float in .-1, 1.. Received: dtype=int64"):
        model(pairs[0].astype("int64"))


def test_streams_are_numbered_apart():
    draws = {tuple(TranslationStream(0, k).uniform([2]).numpy()) for k in range(20)}
    assert len(draws) == 20
    np.testing.assert_array_equal(
        TranslationStream(tf.constant(3), tf.constant(1)).uniform([2]), TranslationStream(3, 1).uniform([2])
    )


def test_there_is_nothing_to_generate_from(small):
    model = small()
    for method in (model.generate, model.generate_from, model.sample_latents):
        with pytest.raises(ValueError, match=r"use translate\(images\)"):
            method(3)


@pytest.fixture
def served(small, tmp_path):
    model = small()
    return model, tf.saved_model.load(str(model.export(tmp_path / "served"))).signatures


def test_a_served_model_translates_as_the_model(served, pairs):
    model, signatures = served
    images = pairs[0][:3]
    expected = model.translate(images)
    np.testing.assert_array_equal(signatures["serving_default"](images=images)["images"], expected)
    floats = signatures["translate_float"](images=tf.constant(images / 127.5 - 1.0, tf.float32))["images"]
    np.testing.assert_allclose(floats, model.translate(images, dtype="float32"), atol=1e-6)
    files = []
    for image in images:
        files.append(io.BytesIO())
        Image.fromarray(image).save(files[-1], "PNG")
    answer = signatures["translate_png"](image_bytes=tf.constant([f.getvalue() for f in files]))["image_bytes"]
    for file, image in zip(answer.numpy(), expected):
        np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(file))), image)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_a_served_model_reads_files_as_the_command_line(small, tmp_path, rng, channels):
    model = small(input_channels=channels)
    served = tf.saved_model.load(str(model.export(tmp_path / "served"))).signatures["translate_png"]
    files = []
    for mode in ("L", "LA", "RGB", "RGBA", "P"):
        values = rng.integers(0, 256, (16, 16, len(mode) if mode != "P" else 1), dtype="uint8")
        image = Image.fromarray(values.squeeze(-1) if values.shape[-1] == 1 else values)
        if mode == "P":
            image.putpalette(rng.integers(0, 256, 768, dtype="uint8").tolist())
        files.append(tmp_path / f"{mode}.png")
        image.save(files[-1], **(dict(transparency=3) if mode == "P" else {}))
    answers = served(image_bytes=tf.constant([f.read_bytes() for f in files]))["image_bytes"].numpy()
    for index, (file, answer) in enumerate(zip(files, answers, strict=True)):
        expected = model.translate(read_image(file, channels), first_index=index)
        np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(answer))), expected, err_msg=file.name)


def test_a_served_model_takes_any_size(served, rng):
    model, signatures = served
    for shape in ((2, 32, 16, 3), (1, 20, 37, 3), (1, 1, 1, 3)):
        images = rng.integers(0, 256, shape, dtype="uint8")
        y = signatures["serving_default"](images=images)["images"].numpy()
        assert y.shape == shape
        np.testing.assert_array_equal(y, model.translate(images, pad=True))
    images = rng.integers(0, 256, (1, 32, 48, 3), dtype="uint8")
    np.testing.assert_array_equal(signatures["serving_default"](images=images)["images"], model.translate(images))
    for name, dtype in (("serving_default", tf.uint8), ("translate_float", tf.float32)):
        assert signatures[name](images=tf.zeros([0, 32, 16, 3], dtype))["images"].shape == (0, 32, 16, 3)
    assert len(signatures["translate_png"](image_bytes=tf.zeros([0], tf.string))["image_bytes"]) == 0


@pytest.mark.parametrize(
    "arguments, message",
    [
        (dict(seed=-1), "seed must be an integer from 0"),
        (dict(seed=1.5), "seed must be an integer"),
        (dict(first_index=-1), "first_index must be an integer from 0"),
        (dict(dtype="int8"), "dtype must be one of"),
        (dict(noise="off"), "noise must be True or False. Received: noise='off'"),
        (dict(pad=None), "pad must be True or False"),
        (dict(tile=20), "tile must be a multiple of 16. Received: tile=20"),
        (dict(tile=32, overlap=17), "overlap must be from 0 to half a tile, 16. Received: overlap=17"),
    ],
)
def test_bad_arguments(small, arguments, message):
    with pytest.raises(ValueError, match=message):
        small().translate(np.zeros([16, 16, 3], "uint8"), **arguments)
