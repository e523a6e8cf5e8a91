"""What the generator and the discriminator of PGGAN have in common: stages, names, channel counts.

Karras et al. 2018 (arXiv 1710.10196), Table 2 and App. A. Each network is written twice: `call` runs the layers of one
stage and no others; `linear` runs all stages and blends them, as the paper's Figure 2 does: slower, easier to read, and
equal at every level of detail.
"""

import math
import zlib

import keras

from keras_gans import layers
from keras_gans.models.checks import check_int, check_number
from keras_gans.schedules import stage_resolutions

HEADS = ("to_rgb", "from_rgb")


def feature_maps(level, fmap_base=8192, fmap_decay=1.0, fmap_max=512):
    """Returns min(⌊fmap_base / 2^(level fmap_decay)⌋, fmap_max); layers of stage k have level k + 1.

    Args:
        level: integer >= 0.
        fmap_base: overall multiplier.
        fmap_decay: log2 of the reduction at each doubling of the resolution.
        fmap_max: upper limit.

    Raises:
        ValueError: If `fmap_decay` is beyond 32, at which nothing is left of any number of maps.

    Example:

    >>> [feature_maps(level) for level in range(1, 10)]
    [512, 512, 512, 512, 256, 128, 64, 32, 16]
    """
    if abs(fmap_decay) > 32:
        raise ValueError(f"fmap_decay must be from -32 to 32. Received: fmap_decay={fmap_decay!r}")
    return min(int(fmap_base / 2.0 ** (level * fmap_decay)), fmap_max)


class ProgressiveNetwork(keras.Model):
    """What generator and discriminator have in common: stages, names, channel counts, layers built at once.

    Args:
        resolution: final resolution, an integer or (height, width).
        channels: channels of the images.
        num_classes: size of the labels, 0 for none.
        fmap_base: multiplier of the feature maps.
        fmap_decay: log2 reduction of the feature maps at each doubling.
        fmap_max: most feature maps of a layer.
        equalized: whether weights are scaled at run time (Sec. 4.1).
        fused_scale: whether up- and down-scaling are part of the convolutions.
        seed: integer, seed of the initial weights.
        **kwargs: of `keras.Model`: name, dtype.
    """

    def __init__(
        self,
        resolution,
        channels=3,
        num_classes=0,
        fmap_base=8192,
        fmap_decay=1.0,
        fmap_max=512,
        equalized=True,
        fused_scale=True,
        seed=0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.resolutions = stage_resolutions(resolution)
        check_int(1, channels=channels, fmap_max=fmap_max)
        check_int(0, num_classes=num_classes)
        check_number(fmap_base=fmap_base, fmap_decay=fmap_decay)
        height, width = self.resolutions[-1]
        self.resolution = height if height == width else (height, width)
        self.channels, self.num_classes = int(channels), int(num_classes)
        self.fmap_base, self.fmap_decay, self.fmap_max = fmap_base, fmap_decay, int(fmap_max)
        self.equalized, self.fused_scale, self.seed = equalized, fused_scale, seed
        self.parts = {}
        self.head_dtype = "float64" if self.compute_dtype == "float64" else "float32"  # of images and scores
        if self.maps(len(self.resolutions)) < 1:
            raise ValueError(f"fmap_base leaves no feature maps at {resolution}. Received: fmap_base={fmap_base!r}")

    @property
    def final_stage(self):
        """Index of the stage that makes images of full resolution."""
        return len(self.resolutions) - 1

    def maps(self, level):
        """Feature maps at a level; layers of stage k have level k + 1."""
        return feature_maps(level, self.fmap_base, self.fmap_decay, self.fmap_max)

    def name_of(self, stage, part):
        """Name of a layer, such as "64x64_conv0_up"."""
        height, width = self.resolutions[stage]
        return f"{height}x{width}_{part}"

    def stage_of(self, layer_name):
        """Index of the stage that a layer belongs to."""
        height, width = layer_name.split("_")[0].split("x")
        return self.resolutions.index((int(height), int(width)))

    def add(self, layer_class, stage, part, shape, *args, **kwargs):
        """Makes a layer and its weights; returns the shape of its output."""
        name = self.name_of(stage, part)
        if issubclass(layer_class, layers.EqualizedDense | layers.EqualizedConv2D):
            kwargs = {"equalized": self.equalized, **kwargs}
        if issubclass(layer_class, layers.EqualizedDense | layers.EqualizedConv2D | layers.MinibatchDiscrimination):
            kwargs["seed"] = zlib.crc32(f"{self.seed} {type(self).__name__} {name}".encode()) & 0x7FFFFFFF
        layer = layer_class(*args, **{"dtype": self.dtype_policy, "name": name, **kwargs})
        layer.build(shape)
        self.parts[name] = layer
        return layer.compute_output_shape(shape)

    def part(self, stage, part):
        """The layer of that name."""
        return self.parts[self.name_of(stage, part)]

    def weights_up_to(self, stage):
        """Weights of all layers up to a stage: those that may have changed when training has come that far."""
        return [w for name, layer in self.parts.items() if self.stage_of(name) <= stage for w in layer.weights]

    def active_variables(self, stage):
        """Trainable variables of the layers that `call` runs at a stage, fading or not."""
        return [
            v
            for name, layer in self.parts.items()
            if self.stage_of(name) <= stage and (name.split("_", 1)[1] not in HEADS or self.stage_of(name) >= stage - 1)
            for v in layer.trainable_variables
        ]

    def split_lod(self, lod):
        """Returns (stage, alpha) of a level of detail: alpha is None where nothing fades."""
        check_number(lod=lod)
        if not 0 <= lod <= self.final_stage:
            raise ValueError(f"lod must be from 0 to {self.final_stage}. Received: lod={lod!r}")
        fraction = lod - math.floor(lod)
        return self.final_stage - math.floor(lod), 1.0 - fraction if fraction else None

    def fade(self, low, high, alpha):
        """What the old layers say, blended into what the newest ones say with weight alpha."""
        return self.fade_in([low, high], alpha)

    def get_config(self):
        config = {**super().get_config(), "name": self.name}
        names = ("resolution", "channels", "num_classes", "fmap_base", "fmap_decay", "fmap_max")
        return {**config, **{n: getattr(self, n) for n in (*names, "equalized", "fused_scale", "seed")}}
