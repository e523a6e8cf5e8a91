"""Precision, recall, density, coverage: exactly the counts of the definitions, ties on the edge included."""

import numpy as np
import pytest

from keras_gans.metrics import neighbors
from keras_gans.metrics.manifold import density_coverage, precision_recall
from tests.reference import metrics as reference

RANDOM = np.random.default_rng(0)


@pytest.mark.parametrize("k", [1, 3, 5])
@pytest.mark.parametrize("grid", [False, True])  # whole numbers: many distances are equal to a radius
@pytest.mark.parametrize("tile", [11, 2048])
def test_counts_are_the_definitions(monkeypatch, k, grid, tile):
    monkeypatch.setattr(neighbors, "TILE_ROWS", tile)
    real, fake = RANDOM.normal(size=(60, 3)) * 3, RANDOM.normal(size=(50, 3)) * 2 + 1
    if grid:
        real, fake = np.round(real), np.round(fake)
    assert precision_recall(real, fake, k) == pytest.approx(reference.precision_recall(real, fake, k), abs=1e-15)
    assert density_coverage(real, fake, k) == pytest.approx(reference.density_coverage(real, fake, k), abs=1e-15)


def test_equal_sets_are_all_inside():
    x = RANDOM.normal(size=(100, 20)).astype("float32") + 100
    assert precision_recall(x, x) == (1.0, 1.0)
    assert density_coverage(x, x).coverage == 1.0


def test_far_sets_share_nothing():
    x = RANDOM.normal(size=(50, 4))
    assert precision_recall(x, x + 100) == (0.0, 0.0)
    assert density_coverage(x, x + 100) == (0.0, 0.0)


def test_a_dropped_mode_costs_recall_and_coverage_only():
    modes = RANDOM.normal(size=(2, 200, 4)) + np.array([0.0, 50.0])[:, None, None]
    fake = RANDOM.normal(size=(400, 4))
    found = precision_recall(modes.reshape(-1, 4), fake)
    assert found.precision > 0.9 and 0.4 < found.recall < 0.52
    assert 0.4 < density_coverage(modes.reshape(-1, 4), fake).coverage < 0.52


def test_equal_distributions_have_the_published_sanity_values():
    """Naeem et al. 2020, Lemmas 1 and 2: density about 1, coverage about 1 - 2^-k."""
    x, y = RANDOM.normal(size=(2, 1500, 4))
    density, coverage = density_coverage(x, y, k=5)
    assert density == pytest.approx(1.0, abs=0.1) and coverage == pytest.approx(1 - 2**-5, abs=0.03)


@pytest.mark.parametrize("metric", [precision_recall, density_coverage])
def test_bad_input_is_a_clear_error(metric):
    with pytest.raises(ValueError, match="same dimensions"):
        metric(np.ones((9, 3)), np.ones((9, 4)))
    with pytest.raises(ValueError, match="more than k=9"):
        metric(np.ones((9, 3)), np.ones((9, 3)), k=9)
    with pytest.raises(ValueError, match="finite"):
        metric(np.ones((9, 3)), np.full((9, 3), np.nan))
