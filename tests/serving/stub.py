"""A model with the serving interface of a GAN and next to nothing inside."""

import keras
import numpy as np
import tensorflow as tf

from keras_gans.serving import generator_signatures


class StubGAN(keras.Model):
    """Latents [N, 3] (and classes) -> images [N, 4, 4, channels]: one convolution under a dense layer."""

    def __init__(self, num_classes=0, channels=3):
        super().__init__(name="stub")
        self.num_classes, self.channels = num_classes, channels
        keras.utils.set_random_seed(7)
        self.averaged_generator = keras.Sequential(
            [
                keras.layers.Input([3 + num_classes]),
                keras.layers.Dense(2 * 2 * 5),
                keras.layers.Reshape([2, 2, 5]),
                keras.layers.Conv2DTranspose(channels, 4, strides=2, padding="same", activation="tanh"),
            ]
        )
        self.discriminator = keras.Sequential([keras.layers.Input([4, 4, channels]), keras.layers.Dense(1000)])

    def images(self, latents, labels=None):
        if labels is not None:
            latents = tf.concat([latents, tf.one_hot(labels, self.num_classes)], axis=1)
        return self.averaged_generator(latents, training=False)

    def sample_latents(self, count, seed):
        return tf.random.stateless_normal([count, 3], tf.stack([tf.cast(seed, tf.int64), 0]), alg="philox")

    def sample_labels(self, count, seed):
        return tf.cast(tf.cast(seed, tf.int32) + tf.range(count), tf.int32) % self.num_classes

    def generate(self, count, seed, label=None):
        labels = None
        if self.num_classes:
            labels = self.sample_labels(count, seed) if label is None else tf.fill([count], label)
        images = np.asarray(self.images(self.sample_latents(count, seed), labels))
        return np.clip(np.rint((images + 1) * 127.5), 0, 255).astype("uint8")

    def serving_signatures(self):
        return generator_signatures(
            self.images,
            self.sample_latents,
            latent_dim=3,
            channels=self.channels,
            sample_labels=self.sample_labels if self.num_classes else None,
            num_classes=self.num_classes,
        )

    def serving_metadata(self):
        return {"images_seen": 12}
