import numpy as np
import pytest
import tensorflow as tf

from keras_gans.data import load_pairs
from keras_gans.models.pix2pix import feeding


def test_previews(pairs):
    inputs, targets = feeding.previews(load_pairs(pairs))
    np.testing.assert_array_equal(inputs, pairs[0])
    stream = tf.data.Dataset.from_tensor_slices(pairs)
    for dataset, count in ((stream, 8), (stream.batch(4), 4)):
        inputs, targets = feeding.previews(dataset)
        np.testing.assert_array_equal(targets, pairs[1][:count])


def test_training_goes_on_where_it_stopped(small, pairs):
    model = small()
    model.images_seen.assign(4)
    dataset, steps = feeding.training_batches(model, pairs, None, 2)
    assert steps == 4
    expected = load_pairs(pairs, seed=model.seed).at(np.arange(4, 6))
    for x, y in zip(next(iter(dataset)), expected):
        np.testing.assert_array_equal(x, y)


def test_evaluation_is_in_order(small, pairs):
    batches = list(feeding.evaluation_batches(small(), pairs, None, 3))
    np.testing.assert_array_equal(np.concatenate([x for x, _ in batches]), pairs[0])
    stream = tf.data.Dataset.from_tensor_slices(pairs)
    assert [len(x) for x, _ in feeding.evaluation_batches(small(), stream, None, 3)] == [3, 3, 2]
    assert feeding.errors_of(load_pairs(pairs)) and feeding.errors_of(None)


def test_a_stream_that_does_not_say_its_sizes_is_looked_at(small):
    pair = np.zeros([20, 16, 3], "uint8"), np.zeros([20, 16, 3], "uint8")
    spec = tf.TensorSpec([None, None, 3], tf.uint8)
    stream = tf.data.Dataset.from_generator(lambda: iter([pair]), output_signature=(spec, spec))
    with pytest.raises(ValueError, match="trains on images of 16 x 16 x 3 .RGB.. Received: images of 20 x 16 x 3"):
        feeding.training_batches(small(), stream, None, 1)
