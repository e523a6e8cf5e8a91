"""The zoo: a paper a folder, all of them `keras_gans.models.gan.GAN`."""

from keras_gans.models.dcgan import DCGAN
from keras_gans.models.gan import GAN

__all__ = ["DCGAN", "GAN"]
