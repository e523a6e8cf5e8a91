"""Inception Score of class logits.

    IS = exp( E_x KL( p(y|x) || p(y) ) )                        Salimans et al. 2016 (arXiv 1606.03498), Sec. 4

Held against openai/improved-gan `inception_score/model.py` (ten contiguous splits) and toshas/torch-fidelity 0.4.0
(float64, log-softmax; it shuffles first, here an option).
"""

from typing import NamedTuple

import numpy as np
from scipy.special import logsumexp

from keras_gans.metrics.checks import check_count, check_features, check_seed


class MeanStd(NamedTuple):
    """A mean, and a standard deviation (over N, not N - 1) beside it."""

    mean: float
    std: float


def inception_score(logits, num_splits=10, shuffle=False, seed=2020):
    """Inception Score: higher is better, from 1 to the number of classes.

    exp(mean_x Σ_y p(y|x) [log p(y|x) - log mean_x p(y|x)]) of each of `num_splits` contiguous parts; then their mean
    and standard deviation. Comparable with published numbers only for 50,000 images, 10 splits, and the 1008
    `logits_unbiased` of `InceptionV3FID`. One image per class fools it: read it beside a distance to real images.

    Args:
        logits: array [N classes], finite; before the softmax.
        num_splits: int, parts; part i holds rows i·N/splits to (i+1)·N/splits, rounded down.
        shuffle: bool; True permutes the rows first, as torch-fidelity does by default.
        seed: int, of that permutation (np.random.RandomState).

    Returns:
        MeanStd(mean, std) of floats; std divides by the number of splits.

    Raises:
        ValueError: If the logits are not [images, classes], not finite, or fewer than the splits, or an argument is
            not as said.

    Example:

    >>> inception_score(1000.0 * np.eye(4), num_splits=1)    # one sure image of each of four classes
    MeanStd(mean=4.0, std=0.0)

    Reference:
        Salimans et al., "Improved Techniques for Training GANs", 2016.
    """
    num_splits = check_count(num_splits, "num_splits")
    logits = check_features(logits, "logits")
    if len(logits) < num_splits:
        raise ValueError(f"{num_splits} splits need at least as many images. Received: {len(logits)}")
    order = np.random.RandomState(check_seed(seed)).permutation(len(logits)) if shuffle else slice(None)
    logits = logits[order].astype(np.float64)
    log_p = logits - logsumexp(logits, axis=1, keepdims=True)  # [N C] log p(y|x)
    scores = []
    for split in range(num_splits):
        part = log_p[split * len(log_p) // num_splits : (split + 1) * len(log_p) // num_splits]
        p = np.exp(part)
        marginal = p.mean(axis=0)  # [C] p(y)
        entropy = -np.sum(np.multiply(marginal, np.log(marginal, where=marginal > 0, out=np.zeros_like(marginal))))
        scores.append(np.exp(np.mean(np.sum(p * part, axis=1)) + entropy))  # E_x KL = H(y) - E_x H(y|x)
    return MeanStd(float(np.mean(scores)), float(np.std(scores)))
