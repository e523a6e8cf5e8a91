"""Batches that replicas share: unequal parts, parts without an image, and workers of one training."""

import json
import os
import pathlib
import socket
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gans import noise
from keras_gans.models import feeding, replicas
from tests.models.test_gan import images, small_gan

ROOT = pathlib.Path(__file__).parents[2]


class BothReplicas(noise.NoiseStream):
    """What two replicas draw, one after the other along the batch, whose first part is the larger one."""

    def normal(self, shape):
        return self._both(super().normal, shape)

    def uniform(self, shape, minval=0.0, maxval=1.0):
        return self._both(super().uniform, shape, minval, maxval)

    def _both(self, draw, shape, *args):
        number, parts = self._draw, []
        for self.replica, count in ((0, shape[0] - shape[0] // 2), (1, shape[0] // 2)):
            self._draw = number
            parts.append(draw([count, *shape[1:]], *args))
        return tf.concat(parts, 0)


def numbers(model):
    variables = [*model.weights, *model.g_optimizer.variables, *model.d_optimizer.variables]
    return [keras.ops.convert_to_numpy(v) for v in variables]


def compiled(**settings):
    model, sgd = small_gan(), keras.optimizers.SGD
    model.compile(g_optimizer=sgd(0.1), d_optimizer=sgd(0.1), penalties=("drift",), **settings)
    return model


@pytest.mark.parametrize("count, batch_size", [(21, 8), (13, 5)])  # parts of 3 and 2 images, and of 2 and 1
def test_unequal_parts_are_one_batch(monkeypatch, mirrored_strategy, count, batch_size):
    def train(model):
        batches = tf.data.Dataset.from_tensor_slices(images(count)).batch(batch_size)
        return model, model.fit(batches, validation_data=batches, epochs=2, verbose=0).history

    with mirrored_strategy.scope():
        two, logs_of_two = train(compiled())
    monkeypatch.setattr(noise, "NoiseStream", BothReplicas)
    one, logs = train(compiled())
    assert feeding.count_of(two.images_seen) == feeding.count_of(one.images_seen) == 2 * count
    for a, b in zip(numbers(two), numbers(one), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)
    for name in ("d_loss", "g_loss", "d_real", "d_fake", "drift", "val_d_real"):  # (a replica evaluates its own fakes)
        np.testing.assert_allclose(logs_of_two[name], logs[name], atol=1e-6, err_msg=name)


def test_a_replica_without_images_counts_for_nothing(mirrored_strategy):
    with mirrored_strategy.scope():
        two = compiled()
    one = compiled()
    real = [model.evaluate(images(9), batch_size=4, verbose=0, return_dict=True)["d_real"] for model in (two, one)]
    np.testing.assert_allclose(*real, rtol=1e-6)
    whole = one.evaluate(images(9), batch_size=9, verbose=0, return_dict=True)["d_real"]
    np.testing.assert_allclose(whole, real[0], rtol=1e-6)  # a mean over images, not over batches


def test_what_cannot_be_cut_is_refused(mirrored_strategy):
    with mirrored_strategy.scope():
        model = compiled(discriminator_steps=2)
    with pytest.raises(ValueError, match="multiple of 2 replicas x accumulate=1. Received: 5 images"):
        model.fit(images(), batch_size=5, verbose=0)
    with pytest.raises(ValueError, match="multiple of 2 replicas x accumulate=1. Received: 5 images"):
        model.fit(tf.data.Dataset.from_tensor_slices(images()).batch(5), verbose=0)


def test_steps_together_are_single_ones_on_replicas(mirrored_strategy):
    with mirrored_strategy.scope():
        model = compiled(steps_per_execution=2)
    assert len(model.fit(images(), batch_size=8, verbose=0).epoch) == 1 and model.steps_per_execution == 1
    alone = compiled(steps_per_execution=2)
    alone.fit(images(), batch_size=8, verbose=0)
    assert alone.steps_per_execution == 2


def test_a_step_of_ones_own_is_logged_as_it_says(mirrored_strategy):
    with mirrored_strategy.scope():
        two = compiled()
    for model in (two, compiled()):
        model.train_step = lambda data: {"d_loss": tf.constant(2.0), "mine": tf.constant(3.0)}
        assert model.fit(images(), batch_size=8, verbose=0).history == {"d_loss": [2.0], "mine": [3.0]}


def test_a_part_and_its_share():
    assert float(replicas.current().share) == 1.0 and replicas.current().count is None
    with replicas.part_of((tf.zeros([3, 2]), tf.zeros([3]))) as (x, _):
        assert x.shape == (3, 2) and int(replicas.current().count) == int(replicas.current().total) == 3
    assert replicas.current().count is None
    assert float(replicas.Part(tf.constant(1, tf.int64), tf.constant(4, tf.int64)).share) == 0.25
    model = compiled()
    assert replicas.workers(model) == 1 and not replicas.any_worker(model, False) and replicas.any_worker(model, True)
    replicas.check_workers_agree(model)


WORKER = """
import sys
import numpy as np, tensorflow as tf
strategy = tf.distribute.MultiWorkerMirroredStrategy()
from tests.models.test_replicas import compiled, images, numbers
with strategy.scope():
    model = compiled()
history = model.fit(images(), batch_size=8, validation_data=images(8), epochs=2, verbose=0).history
np.savez(sys.argv[1], *numbers(model), logs=[history[name] for name in ("d_loss", "g_loss", "val_d_real")])
if strategy.cluster_resolver.task_id == 1:
    model.images_seen.assign(8)
try:
    model.fit(images(), batch_size=8, verbose=0)
except ValueError as error:
    print(error)
"""


def test_two_workers_are_one_process_on_the_whole_batch(monkeypatch, tmp_path):
    with socket.create_server(("localhost", 0)) as a, socket.create_server(("localhost", 0)) as b:
        cluster = {"worker": [f"localhost:{end.getsockname()[1]}" for end in (a, b)]}
    processes = []
    for index in (0, 1):
        task = {"cluster": cluster, "task": {"type": "worker", "index": index}}
        environment = {**os.environ, "TF_CONFIG": json.dumps(task), "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-c", WORKER, str(tmp_path / f"{index}.npz")]
        processes.append(
            subprocess.Popen(command, env=environment, cwd=ROOT, stdout=-1, stderr=subprocess.STDOUT, text=True)
        )
    monkeypatch.setattr(noise, "NoiseStream", BothReplicas)
    one = compiled()
    logs = one.fit(images(), batch_size=8, validation_data=images(8), epochs=2, verbose=0).history
    try:
        outputs = [process.communicate(timeout=90)[0] for process in processes]
    finally:
        for process in processes:
            process.kill()
    for index, output in enumerate(outputs):
        assert "load the same checkpoint on each. Received: another state here" in output, output
        with np.load(tmp_path / f"{index}.npz") as worker:
            found = [worker[f"arr_{k}"] for k in range(len(worker.files) - 1)]
            np.testing.assert_allclose(worker["logs"], [logs[k] for k in ("d_loss", "g_loss", "val_d_real")], atol=1e-6)
        for a, b in zip(found, numbers(one), strict=True):
            np.testing.assert_allclose(a, b, atol=1e-6)
