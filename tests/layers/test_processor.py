import io
import os
import sys

import pytest
import tensorflow as tf

from keras_gans.layers import processor


@pytest.mark.parametrize(
    "text, lacks",
    [
        ("processor : 0\nflags\t\t: fpu avx2 fma\n", True),
        ("processor : 0\nflags\t\t: fpu avx2 avx512f avx512_bf16\n", False),
        ("processor : 0\nFeatures\t: fp asimd\n", False),  # not an x86
    ],
)
def test_flags_are_read(monkeypatch, text, lacks):
    monkeypatch.setattr("builtins.open", lambda *_: io.StringIO(text))
    assert processor.lacks_avx512.__wrapped__() == lacks


def test_other_systems_are_left_to_tensorflow(monkeypatch):
    def missing(*_):
        raise FileNotFoundError

    monkeypatch.setattr("builtins.open", missing)
    assert not processor.lacks_avx512.__wrapped__()


def test_bfloat16_takes_the_detour_only_where_it_is_slow(monkeypatch):
    seen = []

    def operation(x):
        seen.append(x.dtype)
        return x

    for slow, dtype, inside in (
        (True, tf.bfloat16, tf.float32),
        (False, tf.bfloat16, tf.bfloat16),
        (True, tf.float16, tf.float16),
        (True, tf.float64, tf.float64),
    ):
        monkeypatch.setattr(processor, "slow_derivatives", lambda dtype, slow=slow: slow)
        assert processor.in_known_dtype(operation, tf.ones([2], dtype)).dtype == dtype
        assert seen.pop() == inside


def test_a_gpu_has_kernels_of_its_own(monkeypatch):
    monkeypatch.setattr(processor, "lacks_avx512", lambda: True)
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: ["a GPU"])
    assert not processor.slow_derivatives(tf.float32)


@pytest.mark.parametrize(
    "dtype, onednn, slow", [("float32", True, False), ("float32", False, True), ("bfloat16", True, True)]
)
def test_derivatives_are_slow_without_onednn_and_in_bfloat16(monkeypatch, dtype, onednn, slow):
    monkeypatch.setattr(processor, "lacks_avx512", lambda: True)
    monkeypatch.setattr(processor, "uses_onednn", lambda: onednn)
    assert processor.slow_derivatives(tf.as_dtype(dtype)) == slow


def test_onednn_is_what_tensorflow_was_loaded_with(monkeypatch):
    assert processor.uses_onednn() == (os.environ.get("TF_ENABLE_ONEDNN_OPTS") == "1")
    monkeypatch.setitem(sys.modules, "tensorflow.python.util._pywrap_util_port", None)
    monkeypatch.delattr(sys.modules["tensorflow.python.util"], "_pywrap_util_port", raising=False)
    assert processor.uses_onednn.__wrapped__()  # a TensorFlow that does not say
