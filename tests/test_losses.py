import keras
import numpy as np
import pytest

from keras_gans import losses

REAL, FAKE = np.array([[1.5], [-0.5]], "float32"), np.array([[-2.0], [0.25]], "float32")


def sigmoid(s):
    return 1 / (1 + np.exp(-np.asarray(s, "float64")))


# The papers' formulas in float64, on D = sigmoid(s) where they speak of probabilities.
EXPECTED = {
    "minimax": (
        -np.log(sigmoid(REAL)).mean() - np.log(1 - sigmoid(FAKE)).mean(),
        np.log(1 - sigmoid(FAKE)).mean(),
    ),
    "non_saturating": (
        -np.log(sigmoid(REAL)).mean() - np.log(1 - sigmoid(FAKE)).mean(),
        -np.log(sigmoid(FAKE)).mean(),
    ),
    "least_squares": (0.5 * ((REAL - 1) ** 2).mean() + 0.5 * (FAKE**2).mean(), 0.5 * ((FAKE - 1) ** 2).mean()),
    "wasserstein": (FAKE.mean() - REAL.mean(), -FAKE.mean()),
    "hinge": (np.maximum(0, 1 - REAL).mean() + np.maximum(0, 1 + FAKE).mean(), -FAKE.mean()),
}


@pytest.mark.parametrize("name", list(losses.NAMED))
def test_pair_against_the_paper(name):
    pair = losses.get(name)
    np.testing.assert_allclose(pair.discriminator(REAL, FAKE), EXPECTED[name][0], rtol=1e-6)
    np.testing.assert_allclose(pair.generator(FAKE), EXPECTED[name][1], rtol=1e-6)


@pytest.mark.parametrize("name", ["minimax", "non_saturating"])
def test_large_logits_stay_finite(name):
    pair = losses.get(name)
    assert np.isfinite(pair.discriminator([-200.0], [200.0])) and np.isfinite(pair.generator([-200.0]))


def test_least_squares_targets():
    pair = losses.LeastSquares(fake_target=-1.0, real_target=1.0, generator_target=0.0)
    assert float(pair.discriminator([1.0], [-1.0])) == 0 and float(pair.generator([0.0])) == 0


def test_serialisation():
    pair = losses.LeastSquares(generator_target=0.5)
    again = losses.get(keras.saving.serialize_keras_object(pair))
    assert again.get_config() == pair.get_config() and losses.get(again) is again


def test_a_users_own_pair():
    class Own:
        def discriminator(self, real, fake):
            return 0.0

        def generator(self, fake):
            return 0.0

    own = Own()
    assert losses.get(own) is own


def test_bad_arguments():
    with pytest.raises(ValueError, match="minimax, non_saturating.*Received: loss='gan'"):
        losses.get("gan")
    with pytest.raises(NotImplementedError, match="must give"):
        losses.AdversarialLoss().generator(FAKE)
    with pytest.raises(NotImplementedError, match="must give"):
        losses.AdversarialLoss().discriminator(REAL, FAKE)


def test_classification():
    logits = np.array([[2.0, 0.0, -1.0], [0.5, 0.5, 0.5]])
    probabilities = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    expected = -np.log([probabilities[0, 2], probabilities[1, 1]]).mean()
    np.testing.assert_allclose(losses.classification([2, 1], logits), expected, rtol=1e-6)


def test_a_class_is_not_taken_for_its_instance():
    with pytest.raises(ValueError, match="Received: .*class"):
        losses.get(losses.Hinge)
