"""Generator of PGGAN: Karras et al. 2018 (arXiv 1710.10196), Sec. 2 and 4.2, Table 2 (left) and App. A.

Held against networks.py of tkarras/progressive_growing_of_gans (branch master @2504c3f; branch original-theano-version
@1a05598 for the variants of the ablation).

Deviations: images are computed in float32 in mixed precision too.
"""

import math

import keras
import tensorflow as tf

from keras_gans import layers
from keras_gans.layers.leaky_relu import get_activation
from keras_gans.models.checks import check_int, check_number
from keras_gans.models.pggan.progressive_network import ProgressiveNetwork


@keras.saving.register_keras_serializable(package="keras_gans")
class PGGANGenerator(ProgressiveNetwork):
    """Latents to images, one block of two convolutions a resolution (Table 2, left).

    Args:
        resolution: final resolution, an integer or (height, width).
        channels: channels of the images.
        latent_dim: size of the latents.
        num_classes: size of the one-hot labels that are appended to the latents, 0 for none.
        normalize_latents: whether latents (and labels) go through pixel norm first.
        pixel_norm: whether pixel norm follows each activation (Sec. 4.2).
        epsilon: ε of pixel norm.
        batch_norm: whether batch norm comes before each activation (rows a to c of Table 1).
        activation: "leaky_relu" (slope 0.2), "relu", ...
        output_activation: None for linear images, "tanh" in rows a to c.
        **kwargs: of `ProgressiveNetwork`.

    Call arguments:
        inputs: latents float [N, latent_dim], or [latents, labels] with labels int [N] or float [N, num_classes].
        stage: Python integer, which resolution to make; None for the final one.
        alpha: weight of that stage's layers, a scalar; None for 1, without running the fade.
        training: whether batch norm uses the batch.

    Input shape: [N, latent_dim].
    Output shape: [N, height, width, channels] of the stage, float32.

    Raises:
        ValueError: If an argument is out of range.

    Reference: arXiv 1710.10196.

    Example:

    >>> generator = PGGANGenerator(resolution=16, latent_dim=8, fmap_max=4)
    >>> generator(tf.zeros([2, 8]), stage=1, alpha=0.5).shape
    TensorShape([2, 8, 8, 3])
    """

    def __init__(
        self,
        resolution,
        channels=3,
        latent_dim=512,
        num_classes=0,
        normalize_latents=True,
        pixel_norm=True,
        epsilon=1e-8,
        batch_norm=False,
        activation="leaky_relu",
        output_activation=None,
        **kwargs,
    ):
        super().__init__(resolution, channels, num_classes, **kwargs)
        self.fade_in = layers.FadeIn(dtype=self.head_dtype)
        check_int(1, latent_dim=latent_dim)
        check_number(epsilon=epsilon)
        if epsilon <= 0:
            raise ValueError(f"epsilon must be greater than 0. Received: epsilon={epsilon!r}")
        get_activation(output_activation)
        self.latent_dim, self.normalize_latents = int(latent_dim), normalize_latents
        self.pixel_norm, self.epsilon, self.batch_norm = pixel_norm, epsilon, batch_norm
        self.activation, self.output_activation = activation, output_activation
        for stage, (height, width) in enumerate(self.resolutions):
            maps = self.maps(stage + 1)
            if stage == 0:
                # gain: the Theano code's 4x4 convolution over one pixel counts 16 times the fan-in
                units, gain = (height, width, maps), math.sqrt(2) / 4
                shape = self._add(layers.EqualizedDense, 0, "dense", (None, latent_dim + num_classes), units, gain=gain)
                shape = self._add(layers.EqualizedConv2D, 0, "conv", shape, maps)
            else:
                shape = self._add(layers.EqualizedConv2DUp, stage, "conv0_up", shape, maps, fused=self.fused_scale)
                shape = self._add(layers.EqualizedConv2D, stage, "conv1", shape, maps)
            self.add(layers.EqualizedConv2D, stage, "to_rgb", shape, channels, 1, gain=1.0, dtype=self.head_dtype)
        self.built = True

    def _add(self, layer_class, stage, part, shape, *args, **kwargs):
        """A layer with what follows it: bias and activation within, or batch norm between."""
        if not self.batch_norm:
            return self.add(layer_class, stage, part, shape, *args, activation=self.activation, **kwargs)
        shape = self.add(layer_class, stage, part, shape, *args, use_bias=False, **kwargs)
        return self.add(layers.BatchNormalization, stage, f"{part}_norm", shape, momentum=0.9, epsilon=1e-4)

    def _run(self, stage, part, x, training):
        x = self.part(stage, part)(x)
        if self.batch_norm:
            x = get_activation(self.activation)(self.part(stage, f"{part}_norm")(x, training=training))
        return layers.pixel_norm(x, self.epsilon) if self.pixel_norm else x

    def block(self, stage, x, training=False):
        """The two convolutions of a stage, [N h w C] -> [N 2h 2w C']; from the input at stage 0."""
        first, second = ("dense", "conv") if stage == 0 else ("conv0_up", "conv1")
        return self._run(stage, second, self._run(stage, first, x, training), training)

    def to_rgb(self, stage, x):
        """Features of a stage to images, float32."""
        return self.part(stage, "to_rgb")(x)

    def join(self, inputs):
        """Latents and labels to the input of the first layer, [N latent_dim+num_classes]."""
        latents, labels = inputs if isinstance(inputs, (list, tuple)) else (inputs, None)
        x = tf.cast(latents, self.compute_dtype)
        if self.num_classes:
            if labels is None:
                raise ValueError(
                    f"A generator with num_classes={self.num_classes} needs labels. Received: latents only"
                )
            if len(labels.shape) == 1:
                labels = tf.one_hot(tf.cast(labels, tf.int32), self.num_classes)
            x = tf.concat([x, tf.cast(labels, x.dtype)], axis=-1)
        return layers.pixel_norm(x, self.epsilon) if self.normalize_latents else x

    def finish(self, images):
        """What comes after the blend of two resolutions."""
        return images if self.output_activation is None else get_activation(self.output_activation)(images)

    def call(self, inputs, stage=None, alpha=None, training=False):
        stage = self.final_stage if stage is None else stage
        x = self.join(inputs)
        for k in range(stage + 1):
            below, x = x, self.block(k, x, training)
        images = self.to_rgb(stage, x)
        if stage > 0 and alpha is not None:
            old = layers.upscale(self.to_rgb(stage - 1, below))
            images = self.fade(old, images, alpha)
        return self.finish(images)

    def linear(self, inputs, lod=0.0, training=False):
        """Images at full resolution by running every stage and blending them (Fig. 2); lod 0 is full detail."""
        x = self.block(0, self.join(inputs), training)
        images = self.to_rgb(0, x)
        for stage in range(1, self.final_stage + 1):
            x = self.block(stage, x, training)
            old_weight = min(max(lod - (self.final_stage - stage), 0.0), 1.0)
            images = self.fade(layers.upscale(images), self.to_rgb(stage, x), 1 - old_weight)
        return self.finish(images)

    def compute_output_shape(self, input_shape, stage=None):
        """Shape of the images of a stage for given latents' shape."""
        first = input_shape[0]
        n = first[0] if isinstance(first, (list, tuple)) else first
        return (n, *self.resolutions[self.final_stage if stage is None else stage], self.channels)

    def get_config(self):
        names = ("latent_dim", "normalize_latents", "pixel_norm", "epsilon", "batch_norm", "activation")
        return {
            **super().get_config(),
            **{name: getattr(self, name) for name in names},
            "output_activation": self.output_activation,
        }
