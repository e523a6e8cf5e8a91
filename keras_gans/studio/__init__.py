"""A web page where people try a model: draw and see it translated, or move through its latent space."""

from keras_gans.studio.app import page_of, serve

__all__ = ["page_of", "serve"]
