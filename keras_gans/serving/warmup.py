"""Warm-up requests: what TensorFlow Serving runs once when it loads a version, before the first user has to wait."""

import tensorflow as tf

FILE_NAME = "tf_serving_warmup_requests"
_WARMUP_COUNT = 1


def can_write_warmup():
    """Returns whether the protocol package is there (`pip install keras-gans[serving]`)."""
    try:
        from tensorflow_serving.apis import prediction_log_pb2  # noqa: F401
    except ImportError:
        return False
    return True


def example_inputs(specs):
    """Returns small inputs that fit the specs: one row, zeros, and one wherever a count is asked for.

    Args:
        specs: list of `tf.TensorSpec` with names; unknown sizes become 1.

    Returns:
        A dict: name -> tensor.

    Example:

    >>> inputs = example_inputs([tf.TensorSpec([None, 2], name="latents"), tf.TensorSpec([], tf.int32, name="count")])
    >>> inputs["latents"].shape, int(inputs["count"])
    (TensorShape([1, 2]), 1)
    """
    inputs = {}
    for spec in specs:
        shape = [1 if size is None else size for size in spec.shape]
        value = _WARMUP_COUNT if spec.name == "count" else 0
        inputs[spec.name] = tf.fill(shape, tf.cast(value, spec.dtype))
    return inputs


def write_warmup(path, signatures, model_name):
    """Writes one request per signature, as a TFRecord of `PredictionLog`s.

    Signatures that take strings get none: what they decode cannot be made up from a spec.

    Args:
        path: path of the file to write, `assets.extra/tf_serving_warmup_requests` of the SavedModel.
        signatures: dict: name -> list of named `tf.TensorSpec`.
        model_name: str, written into the requests; TensorFlow Serving does not check it.

    Raises:
        ImportError: without tensorflow-serving-api; see `can_write_warmup`.
    """
    from tensorflow_serving.apis import predict_pb2, prediction_log_pb2

    with tf.io.TFRecordWriter(str(path)) as writer:
        for name, specs in signatures.items():
            if any(spec.dtype == tf.string for spec in specs):
                continue
            request = predict_pb2.PredictRequest()
            request.model_spec.name = model_name
            request.model_spec.signature_name = name
            for key, tensor in example_inputs(specs).items():
                request.inputs[key].CopyFrom(tf.make_tensor_proto(tensor))
            log = prediction_log_pb2.PredictionLog(predict_log=prediction_log_pb2.PredictLog(request=request))
            writer.write(log.SerializeToString())
