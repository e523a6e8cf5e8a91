"""The zoo: a paper a folder, all of them `keras_gans.models.gan.GAN`."""

from keras_gans._lazy import require_tensorflow_backend

require_tensorflow_backend()  # before a model's own imports fail in words of their own

from keras_gans.models.dcgan import DCGAN  # noqa: E402
from keras_gans.models.gan import GAN  # noqa: E402
from keras_gans.models.pggan import PGGAN  # noqa: E402
from keras_gans.models.pix2pix import Pix2Pix  # noqa: E402

__all__ = ["DCGAN", "GAN", "PGGAN", "Pix2Pix"]
