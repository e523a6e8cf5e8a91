import numpy as np
import pytest
import tensorflow as tf

from keras_gans.data import load
from keras_gans.data.errors import DataError
from keras_gans.data.sources import tensors
from keras_gans.data.sources.tensors import ListSource, elements, read_dataset

IMAGES = np.random.default_rng(0).integers(0, 256, (10, 8, 8, 3), "uint8")
LABELS = np.arange(10, dtype="int64") % 3
slices = tf.data.Dataset.from_tensor_slices


@pytest.mark.parametrize("batch", [0, 4])
@pytest.mark.parametrize("kind", ["images", "pairs", "dict", "dict without labels", "single"])
def test_kinds_of_elements(kind, batch):
    dataset = {
        "images": slices(IMAGES),
        "pairs": slices((IMAGES, LABELS)),
        "dict": slices({"image": IMAGES, "label": LABELS, "id": LABELS}),
        "dict without labels": slices({"image": IMAGES}),
        "single": slices((IMAGES,)),
    }[kind]
    source = read_dataset(dataset.batch(batch) if batch else dataset, 1e9)
    np.testing.assert_array_equal(source.images, IMAGES)
    assert (source.labels is not None) == (kind in ("pairs", "dict"))
    if source.labels is not None:
        np.testing.assert_array_equal(source.labels, LABELS)


def generated(images, rank_known=True):
    shape = (None, None, 3) if rank_known else None
    return tf.data.Dataset.from_generator(lambda: iter(images), output_signature=tf.TensorSpec(shape, tf.uint8))


def test_sizes_may_differ():
    source = read_dataset(generated([IMAGES[0], IMAGES[1, :4]]), 1e9)
    assert isinstance(source, ListSource) and len(source) == 2
    assert source.header(1).height == 4 and source.name_of(1) == "dataset[1]" and len(source.content) == 64
    part = source.select([1])
    assert len(part) == 1 and part.pixels(0).shape == (4, 8, 3)
    assert load(generated([IMAGES[0], IMAGES[1, :4]]), 4).read([0, 1]).shape == (2, 4, 4, 3)


def test_sizes_may_differ_with_labels():
    dataset = tf.data.Dataset.from_generator(
        lambda: iter([(IMAGES[0], 1), (IMAGES[1, :4], 0)]),
        output_signature=(tf.TensorSpec((None, None, 3), tf.uint8), tf.TensorSpec((), tf.int32)),
    )
    assert read_dataset(dataset, 1e9).select([1]).labels.tolist() == [0]


def test_unknown_rank():
    assert len(read_dataset(generated(IMAGES, rank_known=False), 1e9)) == 10


def test_what_is_not_read(monkeypatch):
    assert read_dataset(slices(IMAGES).repeat(), 1e9) is None
    assert read_dataset(slices(IMAGES), IMAGES.nbytes - 1) is None
    monkeypatch.setattr(tensors, "UNKNOWN_LENGTH_BYTES", IMAGES.nbytes - 1)
    assert read_dataset(generated(IMAGES), 1e9) is None
    assert len(read_dataset(slices(IMAGES), 1e9)) == 10


@pytest.mark.parametrize(
    "dataset, message",
    [
        (slices({"x": IMAGES}), 'need the key "image"'),
        (slices((IMAGES, LABELS, LABELS)), r"pairs \(image, label\)"),
        (slices(IMAGES[:, :, 0, 0]), r"\[H, W, C\]"),
        (slices(np.zeros((2, 3, 4, 4, 3), "uint8")).batch(2), r"\[H, W, C\]"),
    ],
)
def test_bad_elements(dataset, message):
    with pytest.raises(DataError, match=message):
        elements(dataset)


def test_bad_contents():
    with pytest.raises(DataError, match="no image in the dataset"):
        read_dataset(slices(IMAGES).take(0), 1e9)
    with pytest.raises(DataError, match="uint8, uint16, or float"):
        read_dataset(slices(IMAGES.astype("int32")), 1e9)
