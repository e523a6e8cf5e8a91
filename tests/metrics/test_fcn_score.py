"""The protocol: resize, segment, one confusion matrix; a perfect network sees no fault in real images."""

import numpy as np
import pytest

from keras_gans.metrics import FCNScore

COLOURS = np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255]], "uint8")


def nearest(images):
    return ((images[..., None, :].astype(int) - COLOURS) ** 2).sum(-1).argmin(-1)


@pytest.fixture
def labels(rng):
    return rng.integers(0, 3, (5, 8, 6))


def test_by_hand():
    labels = np.array([[[0, 0, 1, 255]]])
    score = FCNScore(nearest, 2)(COLOURS[[[[0, 1, 1, 2]]]], labels[:, :, :])
    assert score == pytest.approx((2 / 3, 0.75, 0.5))


def test_scores_in_place_of_labels_and_any_batch_size(labels):
    images = COLOURS[(labels + (np.arange(6) == 0)) % 3]  # one column in six is wrong
    expected = FCNScore(nearest, 3)(images, labels)
    assert expected.pixel_accuracy == pytest.approx(5 / 6)
    for batch_size in (1, 2, 32):
        assert FCNScore(lambda x: np.eye(3)[nearest(x)], 3, batch_size)(images, labels) == expected


def test_images_are_brought_to_the_size_of_the_labels(labels):
    large = COLOURS[labels].repeat(4, axis=1).repeat(4, axis=2)
    assert FCNScore(nearest, 3)(large, labels).pixel_accuracy > 0.95


def test_the_table_ends_with_the_ground_truth(labels):
    table = FCNScore(nearest, 3).table(labels, COLOURS[labels], {"L1": COLOURS[(labels + 1) % 3]})
    assert list(table) == ["L1", "ground truth"]
    assert table["ground truth"] == pytest.approx((1, 1, 1)) and table["L1"] == (0, 0, 0)


@pytest.mark.parametrize(
    "segment, named",
    [
        (lambda x: x[..., :2], "for each pixel. Received: uint8 of shape"),
        (lambda x: x[..., 0] / 2, "float64"),
        (lambda x: np.full(x.shape[:3], 7), "predictions must be in 0..2"),
        (lambda x: nearest(x)[:, ::2], "Received"),
    ],
)
def test_networks_that_are_none(segment, named, labels):
    with pytest.raises(ValueError, match=named):
        FCNScore(segment, 3)(COLOURS[labels], labels)


def test_mistakes(labels):
    with pytest.raises(ValueError, match="a function"):
        FCNScore("fcn8s", 3)
    with pytest.raises(ValueError, match="num_classes"):
        FCNScore(nearest, 0)
    with pytest.raises(ValueError, match="label map"):
        FCNScore(nearest, 3)(COLOURS[labels], labels[:2])
    with pytest.raises(ValueError, match="uint8"):
        FCNScore(nearest, 3)(COLOURS[labels].astype(float), labels)
    with pytest.raises(ValueError, match="3 channels"):
        FCNScore(nearest, 3)(COLOURS[labels][..., :1], labels)
