"""How a training is, in plain words: what the losses, the scores, the gradients and the samples say when it goes wrong.

Pure functions of numbers and images; `callbacks.Health` asks them once an interval. Each returns a `Finding`, or None.
The thresholds are rules of thumb, on the side of silence: a training in trouble passes them by far.
"""

import dataclasses
import math

import numpy as np

from keras_gans import losses, pixels

LOGIT_GAP = 12.0  # between the mean scores of real and generated images ...
GENERATOR_LOSS = 8.0  # ... while -log D(G(z)), at the mean score, is at least so much: D(G(z)) < 0.04 %
HINGE_SCORE = 5.0  # mean scores so far on either side of zero; the hinge needs 1
SQUARES_SHARE = 0.95  # of the way from the fake target to the real one that lies between the mean scores
GRADIENT = 1e-8  # norm of the generator's gradient, as a share of the norm of its weights
GRADIENT_DROP = 1e-3  # the same as a share of what it was at first
SPREAD = 0.1  # mean distance of two samples, as a share of that of two real images
LEVEL = 2.0 / 255.0  # the same where there are no real images to compare with: one step of 8-bit pixels


@dataclasses.dataclass(frozen=True)
class Finding:
    """Something that is wrong with a training.

    Args:
        name: str, which of them: "not_finite", "discriminator_saturated", "generator_gradient_vanishing" or
            "samples_collapsed".
        seen: str, what was seen, with numbers.
        advice: str, what to try.

    Example:

    >>> print(Finding("samples_collapsed", "All samples look alike.", "Try another seed."))
    All samples look alike. Try another seed.
    """

    name: str
    seen: str
    advice: str

    def __str__(self):
        return f"{self.seen} {self.advice}"

    def to_json(self):
        """What the log says of it: dict(name=, message=)."""
        return {"name": self.name, "message": str(self)}


def not_finite(logs):
    """Whether a logged value is NaN or infinite.

    Args:
        logs: dict of name -> float.

    Returns:
        `Finding` or None.

    Example:

    >>> not_finite({"d_loss": 0.7, "g_loss": float("inf")}).seen
    'Training is no longer finite: g_loss is inf.'
    """
    bad = [f"{name} is {value}" for name, value in logs.items() if not math.isfinite(value)]
    return lost(", ".join(bad)) if bad else None


def lost(what):
    """The `Finding` that something is not finite any more; `what` is a str such as "d_loss is nan"."""
    return Finding(
        "not_finite",
        f"Training is no longer finite: {what}.",
        "Try smaller learning rates, penalties of smaller weight, and float32 if this is mixed_float16; and look at "
        "the data with `keras-gans dataset inspect`.",
    )


def saturated(logs, loss):
    """Whether the discriminator is so sure of its scores that the generator has little to learn from.

    By the mean scores `d_real` and `d_fake`, after the loss:

    minimax, non-saturating   d_real - d_fake >= 12, and -log D(G(z)) = softplus(-d_fake) >= 8, a large generator loss
    hinge                     d_real >= 5 and d_fake <= -5; beyond 1 and -1 the discriminator itself learns no more
    least squares             95 % of the distance of the targets lies between the scores
    any other                 None: the scores of a Wasserstein critic have no scale

    Args:
        logs: dict of name -> float; without the two scores nothing is found.
        loss: the model's `AdversarialLoss`.

    Returns:
        `Finding` or None.

    Example:

    >>> saturated({"d_real": 9.0, "d_fake": -11.0, "g_loss": 11.2}, losses.NonSaturating()).name
    'discriminator_saturated'
    >>> saturated({"d_real": 2.0, "d_fake": -2.0, "g_loss": 2.1}, losses.NonSaturating()) is None
    True
    """
    real, fake = logs.get("d_real", math.nan), logs.get("d_fake", math.nan)
    if not math.isfinite(real) or not math.isfinite(fake):
        return None
    generator_loss = f"; g_loss is {logs['g_loss']:.3g}" if "g_loss" in logs else ""
    if isinstance(loss, losses.Minimax):
        if real - fake < LOGIT_GAP or _softplus(-fake) < GENERATOR_LOSS:
            return None
        means = f"logits {real:.1f} and {fake:.1f}: it takes {_percent(fake)} of the generated ones for real"
    elif isinstance(loss, losses.Hinge):
        if real < HINGE_SCORE or fake > -HINGE_SCORE:
            return None
        means = f"scores {real:.1f} and {fake:.1f}, where 1 and -1 would do"
    elif isinstance(loss, losses.LeastSquares):
        distance = loss.real_target - loss.fake_target
        if not distance or (real - fake) / distance < SQUARES_SHARE:
            return None
        means = f"scores {real:.2f} and {fake:.2f}, at the targets {loss.real_target:g} and {loss.fake_target:g}"
    else:
        return None
    return Finding(
        "discriminator_saturated",
        f"The discriminator tells real and generated images apart without effort ({means}{generator_loss}), and the "
        "generator learns little from it.",
        'Try a smaller d_learning_rate, generator_steps=2, a penalty (penalties=["r1"]), or '
        "augment=color,translation,cutout if there are few images.",
    )


