"""DCGAN (Radford et al. 2016)."""

from keras_gans.models.dcgan.model import DCGAN

__all__ = ["DCGAN"]
