"""Segmentation scores, worked by hand."""

import numpy as np
import pytest

from keras_gans.metrics.segmentation import confusion_matrix, segmentation_scores


def test_counts_by_true_and_predicted_class():
    labels = np.array([[0, 0, 1], [2, 2, 255]])
    predictions = np.array([[0, 1, 1], [2, 0, 9]])  # the 9 lies where nothing counts
    assert confusion_matrix(labels, predictions, 3).tolist() == [[1, 1, 0], [0, 1, 0], [1, 0, 1]]


def test_scores_by_hand():
    scores = segmentation_scores([[1, 1, 0], [0, 1, 0], [1, 0, 1]])
    assert scores.pixel_accuracy == pytest.approx(3 / 5)
    assert scores.class_accuracy == pytest.approx((1 / 2 + 1 + 1 / 2) / 3)
    assert scores.class_iou == pytest.approx((1 / 3 + 1 / 2 + 1 / 2) / 3)


def test_a_class_that_is_not_there_counts_as_zero():
    assert segmentation_scores([[4, 0], [0, 0]]) == pytest.approx((1.0, 0.5, 0.5))


def test_matrices_add():
    random = np.random.default_rng(0)
    labels, predictions = random.integers(0, 4, (2, 6, 50))
    whole = confusion_matrix(labels, predictions, 4)
    assert (whole == sum(confusion_matrix(a, b, 4) for a, b in zip(labels, predictions))).all()


@pytest.mark.parametrize(
    ("labels", "predictions", "message"),
    [([0, 1], [0], "one shape"), ([0, 1], [0.0, 1.0], "integers"), ([0, 1], [0, 2], "0..1")],
)
def test_bad_maps_are_clear_errors(labels, predictions, message):
    with pytest.raises(ValueError, match=message):
        confusion_matrix(labels, predictions, 2)


@pytest.mark.parametrize("confusion", [[[1, 2]], [[0, 0], [0, 0]], [[-1, 2], [0, 1]], [[np.nan, 1], [1, 1]]])
def test_bad_matrices_are_clear_errors(confusion):
    with pytest.raises(ValueError, match="confusion"):
        segmentation_scores(confusion)
