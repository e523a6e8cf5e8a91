"""Gradient accumulation: a step on a batch that is too large for the memory, one part of it after the other."""

import contextlib

import keras
import tensorflow as tf

from keras_gans import noise


class PartOfStream(noise.NoiseStream):
    """The rows of one part of what a stream draws for a whole batch, so that noise does not depend on the parts.

    Args:
        stream: `NoiseStream` of the whole batch.
        part: index of the part.
        parts: number of parts.
        first_draw: number of the first draw.
    """

    def __init__(self, stream, part, parts, first_draw):
        super().__init__(stream.seed, stream.position, stream.replica, first_draw)
        self.part, self.parts = part, parts

    def normal(self, shape):
        return self._rows(super().normal, shape)

    def uniform(self, shape, minval=0.0, maxval=1.0):
        return self._rows(super().uniform, shape, minval, maxval)

    def integers(self, shape, maxval):
        return self._rows(super().integers, shape, maxval)

    def _rows(self, draw, shape, *args):
        count, *rest = tf.unstack(shape) if tf.is_tensor(shape) else shape  # [n, ...] of this part
        whole = draw([count * self.parts, *rest], *args)  # [parts n, ...]
        return whole[self.part * count : (self.part + 1) * count]


class Accumulation:
    """The step on parts of a batch, mixed into `Game`.

    Each network is updated once, by the mean of its gradients over the parts. Losses are means over images, so that is
    the step on the whole batch, to rounding, with the same noise; but for what looks at several images at once: batch
    normalisation, whose moving statistics then move once a part, or the standard deviation of a minibatch.

    The parts run one after the other and leave only sums of gradients, so that memory is that of one part. Fakes that
    both networks' steps use are therefore generated twice: at the same weights and from the same noise, so they are the
    same fakes.
    """

    def accumulated_round(self, images, labels):
        """Makes the steps of `train_step` with `accumulate` parts a batch.

        Args:
            images: float tensor [discriminator_steps * N, H, W, C], N a multiple of `accumulate`.
            labels: int32 tensor [discriminator_steps * N], or None.
        """
        stream, done = noise.current(), None
        for real_images, real_labels in self.split(images, labels, self.discriminator_steps):
            parts = self.split(real_images, real_labels, self.accumulate, "accumulate")
            batch_start, sums = stream._draw, None
            for k, part in enumerate(parts):
                with self._part(stream, k, batch_start, done) as own:
                    fakes = self.fake_batch(*part)
                    done = sums = _added(sums, *self.discriminator_gradients(*part, fakes))
            stream._draw = own._draw
            self.update_discriminator(*_mean(sums, self.accumulate))
        for step in range(self.generator_steps):
            reuses = step == 0 and self.reuse_fakes
            step_start, sums = stream._draw, None
            for k, part in enumerate(parts):
                with self._part(stream, k, batch_start if reuses else step_start, done) as own:
                    with keras.StatelessScope() if reuses else contextlib.nullcontext():  # statistics moved already
                        fakes = self.fake_batch(*part)
                    own._draw = step_start if reuses else own._draw
                    done = sums = _added(sums, *self.generator_gradients(fakes))
            stream._draw = own._draw
            self.update_generator(*_mean(sums, self.accumulate))

    @contextlib.contextmanager
    def _part(self, stream, part, first_draw, done):
        """The noise of one part; what is computed inside waits for what is done, so that no two parts lie in memory."""
        waits_for = [] if done is None or tf.executing_eagerly() else tf.nest.flatten(done)
        own = PartOfStream(stream, part, self.accumulate, first_draw)
        with noise.scope(own), tf.control_dependencies([value for value in waits_for if value is not None]):
            yield own


def _added(sums, gradients, logs):
    """Adds the gradients (None where there is none) and the logs' means of one part to the sums."""
    gradients = [None if g is None else tf.convert_to_tensor(g) for g in gradients]
    logs = {name: tf.reduce_mean(tf.cast(value, tf.float32)) for name, value in logs.items()}
    if sums is None:
        return gradients, logs
    total = [None if g is None else s + g for s, g in zip(sums[0], gradients, strict=True)]
    return total, {name: sums[1][name] + value for name, value in logs.items()}


def _mean(sums, count):
    gradients, logs = sums
    return [None if g is None else g / count for g in gradients], {name: v / count for name, v in logs.items()}
