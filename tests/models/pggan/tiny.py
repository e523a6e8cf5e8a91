"""Small PGGANs and schedules that the tests of this folder share."""

import numpy as np

from keras_gans.models.pggan import PGGAN
from keras_gans.schedules import ProgressiveSchedule, stage_resolutions


def make(resolution=8, seed=1, **config):
    return PGGAN(resolution, **{"latent_dim": 6, "fmap_max": 4, "seed": seed, **config})


def schedule(resolution=8, stable=4, fade=12, total=None, batch_size=4, **kwargs):
    total = total or (stable + fade) * (len(stage_resolutions(resolution)) - 1) + 8
    return ProgressiveSchedule(resolution, stable, fade, total, batch_size=batch_size, **kwargs)


def compiled(resolution=8, config=None, run_eagerly=True, **settings):
    """A compiled model; eager by default, since tracing takes longer than a few steps of so small a model."""
    model = make(resolution, **(config or {}))
    model.compile(**{"schedule": schedule(resolution), **settings}, run_eagerly=run_eagerly)
    return model


def images(n=16, *shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (n, *(shape or (8, 8, 3))), dtype=np.uint8)


def state_of(model):
    """Every number that the next step depends on, by name."""
    values = {f"{v.path} {k}": np.asarray(v) for k, v in enumerate(model.variables)}
    for name in ("g_optimizer", "d_optimizer"):
        values |= {f"{name} {k}": np.asarray(v) for k, v in enumerate(getattr(model, name).variables)}
    return values


def assert_same_state(a, b):
    a, b = state_of(a), state_of(b)
    assert len(a) == len(b)
    for (name, x), y in zip(a.items(), b.values()):
        np.testing.assert_array_equal(x, y, err_msg=name)