def vanishing(gradient, weights, first=None):
    """Whether next to nothing reaches the generator's weights.

    Args:
        gradient: float, norm of the gradient of the generator's adversarial loss by its weights.
        weights: float, norm of these weights.
        first: float or None, `gradient` / `weights` near the beginning of the training.

    Returns:
        `Finding` or None.

    Example:

    >>> vanishing(1e-7, 10.0, first=0.01).seen
    "The generator's gradient has vanished: its norm is 1e-08 of the weights' (0.01 at first)."
    >>> vanishing(0.05, 10.0, first=0.01) is None
    True
    """
    if not math.isfinite(gradient) or not weights:
        return None
    share = gradient / weights
    if share > GRADIENT and not (first and share < GRADIENT_DROP * first):
        return None
    return Finding(
        "generator_gradient_vanishing",
        f"The generator's gradient has vanished: its norm is {share:.2g} of the weights'"
        + (f" ({first:.2g} at first)." if first else "."),
        "Try loss=non_saturating if this is minimax, a smaller d_learning_rate, or loss=wasserstein with "
        'penalties=["gradient_penalty"]. If g_loss stands still too, begin anew with another seed.',
    )


def collapsed(samples, reals=None):
    """Whether the generator makes one picture from all latents.

    Args:
        samples: float, `spread` of samples.
        reals: float or None, `spread` of as many real images.

    Returns:
        `Finding` or None; None too where the real images are all alike.

    Example:

    >>> collapsed(0.01, reals=0.8).seen
    'The samples are nearly one picture: two of them differ by 1.2 % of what two real images do.'
    >>> collapsed(0.5, reals=0.8) is None
    True
    """
    if not math.isfinite(samples) or reals == 0:
        return None
    if samples >= (LEVEL if reals is None else SPREAD * reals):
        return None
    if reals is None:
        measure = "less than a step of 8-bit pixels"
    else:
        measure = f"{100 * samples / reals:.2g} % of what two real images do"
    return Finding(
        "samples_collapsed",
        f"The samples are nearly one picture: two of them differ by {measure}.",
        "Go back to an earlier checkpoint, or begin anew. Try smaller learning rates, another seed, a penalty "
        '(penalties=["r1"]), or a discriminator that compares images of a batch (PGGAN\'s).',
    )


def spread(images, labels=None):
    """Mean distance of two images: the root of the mean squared difference of their pixels, in [0, 2].

    Args:
        images: array [N, H, W, C], integer pixels or float in [-1, 1].
        labels: integer array [N] or None; with labels only images of one class are compared.

    Returns:
        float; NaN where there are no two images to compare.

    Example:

    >>> spread(np.array([0, 0, 255], "uint8").reshape(3, 1, 1, 1)).__round__(3)
    1.333
    """
    flat = pixels.to_float(images).numpy().reshape(len(images), -1)
    distances = []
    for k in range(len(flat) - 1):
        rest = flat[k + 1 :] if labels is None else flat[k + 1 :][labels[k + 1 :] == labels[k]]
        distances.append(np.sqrt(np.mean(np.square(rest - flat[k]), axis=1, dtype=np.float64)))
    distances = np.concatenate(distances) if distances else np.empty(0)
    return float(distances.mean()) if len(distances) else math.nan


def _softplus(x):
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


def _percent(logit):
    share = math.exp(-_softplus(-logit))  # sigmoid
    return f"{100 * share:.1g} %"
