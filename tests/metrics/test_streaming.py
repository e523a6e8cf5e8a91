"""keras.Metric forms agree with the functions, whatever the batches, also in a graph and on two replicas."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gans.metrics.frechet import frechet_distance, mean_covariance
from keras_gans.metrics.inception import inception_score
from keras_gans.metrics.streaming import FrechetDistance, InceptionScore

RANDOM = np.random.default_rng(0)
REAL = RANDOM.normal(size=(200, 6)) * 2 + 1
FAKE = RANDOM.normal(size=(150, 6)) + 0.3
LOGITS = RANDOM.normal(size=(107, 5)) * 2


@pytest.mark.parametrize("batch", [7, 50, 200])
def test_frechet_distance_does_not_depend_on_batches(batch):
    metric = FrechetDistance(6)
    for start in range(0, 200, batch):
        metric.update_state(REAL[start : start + batch], FAKE[start : start + batch] if start < 150 else None)
    assert float(metric.result()) == pytest.approx(frechet_distance(REAL, FAKE), rel=1e-9)
    metric.reset_state()
    assert np.isnan(float(metric.result()))


def test_real_statistics_can_be_given():
    metric = FrechetDistance(6)
    metric.set_statistics(*mean_covariance(REAL))
    metric.update_state(None, FAKE)
    assert float(metric.result()) == pytest.approx(frechet_distance(REAL, FAKE), rel=1e-9)


def test_they_run_in_a_graph():
    distance, score = FrechetDistance(6), InceptionScore(5)

    @tf.function
    def step(real, fake, logits):
        distance.update_state(real, fake)
        score.update_state(logits)
        return distance.result(), score.result()

    found = step(tf.constant(REAL), tf.constant(FAKE), tf.constant(LOGITS))
    assert float(found[0]) == pytest.approx(frechet_distance(REAL, FAKE), rel=1e-9)
    assert np.isfinite(float(found[1]))


@pytest.mark.parametrize("num_splits", [1, 4, 10])
@pytest.mark.parametrize("batch", [1, 10, 107])
def test_inception_score_has_contiguous_parts(num_splits, batch):
    metric = InceptionScore(5, num_splits, num_images=107)
    for start in range(0, 107, batch):
        metric.update_state(LOGITS[start : start + batch])
    expected = inception_score(LOGITS, num_splits)
    assert float(metric.result()) == pytest.approx(expected.mean, rel=1e-12)
    assert np.std(metric.scores()) == pytest.approx(expected.std, abs=1e-12)


def test_without_a_total_images_are_dealt_out():
    metric = InceptionScore(5, num_splits=2)
    for start in range(0, 107, 9):
        metric.update_state(LOGITS[start : start + 9])
    expected = [inception_score(LOGITS[side::2], 1).mean for side in (0, 1)]
    np.testing.assert_allclose(metric.scores(), expected, rtol=1e-12)


def test_two_replicas_add_up(mirrored_strategy):
    with mirrored_strategy.scope():
        metric = FrechetDistance(6)

    def update():
        half = tf.distribute.get_replica_context().replica_id_in_sync_group
        metric.update_state(
            tf.constant(REAL)[half * 100 : half * 100 + 100], tf.constant(FAKE)[half * 75 : half * 75 + 75]
        )

    mirrored_strategy.run(tf.function(update))
    assert float(metric.result()) == pytest.approx(frechet_distance(REAL, FAKE), rel=1e-9)


@pytest.mark.parametrize("metric", [FrechetDistance(6), InceptionScore(5, 3, 60)])
def test_configs_make_equal_metrics(metric):
    copy = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(metric))
    assert type(copy) is type(metric) and copy.get_config() == metric.get_config()


def test_bad_input_is_a_clear_error():
    with pytest.raises(ValueError, match=r"\[batch, 6\]"):
        FrechetDistance(6).update_state(np.ones((3, 5)))
    with pytest.raises(ValueError, match="sample_weight"):
        FrechetDistance(6).update_state(REAL, FAKE, sample_weight=1)
    with pytest.raises(ValueError, match="6 dimensions"):
        FrechetDistance(6).set_statistics(np.zeros(5), np.eye(5))
    with pytest.raises(ValueError, match=r"\[batch, 5\]"):
        InceptionScore(5).update_state(np.ones(5))
    with pytest.raises(ValueError, match="num_images"):
        InceptionScore(5, num_splits=10, num_images=9)


def test_bad_features_and_counts_are_clear_errors():
    metric = FrechetDistance(6)
    metric.update_state(np.where(np.arange(6) == 2, np.nan, REAL), FAKE)
    with pytest.raises(ValueError, match="real_features must be finite"):
        metric.result()
    with pytest.raises(ValueError, match="count must be at least 2"):
        metric.set_statistics(*mean_covariance(REAL), count=1)
    with pytest.raises(ValueError, match="must have 6 dimensions"):
        metric.set_statistics(np.zeros(5), np.eye(5))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_logits_that_are_not_finite(bad):
    metric = InceptionScore(3, num_splits=1)
    metric.update_state(np.eye(3))
    metric.update_state([[0.0, bad, 0.0]])
    with pytest.raises(ValueError, match="logits must be finite"):
        metric.result()
    metric.reset_state()
    metric.update_state(np.eye(3))
    assert np.isfinite(metric.result())


@pytest.mark.parametrize("count", ["a", np.nan, np.inf])
def test_counts_that_are_none(count):
    with pytest.raises(ValueError, match="Received: count="):
        FrechetDistance(2).set_statistics(np.zeros(2), np.eye(2), count)
