import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from keras_gans.data import load_pairs


def test_kinds_of_data(small, pairs):
    model = small()
    inputs, targets = pairs
    stream = tf.data.Dataset.from_tensor_slices((inputs, targets.astype("float32") / 127.5 - 1))
    for data in (pairs, stream.batch(2), load_pairs(pairs)):
        x, y = data if isinstance(data, tuple) else (data, None)
        model.fit(x, y, batch_size=2, steps_per_epoch=1, validation_data=data, validation_steps=1, verbose=0)
    model.fit(stream, batch_size=4, steps_per_epoch=1, verbose=0)
    assert int(model.images_seen) == 2 + 2 + 2 + 4


def test_weights_of_samples_are_refused(small, pairs):
    with pytest.raises(ValueError, match="Pix2Pix.fit does not take sample_weight"):
        small().fit(*pairs, sample_weight=np.ones(8), verbose=0)


def test_a_stream_without_a_batch_is_refused(small, pairs):
    stream = tf.data.Dataset.from_tensor_slices(tuple(side[:3] for side in pairs))
    for data in (stream, stream.take(0)):
        with pytest.raises(ValueError, match="no whole batch of batch_size=4. Received: fewer pairs"):
            small().fit(data, batch_size=4)


def test_evaluation_depends_on_no_batch(small, pairs):
    model = small(dropout=0.0)
    a, b = (model.evaluate(*pairs, batch_size=n, verbose=0, return_dict=True) for n in (1, 4))
    for name in a:
        np.testing.assert_allclose(a[name], b[name], rtol=1e-4, err_msg=name)


@pytest.mark.parametrize("arguments", [dict(batch_size=0), dict(batch_size=1.5), dict(epochs=0)])
def test_bad_numbers(small, pairs, arguments):
    ((name, value),) = arguments.items()
    with pytest.raises(ValueError, match=f"{name} must be an integer .*Received: {name}={value}"):
        small().fit(*pairs, **arguments)
    if name == "batch_size":
        with pytest.raises(ValueError, match="batch_size must be an integer"):
            small().evaluate(*pairs, **arguments)


def test_data_are_opened_as_in_the_paper(small, tmp_path, rng):
    for k in range(3):
        Image.fromarray(rng.integers(0, 256, (20, 40, 3), dtype="uint8")).save(tmp_path / f"{k}.png")
    model = small()
    data = model.open_data(str(tmp_path), direction="BtoA")
    assert data.image_shape == (16, 16, 3) and data.mirror and "load_size=18" in repr(data.inputs._frame)
    assert "load_size=None" in repr(model.open_data(tmp_path, jitter=False, mirror=False).inputs._frame)
    assert model.config_of(data) == dict(input_channels=3, output_channels=3)


def test_preview(small, pairs):
    model = small()
    with pytest.raises(ValueError, match="once `fit` was called"):
        model.preview()
    model.fit(*pairs, steps_per_epoch=1, verbose=0)
    rows, columns = model.preview(2)
    assert rows.shape == (6, 16, 16, 3) and columns == 3
    np.testing.assert_array_equal(rows[[0, 3]], pairs[0][:2])
    np.testing.assert_array_equal(rows[[1, 4]], model.translate(pairs[0][:2]))
    np.testing.assert_array_equal(rows[[2, 5]], pairs[1][:2])


def test_two_replicas_score_pairs_as_one_device_does(small, pairs, mirrored_strategy):
    """One pair at a time, so that a replica has none: it must not translate nothing."""

    def scores():
        model = small(dropout=0.0, normalization="instance")
        return model.evaluate(pairs[0][:3], pairs[1][:3], verbose=0, return_dict=True)

    keras.utils.set_random_seed(1)
    one = scores()
    keras.utils.set_random_seed(1)
    with mirrored_strategy.scope():
        two = scores()
    for name, value in one.items():
        np.testing.assert_allclose(two[name], value, rtol=1e-5, atol=1e-6, err_msg=name)
