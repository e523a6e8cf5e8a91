"""From a trained generator to translated images: one by one, in tiles, and in a served model."""

import numpy as np
import tensorflow as tf

from keras_gans import noise, pixels
from keras_gans.layers import feature_statistics
from keras_gans.models.pix2pix import tiling
from keras_gans.models.pix2pix.sizes import padded, split_images

TILED_FROM = 2**21  # pixels above which `translate` works in tiles when it may choose


class TranslationStream(noise.NoiseStream):
    """The noise of image `index` of a translation, a pure function of (seed, index, draw).

    Its positions are -2, -3, ..., which neither training (0 and more) nor sampling (-1) has.

    Args:
        seed: integer or scalar tensor in [0, 2^31).
        index: integer or scalar tensor from 0.
    """

    def __init__(self, seed, index):
        self.seed, self.replica, self._draw = seed, 0, 0
        self.position = -2 - tf.cast(index, tf.int64)


class Translating:
    """What `Pix2Pix` does without training. Needs `generator`, `image_shape` and the numbers of channels."""

    def translate_images(self, inputs, seed=0, index=0, use_noise=True):
        """Runs the generator on one image, which is normalised by itself, or on several with the noise of one.

        Args:
            inputs: float tensor [N, H, W, C] in [-1, 1].
            seed: integer or scalar tensor.
            index: integer or scalar tensor: number of the image, which keys its noise.
            use_noise: whether dropout is on.

        Returns:
            Float32 tensor [N, H, W, C'] in (-1, 1).
        """
        statistics = feature_statistics.current() or feature_statistics.PerImage()
        with noise.scope(TranslationStream(seed, index)), feature_statistics.scope(statistics):
            return self.generator(inputs, training=bool(use_noise))

    def translate(self, images, seed=0, noise=True, first_index=0, tile=None, overlap=None, pad=False, dtype="uint8"):
        """Returns the translations of images.

        Each image is normalised by itself, and image i has the dropout noise of (seed, first_index + i): its
        translation depends on nothing else in the batch. Images are translated one after the other; large ones in
        tiles which share the normalisation statistics and the noise of the whole image and are blended where they
        overlap (see `tiling`).

        Args:
            images: array [N, H, W, C] or one image [H, W, C]; or a list of images, which may differ in size. uint8,
                uint16 or float in [-1, 1].
            seed: integer in [0, 2^31), of the noise.
            noise: whether dropout is on, as in the paper; without it the translation depends on the image alone.
            first_index: integer from 0, the number of the first image.
            tile: side of the tiles that larger images are cut into, 0 for none; None: tiles of `image_shape` for images
                of more than 2^21 pixels.
            overlap: pixels that neighbouring tiles share, at most half a tile; None: a quarter.
            pad: whether images whose sides are no multiple of what the generator needs are continued by reflection
                and cut back; otherwise they are refused.
            dtype: "uint8", "uint16" (0 to 65535) or "float32" (in [-1, 1]).

        Returns:
            What was given, in the output's channels and `dtype`: an array [N, H, W, C'] or [H, W, C'], or a list.

        Raises:
            ValueError: If images do not fit the model, or an argument is out of range.

        Example:

        >>> import numpy as np, keras_gans
        >>> model = keras_gans.Pix2Pix(resolution=16, filters=2, discriminator_filters=2, receptive_field=16)
        >>> model.translate(np.zeros([2, 16, 32, 3], "uint8"), seed=1).shape
        (2, 16, 32, 3)
        """
        pixels.check_image_dtype(dtype)
        for name, value in (("noise", noise), ("pad", pad)):
            if not isinstance(value, (bool, np.bool_)):
                raise ValueError(f"{name} must be True or False. Received: {name}={value!r}")
        seed = check_number(seed, "seed", 2**31)
        first_index = check_number(first_index, "first_index", 2**62)
        listed, rebuild = split_images(images, self.input_channels)
        if tile not in (None, 0):
            tiling.checked_overlap(self, tile, overlap)
        outputs = []
        for index, image in enumerate(listed, start=first_index):
            large = image.shape[0] * image.shape[1] > TILED_FROM
            side = tile if tile is not None else min(self.image_shape[:2]) if large else 0
            if side and max(image.shape[:2]) > side:
                outputs.append(tiling.translate(self, image, seed, index, noise, side, overlap, pad, dtype))
                continue
            with padded(image, self.generator.multiple_of, pad, f"image {index}") as (whole, cut):
                made = self.compiled_translation(noise, dtype)(pixels.to_float(whole[None]), seed, index)
            outputs.append(cut(made[0].numpy()))
        return rebuild(outputs)

    def compiled_translation(self, use_noise, dtype):
        """Returns the compiled function (inputs [N, H, W, C], seed, index) -> outputs of `dtype`, traced once a size.

        Args:
            use_noise: whether dropout is on.
            dtype: as of `translate`.
        """
        passes = self.__dict__.setdefault("_compiled_passes", {})
        key = bool(use_noise), dtype
        if key not in passes:

            def outputs_of(inputs, seed, index):
                return pixels.to_pixels(self.translate_images(inputs, seed, index, use_noise), dtype)

            passes[key] = tf.function(outputs_of, reduce_retracing=True)
        return lambda inputs, seed, index: passes[key](
            inputs, tf.constant(seed, tf.int64), tf.constant(index, tf.int64)
        )

    def noise_diversity(self, images, draws=8, seed=0):
        """Measures how much the noise changes translations: is z needed? (Isola et al., Sec. 3.1: hardly.)

        The standard deviation of each pixel over `draws` translations of the same image, averaged over pixels and
        images, on the scale of [0, 255]: 0 for a deterministic model.

        Args:
            images: as of `translate`.
            draws: translations of each image, at least 2.
            seed: integer; draw k has the seed `seed + k`.

        Returns:
            float.

        Raises:
            ValueError: If there are fewer than two draws.
        """
        if check_number(draws, "draws", 2**20) < 2:
            raise ValueError(f"draws must be at least 2. Received: draws={draws!r}")
        seed = check_number(seed, "seed", 2**31 - draws + 1)
        listed, _ = split_images(images, self.input_channels)
        if not listed:
            raise ValueError("There must be at least one image. Received: an empty list")
        deviations = []
        for index, image in enumerate(listed):
            outputs = [self.translate(image, seed + k, first_index=index, dtype="float32") for k in range(draws)]
            deviations.append(np.std(np.stack(outputs), axis=0, dtype=np.float64).mean() * 127.5)
        return float(np.mean(deviations))

    # What a model with latents does

    def generate(self, *args, **kwargs):
        """Raises ValueError: there are no latents to make images of; see `translate`."""
        raise ValueError(
            "pix2pix makes images of images: use translate(images), or keras-gans translate RUN. It has no latents to "
            "generate from"
        )

    generate_from = sample_latents = sample_labels = generate

    def serving_signatures(self):
        """Returns the functions that a served model offers: {name: (function, [tf.TensorSpec])}.

        `serving_default`: images uint8 [N, H, W, C] -> images uint8 [N, H, W, C'].
        `translate_float`: images float32 in [-1, 1] -> images float32.
        `translate_png`: image_bytes string [N] (PNG or JPEG files of any sizes) -> image_bytes string [N], PNG; for
        inputs of 1, 3 or 4 channels. Alpha and grey are treated as by `data.geometry.to_channels`: transparent pixels
        lie on white. Of 16 bits the upper 8 are read; the orientation that EXIF notes is not applied.

        Any size is taken: where the generator needs a multiple of something, images are continued by
        reflection and cut back. Image i of a request is that of `translate(images, pad=True)`: seed 0, dropout on.
        """

        def translated(image, index):
            height, width = tf.shape(image)[0], tf.shape(image)[1]
            rows, columns = (_continued(n, self.generator.multiple_of) for n in (height, width))
            whole = tf.gather(tf.gather(image, rows), columns, axis=1)
            return self.translate_images(whole[None], 0, index)[0, :height, :width]

        def each(images, function, dtype):
            count = tf.shape(images, out_type=tf.int64)[0]
            spec = tf.TensorSpec([None, None, self.output_channels] if dtype != tf.string else [], dtype)

            def mapped():
                pairs = images, tf.range(count)
                return tf.map_fn(lambda p: function(*p), pairs, fn_output_signature=spec, parallel_iterations=1)

            if dtype == tf.string:
                return mapped()
            none = [0, *tf.unstack(tf.shape(images)[1:3]), self.output_channels]  # the map of no image has no size
            return tf.cond(count > 0, mapped, lambda: tf.zeros(none, dtype))

        def serving_default(images):
            function = lambda image, index: pixels.to_pixels(translated(pixels.to_float(image), index))  # noqa: E731
            return {"images": each(images, function, tf.uint8)}

        def translate_float(images):
            return {"images": each(images, translated, tf.float32)}

        def translate_png(image_bytes):
            def one(data, index):
                image = pixels.to_float(_decoded(data, self.input_channels))
                return tf.io.encode_png(pixels.to_pixels(translated(image, index)))

            return {"image_bytes": each(image_bytes, one, tf.string)}

        shape = [None, None, None, self.input_channels]
        signatures = {
            "serving_default": (serving_default, [tf.TensorSpec(shape, tf.uint8, name="images")]),
            "translate_float": (translate_float, [tf.TensorSpec(shape, tf.float32, name="images")]),
        }
        if self.input_channels in (1, 3, 4) and self.output_channels <= 4:
            signatures["translate_png"] = (translate_png, [tf.TensorSpec([None], tf.string, name="image_bytes")])
        return signatures


