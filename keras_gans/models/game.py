"""One step of the game: discriminator steps, a generator step, the average (Goodfellow et al. 2014, Algorithm 1)."""

import contextlib

import keras
import tensorflow as tf

from keras_gans import losses, noise, pixels
from keras_gans.models import feeding, replicas
from keras_gans.models.accumulation import Accumulation
from keras_gans.penalties import DiscriminatorPass


class FakeBatch:
    """Generated images and the tape that leads from them back to the generator's weights.

    Args:
        images: float32 tensor [N, H, W, C] in [-1, 1].
        labels: int32 tensor [N], or None.
        tape: `tf.GradientTape` that saw the generator's forward pass.
        regularization: float32 scalar, the sum of the generator's own losses (weight decay and the like), or None.
    """

    def __init__(self, images, labels, tape, regularization):
        self.images = images
        self.labels = labels
        self.tape = tape
        self.regularization = regularization


class Game(Accumulation):
    """The alternating step, mixed into `GAN`. A paper's own variant replaces the method that differs.

    Needs the networks (`generate_images`, `discriminate`, `draw_latents`) and the settings that `GAN.compile` stores.
    """

    def train_step(self, data):
        images, labels = self.unpack(data)
        with self.step_scope(images):
            if self.accumulate > 1:
                self.accumulated_round(images, labels)
            else:
                self.round(images, labels)
            self.images_seen.assign_add(self.global_count(images))
            self.update_average()
        return {metric.name: metric.result() for metric in self.metrics}

    def round(self, images, labels):
        """Makes the steps of one round of the game.

        Args:
            images: float tensor [discriminator_steps * N, H, W, C] in [-1, 1].
            labels: int32 tensor [discriminator_steps * N], or None.
        """
        # Alg. 1, lines 2-5: discriminator steps, each on real images of its own
        for real_images, real_labels in self.split(images, labels, self.discriminator_steps):
            fakes = self.fake_batch(real_images, real_labels)
            self.discriminator_step(real_images, real_labels, fakes)
        # Alg. 1, lines 7-8: the generator steps
        for k in range(self.generator_steps):
            if k > 0 or not self.reuse_fakes:
                fakes = self.fake_batch(real_images, real_labels)
            self.generator_step(fakes)

    def test_step(self, data):
        images, labels = self.unpack(data)
        with self.noise_scope(evaluation=True) as stream:
            fakes = self.generate_images(self.draw_latents(stream, tf.shape(images)[0]), labels)
        real_logits, real_classes = self.discriminate(images, labels)
        fake_logits, fake_classes = self.discriminate(fakes, labels)
        logs = {
            "d_loss": self.adversarial_loss.discriminator(real_logits, fake_logits),
            "g_loss": self.adversarial_loss.generator(fake_logits),
            "d_real": real_logits,
            "d_fake": fake_logits,
        }
        if self.has_auxiliary_classifier:
            logs["d_class_loss"] = losses.classification(labels, real_classes)
            logs["g_class_loss"] = losses.classification(labels, fake_classes)
        self.log(**logs)
        return {name: self._trackers[name].result() for name in logs}

    def fake_batch(self, real_images, labels):
        """Draws as many images as there are real ones, with their labels, in training mode.

        Args:
            real_images: float tensor [N, H, W, C].
            labels: int32 tensor [N], or None.

        Returns:
            A `FakeBatch`.
        """
        latents = self.draw_latents(noise.current(), tf.shape(real_images)[0])
        with tf.GradientTape() as tape:
            images = self.generate_images(latents, labels, training=True)
            regularization = _sum(self.generator.losses) if self.generator.losses else None
        return FakeBatch(images, labels, tape, regularization)

    def discriminator_step(self, real_images, labels, fakes):
        """Updates the discriminator once; changes nothing else.

        Args:
            real_images: float tensor [N, H, W, C] in [-1, 1].
            labels: int32 tensor [N], or None.
            fakes: `FakeBatch`.
        """
        self.update_discriminator(*self.discriminator_gradients(real_images, labels, fakes))

    def discriminator_gradients(self, real_images, labels, fakes):
        """Returns (gradients of the scaled loss by the discriminator's weights, logs); changes moving statistics only.

        Args:
            real_images: float tensor [N, H, W, C] in [-1, 1].
            labels: int32 tensor [N], or None.
            fakes: `FakeBatch`.
        """
        real_images = self.augmented(real_images)
        fake_images = self.augmented(tf.stop_gradient(fakes.images))
        with tf.GradientTape() as tape:
            real_logits, real_classes = self.discriminate(real_images, labels, training=True)
            fake_logits, fake_classes = self.discriminate(fake_images, fakes.labels, training=True)
            loss = self.adversarial_loss.discriminator(real_logits, fake_logits)
            logs = dict(d_real=real_logits, d_fake=fake_logits)
            if self.has_auxiliary_classifier:
                logs["d_class_loss"] = losses.classification(labels, real_classes)
                class_loss = logs["d_class_loss"] + losses.classification(fakes.labels, fake_classes)
                loss += self.auxiliary_weights[0] * class_loss
            step = DiscriminatorPass(
                score=lambda images: self.score_without_state(images, labels),
                real_images=real_images,
                fake_images=fake_images,
                real_logits=real_logits,
                fake_logits=fake_logits,
                gradient_scale=loss_scale(self.d_optimizer),
            )
            for penalty in self.penalties:
                logs[penalty.name] = penalty(step)
                loss += logs[penalty.name]
            if self.discriminator.losses:
                loss += _sum(self.discriminator.losses)
            scaled_loss = self.scale(loss, self.d_optimizer)
        return tape.gradient(scaled_loss, self.discriminator.trainable_variables), dict(d_loss=loss, **logs)

    def update_discriminator(self, gradients, logs):
        """Makes the discriminator's update.

        Args:
            gradients: as `discriminator_gradients` returns them.
            logs: dict of what to log.
        """
        self.apply(self.d_optimizer, gradients, self.discriminator.trainable_variables)
        self.log(**logs)

    def generator_step(self, fakes):
        """Updates the generator once; changes nothing else.

        Args:
            fakes: `FakeBatch`; its images are scored by the discriminator as it is now.
        """
        self.update_generator(*self.generator_gradients(fakes))

    def generator_gradients(self, fakes):
        """Returns (gradients of the scaled loss by the generator's weights, logs); changes nothing.

        Args:
            fakes: `FakeBatch`.
        """
        with tf.GradientTape() as image_tape:
            image_tape.watch(fakes.images)
            with keras.StatelessScope():  # batch statistics as in training, but the moving ones stay
                images = self.augmented(fakes.images)
                fake_logits, fake_classes = self.discriminate(images, fakes.labels, training=True)
            loss = self.adversarial_loss.generator(fake_logits)
            logs = {}
            if self.has_auxiliary_classifier:
                logs["g_class_loss"] = losses.classification(fakes.labels, fake_classes)
                loss += self.auxiliary_weights[1] * logs["g_class_loss"]
            scaled_loss = self.scale(loss, self.g_optimizer)
        image_gradients = image_tape.gradient(scaled_loss, fakes.images)
        targets, cotangents = [fakes.images], [image_gradients]
        if fakes.regularization is not None:
            one = self.scale(tf.ones_like(fakes.regularization), self.g_optimizer)
            targets, cotangents = [*targets, fakes.regularization], [*cotangents, one]
            loss += fakes.regularization
        weights = self.generator.trainable_variables
        return fakes.tape.gradient(targets, weights, output_gradients=cotangents), dict(g_loss=loss, **logs)

    def update_generator(self, gradients, logs):
        """Makes the generator's update.

        Args:
            gradients: as `generator_gradients` returns them.
            logs: dict of what to log.
        """
        self.apply(self.g_optimizer, gradients, self.generator.trainable_variables)
        self.log(**logs)

    def apply(self, optimizer, gradients, variables):
        """Makes an optimizer's update; under a loss scale, on all replicas or on none.

        Args:
            optimizer: keras optimizer.
            gradients: list of tensors, None where there is none.
            variables: list of variables.
        """
        if hasattr(optimizer, "inner_optimizer") and tf.distribute.get_strategy().num_replicas_in_sync > 1:
            gradients = spoiled(gradients, unless=finite_everywhere(gradients))
        optimizer.apply_gradients(zip(gradients, variables, strict=True))

    def augmented(self, images):
        """Returns images as the discriminator gets to see them: transformed at random where `augment` says so.

        Args:
            images: float tensor [N, H, W, C] in [-1, 1].
        """
        return images if self.augment is None else self.augment(images, noise.current())

    def score_without_state(self, images, labels):
        """Returns logits in training mode, leaving moving statistics alone; what penalties differentiate.

        Args:
            images: float tensor [N, H, W, C] in [-1, 1].
            labels: int32 tensor [N], or None.
        """
        with keras.StatelessScope():
            return self.discriminate(images, labels, training=True)[0]

    def update_average(self):
        """Moves the averaged generator towards the generator: a <- d a + (1 - d) w."""
        step = tf.cast(self.g_optimizer.iterations, tf.float32)
        decay = tf.minimum(self.average_decay, (1.0 + step) / (10.0 + step)) if self.average_decay else 0.0
        for averaged, weight in zip(self.averaged_generator.weights, self.generator.weights, strict=True):
            value = tf.convert_to_tensor(weight)
            if value.dtype.is_floating:
                value += tf.cast(decay, value.dtype) * (tf.convert_to_tensor(averaged) - value)
            feeding.assign(averaged, value)

    def unpack(self, data):
        """Returns (images float32 [N, H, W, C] in [-1, 1], labels int32 [N] or None) of what the dataset yields.

        Args:
            data: images, (images,) or (images, labels), integers or floats.

        Raises:
            ValueError: If labels are missing.
        """
        images, labels, _ = keras.utils.unpack_x_y_sample_weight(data)
        if not self.num_classes:
            return pixels.to_float(images), None
        if labels is None:
            raise ValueError(
                f"A model with num_classes={self.num_classes} needs (images, labels). Received: images only"
            )
        return pixels.to_float(images), tf.reshape(tf.cast(labels, tf.int32), [-1])

    def split(self, images, labels, parts, name="discriminator_steps"):
        """Returns `parts` pairs (images, labels), equal parts of the batch.

        Args:
            images: float tensor [parts * N, H, W, C].
            labels: int32 tensor [parts * N], or None.
            parts: integer.
            name: the setting that asks for the parts, for the message.

        Raises:
            ValueError: If the batch cannot be split so.
        """
        if images.shape[0] is not None and images.shape[0] % parts:
            raise ValueError(f"The batch must be a multiple of {name}={parts}. Received: {images.shape[0]} images")
        all_labels = [None] * parts if labels is None else tf.split(labels, parts)
        return list(zip(tf.split(images, parts), all_labels, strict=True))

    @contextlib.contextmanager
    def step_scope(self, images):
        """Returns the context in which a training step runs: its noise, and nothing before there are images.

        Where a stream of unknown length ends, the step is already under way; what in it needs no image (counters, the
        generator's own batch statistics) must not happen either.

        Args:
            images: tensor of the batch.
        """
        with tf.control_dependencies([images]), self.noise_scope() as stream:
            yield stream

    def noise_scope(self, evaluation=False):
        """Returns a context in which the noise of one step is drawn, keyed by (seed, images seen, draw, replica).

        Args:
            evaluation: whether the draws are those of `evaluate`, which never meet those of training.
        """
        position, first_draw = tf.convert_to_tensor(self.images_seen), 0
        if evaluation:  # the tracker's count moves with each batch; Keras resets it before each evaluation
            position += tf.cast(self._trackers["g_loss"].count, tf.int64)
            first_draw = noise.EVALUATION_DRAWS
        return noise.scope(noise.NoiseStream(self.seed, position, noise.replica_id(), first_draw))

    def scale(self, loss, optimizer):
        """Returns the loss to differentiate: times the replica's share of the batch, because gradients are summed over
        replicas, and times the optimizer's loss scale if it has one.

        Args:
            loss: float32 scalar, a mean over this replica's images.
            optimizer: keras optimizer.
        """
        return optimizer.scale_loss(loss * replicas.current().share)

    def global_count(self, images):
        """Returns the int64 number of images that all replicas together see in this step.

        Args:
            images: this replica's tensor [N, ...].
        """
        total = replicas.current().total
        if total is None:
            total = tf.shape(images, out_type=tf.int64)[0] * tf.distribute.get_strategy().num_replicas_in_sync
        return total

    def add_logs(self, *names):
        """Adds names to the logs; where a model logs more than `GAN` does, its `compile` says so.

        Args:
            *names: names that `log` will be given.
        """
        with self.distribute_strategy.scope():
            for name in names:
                self._tracker_of(name)
        self._log_names += names

    def log(self, **values):
        """Adds values to the running means of their names, which are means over images.

        Args:
            **values: tensors of any shape by log name.
        """
        weight = replicas.current().count
        for name, value in values.items():
            self._trackers[name].update_state(tf.reduce_mean(tf.cast(value, tf.float32)), sample_weight=weight)

    def _tracker_of(self, name):
        if name not in self._trackers:
            self._trackers[name] = keras.metrics.Mean(name=name)


