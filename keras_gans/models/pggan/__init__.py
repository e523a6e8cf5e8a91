"""PGGAN: Karras et al. 2018, "Progressive Growing of GANs" (arXiv 1710.10196)."""

from keras_gans.models.pggan.discriminator import PGGANDiscriminator
from keras_gans.models.pggan.generator import PGGANGenerator
from keras_gans.models.pggan.least_squares import InvertedLeastSquares
from keras_gans.models.pggan.model import PGGAN

__all__ = ["PGGAN", "InvertedLeastSquares", "PGGANDiscriminator", "PGGANGenerator"]
