import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gans.models import sampling
from tests.models.test_gan import images, small_gan


@pytest.fixture(scope="module")
def model():
    model = small_gan()
    model.fit(tf.data.Dataset.from_tensor_slices(images()), batch_size=8, verbose=0)
    return model


@pytest.fixture(scope="module")
def conditional():
    return small_gan(num_classes=3)


def test_an_image_depends_on_seed_and_index_alone(model, monkeypatch):
    many = model.generate(70, seed=5)
    assert many.shape == (70, 4, 4, 1) and many.dtype == np.uint8
    np.testing.assert_array_equal(model.generate(3, seed=5), many[:3])
    np.testing.assert_array_equal(model.generate(65, seed=5), many[:65])
    assert not np.array_equal(model.generate(3, seed=6), many[:3])
    monkeypatch.setattr(sampling, "PIXELS_A_PASS", 16 * 3)  # passes of 3 images instead of 64
    np.testing.assert_array_equal(model.generate(70, seed=5), many)


def test_depths_are_one_picture(model):
    floats, bytes_, words = (model.generate(4, dtype=d) for d in ("float32", "uint8", "uint16"))
    assert floats.min() >= -1 and floats.max() <= 1 and words.dtype == np.uint16
    np.testing.assert_array_equal(bytes_, np.round(floats * np.float32(127.5) + np.float32(127.5)))
    np.testing.assert_allclose(words / 65535, (floats + 1) / 2, atol=1e-5)


def test_averaged_or_live(model):
    live, averaged = model.generate(4, averaged=False, dtype="float32"), model.generate(4, dtype="float32")
    assert not np.array_equal(live, averaged)
    latents = model.sample_latents(4)
    np.testing.assert_allclose(live, model.generator(latents), atol=1e-6)
    np.testing.assert_array_equal(averaged, model.generate_from(latents, dtype="float32"))


def test_labels(conditional):
    drawn = conditional.sample_labels(100, seed=2).numpy()
    assert set(drawn) == {0, 1, 2}
    np.testing.assert_array_equal(drawn[:10], conditional.sample_labels(10, seed=2))
    mixed = conditional.generate(6, seed=2, labels=[0, 1, 2, 0, 1, 2])
    np.testing.assert_array_equal(mixed[1::3], conditional.generate(6, seed=2, labels=1)[1::3])
    np.testing.assert_array_equal(conditional.generate(6, seed=2), conditional.generate(6, seed=2, labels=drawn[:6]))


def test_uniform_latents():
    latents = small_gan(latent_distribution="uniform").sample_latents(5000).numpy()
    assert -1 <= latents.min() < -0.99 and 0.99 < latents.max() < 1


def test_nothing_to_generate(model):
    assert model.generate(0).shape == (0, 4, 4, 1)


def test_export_gives_the_images_of_generate(model, tmp_path):
    path = model.export(tmp_path / "served")
    served = tf.saved_model.load(str(path))
    sample = served.signatures["sample"](count=tf.constant(5), seed=tf.constant(7, tf.int64))
    np.testing.assert_array_equal(next(iter(sample.values())), model.generate(5, seed=7))
    latents = model.sample_latents(3, 1)
    default = served.signatures["serving_default"](latents=latents)
    np.testing.assert_array_equal(next(iter(default.values())), model.generate(3, seed=1))


def test_bad_arguments(model, conditional):
    for n in (-1, 1.5, True, None, [3], float("inf")):
        with pytest.raises(ValueError, match="n must be an integer of at least 0"):
            model.generate(n)
    with pytest.raises(ValueError, match="seed must be"):
        model.generate(1, seed=-1)
    with pytest.raises(ValueError, match="dtype must be one of"):
        model.generate(1, dtype="int8")
    with pytest.raises(ValueError, match="without classes"):
        model.generate(1, labels=0)
    with pytest.raises(ValueError, match="no labels to draw"):
        model.sample_labels(1)
    with pytest.raises(ValueError, match=r"shape \[n, 3\]. Received: shape \[2, 4\]"):
        model.generate_from(np.zeros([2, 4]))
    with pytest.raises(ValueError, match="needs labels"):
        conditional.generate_from(np.zeros([2, 3]))
    with pytest.raises(ValueError, match="labels must be from 0 to 2. Received: from 3 to 3"):
        conditional.generate(2, labels=3)
    with pytest.raises(ValueError, match="labels must be 2 integers"):
        conditional.generate(2, labels=[0, 1, 2])
    with pytest.raises(ValueError, match="labels must be 2 integers"):
        conditional.generate(2, labels=[0.5, 1.0])


def test_sampling_leaves_keras_random_state_alone(model):
    keras.utils.set_random_seed(1)
    a = keras.random.normal([2])
    keras.utils.set_random_seed(1)
    model.generate(2)
    np.testing.assert_array_equal(a, keras.random.normal([2]))
