"""From a trained generator to pictures: latents, labels, pixels and the signatures of a served model."""

import numpy as np
import tensorflow as tf

from keras_gans import noise, pixels
from keras_gans.models.checks import check_int

# Pixels that one forward pass of `generate` may hold; every pass has the same size, the last one is padded, so that an
# image does not depend on how many others are made with it.
PIXELS_A_PASS = 2**20
LATENT_DRAW, LABEL_DRAW = 0, 1


class Sampling:
    """What a model with a generator can do without training; mixed into `GAN`.

    Needs `generate_images`, `image_shape`, `latent_dim`, `latent_distribution` and `num_classes`.
    """

    def draw_latents(self, stream, n):
        """Returns latents float32 [n, latent_dim] from a noise stream.

        Args:
            stream: `keras_gans.noise.NoiseStream`.
            n: integer or scalar tensor.
        """
        if self.latent_distribution == "uniform":
            return stream.uniform([n, self.latent_dim], -1.0, 1.0)
        return stream.normal([n, self.latent_dim])

    def sample_latents(self, n, seed=0):
        """Returns the latents that `generate(n, seed)` uses, float32 [n, latent_dim].

        Those of (n, seed) are the first of those of (n + k, seed).

        Args:
            n: integer or scalar tensor.
            seed: integer or scalar tensor in [0, 2^31).
        """
        return self.draw_latents(_SamplingStream(seed, LATENT_DRAW), n)

    def sample_labels(self, n, seed=0):
        """Returns the labels that `generate(n, seed)` uses, uniform over the classes, int32 [n].

        Args:
            n: integer or scalar tensor.
            seed: integer or scalar tensor in [0, 2^31).

        Raises:
            ValueError: If the model has no classes.
        """
        if not self.num_classes:
            raise ValueError("This model was built without classes: it has no labels to draw")
        return _SamplingStream(seed, LABEL_DRAW).integers([n], self.num_classes)

    def generate(self, n, seed=0, labels=None, averaged=True, dtype="uint8"):
        """Returns generated images.

        Image i depends on (seed, i) and its label alone.

        Args:
            n: number of images.
            seed: integer in [0, 2^31).
            labels: None for labels drawn by the seed, an integer for one class, or an array [n].
            averaged: whether the averaged generator makes them.
            dtype: "uint8", "uint16" (0 to 65535) or "float32" (in [-1, 1]).

        Returns:
            Numpy array [n, H, W, C] of `dtype`.

        Raises:
            ValueError: If an argument is out of range, or labels are given to a model without classes.
        """
        check_int(n=n, minimum=0)
        n, seed = int(n), noise.check_seed(seed)
        if labels is None and self.num_classes:
            labels = self.sample_labels(n, seed)
        return self.generate_from(self.sample_latents(n, seed), labels, averaged, dtype)

    def generate_from(self, latents, labels=None, averaged=True, dtype="uint8"):
        """Returns the images of given latents.

        Args:
            latents: float array [n, latent_dim].
            labels: integer, or integer array [n]; needed when the model has classes.
            averaged: whether the averaged generator makes them.
            dtype: "uint8", "uint16" (0 to 65535) or "float32" (in [-1, 1]).

        Returns:
            Numpy array [n, H, W, C] of `dtype`.

        Raises:
            ValueError: If shapes or labels do not fit the model.
        """
        pixels.check_image_dtype(dtype)
        latents = np.asarray(latents, "float32")
        if latents.ndim != 2 or latents.shape[1] != self.latent_dim:
            raise ValueError(f"latents must be of shape [n, {self.latent_dim}]. Received: shape {list(latents.shape)}")
        labels = self._check_labels(labels, len(latents))
        height, width, channels = self.image_shape
        size = int(max(1, min(64, PIXELS_A_PASS // (height * width))))
        images = np.empty([len(latents), height, width, channels], dtype)
        for start in range(0, len(latents), size):
            part = slice(start, start + size)
            missing = size - len(latents[part])
            padded = np.pad(latents[part], [[0, missing], [0, 0]])
            padded_labels = None if labels is None else np.pad(labels[part], [0, missing])
            made = self._pixels_of(tf.constant(padded), padded_labels, averaged, dtype)
            images[part] = made[: size - missing].numpy()
        return images

    def _check_labels(self, labels, n):
        if not self.num_classes:
            if labels is not None:
                raise ValueError(f"This model was built without classes. Received: labels={labels!r}")
            return None
        if labels is None:
            raise ValueError(f"A model with num_classes={self.num_classes} needs labels. Received: labels=None")
        labels = np.asarray(labels)
        if labels.ndim == 0:
            labels = np.full([n], labels)
        if labels.shape != (n,) or not np.issubdtype(labels.dtype, np.integer):
            raise ValueError(f"labels must be {n} integers. Received: {labels.dtype} of shape {list(labels.shape)}")
        if n and (labels.min() < 0 or labels.max() >= self.num_classes):
            raise ValueError(
                f"labels must be from 0 to {self.num_classes - 1}. Received: from {labels.min()} to {labels.max()}"
            )
        return labels.astype("int32")

    def _pixels_of(self, latents, labels, averaged, dtype):
        """One compiled pass, traced once for each (averaged, dtype)."""
        passes = self.__dict__.setdefault("_compiled_passes", {})
        if (averaged, dtype) not in passes:

            def images_of(latents, labels=None):
                return pixels.to_pixels(self.generate_images(latents, labels, averaged=averaged), dtype)

            passes[averaged, dtype] = tf.function(images_of, reduce_retracing=True)
        return passes[averaged, dtype](latents, *([] if labels is None else [tf.constant(labels)]))

    def serving_signatures(self):
        """Returns the functions that a served model offers: {name: (function, [tf.TensorSpec])}.

        `serving_default`: latents float32 [N, latent_dim] (and labels int32 [N]) -> images uint8 [N, H, W, C].
        `sample`: count int32 [], seed int64 [] (and label int32 [], -1 for drawn labels) -> images uint8; those of
        `generate(count, seed)`.
        `png`: as `serving_default`, but -> encoded strings [N]; for 1, 2, 3 or 4 channels.
        """
        from keras_gans.serving import signatures

        return signatures.generator_signatures(
            generate=lambda latents, labels=None: self.generate_images(latents, labels, averaged=True),
            sample_latents=self.sample_latents,
            latent_dim=self.latent_dim,
            channels=self.image_shape[-1],
            sample_labels=self.sample_labels if self.num_classes else None,
            num_classes=self.num_classes,
        )

    def export(self, filepath, version=None, **kwargs):
        """Writes FILEPATH/VERSION/, a SavedModel of the averaged generator as TF Serving takes it.

        Args:
            filepath: folder of the versions; made when missing.
            version: integer; the next free one when None.
            **kwargs: of `keras_gans.serving.export_saved_model`.

        Returns:
            The path of the written version.

        Raises:
            ValueError: If the version is no positive integer.
            OSError: If the version exists already (FileExistsError) or the folder cannot be written.
        """
        from keras_gans.serving import export_saved_model

        return export_saved_model(self, filepath, version=version, **kwargs)


class _SamplingStream(noise.NoiseStream):
    """One draw at the position of sampling, whose seed may be a tensor (in a served model)."""

    def __init__(self, seed, draw):
        self.seed, self.position, self.replica, self._draw = seed, noise.SAMPLING, 0, draw
