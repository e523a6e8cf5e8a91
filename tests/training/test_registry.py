import pytest

import keras_gans
from keras_gans.training import registry


@pytest.mark.parametrize("name", registry.MODELS)
def test_every_model_is_a_gan_with_presets(name):
    cls = registry.model_class(name)
    assert issubclass(cls, keras_gans.GAN) and cls.presets


def test_unknown_models_are_refused_with_a_guess():
    with pytest.raises(ValueError, match=r"Did you mean dcgan\? Received: model='dcgam'"):
        registry.check("dcgam")
    with pytest.raises(ValueError, match=r"dcgan.* Received: model='stable diffusion'"):
        registry.model_class("stable diffusion")
