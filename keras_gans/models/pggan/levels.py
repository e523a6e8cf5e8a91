"""A PGGAN at any level of detail: images, scores, published networks, and what a smaller model has learned."""

import numpy as np
import tensorflow as tf

from keras_gans import layers, pixels
from keras_gans.models import feeding
from keras_gans.models.pggan import published
from keras_gans.models.sampling import PIXELS_A_PASS

# Arguments that change what the same weights say.
_SAME_FUNCTION = ("equalized", "normalize_latents", "pixel_norm", "epsilon", "activation", "output_activation")


class LevelsOfDetail:
    """Full-resolution images and scores at a level of detail, mixed into `PGGAN` before `GAN`.

    The level trained so far is the weight `lod`: 0 for full resolution, k for images of 2^k pixels a detail.
    """

    def trained_level(self):
        """Returns (stage, alpha) of the level trained so far.

        The stage is a Python number, also while a graph is traced: a graph holds while the stage is the same. Alpha is
        read from `lod` when the graph runs; None at the first stage.
        """
        with tf.init_scope():
            stage = self.generator.split_lod(feeding.number_of(self.lod))[0]
        if stage == 0:
            return 0, None
        return stage, 1.0 - (tf.convert_to_tensor(self.lod) - float(self.generator.final_stage - stage))

    def make_test_function(self, force=False):
        """Compiles `evaluate` for the level trained so far; see `keras.Model`."""
        return super().make_test_function(force=self._new_stage("test") or force)

    def make_predict_function(self, force=False):
        """Compiles `predict` for the level trained so far; see `keras.Model`."""
        return super().make_predict_function(force=self._new_stage("predict") or force)

    def _pixels_of(self, latents, labels, averaged, dtype):
        if self._new_stage("sample"):
            self.__dict__["_compiled_passes"] = {}
        return super()._pixels_of(latents, labels, averaged, dtype)

    def _new_stage(self, purpose):
        """Whether the stage is another one than when last asked for this purpose."""
        stages, stage = self.__dict__.setdefault("_stages_of_graphs", {}), self.trained_level()[0]
        before, stages[purpose] = stages.get(purpose), stage
        return before != stage

    def generate_images(self, latents, labels=None, training=False, averaged=False):
        stage, alpha = self.trained_level()
        return self._generate_at(stage, alpha, latents, labels, averaged, training)

    def _generate_at(self, stage, alpha, latents, labels, averaged, training=False):
        network = self.averaged_generator if averaged else self.generator
        inputs = [latents, labels] if self.num_classes else latents
        images = network(inputs, stage=stage, alpha=alpha, training=training)
        return layers.upscale(images, 2 ** (network.final_stage - stage))

    def discriminate(self, images, labels=None, training=False):
        stage, alpha = self.trained_level()
        return self._score_at(stage, alpha, images, training)

    def _score_at(self, stage, alpha, images, training=False):
        images = layers.downscale(images, 2 ** (self.discriminator.final_stage - stage))
        outputs = self.discriminator(images, stage=stage, alpha=alpha, training=training)
        return outputs if self.has_auxiliary_classifier else (outputs, None)

    def synthesize(self, latents, labels=None, lod=None, averaged=True):
        """Returns images of full resolution at any level of detail.

        Args:
            latents: float array [N, latent_dim].
            labels: integers [N], or vectors float [N, num_classes]; None without classes.
            lod: level of detail: 0 for full detail, k for details of 2^k pixels, fractions in between; None for the
                level trained so far.
            averaged: whether the averaged generator makes them.

        Returns:
            Float32 numpy array [N, H, W, C], about [-1, 1].

        Raises:
            ValueError: If shapes or `lod` do not fit the model.
        """
        latents = np.asarray(latents, "float32")
        if latents.ndim != 2 or latents.shape[1] != self.latent_dim:
            raise ValueError(f"latents must be of shape [n, {self.latent_dim}]. Received: shape {list(latents.shape)}")
        if np.ndim(labels) == 2 and np.shape(labels) == (len(latents), self.num_classes):
            labels = np.asarray(labels, "float32")
        else:
            labels = self._check_labels(labels, len(latents))
        stage, alpha = self.trained_level() if lod is None else self.generator.split_lod(lod)
        height, width, channels = self.image_shape
        size = max(1, min(64, PIXELS_A_PASS // (height * width)))
        images = np.empty((len(latents), height, width, channels), "float32")
        for start in range(0, len(latents), size):
            part = slice(start, start + size)
            some = None if labels is None else tf.constant(labels[part])
            images[part] = self._generate_at(stage, alpha, tf.constant(latents[part]), some, averaged).numpy()
        return images

    def score(self, images, lod=None):
        """Returns the discriminator's scores of images, which form one minibatch.

        Args:
            images: array [N, H, W, C] of full resolution; uint8, uint16, or float in [-1, 1].
            lod: level of detail, as in `synthesize`.

        Returns:
            (scores float32 [N, 1], class logits float32 [N, num_classes] or None), numpy arrays.

        Raises:
            ValueError: If shapes or `lod` do not fit the model.
        """
        images = np.asarray(images)
        if images.shape[1:] != self.image_shape:
            raise ValueError(
                f"images must be of shape {['n', *self.image_shape]}. Received: shape {list(images.shape)}"
            )
        stage, alpha = self.trained_level() if lod is None else self.discriminator.split_lod(lod)
        scores, classes = self._score_at(stage, alpha, pixels.to_float(images))
        return scores.numpy(), None if classes is None else classes.numpy()

    @classmethod
    def from_karras_pickle(cls, path, seed=0, dtype=None, name=None):
        """Returns a model with the networks of a pickle of the official code; nothing in the file is executed.

        Of the networks (G, D, Gs) of the file, Gs becomes the averaged generator. For further training, compile it with
        a schedule and set `images_seen`.

        Args:
            path: file such as karras2018iclr-celebahq-1024x1024.pkl or network-snapshot-*.pkl, of either branch.
            seed: integer in [0, 2^31), seed of later sampling and training.
            dtype: dtype policy of the networks.
            name: name of the model.

        Raises:
            ValueError: If the file is no such pickle, names anything else, is truncated, or its networks do not fit.
        """
        from keras_gans.readers import karras_pickle

        states = karras_pickle.read(path)
        model = cls(**published.model_arguments(states), seed=seed, dtype=dtype, name=name)
        lod = published.level_of_detail(states["Gs"].variables)
        model.generator.split_lod(lod)  # says so if there is no such level
        published.load_variables(model.generator, states["G"].variables)
        published.load_variables(model.discriminator, states["D"].variables)
        published.load_variables(model.averaged_generator, states["Gs"].variables)
        model.lod.assign(lod)
        return model

    def to_karras_npz(self, path):
        """Writes the weights in the naming and layout of the official code: "G/4x4/Dense/weight", "D/...", "Gs/...".

        Args:
            path: file to write, a NumPy .npz.

        Raises:
            ValueError: If the networks have layers that the official code lacks.
        """
        networks = {"G": self.generator, "D": self.discriminator, "Gs": self.averaged_generator}
        arrays = {}
        for prefix, network in networks.items():
            arrays[f"{prefix}/lod"] = np.float32(feeding.number_of(self.lod))
            arrays |= {f"{prefix}/{key}": value for key, value in published.variables_of(network).items()}
        with open(path, "wb") as file:
            np.savez(file, **arrays)

    def grow_from(self, model):
        """Takes over the weights of a smaller model; layers that only this one has keep theirs.

        Training then goes on at the first resolution that the smaller one lacks, when `images_seen` says so: it is set
        to where this model's schedule starts to fade that resolution in, or to 0 if this model is not compiled.

        Args:
            model: `PGGAN` of a smaller resolution that is this one's halved any number of times.

        Returns:
            This model.

        Raises:
            ValueError: If the networks do not fit.
        """
        if not isinstance(model, type(self)):
            raise ValueError(f"A PGGAN grows from a PGGAN. Received: model={model!r}")
        pairs = [(getattr(self, n), getattr(model, n)) for n in ("generator", "discriminator", "averaged_generator")]
        stages = len(model.generator.resolutions)
        if self.generator.resolutions[:stages] != model.generator.resolutions:
            raise ValueError(
                f"A model of {self.generator.resolution} cannot grow from one of another base or of more pixels. "
                f"Received: a model of {model.generator.resolution}"
            )
        ours, theirs = self.get_config(), model.get_config()
        for name in _SAME_FUNCTION:  # weights of these shapes, but of another function
            if ours[name] != theirs[name]:
                raise ValueError(
                    f"A model of {name}={ours[name]!r} cannot grow from one of another. "
                    f"Received: a model of {name}={theirs[name]!r}"
                )
        for ours, theirs in pairs:
            for name, layer in theirs.parts.items():
                own = ours.parts.get(name)
                if own is None or [w.shape for w in own.weights] != [w.shape for w in layer.weights]:
                    raise ValueError(f"The models' layers {name} differ: one cannot grow from the other")
        for ours, theirs in pairs:
            for name, layer in theirs.parts.items():
                ours.parts[name].set_weights(layer.get_weights())
        self.lod.assign(self.generator.final_stage - stages + 1.0)
        if self.compiled and stages < len(self.generator.resolutions):
            self.images_seen.assign(max(0, self.schedule.fade_start(stages)))
        return self
