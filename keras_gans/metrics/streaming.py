"""`keras.Metric` forms: sums on the device, so that nothing but the result leaves it.

They accumulate first and second moments in float64. Sums add up over replicas and batches, so the result depends on
neither. The metrics that need all samples at once collect them in a `FeatureStore`.
"""

import numbers

import keras
import numpy as np
import tensorflow as tf

from keras_gans.metrics.checks import check_count
from keras_gans.metrics.frechet import check_statistics, frechet_distance


@keras.saving.register_keras_serializable(package="keras_gans")
class FrechetDistance(keras.Metric):
    """Fréchet distance between real and fake features, streamed.

    |μ₁ - μ₂|² + Tr(Σ₁ + Σ₂ - 2 (Σ₁ Σ₂)^½); lower is better. The result agrees with `frechet_distance` on all features
    together to about 1e-9 times the variances; it is NaN before two samples of each kind were seen.

    Args:
        dimensions: int, D, of the features.
        name: str.

    Input shape:
        `update_state(real_features [B D], fake_features [B' D])`; either may be None.

    Output shape:
        A float64 scalar.

    Example:

    >>> metric = FrechetDistance(4)
    >>> features = np.random.default_rng(0).normal(size=(100, 4))
    >>> metric.update_state(features[:30], None)
    >>> metric.update_state(features[30:], features + 2.0)
    >>> round(float(metric.result()), 6)
    16.0

    Raises:
        ValueError: If features are not [B, dimensions].

    Reference:
        Heusel et al., "GANs Trained by a Two Time-Scale Update Rule", 2017.
    """

    def __init__(self, dimensions, name="frechet_distance", dtype=None):
        super().__init__(name=name, dtype=dtype)
        self.dimensions = check_count(dimensions, "dimensions")
        self._moments = []
        for side in ("real", "fake"):
            shapes = {"count": (), "sum": (dimensions,), "products": (dimensions, dimensions)}
            self._moments.append({key: _add_zeros(self, shape, f"{side}_{key}") for key, shape in shapes.items()})

    def update_state(self, real_features=None, fake_features=None, sample_weight=None):
        """Adds a batch of either kind. Weights of samples are not defined for this metric and must be None."""
        if sample_weight is not None:
            raise ValueError("FrechetDistance takes no sample_weight.")
        for moments, features in zip(self._moments, (real_features, fake_features)):
            if features is None:
                continue
            x = _rows(features, self.dimensions, "features")
            moments["count"].assign_add(tf.cast(tf.shape(x)[0], tf.float64))
            moments["sum"].assign_add(tf.reduce_sum(x, axis=0))
            moments["products"].assign_add(tf.linalg.matmul(x, x, transpose_a=True))

    def set_statistics(self, mean, covariance, count=2.0):
        """Puts statistics of the real features (such as `load_statistics` returns) in the place of real features.

        Args:
            mean: array [D].
            covariance: array [D D], with N - 1 in its denominator.
            count: float, N, at least 2.

        Raises:
            ValueError: If they are not such.
        """
        mean, covariance = check_statistics((mean, covariance), "statistics")
        if not isinstance(count, numbers.Real) or not 2 <= count < np.inf:
            raise ValueError(f"count must be at least 2. Received: count={count!r}")
        if len(mean) != self.dimensions:
            raise ValueError(f"statistics must have {self.dimensions} dimensions. Received: {len(mean)}")
        real = self._moments[0]
        real["count"].assign(count)
        real["sum"].assign(count * mean)
        real["products"].assign((count - 1.0) * covariance + count * np.outer(mean, mean))

    def result(self):
        """The distance of what was seen since the last reset.

        Raises:
            ValueError: If a feature was NaN or infinite. In a graph it is TensorFlow's error that carries the message.
        """
        values = [tf.convert_to_tensor(variable) for moments in self._moments for variable in moments.values()]
        if tf.executing_eagerly():  # its errors then are Python's
            return tf.constant(_distance_of_moments(*(value.numpy() for value in values)), tf.float64)
        return tf.ensure_shape(tf.numpy_function(_distance_of_moments, values, tf.float64), ())

    def get_config(self):
        return {"name": self.name, "dtype": self.dtype, "dimensions": self.dimensions}