def check_number(value, name, limit):
    """Returns `value` as a Python integer.

    Args:
        value: integer in [0, limit).
        name: what the message calls it.
        limit: integer.

    Raises:
        ValueError: If it is none.
    """
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or not 0 <= value < limit:
        raise ValueError(f"{name} must be an integer from 0 to {limit - 1}. Received: {name}={value!r}")
    return int(value)


def _decoded(data, channels):
    """The file as uint8 [H, W, channels], channels 1, 3 or 4; `data.geometry.to_channels` as a graph."""
    image = tf.cast(tf.io.decode_png(data, channels=0), tf.int32)  # [H W C], C as in the file: 1 to 4
    count = tf.shape(image)[2]
    colours = (count + 1) // 2 * 2 - 1  # 1 or 3
    colour = tf.tile(image[..., :colours], [1, 1, 3 // colours])  # [H W 3]
    alpha = tf.where(count > colours, image[..., -1:], 255)  # [H W 1]
    if channels == 4:
        image = tf.concat([colour, alpha], -1)
    else:
        image = (colour * alpha + 255 * (255 - alpha) + 127) // 255
    if channels == 1:
        luma = tf.constant([0.299, 0.587, 0.114])
        image = tf.round(tf.reduce_sum(tf.cast(image, tf.float32) * luma, -1, keepdims=True))
    return tf.ensure_shape(tf.cast(image, tf.uint8), [None, None, channels])


def _continued(size, multiple):
    """Indices of an axis that is continued by reflection to a multiple, as `sizes.padded`."""
    indices = tf.range(-(-size // multiple) * multiple) % (2 * size)
    return tf.minimum(indices, 2 * size - 1 - indices)
