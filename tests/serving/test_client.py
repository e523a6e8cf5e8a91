"""Clients against a small stand-in for TensorFlow Serving on the loopback: it runs the SavedModel as Serving would."""

import base64
import http.server
import json
import socket
import sys
import threading
from concurrent import futures

import numpy as np
import pytest
import tensorflow as tf

from keras_gans.serving import GrpcClient, RestClient, ServingError, export_saved_model
from tests.serving.stub import StubGAN


@pytest.fixture(scope="module")
def model():
    return StubGAN(num_classes=3)


@pytest.fixture(scope="module")
def served(model, tmp_path_factory):
    return tf.saved_model.load(str(export_saved_model(model, tmp_path_factory.mktemp("served"), warmup=False)))


class Handler(http.server.BaseHTTPRequestHandler):
    """The part of the REST interface that the client uses, with Serving's encodings and errors."""

    def do_GET(self):
        self.answer(200, {"model_version_status": [{"version": "1", "state": "AVAILABLE"}]})

    def do_POST(self):
        if self.path == "/v1/models/broken:predict":
            return self.answer(200, "<html>", raw=True)
        if self.path == "/v1/models/silent:predict":
            return self.answer(200, {"predictions": []})
        if self.path not in ("/v1/models/clothes:predict", "/v1/models/clothes/versions/1:predict"):
            return self.answer(404, {"error": "Servable not found for request: Latest(nothing)"})
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        signature = self.server.served.signatures[body["signature_name"]]
        specs = signature.structured_input_signature[1]
        missing = sorted(set(specs) - set(body["inputs"]))
        if missing:
            return self.answer(400, {"error": f"Missing inputs: {missing}"})
        try:
            inputs = {name: tf.constant(value, specs[name].dtype) for name, value in body["inputs"].items()}
            outputs = signature(**inputs)
        except tf.errors.InvalidArgumentError as error:
            return self.answer(400, {"error": error.message})
        ((name, value),) = outputs.items()
        value = value.numpy().tolist()
        if name.endswith("_bytes"):
            value = [{"b64": base64.b64encode(item).decode()} for item in value]
        self.answer(200, {"outputs": {name: value} if self.server.named else value})

    def answer(self, status, content, raw=False):
        content = (content if raw else json.dumps(content)).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def rest_server(served):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.served, server.named = served, False
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(10)


@pytest.fixture(scope="module")
def url(rest_server):
    return f"http://127.0.0.1:{rest_server.server_port}"


