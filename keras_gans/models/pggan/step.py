"""The training step of PGGAN: Karras et al. 2018 (arXiv 1710.10196), App. A.1, as train.py and loss.py of the official
code order it (tkarras/progressive_growing_of_gans, master @2504c3f; `simultaneous` is the Theano branch's).
"""

import tensorflow as tf

from keras_gans import layers, losses, noise
from keras_gans.models import feeding, replicas
from keras_gans.models.game import FakeBatch, finite_everywhere, loss_scale, spoiled
from keras_gans.penalties import DiscriminatorPass


class ProgressiveGame:
    """The step on images of one stage, mixed into `PGGAN` before `GAN`.

    Needs `stage` (a Python integer, constant in the graph), `fade_position` and the settings of `PGGAN.compile`.
    """

    def train_step(self, data):
        images, labels = self.unpack(data)
        with self.step_scope(images):
            alpha = self.fade_position()
            self.lod.assign(self.generator.final_stage - self.stage + 1.0 - (1.0 if alpha is None else alpha))
            for real_images, real_labels in self.split(images, labels, self.discriminator_steps):
                real_images = self.stage_images(real_images, alpha)
                if self.simultaneous:
                    self.update_average()
                    fake_score = self.simultaneous_step(real_images, real_labels, alpha)
                else:
                    fakes = self.fake_batch(real_images, real_labels, alpha)
                    fake_score = self.discriminator_step(real_images, real_labels, fakes, alpha)
            if not self.simultaneous:
                self.update_average()  # of the weights before the generator's step
                for _ in range(self.generator_steps):
                    self.generator_step(self.fake_batch(real_images, real_labels, alpha), alpha)
            if self.discriminator.noise:
                self.follow_fake_scores(fake_score)
            self.images_seen.assign_add(self.global_count(images))
        return {metric.name: metric.result() for metric in self.metrics}

    def stage_images(self, images, alpha):
        """Real images as the stage sees them: 2x2 means down to its resolution, faded like the networks' new layers.

        Args:
            images: float tensor [N, H, W, C] of full resolution, or of the stage's already.
            alpha: scalar, or None where nothing fades.

        Returns:
            Float tensor [N, h, w, C]: (1 - α) up(down(x)) + α x.

        Raises:
            ValueError: If the images are smaller than the stage's.
        """
        height, width = self.generator.resolutions[self.stage]
        if images.shape[1] < height or images.shape[2] < width:
            raise ValueError(
                f"This stage trains on images of at least {height} x {width}. "
                f"Received: images of {images.shape[1]} x {images.shape[2]}"
            )
        images = layers.downscale(images, images.shape[1] // height)
        if alpha is None:
            return images
        return self.fade_in([layers.upscale(layers.downscale(images)), images], alpha)

    def fake_batch(self, real_images, labels, alpha=None):
        """Draws as many images of the stage as there are real ones, with their labels.

        Args:
            real_images: float tensor [N, h, w, C].
            labels: int32 tensor [N], or None.
            alpha: scalar, or None where nothing fades.

        Returns:
            A `FakeBatch`.
        """
        latents = self.draw_latents(noise.current(), tf.shape(real_images)[0])
        with tf.GradientTape() as tape:
            inputs = [latents, labels] if self.num_classes else latents
            images = self.generator(inputs, stage=self.stage, alpha=alpha, training=True)
        return FakeBatch(images, labels, tape, None)

    def discriminator_step(self, real_images, labels, fakes, alpha=None):
        """Updates the discriminator once; changes nothing else. Returns the mean score of the fakes before.

        Args:
            real_images: float tensor [N, h, w, C] in [-1, 1].
            labels: int32 tensor [N], or None.
            fakes: `FakeBatch`.
            alpha: scalar, or None where nothing fades.
        """
        with tf.GradientTape() as tape:
            loss, logs, (fake_logits, _) = self.discriminator_loss(
                real_images, labels, tf.stop_gradient(fakes.images), alpha
            )
            scaled_loss = self.scale(loss, self.d_optimizer)
        variables = self.discriminator.active_variables(self.stage)
        self.apply(self.d_optimizer, tape.gradient(scaled_loss, variables), variables)
        self.log(d_loss=loss, **logs)
        return tf.reduce_mean(fake_logits)

    def discriminator_loss(self, real_images, labels, fake_images, alpha):
        """Returns (loss, logs, (fake logits, fake class logits)); real and fake go through in one pass.

        Args:
            real_images: float tensor [N, h, w, C] in [-1, 1].
            labels: int32 tensor [N], or None; those of the fakes too.
            fake_images: float tensor [N, h, w, C].
            alpha: scalar, or None where nothing fades.
        """
        logits, classes = self.score_stage(tf.concat([real_images, fake_images], 0), alpha, parts=2)
        real_logits, fake_logits = tf.split(logits, 2)
        loss = self.adversarial_loss.discriminator(real_logits, fake_logits)
        logs, fake_classes = dict(d_real=real_logits, d_fake=fake_logits), None
        if self.has_auxiliary_classifier:
            real_classes, fake_classes = tf.split(classes, 2)
            logs["d_class_loss"] = losses.classification(labels, real_classes)
            loss += self.auxiliary_weights[0] * (logs["d_class_loss"] + losses.classification(labels, fake_classes))
        step = DiscriminatorPass(
            score=lambda images: self.score_stage(images, alpha)[0],
            real_images=real_images,
            fake_images=tf.stop_gradient(fake_images),
            real_logits=real_logits,
            fake_logits=fake_logits,
            gradient_scale=loss_scale(self.d_optimizer),
            pixel_size=2 ** (self.generator.final_stage - self.stage),  # the networks of the code are always full size
        )
        for penalty in self.penalties:
            logs[penalty.name] = penalty(step)
            loss += logs[penalty.name]
        return loss, logs, (fake_logits, fake_classes)

    def generator_step(self, fakes, alpha=None):
        """Updates the generator once; changes nothing else.

        Args:
            fakes: `FakeBatch`; its images are scored by the discriminator as it is now.
            alpha: scalar, or None where nothing fades.
        """
        with tf.GradientTape() as image_tape:
            image_tape.watch(fakes.images)
            logits, classes = self.score_stage(fakes.images, alpha)
            loss, logs = self.generator_loss(logits, classes, fakes.labels)
            scaled_loss = self.scale(loss, self.g_optimizer)
        variables = self.generator.active_variables(self.stage)
        image_gradients = image_tape.gradient(scaled_loss, fakes.images)
        gradients = fakes.tape.gradient(fakes.images, variables, output_gradients=image_gradients)
        self.apply(self.g_optimizer, gradients, variables)
        self.log(g_loss=loss, **logs)

    def generator_loss(self, fake_logits, fake_classes, labels):
        """Returns (loss, logs) of the generator for scores of its images.

        Args:
            fake_logits: float tensor [N, 1].
            fake_classes: float tensor [N, K], or None.
            labels: int32 tensor [N], or None.
        """
        loss, logs = self.adversarial_loss.generator(fake_logits), {}
        if self.has_auxiliary_classifier:
            logs["g_class_loss"] = losses.classification(labels, fake_classes)
            loss += self.auxiliary_weights[1] * logs["g_class_loss"]
        return loss, logs

    def simultaneous_step(self, real_images, labels, alpha=None):
        """Updates both networks at once, from one fake batch scored once, as the reference's CIFAR-10 run does.

        Returns the mean score of the fakes before.

        Args:
            real_images: float tensor [N, h, w, C] in [-1, 1].
            labels: int32 tensor [N], or None.
            alpha: scalar, or None where nothing fades.
        """
        fakes = self.fake_batch(real_images, labels, alpha)
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(fakes.images)
            d_loss, d_logs, fake_outputs = self.discriminator_loss(real_images, labels, fakes.images, alpha)
            g_loss, g_logs = self.generator_loss(*fake_outputs, labels)
            scaled_d_loss = self.scale(d_loss, self.d_optimizer)
            scaled_g_loss = self.scale(g_loss, self.g_optimizer)
        d_variables = self.discriminator.active_variables(self.stage)
        g_variables = self.generator.active_variables(self.stage)
        d_gradients = tape.gradient(scaled_d_loss, d_variables)
        image_gradients = tape.gradient(scaled_g_loss, fakes.images)
        g_gradients = fakes.tape.gradient(fakes.images, g_variables, output_gradients=image_gradients)
        self.apply(self.d_optimizer, d_gradients, d_variables)
        self.apply(self.g_optimizer, g_gradients, g_variables)
        self.log(d_loss=d_loss, g_loss=g_loss, **d_logs, **g_logs)
        return tf.reduce_mean(fake_outputs[0])

    def score_stage(self, images, alpha=None, parts=1):
        """Returns (logits [N, 1], class logits [N, K] or None) in training mode.

        Args:
            images: float tensor [N, h, w, C] of the stage.
            alpha: scalar, or None where nothing fades.
            parts: minibatches that lie one after the other in `images`.
        """
        strength = self.noise_strength() if self.discriminator.noise else None
        outputs = self.discriminator(
            images, stage=self.stage, alpha=alpha, parts=parts, noise_strength=strength, training=True
        )
        return outputs if self.has_auxiliary_classifier else (outputs, None)

    def apply(self, optimizer, gradients, variables):
        """Applies an update if all of its gradients are finite; otherwise leaves all as it is and counts it.

        Args:
            optimizer: keras optimizer.
            gradients: list of tensors.
            variables: list of variables.
        """
        gradients = [tf.zeros(v.shape, v.dtype) if g is None else g for g, v in zip(gradients, variables, strict=True)]
        finite = finite_everywhere(gradients)
        if hasattr(optimizer, "inner_optimizer"):  # looks by itself, and adapts its loss scale
            optimizer.apply(spoiled(gradients, unless=finite), variables)
        elif tf.distribute.get_strategy().num_replicas_in_sync > 1:
            _apply_or_restore(optimizer, gradients, variables, finite)
        else:
            tf.cond(finite, lambda: _true(optimizer.apply(gradients, variables)), lambda: tf.constant(False))
        self.skipped_updates.assign_add(tf.cast(~finite, tf.int64))

    def update_average(self):
        """Moves the averaged generator towards the generator, a <- d a + (1 - d) w: what the stage has, and below."""
        pairs = zip(
            self.averaged_generator.weights_up_to(self.stage), self.generator.weights_up_to(self.stage), strict=True
        )
        for averaged, weight in pairs:
            value = tf.convert_to_tensor(weight)
            if value.dtype.is_floating and self.average_decay:
                value += self.average_decay * (tf.convert_to_tensor(averaged) - value)
            feeding.assign(averaged, value)

    # The multiplicative noise of the LSGAN variant (App. B)

    def noise_strength(self):
        """Strength of the discriminator's noise: 0.2 max(0, d - 0.5)²."""
        return 0.2 * tf.square(tf.maximum(tf.convert_to_tensor(self.fake_score_average) - 0.5, 0.0))

    def follow_fake_scores(self, mean_score):
        """d <- 0.9 d + 0.1 clip(mean score of the fakes, 0, 1).

        Args:
            mean_score: float scalar.
        """
        new = tf.clip_by_value(replicas.mean(tf.cast(mean_score, tf.float32)), 0.0, 1.0)
        self.fake_score_average.assign(0.9 * tf.convert_to_tensor(self.fake_score_average) + 0.1 * new)


def _true(_):
    return tf.constant(True)


def _apply_or_restore(optimizer, gradients, variables, finite):
    """Applies, then takes back if not `finite`: replicas cannot update within a branch."""
    touched = [*variables, *optimizer.variables]
    before = [tf.identity(v) for v in touched]
    optimizer.apply([tf.where(tf.math.is_finite(g), g, tf.zeros_like(g)) for g in gradients], variables)
    for variable, old in zip(touched, before, strict=True):
        feeding.assign(variable, tf.where(finite, tf.convert_to_tensor(variable), old))
