"""Clients of a GAN behind TensorFlow Serving: REST with nothing but the standard library and numpy, and gRPC."""

import base64
import http.client
import json
import urllib.error
import urllib.parse
import urllib.request

import numpy as np


class ServingError(RuntimeError):
    """The server could not be reached, or answered with an error; the message says which and why."""


class _Client:
    """What both protocols share: a question per signature. Subclasses say how it is sent."""

    def sample(self, count, seed=0, label=None):
        """Asks for new images.

        Args:
            count: int, how many.
            seed: int; the same seed gives the same images.
            label: int, the class of all of them, for a model with classes; -1 (what None means there) draws them.

        Returns:
            A uint8 array [count, H, W, C].

        Raises:
            ServingError: If the server cannot be reached or refuses.
        """
        inputs = {"count": np.int32(count), "seed": np.int64(seed)}
        if label is not None:
            inputs["label"] = np.int32(label)
        return np.asarray(self._ask("sample", inputs, "images"), np.uint8)

    def predict(self, latents, labels=None):
        """Asks for the images of given latents.

        Args:
            latents: array [N, D], converted to float32; finite.
            labels: array [N] of classes, for a model with classes.

        Returns:
            A uint8 array [N, H, W, C].

        Raises:
            ValueError: If the latents are no finite matrix.
            ServingError: If the server cannot be reached or refuses.
        """
        return np.asarray(self._ask("serving_default", _latent_inputs(latents, labels), "images"), np.uint8)

    def png(self, latents, labels=None):
        """Asks for the images of given latents as PNG files.

        Args:
            latents: array [N, D], converted to float32; finite.
            labels: array [N] of classes, for a model with classes.

        Returns:
            A list of N `bytes`.

        Raises:
            ValueError: If the latents are no finite matrix.
            ServingError: If the server cannot be reached or refuses.
        """
        return list(self._ask("png", _latent_inputs(latents, labels), "image_bytes"))

    def _ask(self, signature, inputs, output):
        raise NotImplementedError


class RestClient(_Client):
    """Client of TensorFlow Serving's REST interface (port 8501 unless told otherwise).

    Args:
        url: str, e.g. "http://localhost:8501".
        model_name: str, the name that the server knows the model by.
        version: int, or None for the newest.
        timeout: float, seconds to wait for an answer.

    Raises:
        ValueError: If the url is none.

    Example:

    >>> client = RestClient("http://localhost:8501", "clothes")
    >>> client.address
    'http://localhost:8501/v1/models/clothes'

    Reference:
        - [RESTful API](https://www.tensorflow.org/tfx/serving/api_rest)
    """

    def __init__(self, url, model_name, version=None, timeout=60.0):
        parts = urllib.parse.urlsplit(str(url))
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise ValueError(f"url must be like http://localhost:8501. Received: url={url!r}")
        self.address = f"{str(url).rstrip('/')}/v1/models/{urllib.parse.quote(model_name, safe='')}"
        if version is not None:
            self.address += f"/versions/{int(version)}"
        self.timeout = timeout

    def status(self):
        """Returns what the server says of the versions it has: a list of dicts with `version` and `state`.

        Raises:
            ServingError: If the server cannot be reached or does not know the model.
        """
        return self._send(self.address).get("model_version_status", [])

    def _ask(self, signature, inputs, output):
        inputs = {name: np.asarray(value).tolist() for name, value in inputs.items()}
        body = json.dumps({"signature_name": signature, "inputs": inputs}).encode()
        answer = self._send(self.address + ":predict", body)
        if "outputs" not in answer:
            raise ServingError(f"{self.address} answered without outputs: {_shortened(json.dumps(answer))}")
        outputs = answer["outputs"]
        if isinstance(outputs, dict):  # the only output comes bare, several come named
            outputs = outputs.get(output)
        try:
            if not isinstance(outputs, list):
                raise TypeError
            return [base64.b64decode(item["b64"]) for item in outputs] if output.endswith("_bytes") else outputs
        except (TypeError, KeyError, ValueError):
            raise ServingError(f"{self.address} answered without {output}: {_shortened(json.dumps(answer))}") from None

    def _send(self, address, body=None):
        request = urllib.request.Request(address, body, {"Content-Type": "application/json"})
        try:
            try:
                with urllib.request.urlopen(request, timeout=self.timeout) as response:
                    refusal, text = None, response.read().decode(errors="replace")
            except urllib.error.HTTPError as error:  # whose own text may break off, too
                refusal, text = error.code, error.read().decode(errors="replace")
        except (OSError, http.client.HTTPException) as error:
            raise ServingError(f"{address} cannot be reached: {_shortened(getattr(error, 'reason', error))}") from None
        if refusal is not None:
            raise ServingError(f"{address} refused ({refusal}): {_reason(text)}")
        try:
            answer = json.loads(text)
        except json.JSONDecodeError:
            answer = None
        if not isinstance(answer, dict):
            raise ServingError(f"{address} did not answer with JSON: {_shortened(text)}")
        return answer


