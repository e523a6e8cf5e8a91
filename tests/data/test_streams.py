import numpy as np
import pytest
import tensorflow as tf

from keras_gans.data import DataError, load
from keras_gans.data.streams import StreamData

IMAGES = np.random.default_rng(0).integers(0, 256, (10, 8, 8, 3), "uint8")
LABELS = np.arange(10) % 3


def dataset():
    return tf.data.Dataset.from_tensor_slices(IMAGES)


def test_order_position_and_repetition():
    data = StreamData(dataset())
    assert len(data) == data.count == 10 and data.image_shape == (8, 8, 3) and data.dtype == "uint8"
    whole = np.concatenate(list(data.batches(4).take(6).as_numpy_iterator()))
    np.testing.assert_array_equal(whole[:20], np.concatenate([IMAGES, IMAGES]))
    np.testing.assert_array_equal(next(iter(data.batches(4, start=13))), whole[13:17])


def test_endless():
    data = load(dataset().repeat().batch(3), 4)
    assert isinstance(data, StreamData) and data.count is None and data.notes
    with pytest.raises(TypeError, match="length"):
        len(data)
    assert next(iter(data.batches(64))).shape == (64, 4, 4, 3)


def test_labels():
    pairs = tf.data.Dataset.from_tensor_slices((IMAGES, LABELS)).repeat()
    data = load(pairs, num_classes=3)
    images, labels = next(iter(data.batches(5)))
    assert labels.numpy().tolist() == [0, 1, 2, 0, 1] and labels.dtype == tf.int32 and data.num_classes == 3
    assert load(pairs, labels=False).num_classes == 0
    assert next(iter(load(pairs, labels=False).batches(5))).shape == (5, 8, 8, 3)
    with pytest.raises(DataError, match="pass num_classes="):
        load(pairs)
    with pytest.raises(DataError, match="Labels were asked for"):
        load(dataset().repeat(), labels=True)


def test_mirror_crop_and_level_are_keyed_by_position():
    data = StreamData(dataset(), 4, crop="random", load_size=6, mirror=True)
    whole = np.concatenate(list(data.batches(4).take(5).as_numpy_iterator()))
    np.testing.assert_array_equal(next(iter(data.batches(4, start=7))), whole[7:11])
    assert not np.array_equal(whole[:10], whole[10:20])
    assert next(iter(data.batches(4, level_resolution=2))).shape == (4, 2, 2, 3)


def test_no_numbered_access():
    data = StreamData(dataset())
    assert data.label_counts is None and data.name_of(3) == "dataset[3]"
    for call in (lambda: data.read([0]), lambda: data.at([0]), lambda: data.ordered(2), data.unlabelled):
        with pytest.raises(DataError, match="passed through"):
            call()


def test_a_bad_element_is_named():
    bad = IMAGES.astype("float32") / 127.5 - 1
    bad[6, 0, 0, 0] = np.nan
    data = StreamData(tf.data.Dataset.from_tensor_slices(bad))
    with pytest.raises(DataError, match=r"dataset\[\d*6\]: NaN"), data.errors():
        for _ in data.batches(5).take(2):
            pass
    sizes = tf.data.Dataset.from_generator(
        lambda: iter([IMAGES[0], IMAGES[0, :1, :1]]), output_signature=tf.TensorSpec((None, None, 3), tf.uint8)
    )
    data = StreamData(sizes, 8)
    with pytest.raises(DataError, match="enlarged 8 times"), data.errors():
        next(iter(data.batches(2)))


def test_bad_streams():
    with pytest.raises(DataError, match="no image"):
        StreamData(dataset().take(0))
    with pytest.raises(DataError, match="larger than the data"):
        StreamData(dataset()).batches(11)
    with pytest.raises(ValueError, match="resolution"):
        StreamData(dataset(), -1)


def test_depth_and_channels_are_those_asked_for():
    deep = tf.data.Dataset.from_tensor_slices(IMAGES.astype("uint16") * 257).repeat()
    data = load(deep, depth=8, channels=1)
    assert data.dtype == "uint8" and data.image_shape == (8, 8, 1)
    expected = load(IMAGES, channels=1).read(range(4))
    np.testing.assert_array_equal(next(iter(data.batches(4))), expected)
    with pytest.raises(ValueError, match="Float images keep their depth. Received: depth=8"):
        load(tf.data.Dataset.from_tensor_slices(np.zeros((4, 8, 8, 3), "float32")).repeat(), depth=8)
    for channels, message in ((2, "3 channels cannot be brought to 2"), ("x", "positive integer or None")):
        with pytest.raises(ValueError, match=message):
            load(dataset().repeat(), channels=channels)
    with pytest.raises(ValueError, match="max_upscale must be at least 1. Received: max_upscale=0"):
        load(dataset().repeat(), 16, max_upscale=0)
