"""Sources of images -> numbered images of one shape -> batches."""

from keras_gans.data.errors import DataError, DataWarning
from keras_gans.data.image_data import ImageData
from keras_gans.data.loading import load

__all__ = ["DataError", "DataWarning", "ImageData", "load"]
