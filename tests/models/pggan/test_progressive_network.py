import pytest

from keras_gans.models.pggan.generator import PGGANGenerator
from keras_gans.models.pggan.progressive_network import feature_maps


def test_feature_maps_of_the_paper():
    assert [feature_maps(level) for level in range(10)] == [512, 512, 512, 512, 512, 256, 128, 64, 32, 16]
    assert [feature_maps(level, 2048) for level in range(1, 7)] == [512, 512, 256, 128, 64, 32]
    assert [feature_maps(level, 4096, fmap_max=128) for level in range(5)] == [128] * 5
    assert feature_maps(2, 100, fmap_decay=0.5) == 50


def test_names_and_stages():
    network = PGGANGenerator((8, 16), latent_dim=2, fmap_max=2)
    assert network.final_stage == 1
    assert network.name_of(1, "conv1") == "8x16_conv1"
    assert network.stage_of("8x16_conv0_up") == 1
    assert network.part(0, "dense").name == "4x8_dense"


@pytest.mark.parametrize(
    "lod, expected", [(0, (3, None)), (0.25, (3, 0.75)), (1.0, (2, None)), (2.5, (1, 0.5)), (3, (0, None))]
)
def test_split_lod(lod, expected):
    assert PGGANGenerator(32, latent_dim=2, fmap_max=2).split_lod(lod) == expected


@pytest.mark.parametrize("decay", [-5000.0, 5000.0])
def test_decays_that_no_number_holds(decay):
    with pytest.raises(ValueError, match=f"fmap_decay must be from -32 to 32. Received: fmap_decay={decay}"):
        PGGANGenerator(8, latent_dim=2, fmap_decay=decay)