class GrpcClient(_Client):
    """Client of TensorFlow Serving's gRPC interface (port 8500 unless told otherwise); faster for many images.

    Needs `pip install keras-gans[serving]`.

    Args:
        target: str, host and port, e.g. "localhost:8500".
        model_name: str, the name that the server knows the model by.
        version: int, or None for the newest.
        timeout: float, seconds to wait for an answer.
        max_bytes: int, the largest answer to accept.

    Raises:
        ImportError: Without tensorflow-serving-api.
    """

    def __init__(self, target, model_name, version=None, timeout=60.0, max_bytes=2**30):
        try:
            import grpc
            from tensorflow_serving.apis import prediction_service_pb2_grpc
        except ImportError as error:
            raise ImportError("GrpcClient needs tensorflow-serving-api: pip install keras-gans[serving]") from error
        options = [("grpc.max_receive_message_length", max_bytes), ("grpc.max_send_message_length", max_bytes)]
        self.channel = grpc.insecure_channel(target, options)
        self.stub = prediction_service_pb2_grpc.PredictionServiceStub(self.channel)
        self.target = target
        self.model_name = model_name
        self.version = version
        self.timeout = timeout

    def close(self):
        """Closes the connection."""
        self.channel.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _ask(self, signature, inputs, output):
        import grpc
        import tensorflow as tf
        from tensorflow_serving.apis import predict_pb2

        request = predict_pb2.PredictRequest()
        request.model_spec.name = self.model_name
        request.model_spec.signature_name = signature
        if self.version is not None:
            request.model_spec.version.value = self.version
        for name, value in inputs.items():
            request.inputs[name].CopyFrom(tf.make_tensor_proto(value))
        try:
            answer = self.stub.Predict(request, self.timeout)
        except grpc.RpcError as error:
            raise ServingError(f"{self.target} ({error.code().name}): {_shortened(error.details() or '')}") from None
        if output not in answer.outputs:
            raise ServingError(f"{self.target} answered without {output}: {sorted(answer.outputs)}")
        return tf.make_ndarray(answer.outputs[output])


def _latent_inputs(latents, labels):
    latents = np.asarray(latents, np.float32)
    if latents.ndim != 2 or not np.isfinite(latents).all():
        raise ValueError(f"latents must be a finite matrix [N, D]. Received: shape={latents.shape}")
    inputs = {"latents": latents}
    if labels is not None:
        inputs["labels"] = np.asarray(labels, np.int32)
    return inputs


def _reason(text):
    try:
        return _shortened(json.loads(text)["error"])
    except (json.JSONDecodeError, KeyError, TypeError):
        return _shortened(text)


def _shortened(text):
    text = " ".join(str(text).split())
    return text if len(text) <= 500 else text[:500] + " ..."