def _sum(values):
    return tf.add_n([tf.cast(v, tf.float32) for v in values])


def finite_everywhere(gradients):
    """Returns whether the gradients of all replicas are finite, a bool scalar on which all replicas agree.

    Args:
        gradients: list of this replica's tensors, None where there is none.
    """
    # one number that is not finite if any gradient is not; sums are cheaper than looking at each element
    finite = tf.math.is_finite(tf.add_n([tf.reduce_sum(tf.cast(g, tf.float32)) for g in gradients if g is not None]))
    context = tf.distribute.get_replica_context()
    if context is None or context.num_replicas_in_sync == 1:
        return finite
    total = context.all_reduce(tf.distribute.ReduceOp.SUM, tf.cast(finite, tf.float32))
    return total > context.num_replicas_in_sync - 0.5


def spoiled(gradients, unless):
    """Returns gradients that are NaN on every replica where one of them overflowed.

    Keras' loss scaling takes for granted that the first replica's gradients speak for all (3.15): where another one's
    alone are not finite it would apply them.

    Args:
        gradients: list of tensors, None where there is none.
        unless: what `finite_everywhere` says of them.
    """
    return [None if g is None else tf.where(unless, g, tf.constant(float("nan"), g.dtype)) for g in gradients]


def loss_scale(optimizer):
    """Returns the factor by which an optimizer scales its loss at present; 1 for one that does not.

    Args:
        optimizer: keras optimizer.
    """
    scale = getattr(optimizer, "dynamic_scale", None)
    return 1.0 if scale is None else tf.convert_to_tensor(scale)
