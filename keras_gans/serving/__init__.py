"""From a trained model to TensorFlow Serving: SavedModels, warm-up requests, clients. Knows no model by name."""

from keras_gans.serving.client import GrpcClient, RestClient, ServingError
from keras_gans.serving.export import export_saved_model
from keras_gans.serving.signatures import encode_png, generator_signatures

__all__ = [
    "GrpcClient",
    "RestClient",
    "ServingError",
    "encode_png",
    "export_saved_model",
    "generator_signatures",
]
