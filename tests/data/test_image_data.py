import numpy as np
import pytest
import tensorflow as tf

from keras_gans.data import DataError, load
from keras_gans.data.geometry import halve
from tests.data.pictures import write_pictures

IMAGES = np.random.default_rng(0).integers(0, 256, (10, 8, 8, 3), "uint8")
LABELS = np.arange(10) % 3


def take(dataset, count):
    return [[part.numpy() for part in tf.nest.flatten(element)] for element in dataset.take(count)]


def test_what_it_knows():
    data = load((IMAGES, LABELS), seed=3)
    assert len(data) == data.count == 10 and data.image_shape == (8, 8, 3) and data.resolution == 8
    assert data.dtype == "uint8" and data.num_classes == 3 and data.label_counts.tolist() == [4, 3, 3]
    assert data.name_of(4) == "array[4]" and data.seed == 3 and data.exact_position
    assert load(IMAGES[:, :4]).resolution is None and load(IMAGES).label_counts is None


@pytest.mark.parametrize("crop", ["center", "random"])
def test_position_is_one_integer(tmp_path, crop):
    write_pictures(tmp_path, 10, (12, 20))
    data = load(tmp_path, 8, crop=crop, mirror=True, seed=5)
    whole = np.concatenate([b for (b,) in take(data.batches(5), 9)])
    for start in (0, 3, 10, 17):
        np.testing.assert_array_equal(
            np.concatenate(
                [b for (b,) in take(load(tmp_path, 8, crop=crop, mirror=True, seed=5).batches(4, start), 5)]
            ),
            whole[start : start + 20],
        )
    images, indices = data.at(np.arange(45))
    np.testing.assert_array_equal(images, whole)
    assert sorted(indices[10:20].tolist()) == list(range(10))


def test_another_seed_another_order():
    orders = {tuple(load(IMAGES, seed=seed).at(np.arange(10))[1]) for seed in range(4)}
    assert len(orders) == 4


def test_labels_go_with_their_images():
    data = load((IMAGES, LABELS))
    by_image = {image.tobytes(): label for image, label in zip(IMAGES, LABELS)}
    for images, labels in take(data.batches(4), 5):
        assert labels.dtype == np.int32
        assert [by_image[image.tobytes()] for image in images] == labels.tolist()


def test_mirror():
    data = load(IMAGES, mirror=True)
    images, indices = data.at(np.arange(200))
    flipped = (images == IMAGES[indices][:, :, ::-1]).all(axis=(1, 2, 3))
    straight = (images == IMAGES[indices]).all(axis=(1, 2, 3))
    assert (flipped ^ straight).all() and 60 < flipped.sum() < 140
    np.testing.assert_array_equal(data.at(np.arange(5), mirror=False, shuffle=False)[0], IMAGES[:5])


def test_static_shapes_and_infinite():
    dataset = load((IMAGES, LABELS)).batches(4)
    assert dataset.element_spec == (tf.TensorSpec((4, 8, 8, 3), tf.uint8), tf.TensorSpec((4,), tf.int32))
    assert dataset.cardinality() == tf.data.INFINITE_CARDINALITY
    assert load(IMAGES).batches(4, level_resolution=2).element_spec.shape == (4, 2, 2, 3)


@pytest.mark.parametrize("dtype", ["uint16", "float32"])
def test_other_depths(dtype):
    images = (IMAGES.astype("float32") / 127.5 - 1) if dtype == "float32" else IMAGES.astype("uint16") * 257
    data = load(images)
    assert data.dtype == dtype
    ((batch,),) = take(data.batches(4, shuffle=False), 1)
    assert batch.dtype == dtype
    np.testing.assert_array_equal(batch, images[:4])


def test_ordered():
    data = load((IMAGES, LABELS), mirror=True)
    batches = take(data.ordered(4), 9)
    assert [len(images) for images, _ in batches] == [4, 4, 2]
    np.testing.assert_array_equal(np.concatenate([images for images, _ in batches]), IMAGES)
    np.testing.assert_array_equal(np.concatenate([labels for _, labels in batches]), LABELS)
    ((images,),) = take(load(IMAGES).ordered(99, level_resolution=4), 2)
    np.testing.assert_array_equal(images, halve(IMAGES, 1))


def test_read():
    data = load(IMAGES, mirror=True)
    np.testing.assert_array_equal(data.read([7, 7, 0]), IMAGES[[7, 7, 0]])
    np.testing.assert_array_equal(data.read([3], level_resolution=2), halve(IMAGES[[3]], 2))
    assert data.read([]).shape == (0, 8, 8, 3)
    with pytest.raises(ValueError, match=r"\[0, 10\)"):
        data.read([10])


def test_levels_of_a_stream_are_means_of_the_stream():
    data = load(IMAGES, mirror=True)
    np.testing.assert_array_equal(data.at(np.arange(9), level_resolution=4)[0], halve(data.at(np.arange(9))[0], 1))
    with pytest.raises(ValueError, match="halved"):
        data.batches(2, level_resolution=3)
    with pytest.raises(ValueError, match="square"):
        load(IMAGES[:, :4]).batches(2, level_resolution=2)


@pytest.mark.parametrize("batch_size", [0, -1, 2.5, None])
def test_bad_batch_sizes(batch_size):
    for call in (load(IMAGES).batches, load(IMAGES).ordered):
        with pytest.raises(ValueError, match="batch size must be"):
            call(batch_size)


def test_a_batch_larger_than_the_data():
    with pytest.raises(DataError, match="array has 10 images. Received: batch_size=11"):
        load(IMAGES).batches(11)
    with pytest.raises(ValueError, match="start must be"):
        load(IMAGES).batches(2, start=-1)


def test_a_file_that_breaks_later_is_named(tmp_path):
    write_pictures(tmp_path, 6, (8, 8))
    data = load(tmp_path, check="headers", cache=False)
    (tmp_path / "003.png").write_bytes(b"gone")
    with pytest.raises(DataError, match="003.png") as caught, data.errors():
        for _ in data.batches(3).take(2):
            pass
    assert caught.value.problems[0][0] == "003.png" and data.failure is None
    with pytest.raises(KeyError), data.errors():
        raise KeyError("another")


def test_fingerprint():
    base = load(IMAGES).fingerprint
    assert base == load(IMAGES.copy(), seed=9).fingerprint and len(base) == 64
    others = [load(IMAGES, 4), load(IMAGES, mirror=True), load(IMAGES[::-1]), load((IMAGES, LABELS))]
    assert len({base, *(data.fingerprint for data in others)}) == 5
    assert load((IMAGES, LABELS), labels=False).fingerprint != load((IMAGES, LABELS)).fingerprint


def test_unlabelled():
    data = load((IMAGES, LABELS), mirror=True, seed=3)
    plain = data.unlabelled()
    assert plain.fingerprint == load((IMAGES, LABELS), labels=False).fingerprint
    assert plain.labels is None and not plain.mirror
    (images,) = take(plain.ordered(10), 1)
    assert np.array_equal(images[0], IMAGES)


def test_two_replicas_share_the_batch(mirrored_strategy):
    strategy = mirrored_strategy
    data = load(IMAGES)
    distributed = strategy.experimental_distribute_dataset(data.batches(4))
    parts = strategy.experimental_local_results(next(iter(distributed)))
    np.testing.assert_array_equal(np.concatenate(parts), data.at(np.arange(4))[0])
