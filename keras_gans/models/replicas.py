"""A batch that several replicas share, on one machine or on several, and where Keras' `fit` needs help with it.

Losses are means over the images of the whole batch, however unequal its parts are: a replica's mean counts as its
number of images does, Σ_r (n_r / n) mean_r.
"""

import contextlib
import functools
import threading
import zlib

import keras
import numpy as np
import tensorflow as tf

_parts = threading.local()  # replicas of one machine run in threads of their own


class Part:
    """A replica's part of a batch.

    Args:
        count: int64 scalar, its images; None where that is not known, and parts are equal.
        total: int64 scalar, images of all parts together, or None.
    """

    def __init__(self, count=None, total=None):
        self.count, self.total = count, total

    @property
    def share(self):
        """The part's weight, a float32 scalar; those of all parts add up to 1."""
        if self.count is None:
            return 1.0 / tf.distribute.get_strategy().num_replicas_in_sync
        return tf.cast(self.count, tf.float32) / tf.cast(self.total, tf.float32)


def current():
    """Returns the `Part` at work in this thread; outside of Keras' loop, one of equal parts."""
    return getattr(_parts, "part", None) or Part()


def mean(value):
    """Returns the mean over the whole batch of what this replica has as the mean over its part.

    Args:
        value: float32 tensor.
    """
    context = tf.distribute.get_replica_context()
    if context is None or context.num_replicas_in_sync == 1:
        return value
    return context.all_reduce(tf.distribute.ReduceOp.SUM, value * current().share)


@contextlib.contextmanager
def part_of(data):
    """Makes a batch the one whose part is `current`, and yields it with a blank image where a replica has none.

    The blank counts for nothing, but for batch statistics; TensorFlow has no convolution of no image.

    Args:
        data: structure of this replica's tensors [N, ...].
    """
    count = total = tf.shape(tf.nest.flatten(data)[0], out_type=tf.int64)[0]
    context = tf.distribute.get_replica_context()
    if context is not None and context.num_replicas_in_sync > 1:
        total = context.all_reduce(tf.distribute.ReduceOp.SUM, count)
        data = tf.nest.map_structure(_not_empty, data)
    _parts.part = Part(count, total)
    try:
        yield data
    finally:
        _parts.part = None


def _not_empty(tensor):
    if tensor.shape[0]:
        return tensor
    missing = 1 - tf.minimum(tf.shape(tensor)[0], 1)
    return tf.concat([tensor, tf.zeros(tf.concat([[missing], tf.shape(tensor)[1:]], 0), tensor.dtype)], 0)


class OnReplicas:
    """Keras' loop on any number of replicas and workers, mixed into `GAN` (Keras 3.15)."""

    def _make_function(self, step_function):
        """Keras' loop around a step, which sees its part of the batch.

        Among workers Keras takes the means of logs along their first axis, so they get one.
        """

        @functools.wraps(step_function)
        def step(data):
            with part_of(data) as data:
                logs = step_function(data)
            return tf.nest.map_structure(lambda v: tf.expand_dims(v, 0), logs) if workers(self) > 1 else logs

        return super()._make_function(step)

    def _maybe_symbolic_build(self, iterator=None, data_batch=None):
        """Nothing: the networks are built. Keras would add up a batch over the workers, which fails for integers."""

    def _get_metrics_result_or_logs(self, logs):
        """The running means of all replicas' images, where Keras would take means of the replicas' means."""
        if self.distribute_strategy.num_replicas_in_sync == 1:
            return super()._get_metrics_result_or_logs(logs)
        means = {name: self._trackers[name] for name in logs if name in self._trackers}
        return {
            **logs,
            **{name: mean.result() for name, mean in means.items() if keras.ops.convert_to_numpy(mean.count)},
        }


def workers(model):
    """Returns the number of processes that train a model together.

    Args:
        model: keras model.
    """
    extended = model.distribute_strategy.extended
    return extended._num_workers if extended._in_multi_worker_mode() else 1


def any_worker(model, said):
    """Returns whether one of the workers says so; each of them must ask, at the same step.

    Args:
        model: keras model.
        said: bool, what this worker says.
    """
    if workers(model) == 1:
        return said
    return bool(model.distribute_strategy.gather(tf.constant([int(said)]), axis=0).numpy().any())


def check_workers_agree(model):
    """Raises ValueError where workers would train on from different places, as from different checkpoints.

    Moving statistics are left aside: those of Keras' own batch normalisation are each worker's own.

    Args:
        model: compiled `GAN`.

    Raises:
        ValueError: On each worker.
    """
    if workers(model) == 1:
        return
    digest, variables = 0, [model.images_seen]
    for network, optimizer in ((model.generator, model.g_optimizer), (model.discriminator, model.d_optimizer)):
        variables += [*network.trainable_variables, *optimizer.variables]
    for variable in variables:
        digest = zlib.crc32(np.ascontiguousarray(keras.ops.convert_to_numpy(variable)), digest)
    mine = tf.constant([digest], tf.int64)
    digests = model.distribute_strategy.gather(mine, axis=0).numpy()
    if len(set(digests.tolist())) > 1:
        seen = int(keras.ops.convert_to_numpy(model.images_seen))
        raise ValueError(
            "Workers must begin with the same weights, optimizers and counters: load the same checkpoint on each. "
            f"Received: another state here, images_seen={seen}, than elsewhere"
        )
