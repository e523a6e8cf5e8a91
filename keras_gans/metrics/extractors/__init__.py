"""Networks and functions whose features metrics are computed from, each under its own name."""

from keras_gans.metrics.extractors.base import FeatureExtractor
from keras_gans.metrics.extractors.efficientnet_lite0 import EfficientNetLite0
from keras_gans.metrics.extractors.function import FunctionExtractor
from keras_gans.metrics.extractors.inception_v3 import InceptionV3FID
from keras_gans.metrics.extractors.registry import extractor_names, get_extractor, register_extractor

__all__ = [
    "EfficientNetLite0",
    "FeatureExtractor",
    "FunctionExtractor",
    "InceptionV3FID",
    "extractor_names",
    "get_extractor",
    "register_extractor",
]

register_extractor("inception_v3_fid", InceptionV3FID)
register_extractor("efficientnet_lite0", EfficientNetLite0)
