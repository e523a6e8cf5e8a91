import numpy as np
import pytest

from keras_gans.models.dcgan import DCGAN
from keras_gans.models.dcgan.presets import presets


def count(network):
    return sum(int(np.prod(w.shape)) for w in network.trainable_variables)


@pytest.mark.parametrize(
    ("name", "generator", "discriminator"),
    [
        ("dcgan_64", 3_576_704, 2_765_568),
        ("dcgan_newmu_64", 18_885_760, 17_232_768),
        ("dcgan_carpedm20_64", 5_135_363, 4_316_545),
    ],
)
def test_parameters_of_the_reference_implementations(name, generator, discriminator):
    model = DCGAN.from_preset(name)
    assert (count(model.generator), count(model.discriminator)) == (generator, discriminator)


def test_feature_network():
    model = DCGAN.from_preset("dcgan_features_32")
    maps = [tuple(x.output.shape[1:]) for x in model.discriminator.layers if x.name.startswith("activation")]
    assert maps == [(32, 32, 128), (16, 16, 128), (16, 16, 256), (8, 8, 256), (8, 8, 512), (4, 4, 512)]
    assert model.extract_features(np.zeros([2, 32, 32, 3], "uint8")).shape == (2, 28_672)


def test_rows_are_plain_data_with_a_source():
    for name, preset in presets.items():
        assert set(preset) == {"source", "deviations", "config", "compile", "data"}, name
        assert preset["source"] and isinstance(preset["deviations"], list)
    assert DCGAN.presets is presets
