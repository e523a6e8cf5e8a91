"""Inception Score: classes counted, contiguous splits, and logits that overflow a plain softmax."""

import numpy as np
import pytest

from keras_gans.metrics.inception import inception_score
from tests.reference import metrics as reference

LOGITS = np.random.default_rng(0).normal(size=(1003, 20)) * 3


def test_sure_and_even_predictions_score_their_number_of_classes():
    assert inception_score(np.tile(1e3 * np.eye(7), (10, 1)), num_splits=10) == pytest.approx((7.0, 0.0))
    assert inception_score(np.ones((50, 7))) == pytest.approx((1.0, 0.0))


@pytest.mark.parametrize("num_splits", [1, 3, 10])
def test_it_is_the_definition(num_splits):
    expected = reference.inception_score(LOGITS, num_splits)
    np.testing.assert_allclose(inception_score(LOGITS, num_splits), expected, rtol=1e-12)


def test_shuffling_is_a_permutation_by_seed():
    order = np.random.RandomState(2020).permutation(len(LOGITS))
    assert inception_score(LOGITS, shuffle=True) == inception_score(LOGITS[order])
    assert inception_score(LOGITS, shuffle=True, seed=1) != inception_score(LOGITS, shuffle=True)


def test_a_class_that_never_occurs_gives_no_nan():
    logits = np.array([[0.0, 5.0, -2000.0], [5.0, 0.0, -2000.0]])
    assert np.isfinite(inception_score(logits, num_splits=1)).all()


@pytest.mark.parametrize(
    ("logits", "message"),
    [(LOGITS[:9], "10 splits"), (LOGITS[0], "shape"), (LOGITS * np.nan, "finite"), (LOGITS[:0], "at least")],
)
def test_bad_input_is_a_clear_error(logits, message):
    with pytest.raises(ValueError, match=message):
        inception_score(logits)


def test_a_shuffle_has_a_seed():
    with pytest.raises(ValueError, match="Received: seed=None"):
        inception_score(np.eye(4), num_splits=2, shuffle=True, seed=None)
