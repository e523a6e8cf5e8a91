"""pix2pix (Isola et al. 2017)."""

from keras_gans.models.pix2pix.discriminators import PatchGANDiscriminator
from keras_gans.models.pix2pix.generators import EncoderDecoderGenerator, ResNetGenerator, UNetGenerator
from keras_gans.models.pix2pix.learning_rate import LinearDecay
from keras_gans.models.pix2pix.model import Pix2Pix

__all__ = [
    "EncoderDecoderGenerator",
    "LinearDecay",
    "PatchGANDiscriminator",
    "Pix2Pix",
    "ResNetGenerator",
    "UNetGenerator",
]
