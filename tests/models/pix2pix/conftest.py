import pytest

from keras_gans import Pix2Pix

collect_ignore_glob = ["fixtures/*"]  # it needs PyTorch
SMALL = dict(resolution=16, filters=4, discriminator_filters=4, receptive_field=16)


@pytest.fixture
def small():
    """Makes small models: `small(conditional=False)`."""
    return lambda **settings: Pix2Pix(**{**SMALL, **settings})


@pytest.fixture
def pairs(rng):
    """Eight pairs uint8 [8, 16, 16, 3] of 4 x 4 blocks; the target is the negative of the input."""
    inputs = rng.integers(0, 256, (8, 4, 4, 3), dtype="uint8").repeat(4, axis=1).repeat(4, axis=2)
    return inputs, 255 - inputs
