"""Shared set-up of the tests: a quiet, deterministic TensorFlow on the processor, and small fixtures."""

import os
import signal

# Before TensorFlow is imported anywhere. Child processes of the tests inherit these.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("MPLBACKEND", "Agg")
os.environ.setdefault("TQDM_MININTERVAL", "5")

import numpy as np
import pytest

import keras_gans  # noqa: F401, before TensorFlow: what it asks of it is asked at the command line, too

import tensorflow as tf  # isort: skip

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background processes ignore it, and tests send it

# Two logical processors, so that distribution is tested in this process; it must be said before TensorFlow starts.
tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2
)


@pytest.fixture(autouse=True)
def _fixed_seeds():
    """Python's, numpy's and (where loaded) Keras' global generators start each test alike."""
    import random
    import sys

    random.seed(0)
    np.random.seed(0)  # noqa: NPY002, code under test must not depend on it, third-party code may
    if "keras" in sys.modules:
        import keras

        keras.utils.set_random_seed(0)
    yield


@pytest.fixture
def rng():
    """A numpy generator with a fixed seed."""
    return np.random.default_rng(0)


@pytest.fixture
def tiny_images(rng):
    """32 colour images of 16 x 16: uint8 [32, 16, 16, 3]."""
    return rng.integers(0, 256, (32, 16, 16, 3), dtype=np.uint8)


@pytest.fixture
def mirrored_strategy():
    """A MirroredStrategy over both logical processors.

    All such strategies of a process have the same collective keys (TensorFlow 2.21): the second one's sums would wait
    for, or be refused by, the first one's. So each gets keys of its own, as in TensorFlow's tests.
    """
    tf.distribute.MirroredStrategy._collective_key_base += 100_000
    return tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
