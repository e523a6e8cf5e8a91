"""Looks after each epoch whether the training is well, and says in plain words where it is not."""

import math

import keras
import numpy as np

from keras_gans.models.feeding import count_of
from keras_gans.training import health
from keras_gans.training.gradient_probe import generator_gradient

WARM_UP = 500  # generator updates after which a training is judged; at its start nothing is settled
PIXELS = 2**20  # of the samples of one look
CLASSES = 4  # classes whose samples are compared


class Health(keras.callbacks.Callback):
    """Says when losses are not finite, the discriminator is saturated, the generator's gradient vanishes, or all
    samples become one; see `keras_gans.training.health` for what is seen and what to try.

    Each message is said once, and again only after its cause had gone. `record()` is for the log: what is wrong now,
    and the two numbers that were measured.

    Once an epoch a few samples of the same latents are made and one gradient is computed. Nothing of the model changes,
    and no noise of the training is drawn: it goes on bit for bit as without this. Of models that make images from
    something else than latents, and on several replicas, only the logs are looked at.

    Args:
        data: `keras_gans.data.ImageData` that is trained on, or None; real images to compare samples with.
        say: function of one str.
        first_gradient: float or None, `generator_gradient` of the first line of the log, when a run goes on.
        warm_up: int, generator updates before which only losses are looked at.
        seed: int, chooses the latents.

    Example:

    >>> doctor = Health(say=print)     # model.fit(data, callbacks=[doctor])
    """

    def __init__(self, data=None, say=print, first_gradient=None, warm_up=WARM_UP, seed=0):
        super().__init__()
        self.data = data
        self.say = say
        self.first_gradient = first_gradient
        self.warm_up = warm_up
        self.seed = seed
        self.findings = {}  # name -> Finding, of the last look
        self.measured = {}
        self._noted = []
        self._prepared = False
        self._labels, self._reals = None, None  # of the real images that samples are compared with

    def note(self, finding):
        """Says a finding that was made elsewhere, within an epoch; the next record has it too."""
        self._noted.append(finding)
        if finding.name not in self.findings:
            self.say(f"Health: {finding}")
            self.findings[finding.name] = finding

    def record(self):
        """What the log shall say: dict(health=list of dict(name=, message=)) and what was measured."""
        return {**self.measured, "health": [finding.to_json() for finding in self.findings.values()]}

    def on_train_begin(self, logs=None):
        if self._looks_at_images() and not self._prepared:
            self._prepared = True
            self._labels, self._reals = _reference(self.data, self.model)

    def on_epoch_end(self, epoch, logs=None):
        logs = {name: float(value) for name, value in (logs or {}).items()}
        finite = health.not_finite(logs)
        found = [finite] if finite else [*self._noted, *self._look(logs)]
        self._noted = []
        for finding in found:
            if finding.name not in self.findings:
                self.say(f"Health: {finding}")
        self.findings = {finding.name: finding for finding in found}

    def _looks_at_images(self):
        return self.model.latent_dim > 0 and self.model.distribute_strategy.num_replicas_in_sync == 1

    def _look(self, logs):
        self.measured = {}
        found = [health.saturated(logs, self.model.adversarial_loss)]
        if self._looks_at_images():
            found += [self._gradient(), self._spread()]
        if count_of(self.model.g_optimizer.iterations) < self.warm_up:
            return []
        return [finding for finding in found if finding is not None]

    def _gradient(self):
        count = min(max(PIXELS // math.prod(self.model.image_shape[:2]), 4), 16)
        labels = self.model.sample_labels(count, self.seed) if self.model.num_classes else None
        gradient, weights = generator_gradient(self.model, self.model.sample_latents(count, self.seed), labels)
        share = gradient / weights if weights else 0.0
        self.measured["generator_gradient"] = _number(share)
        if self.first_gradient is None:
            self.first_gradient = self.measured["generator_gradient"]
        return health.vanishing(gradient, weights, self.first_gradient)

    def _spread(self):
        labels, reals = self._labels, self._reals
        count = _count(self.model) if labels is None else len(labels)
        samples = health.spread(self.model.generate(count, self.seed, labels), labels)
        self.measured["sample_spread"] = _number(samples / reals if reals else samples)
        return health.collapsed(samples, reals)


def _number(value):
    return float(f"{value:.6g}") if math.isfinite(value) else None


def _count(model):
    """Samples of one look: a pass of the generator, at least 8."""
    return min(max(PIXELS // math.prod(model.image_shape[:2]), 8), 64)


def _reference(data, model):
    """(labels int32 [N] of the samples to make or None, spread of as many real images of these labels or None)."""
    count, classes = _count(model), min(CLASSES, model.num_classes)
    numbered = data is not None and data.exact_position  # reading ahead in a foreign stream may change what comes
    if not classes:
        labels, indices = None, _evenly(np.arange(len(data)), count) if numbered else None
    elif numbered and data.labels is not None:
        frequent = np.argsort(-data.label_counts, kind="stable")[:classes]
        members = [_evenly(np.flatnonzero(data.labels == label), count // classes) for label in frequent]
        indices = np.concatenate(members)
        labels = data.labels[indices]
    else:
        labels, indices = np.sort(np.resize(np.arange(classes, dtype="int32"), count)), None
    reals = math.nan if indices is None else health.spread(data.read(indices), labels)
    return labels, reals if math.isfinite(reals) else None


def _evenly(indices, count):
    return indices[np.linspace(0, len(indices) - 1, min(count, len(indices))).astype(int)]
