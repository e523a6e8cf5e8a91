import math

import numpy as np
import pytest

from keras_gans import losses
from keras_gans.training import health


def scores(real, fake, **logs):
    return {"d_real": real, "d_fake": fake, "g_loss": 9.0, **logs}


def test_what_is_not_finite_is_named():
    assert health.not_finite({"d_loss": 0.5, "g_loss": -1e30}) is None and health.not_finite({}) is None
    finding = health.not_finite({"d_loss": math.nan, "g_loss": 1.0, "gradient_penalty": math.inf})
    assert finding.name == "not_finite" and "learning_rate" not in finding.seen
    assert "d_loss is nan, gradient_penalty is inf" in finding.seen and "learning rates" in finding.advice
    assert finding.to_json() == {"name": "not_finite", "message": f"{finding.seen} {finding.advice}"}
    assert health.lost("d_loss is nan").seen == "Training is no longer finite: d_loss is nan."


@pytest.mark.parametrize(
    "loss, bad, good",
    [
        (losses.NonSaturating(), [(4.1, -8.1), (20.0, -20.0)], [(11.0, -0.9), (2.0, -3.0), (3.9, -7.9), (-20.0, 20.0)]),
        (losses.Minimax(), [(4.1, -8.1)], [(0.0, 0.0), (30.0, 1.0)]),
        (losses.Hinge(), [(5.0, -5.0)], [(1.0, -1.0), (4.0, -9.0), (9.0, -4.0)]),
        (losses.LeastSquares(), [(0.99, 0.01), (1.2, 0.1)], [(0.7, 0.3), (0.9, 0.0), (0.0, 1.0)]),
        (losses.LeastSquares(1.0, 0.0, 0.0), [(0.01, 0.99)], [(0.3, 0.7), (1.0, 0.0)]),  # targets the other way round
        (losses.LeastSquares(1.0, 1.0), [], [(1.0, 1.0)]),
        (losses.Wasserstein(), [], [(1e6, -1e6)]),
        (object(), [], [(1e6, -1e6)]),
    ],
)
def test_a_saturated_discriminator_after_its_loss(loss, bad, good):
    for real, fake in bad:
        finding = health.saturated(scores(real, fake), loss)
        assert finding.name == "discriminator_saturated" and "g_loss is 9" in finding.seen
        assert "d_learning_rate" in finding.advice
    for real, fake in good:
        assert health.saturated(scores(real, fake), loss) is None


def test_saturation_needs_scores():
    loss = losses.NonSaturating()
    assert health.saturated({"d_loss": 0.1}, loss) is None
    assert health.saturated(scores(math.nan, -50.0), loss) is None
    assert "it takes 0.005 % of the generated ones for real; g_loss" in health.saturated(scores(9.0, -10.0), loss).seen
    assert "g_loss" not in health.saturated({"d_real": 9.0, "d_fake": -10.0}, loss).seen


def test_a_vanishing_gradient():
    assert health.vanishing(0.1, 10.0) is None and health.vanishing(0.1, 10.0, first=0.1) is None
    assert health.vanishing(1e-7, 10.0).name == "generator_gradient_vanishing"  # 1e-8 of the weights'
    assert health.vanishing(0.0, 10.0, first=0.1) is not None
    finding = health.vanishing(9e-5, 1.0, first=0.1)  # below a thousandth of what it was
    assert "9e-05 of the weights' (0.1 at first)" in finding.seen
    assert health.vanishing(math.nan, 1.0) is None and health.vanishing(0.0, 0.0) is None


def test_samples_that_collapse():
    assert health.collapsed(0.081, reals=0.8) is None
    assert "differ by 8.8 % of what two real images do" in health.collapsed(0.07, reals=0.8).seen
    assert health.collapsed(0.01) is None and "a step of 8-bit pixels" in health.collapsed(0.007).seen
    assert health.collapsed(0.0, reals=0.0) is None  # data of one image
    assert health.collapsed(math.nan, reals=1.0) is None


def test_spread_is_the_mean_distance_of_pairs():
    images = np.zeros((3, 2, 2, 1), "float32")
    images[1] = 1.0
    images[2, 0] = 1.0  # half of the pixels
    assert math.isclose(health.spread(images), (1.0 + 2 * math.sqrt(0.5)) / 3, rel_tol=1e-6)
    assert math.isclose(health.spread(images, np.array([0, 1, 0])), math.sqrt(0.5), rel_tol=1e-6)
    assert math.isnan(health.spread(images[:1])) and math.isnan(health.spread(images, np.array([0, 1, 2])))
    pixels = np.array([0, 255], "uint8").reshape(2, 1, 1, 1)
    assert health.spread(pixels) == 2.0 == health.spread(pixels.astype("uint16") * 257)


def test_spread_of_noise_is_that_of_its_distribution(rng):
    images = rng.normal(size=(20, 32, 32, 3)).astype("float32") * 0.3
    assert math.isclose(health.spread(images), 0.3 * math.sqrt(2), rel_tol=0.01)