@pytest.fixture(scope="module")
def target(served):
    grpc = pytest.importorskip("grpc")
    apis = pytest.importorskip("tensorflow_serving.apis.prediction_service_pb2_grpc")
    from tensorflow_serving.apis import predict_pb2

    class Servicer(apis.PredictionServiceServicer):
        def Predict(self, request, context):
            if request.model_spec.name == "silent":
                return predict_pb2.PredictResponse()
            if request.model_spec.name != "clothes":
                context.abort(grpc.StatusCode.NOT_FOUND, "Servable not found")
            signature = served.signatures[request.model_spec.signature_name]
            try:
                outputs = signature(**{k: tf.constant(tf.make_ndarray(v)) for k, v in request.inputs.items()})
            except (tf.errors.InvalidArgumentError, TypeError) as error:
                context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
            answer = predict_pb2.PredictResponse()
            for name, value in outputs.items():
                answer.outputs[name].CopyFrom(tf.make_tensor_proto(value))
            return answer

    server = grpc.server(futures.ThreadPoolExecutor(1))
    apis.add_PredictionServiceServicer_to_server(Servicer(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"127.0.0.1:{port}"
    server.stop(None).wait(10)


@pytest.fixture(params=["rest", "rest with names", "rest version 1", "grpc", "grpc version 1"])
def client(request, rest_server):
    version = 1 if "version" in request.param else None
    if request.param.startswith("grpc"):
        with GrpcClient(request.getfixturevalue("target"), "clothes", version) as client:
            yield client
    else:
        rest_server.named = "names" in request.param
        yield RestClient(request.getfixturevalue("url"), "clothes", version)


def test_the_same_images_over_the_wire(client, model):
    images = client.sample(2, seed=5, label=-1)
    assert images.dtype == np.uint8 and images.shape == (2, 4, 4, 3)
    np.testing.assert_array_equal(images, model.generate(2, 5))
    np.testing.assert_array_equal(client.sample(3, 6, label=2), model.generate(3, 6, 2))
    latents, labels = model.sample_latents(2, 5), model.sample_labels(2, 5)
    np.testing.assert_array_equal(client.predict(latents, labels), images)
    files = client.png(latents.numpy().tolist(), [int(label) for label in labels])
    np.testing.assert_array_equal(np.stack([tf.io.decode_png(file) for file in files]), images)


def test_a_refusal_is_told_in_the_servers_words(client):
    with pytest.raises(ServingError, match="count must be from 1 to 1024"):
        client.sample(0, label=0)
    with pytest.raises(ServingError, match="(?i)missing"):
        client.sample(1)


def test_latents_are_checked_before_they_are_sent(client):
    with pytest.raises(ValueError, match=r"finite matrix \[N, D\]. Received: shape=\(3,\)"):
        client.predict([1.0, 2.0, 3.0], [0])
    with pytest.raises(ValueError, match="finite matrix"):
        client.png([[np.nan, 0.0, 0.0]], [0])


def test_status(url):
    assert RestClient(url + "/", "clothes").status() == [{"version": "1", "state": "AVAILABLE"}]


def test_unknown_models(url, target):
    with pytest.raises(ServingError, match=r"refused \(404\): Servable not found"):
        RestClient(url, "hats").sample(1)
    with pytest.raises(ServingError, match=r"\(NOT_FOUND\): Servable not found"):
        GrpcClient(target, "hats").sample(1)


def test_answers_that_make_no_sense(url, target):
    with pytest.raises(ServingError, match="did not answer with JSON: <html>"):
        RestClient(url, "broken").sample(1)
    with pytest.raises(ServingError, match="answered without outputs"):
        RestClient(url, "silent").sample(1)
    with pytest.raises(ServingError, match=r"answered without images: \[\]"):
        GrpcClient(target, "silent").sample(1)


def test_nobody_there():
    with pytest.raises(ServingError, match="cannot be reached"):
        RestClient("http://127.0.0.1:9", "clothes", timeout=5).sample(1)
    pytest.importorskip("tensorflow_serving")
    with GrpcClient("127.0.0.1:9", "clothes", timeout=5) as client, pytest.raises(ServingError, match="UNAVAILABLE"):
        client.sample(1)


@pytest.mark.parametrize("url", ["localhost:8501", "", "ftp://localhost"])
def test_urls_that_are_none(url):
    with pytest.raises(ValueError, match="url must be like"):
        RestClient(url, "clothes")


def test_grpc_without_its_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow_serving.apis", None)
    with pytest.raises(ImportError, match=r"pip install keras-gans\[serving\]"):
        GrpcClient("127.0.0.1:9", "clothes")


HEAD = b"HTTP/1.0 200 OK\r\n\r\n"


@pytest.fixture
def answering():
    """Starts a server that answers the first request with some bytes: `answering(content)` is its address."""
    servers = []

    def start(content):
        server = socket.create_server(("127.0.0.1", 0))
        servers.append(server)

        def answer():
            connection, _ = server.accept()
            with connection:
                connection.sendall(content)
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(2**16):  # closed before all is read, it would be a reset
                    pass

        threading.Thread(target=answer, daemon=True).start()
        return f"http://127.0.0.1:{server.getsockname()[1]}"

    yield start
    for server in servers:
        server.close()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"nonsense\r\n\r\n", "cannot be reached: nonsense"),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 50\r\n\r\n{", "cannot be reached: IncompleteRead"),
        (HEAD + b"\xff\xfe", "did not answer with JSON"),
        (HEAD + b"[1]", r"did not answer with JSON: \[1\]"),
        (b"HTTP/1.0 500 X\r\n\r\n\xff", r"refused \(500\)"),
        (HEAD + b'{"outputs": [3]}', "answered without image_bytes"),
        (HEAD + b'{"outputs": {"other": 1}}', "answered without image_bytes"),
    ],
)
def test_whatever_a_server_sends_is_a_serving_error(answering, content, message):
    with pytest.raises(ServingError, match=message):
        RestClient(answering(content), "clothes", timeout=10).png([[0.0]])
