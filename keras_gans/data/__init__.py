"""Sources of images -> numbered images of one shape -> batches."""

from keras_gans.data.errors import DataError, DataWarning
from keras_gans.data.image_data import ImageData
from keras_gans.data.loading import load
from keras_gans.data.pairs import PairData, load_pairs
from keras_gans.data.palette import Palette

__all__ = ["DataError", "DataWarning", "ImageData", "PairData", "Palette", "load", "load_pairs"]
