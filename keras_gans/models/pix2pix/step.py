"""One training step of pix2pix: the discriminator judges (input, output), the generator also has to be near the target.

Isola et al. 2017 (arXiv 1611.07004), Eq. 1 to 4 and Sec. 3.3.
"""

import keras
import tensorflow as tf

from keras_gans import pixels
from keras_gans.layers import feature_statistics
from keras_gans.models.game import FakeBatch

SSIM_WINDOW = 11


class PairedGame:
    """The step, mixed into `Pix2Pix` before the `Game` of `GAN`.

    L_D = discriminator_weight · [-log D(x, y) - log(1 - D(x, G(x)))]
    L_G = adversarial_weight · [-log D(x, G(x))] + reconstruction_weight · |y - G(x)|_1
    """

    def train_step(self, data):
        inputs, targets = self.unpack(data)
        with self.step_scope(inputs):
            fakes = self.fake_batch(inputs)
            gradients = self.discriminator_step(inputs, targets, fakes) if self.adversarial_weight else None
            self.generator_step(inputs, targets, fakes, gradients)
            self.images_seen.assign_add(self.global_count(inputs))
        return {name: self._trackers[name].result() for name in self._log_names}

    def test_step(self, data):
        inputs, targets = self.unpack(data)
        with self.noise_scope(evaluation=True), feature_statistics.scope(feature_statistics.PerImage()):
            outputs = self.generator(inputs, training=True)  # dropout is the noise, at test too
            logs = self.scores(targets, outputs)
            logs["g_loss"] = self.reconstruction_weight * self.distance(targets, outputs)
            if self.adversarial_weight:
                real_logits = self.discriminator([inputs, targets])
                fake_logits = self.discriminator([inputs, outputs])
                loss = self.adversarial_loss.discriminator(real_logits, fake_logits)
                logs["d_loss"] = self.discriminator_weight * loss
                logs["g_loss"] += self.adversarial_weight * self.adversarial_loss.generator(fake_logits)
                logs.update(d_real=real_logits, d_fake=fake_logits)
        self.log(**logs)
        return {name: self._trackers[name].result() for name in logs}

    def fake_batch(self, inputs):
        """Translates the inputs in training mode.

        Args:
            inputs: float tensor [N, H, W, C] in [-1, 1].

        Returns:
            `FakeBatch`.
        """
        with tf.GradientTape() as tape:
            images = self.generator(inputs, training=True)
        return FakeBatch(images, None, tape, None)

    def discriminator_step(self, inputs, targets, fakes):
        """Updates the discriminator once; changes nothing else.

        Args:
            inputs: float tensor [N, H, W, C] in [-1, 1].
            targets: float tensor [N, H, W, C'] in [-1, 1].
            fakes: `FakeBatch`.

        Returns:
            With `reuse_scores`: (generator's adversarial loss, its scaled gradient with respect to the fake images),
            both by the discriminator before its update; else None.
        """
        fake_images = tf.identity(fakes.images) if self.reuse_scores else tf.stop_gradient(fakes.images)
        with tf.GradientTape(persistent=self.reuse_scores) as tape:
            if self.reuse_scores:
                tape.watch(fake_images)
            real_logits = self.discriminator([inputs, targets], training=True)
            fake_logits = self.discriminator([inputs, fake_images], training=True)
            loss = self.discriminator_weight * self.adversarial_loss.discriminator(real_logits, fake_logits)
            scaled_loss = self.scale(loss, self.d_optimizer)
            if self.reuse_scores:
                g_loss = self.adversarial_weight * self.adversarial_loss.generator(fake_logits)
                scaled_g_loss = self.scale(g_loss, self.g_optimizer)
        reused = (g_loss, tape.gradient(scaled_g_loss, fake_images)) if self.reuse_scores else None
        weights = self.discriminator.trainable_variables
        self.apply(self.d_optimizer, tape.gradient(scaled_loss, weights), weights)
        self.log(d_loss=loss, d_real=real_logits, d_fake=fake_logits)
        return reused

    def generator_step(self, inputs, targets, fakes, reused=None):
        """Updates the generator once; changes nothing else.

        Args:
            inputs: float tensor [N, H, W, C] in [-1, 1].
            targets: float tensor [N, H, W, C'] in [-1, 1].
            fakes: `FakeBatch`; scored by the discriminator as it is now, where nothing was reused.
            reused: what `discriminator_step` returned.
        """
        with tf.GradientTape() as image_tape:
            image_tape.watch(fakes.images)
            loss, logs = self.generator_loss(inputs, targets, fakes.images, scored=reused is None)
            scaled_loss = self.scale(loss, self.g_optimizer)
        image_gradients = image_tape.gradient(scaled_loss, fakes.images)
        if reused is not None:
            loss, image_gradients = loss + reused[0], image_gradients + reused[1]
        weights = self.generator.trainable_variables
        gradients = fakes.tape.gradient(fakes.images, weights, output_gradients=image_gradients)
        self.apply(self.g_optimizer, gradients, weights)
        self.log(g_loss=loss, **logs)

    def generator_loss(self, inputs, targets, outputs, scored=True):
        """Returns (loss, logs) of the generator for its images (Eq. 4); where a further term belongs.

        Args:
            inputs: float tensor [N, H, W, C] in [-1, 1].
            targets: float tensor [N, H, W, C'] in [-1, 1].
            outputs: float tensor [N, H, W, C'], the generator's images.
            scored: whether the adversarial term is part of it; not where the discriminator's step gave its gradient.
        """
        loss = self.reconstruction_weight * self.distance(targets, outputs)
        if self.adversarial_weight and scored:
            fake_logits = self.discriminator([inputs, outputs], training=True)
            loss += self.adversarial_weight * self.adversarial_loss.generator(fake_logits)
        return loss, dict(l1=tf.abs(targets - outputs))

    def distance(self, targets, outputs):
        """The reconstruction loss: mean |y - G(x)| (Eq. 3), or mean (y - G(x))² for "l2".

        Args:
            targets: float tensor [N, H, W, C].
            outputs: float tensor [N, H, W, C].
        """
        difference = targets - outputs
        return tf.reduce_mean(tf.abs(difference) if self.reconstruction == "l1" else tf.square(difference))

    def scores(self, targets, outputs):
        """What `evaluate` reports beside the losses: {name: tensor [N] or scalar}.

        `l1`, mean absolute difference on the scale of [-1, 1] (lower is better); `psnr` in decibels and `ssim`, for
        images of at least 11 pixels a side (higher is better).

        Args:
            targets: float tensor [N, H, W, C] in [-1, 1].
            outputs: float tensor [N, H, W, C] in [-1, 1].
        """
        scores = dict(l1=tf.abs(targets - outputs), psnr=tf.image.psnr(targets, outputs, 2.0))
        if min(self.image_shape[:2]) >= SSIM_WINDOW:
            scores["ssim"] = tf.image.ssim(targets, outputs, 2.0, filter_size=SSIM_WINDOW)
        return scores

    def unpack(self, data):
        """Returns (inputs, targets), float32 in [-1, 1], of what the dataset yields.

        Args:
            data: (inputs, targets), integers or floats.

        Raises:
            ValueError: If there are no targets.
        """
        inputs, targets, _ = keras.utils.unpack_x_y_sample_weight(data)
        if targets is None:
            raise ValueError("pix2pix trains on pairs (inputs, targets). Received: inputs only")
        return pixels.to_float(inputs), pixels.to_float(targets)