@keras.saving.register_keras_serializable(package="keras_gans")
class InceptionScore(keras.Metric):
    """Inception Score of class logits, streamed.

    exp(E_x KL(p(y|x) || p(y))) of each part, and the mean over the parts; higher is better. With `num_images` told, the
    parts are contiguous, the published form, and the result agrees with `inception_score` to rounding. Without, image i
    goes to part i mod num_splits.

    Args:
        num_classes: int.
        num_splits: int, parts.
        num_images: int, images that will be seen in total (images beyond fall into the last part), or None. With more
            than one replica leave it None: each replica counts its own images.
        name: str.

    Input shape:
        `update_state(logits [B num_classes])`.

    Output shape:
        A float64 scalar.

    Example:

    >>> metric = InceptionScore(4, num_splits=1)
    >>> metric.update_state(1000.0 * np.eye(4))
    >>> round(float(metric.result()), 6)
    4.0

    Raises:
        ValueError: If logits are not [B, num_classes].

    Reference:
        Salimans et al., "Improved Techniques for Training GANs", 2016.
    """

    def __init__(self, num_classes, num_splits=10, num_images=None, name="inception_score", dtype=None):
        super().__init__(name=name, dtype=dtype)
        self.num_classes = check_count(num_classes, "num_classes")
        self.num_splits = check_count(num_splits, "num_splits")
        self.num_images = num_images if num_images is None else check_count(num_images, "num_images", num_splits)
        self._seen = _add_zeros(self, (), "seen")
        self._counts = _add_zeros(self, (num_splits,), "counts")
        self._marginals = _add_zeros(self, (num_splits, num_classes), "marginals")  # Σ_x p(y|x)
        self._entropies = _add_zeros(self, (num_splits,), "negative_entropies")  # Σ_x Σ_y p log p

    def update_state(self, logits, _=None, sample_weight=None):
        """Adds a batch. Weights of samples are not defined for this metric and must be None."""
        if sample_weight is not None:
            raise ValueError("InceptionScore takes no sample_weight.")
        log_p = tf.nn.log_softmax(_rows(logits, self.num_classes, "logits"))
        p = tf.exp(log_p)
        index = tf.range(tf.shape(p)[0]) + tf.cast(tf.convert_to_tensor(self._seen), tf.int32)
        if self.num_images is None:
            split = index % self.num_splits
        else:
            # part s holds rows s·N // splits up to (s+1)·N // splits
            starts = [s * self.num_images // self.num_splits for s in range(1, self.num_splits)]
            split = tf.searchsorted(tf.constant(starts, tf.int32), index, side="right")
        self._seen.assign_add(tf.cast(tf.shape(p)[0], tf.float64))
        member = tf.one_hot(split, self.num_splits, dtype=tf.float64)  # [B S]
        self._counts.assign_add(tf.reduce_sum(member, axis=0))
        self._marginals.assign_add(tf.linalg.matmul(member, p, transpose_a=True))
        self._entropies.assign_add(tf.linalg.matvec(member, tf.reduce_sum(p * log_p, axis=1), transpose_a=True))

    def scores(self):
        """The score of each part, float64 [num_splits]; NaN for a part without images.

        Raises:
            ValueError: If a logit was NaN or infinite. In a graph the score is NaN then.
        """
        counts, sums = tf.convert_to_tensor(self._counts), tf.convert_to_tensor(self._marginals)
        if tf.executing_eagerly() and not np.isfinite(sums.numpy()).all():
            raise ValueError("logits must be finite. Received: NaN or infinity since the last reset")
        marginal = sums / counts[:, None]
        entropy = -tf.reduce_sum(tf.math.xlogy(marginal, marginal), axis=1)
        return tf.exp(entropy + tf.convert_to_tensor(self._entropies) / counts)

    def result(self):
        """The mean over the parts of what was seen since the last reset; NaN until each part has an image."""
        return tf.reduce_mean(self.scores())

    def get_config(self):
        return {
            "name": self.name,
            "dtype": self.dtype,
            "num_classes": self.num_classes,
            "num_splits": self.num_splits,
            "num_images": self.num_images,
        }


def _add_zeros(metric, shape, name):
    return metric.add_variable(shape, initializer="zeros", dtype="float64", name=name)


def _rows(values, width, name):
    x = tf.cast(tf.convert_to_tensor(values), tf.float64)
    if x.shape.rank != 2 or x.shape[1] != width:
        raise ValueError(f"{name} must have the shape [batch, {width}]. Received: shape={tuple(x.shape)}")
    return x


def _distance_of_moments(*moments):
    statistics = []
    for count, total, products in (moments[:3], moments[3:]):
        if count < 2:
            return np.float64(np.nan)
        mean = total / count
        covariance = (products - count * np.outer(mean, mean)) / (count - 1)
        statistics.append((mean, (covariance + covariance.T) / 2))
    return np.float64(frechet_distance(*statistics))
