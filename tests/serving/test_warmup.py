import sys

import pytest
import tensorflow as tf

from keras_gans.serving import warmup

SPECS = {
    "serving_default": [tf.TensorSpec([None, 3], tf.float32, name="latents")],
    "sample": [tf.TensorSpec([], tf.int32, name="count"), tf.TensorSpec([], tf.int64, name="seed")],
}


def test_example_inputs_fit_their_specs():
    inputs = warmup.example_inputs(SPECS["serving_default"] + SPECS["sample"])
    assert {name: (value.dtype, value.shape.as_list()) for name, value in inputs.items()} == {
        "latents": (tf.float32, [1, 3]),
        "count": (tf.int32, []),
        "seed": (tf.int64, []),
    }
    assert int(inputs["count"]) == 1


def test_written_requests_read_back(tmp_path):
    prediction_log_pb2 = pytest.importorskip("tensorflow_serving.apis.prediction_log_pb2")
    warmup.write_warmup(tmp_path / "requests", SPECS, "stub")
    requests = {}
    for record in tf.data.TFRecordDataset(str(tmp_path / "requests")):
        request = prediction_log_pb2.PredictionLog.FromString(record.numpy()).predict_log.request
        assert request.model_spec.name == "stub"
        requests[request.model_spec.signature_name] = {k: tf.make_ndarray(v) for k, v in request.inputs.items()}
    assert sorted(requests) == ["sample", "serving_default"]
    assert requests["sample"]["count"] == 1
    assert requests["serving_default"]["latents"].shape == (1, 3)


def test_without_the_protocol_package(monkeypatch):
    assert warmup.can_write_warmup() in (True, False)
    monkeypatch.setitem(sys.modules, "tensorflow_serving.apis", None)
    assert not warmup.can_write_warmup()
