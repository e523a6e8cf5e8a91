"""pix2pix (Isola et al. 2017)."""

from keras_gans.models.pix2pix.discriminators import PatchGANDiscriminator
from keras_gans.models.pix2pix.generators import EncoderDecoderGenerator, ResNetGenerator, UNetGenerator

__all__ = ["EncoderDecoderGenerator", "PatchGANDiscriminator", "ResNetGenerator", "UNetGenerator"]
