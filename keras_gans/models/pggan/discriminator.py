"""Discriminator of PGGAN: Karras et al. 2018 (arXiv 1710.10196), Sec. 2 and 3, Table 2 (right) and App. A and B.

Held against networks.py of tkarras/progressive_growing_of_gans (branch master @2504c3f; branch original-theano-version
@1a05598 for the variants of the ablation).

Deviations: scores are computed in float32 in mixed precision too.
"""

import keras

from keras_gans import layers
from keras_gans.layers.leaky_relu import get_activation
from keras_gans.models.pggan.progressive_network import ProgressiveNetwork


@keras.saving.register_keras_serializable(package="keras_gans")
class PGGANDiscriminator(ProgressiveNetwork):
    """Images to scores (and class logits), the generator's mirror image (Table 2, right).

    With `fused_scale`, bias and activation come after the pooling, as in the released networks; without it, before, as
    in the Theano code: these are different networks.

    Args:
        resolution: final resolution, an integer or (height, width).
        channels: channels of the images.
        num_classes: number of class logits beside the score, 0 for none.
        group_size: group size of the minibatch standard deviation; None for the whole minibatch, 0 for no such layer.
        minibatch_kernels: kernels of minibatch discrimination before the scores, 0 for none (row e* of Table 1).
        layer_norm: whether layer norm comes before each activation (rows a to c).
        noise: whether multiplicative Gaussian noise enters each convolution (the LSGAN variant).
        activation: "leaky_relu" (slope 0.2), ...
        **kwargs: of `ProgressiveNetwork`.

    Call arguments:
        images: [N, height, width, channels] of the stage.
        stage: Python integer; None for the final one.
        alpha: weight of that stage's layers, a scalar; None for 1, without running the fade.
        parts: number of minibatches that lie one after the other in `images`; statistics do not reach across.
        noise_strength: scalar, of the multiplicative noise; None for none.
        training: whether noise is drawn.

    Input shape: [N, height, width, channels] of the stage.
    Output shape: float32 [N, 1]; with classes (scores [N, 1], class logits [N, num_classes]).

    Reference: arXiv 1710.10196.

    Example:

    >>> discriminator = PGGANDiscriminator(resolution=16, fmap_max=4)
    >>> discriminator(keras.ops.zeros([2, 8, 8, 3]), stage=1, alpha=0.5).shape
    TensorShape([2, 1])
    """

    def __init__(
        self,
        resolution,
        channels=3,
        num_classes=0,
        group_size=4,
        minibatch_kernels=0,
        layer_norm=False,
        noise=False,
        activation="leaky_relu",
        **kwargs,
    ):
        super().__init__(resolution, channels, num_classes, **kwargs)
        self.group_size, self.minibatch_kernels = group_size, minibatch_kernels
        self.layer_norm, self.noise, self.activation = layer_norm, noise, activation
        self.fade_in = layers.FadeIn(dtype=self.dtype_policy)
        self.perturb = layers.MultiplicativeNoise(dtype=self.dtype_policy)
        for stage in range(self.final_stage, -1, -1):
            maps, height_width = self.maps(stage + 1), self.resolutions[stage]
            image = (None, *height_width, self.channels)
            shape = self.add(layers.EqualizedConv2D, stage, "from_rgb", image, maps, 1, activation=activation)
            if stage > 0:
                self._add(layers.EqualizedConv2D, stage, "conv0", shape, maps)
                if self.fused_scale:
                    self._add(layers.EqualizedConv2DDown, stage, "conv1_down", shape, self.maps(stage))
                else:
                    self._add(layers.EqualizedConv2D, stage, "conv1", shape, self.maps(stage))
        if group_size != 0:
            shape = self.add(layers.MinibatchStdDev, 0, "std_dev", shape, group_size)
        shape = self._add(layers.EqualizedConv2D, 0, "conv", shape, maps)
        shape = self._add(layers.EqualizedDense, 0, "dense0", shape, self.maps(0))
        if minibatch_kernels:
            shape = self.add(layers.MinibatchDiscrimination, 0, "minibatch", shape, minibatch_kernels)
        self.add(layers.EqualizedDense, 0, "dense1", shape, 1 + self.num_classes, gain=1.0, dtype=self.head_dtype)
        self.built = True

    def _add(self, layer_class, stage, part, shape, *args, **kwargs):
        if not self.layer_norm:
            return self.add(layer_class, stage, part, shape, *args, activation=self.activation, **kwargs)
        shape = self.add(layer_class, stage, part, shape, *args, use_bias=False, **kwargs)
        return self.add(layers.ScalarGainLayerNorm, stage, f"{part}_norm", shape)

    def _run(self, stage, part, x, perturb):
        x = self.part(stage, part)(x if perturb is None else perturb(x))
        if self.layer_norm:
            x = get_activation(self.activation)(self.part(stage, f"{part}_norm")(x))
        return x

    def from_rgb(self, stage, images):
        """Images of a stage's resolution to its features."""
        return self.part(stage, "from_rgb")(images)

    def block(self, stage, x, perturb=None):
        """The two convolutions of a stage above the base, [N 2h 2w C] -> [N h w C']."""
        x = self._run(stage, "conv0", x, perturb)
        if self.fused_scale:
            return self._run(stage, "conv1_down", x, perturb)
        return layers.downscale(self._run(stage, "conv1", x, perturb))

    def head(self, x, parts=1, perturb=None):
        """Features of the base to scores and class logits, [N h w C] -> float32 [N 1+num_classes]."""
        x = self.head_features(x, parts, perturb)
        if self.minibatch_kernels:
            x = self.part(0, "minibatch")(x, parts=parts)
        return self.part(0, "dense1")(x)

    def head_features(self, x, parts=1, perturb=None):
        """What the layers of the base say before the scores, [N maps]."""
        if self.group_size != 0:
            x = self.part(0, "std_dev")(x, parts=parts)
        return self._run(0, "dense0", self._run(0, "conv", x, perturb), perturb)

    def call(self, images, stage=None, alpha=None, parts=1, noise_strength=None, training=False):
        x, perturb = self.features(images, stage, alpha, noise_strength, training)
        return self._split(self.head(x, parts, perturb))

    def features(self, images, stage=None, alpha=None, noise_strength=None, training=False):
        """Runs the stages above the base; returns their features [N h w C] and the noise for the layers after them."""
        perturb = None
        if self.noise and training and noise_strength is not None:

            def perturb(x):
                return self.perturb(x, strength=noise_strength, training=True)

        stage = self.final_stage if stage is None else stage
        x = self.from_rgb(stage, images)
        for k in range(stage, 0, -1):
            x = self.block(k, x, perturb)
            if k == stage and alpha is not None:
                x = self.fade(self.from_rgb(k - 1, layers.downscale(images)), x, alpha)
        return x, perturb

    def linear(self, images, lod=0.0):
        """What `call` says, from images of full resolution, by blending in every stage (Fig. 2)."""
        x = self.from_rgb(self.final_stage, images)
        for stage in range(self.final_stage, 0, -1):
            x = self.block(stage, x)
            images = layers.downscale(images)
            old_weight = min(max(lod - (self.final_stage - stage), 0.0), 1.0)
            x = self.fade(self.from_rgb(stage - 1, images), x, 1 - old_weight)
        return self._split(self.head(x))

    def _split(self, x):
        return (x[:, :1], x[:, 1:]) if self.num_classes else x

    def compute_output_shape(self, input_shape):
        """Shape of the scores, or of scores and class logits."""
        scores = (input_shape[0], 1)
        return (scores, (input_shape[0], self.num_classes)) if self.num_classes else scores

    def get_config(self):
        names = ("group_size", "minibatch_kernels", "layer_norm", "noise", "activation")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
