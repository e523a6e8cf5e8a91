import json
import os
import subprocess
import sys
import textwrap
import threading

import numpy as np
import pytest
import tensorflow as tf

from keras_gans.models import DCGAN
from keras_gans.serving import export_saved_model
from keras_gans.serving import warmup as warmup_requests
from keras_gans.serving.export import next_version
from tests.serving.stub import StubGAN


@pytest.fixture(scope="module")
def model():
    return StubGAN()


@pytest.fixture(scope="module")
def exported(model, tmp_path_factory):
    return export_saved_model(model, tmp_path_factory.mktemp("served"))


def test_layout(exported):
    assert exported.name == "1"
    assert (exported / "saved_model.pb").is_file()
    assert [path.name for path in exported.parent.iterdir()] == ["1"]  # nothing hidden is left behind
    assert os.stat(exported).st_mode & 0o700 == 0o700
    metadata = json.loads((exported / "assets.extra" / "keras_gans.json").read_text())
    assert metadata["model"] == {"class": "StubGAN", "name": "stub"}
    assert metadata["description"] == {"images_seen": 12}
    assert metadata["versions"]["tensorflow"] == tf.__version__
    assert metadata["signatures"]["serving_default"] == {
        "inputs": {"latents": {"dtype": "float32", "shape": [None, 3]}},
        "outputs": {"images": {"dtype": "uint8", "shape": [None, 4, 4, 3]}},
    }
    assert metadata["signatures"]["sample"]["inputs"] == {
        "count": {"dtype": "int32", "shape": []},
        "seed": {"dtype": "int64", "shape": []},
    }


def test_holds_the_averaged_generator_only(exported, model):
    names_and_shapes = tf.train.list_variables(str(exported / "variables" / "variables"))
    shapes = sorted(shape for name, shape in names_and_shapes if "VARIABLE_VALUE" in name)
    assert shapes == sorted(list(v.shape) for v in model.averaged_generator.variables)


def test_warmup_requests_run(exported):
    prediction_log_pb2 = pytest.importorskip("tensorflow_serving.apis.prediction_log_pb2")
    served = tf.saved_model.load(str(exported))
    seen = []
    for record in tf.data.TFRecordDataset(str(exported / "assets.extra" / warmup_requests.FILE_NAME)):
        request = prediction_log_pb2.PredictionLog.FromString(record.numpy()).predict_log.request
        inputs = {name: tf.constant(tf.make_ndarray(value)) for name, value in request.inputs.items()}
        served.signatures[request.model_spec.signature_name](**inputs)
        seen.append(request.model_spec.signature_name)
    assert sorted(seen) == ["png", "sample", "serving_default"]


def test_no_warmup_when_told_so(model, tmp_path):
    path = export_saved_model(model, tmp_path, warmup=False)
    assert [p.name for p in (path / "assets.extra").iterdir()] == ["keras_gans.json"]


def test_a_function_that_returns_a_bare_tensor(tmp_path):
    class Doubler:
        name = "doubler"

        def serving_signatures(self):
            return {"serving_default": (lambda x: 2 * x, [tf.TensorSpec([None], name="x")])}

    served = tf.saved_model.load(str(export_saved_model(Doubler(), tmp_path)))
    assert served.signatures["serving_default"](x=tf.constant([2.0]))["outputs"].numpy().tolist() == [4.0]


# --- versions


def test_versions_count_up_and_are_never_overwritten(model, tmp_path):
    directory = tmp_path / "new" / "models"
    assert [export_saved_model(model, directory, warmup=False).name for _ in range(2)] == ["1", "2"]
    assert export_saved_model(model, str(directory), version=7, warmup=False) == directory / "7"
    (directory / "notes").mkdir()
    (directory / "9").mkdir()
    assert next_version(directory) == 10
    with pytest.raises(FileExistsError, match="Version 7 exists already"):
        export_saved_model(model, directory, version=7)


def _another_process_is_faster(monkeypatch, directory):
    rename = os.rename

    def late(source, target):
        monkeypatch.setattr(os, "rename", rename)
        (directory / "1").mkdir()
        (directory / "1" / "saved_model.pb").write_text("of another process")
        return rename(source, target)

    monkeypatch.setattr(os, "rename", late)


def test_a_version_that_appears_meanwhile(model, tmp_path, monkeypatch):
    _another_process_is_faster(monkeypatch, tmp_path / "a")
    assert export_saved_model(model, tmp_path / "a", warmup=False).name == "2"
    _another_process_is_faster(monkeypatch, tmp_path / "b")
    with pytest.raises(FileExistsError, match="Version 1 exists already"):
        export_saved_model(model, tmp_path / "b", version=1, warmup=False)
    assert (tmp_path / "b" / "1" / "saved_model.pb").read_text() == "of another process"
    assert [path.name for path in (tmp_path / "b").iterdir()] == ["1"]


def test_two_exports_at_once(model, tmp_path):
    threads = [
        threading.Thread(target=export_saved_model, args=(model, tmp_path), kwargs={"warmup": False}) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1", "2"]


# --- errors


@pytest.mark.parametrize("version", [0, -1, "3", 1.5, True])
def test_versions_that_are_none(model, tmp_path, version):
    with pytest.raises(ValueError, match="version must be an integer from 1.*Received: version="):
        export_saved_model(model, tmp_path, version=version)


def test_a_model_without_signatures(tmp_path):
    with pytest.raises(ValueError, match="must declare what it serves"):
        export_saved_model(object(), tmp_path)


def test_a_file_in_the_way(model, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(NotADirectoryError, match="is a file"):
        export_saved_model(model, tmp_path / "file")
    with pytest.raises(NotADirectoryError, match="A part of the path"):
        export_saved_model(model, tmp_path / "file" / "models")


@pytest.mark.parametrize(
    "error", [PermissionError(13, "Permission denied"), tf.errors.ResourceExhaustedError(None, None, "No space left")]
)
def test_a_directory_that_cannot_be_written(model, tmp_path, monkeypatch, error):
    def fail(*args, **kwargs):
        raise error

    monkeypatch.setattr(tf.saved_model, "save", fail)
    with pytest.raises(OSError, match="Cannot write a SavedModel to .*(Permission denied|No space left)"):
        export_saved_model(model, tmp_path)
    assert list(tmp_path.iterdir()) == []


# --- read by others: TensorFlow without Keras, OpenVINO without TensorFlow (two fresh processes)


def run(code):
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, timeout=300, cwd="/"
    )
    assert done.returncode == 0, done.stderr[-4000:]


@pytest.fixture(scope="module")
def dcgans(tmp_path_factory):
    """Exported DCGANs of random weights and statistics: {number of classes: (model, path)}."""
    folder, exported, rng = tmp_path_factory.mktemp("dcgans"), {}, np.random.default_rng(0)
    for classes in (0, 3):
        model = DCGAN(resolution=16, channels=3, latent_dim=5, num_classes=classes, generator_filters=4, seed=2)
        for variable in model.averaged_generator.variables:
            values = rng.normal(0.0, 0.3, variable.shape)
            variable.assign(np.exp(values) if "variance" in variable.name else values)
        exported[classes] = model, str(export_saved_model(model, folder / f"classes{classes}", warmup=False))
    return exported


def test_tensorflow_without_keras_runs_all_signatures(dcgans, tmp_path):
    for classes, (model, _) in dcgans.items():
        for count in (1, 3):
            labels = model.sample_labels(count, 5).numpy() if classes else np.zeros(0)
            latents, images = model.sample_latents(count, 5), model.generate(count, 5)
            assert images.std() > 10
            np.savez(tmp_path / f"{classes}_{count}.npz", latents=latents, labels=labels, images=images)
    run(f"""
        import sys
        sys.modules["keras"] = None
        sys.modules["keras_gans"] = None
        import numpy as np
        import tensorflow as tf
        for classes, path in {[(classes, path) for classes, (_, path) in dcgans.items()]!r}:
            signatures = tf.saved_model.load(path).signatures
            assert sorted(signatures) == ["png", "sample", "serving_default"]
            for count in (1, 3):
                expected = np.load(f"{tmp_path}/{{classes}}_{{count}}.npz")
                inputs = dict(latents=tf.constant(expected["latents"]))
                sample = dict(count=tf.constant(count), seed=tf.constant(5, tf.int64))
                if classes:
                    inputs["labels"] = tf.constant(expected["labels"])
                    sample["label"] = tf.constant(-1)
                images = signatures["sample"](**sample)["images"].numpy()
                assert images.dtype == np.uint8 and images.shape == (count, 16, 16, 3)
                assert np.abs(images.astype(int) - expected["images"]).max() <= 1
                np.testing.assert_array_equal(signatures["serving_default"](**inputs)["images"], images)
                for file, image in zip(signatures["png"](**inputs)["image_bytes"], images):
                    np.testing.assert_array_equal(tf.io.decode_png(file), image)
    """)


def test_openvino_without_tensorflow_gives_the_same_pixels(dcgans, tmp_path):
    pytest.importorskip("openvino")
    labels = np.array([2, 0, 1], np.int32)
    for classes, (model, _) in dcgans.items():
        latents = model.sample_latents(3, 6)
        images = model.generate_from(latents, labels if classes else None)
        np.savez(tmp_path / f"{classes}.npz", latents=latents, labels=labels, images=images)
    run(f"""
        import sys
        sys.modules["tensorflow"] = sys.modules["keras"] = None
        import numpy as np
        import openvino
        for classes, path in {[(classes, path) for classes, (_, path) in dcgans.items()]!r}:
            expected = np.load(f"{tmp_path}/{{classes}}.npz")
            config = {{"INFERENCE_PRECISION_HINT": "f32"}}
            model = openvino.Core().compile_model(openvino.convert_model(path), "CPU", config)
            for count in (1, 3):
                inputs = {{"latents": expected["latents"][:count]}}
                if classes:
                    inputs["labels"] = expected["labels"][:count]
                (images,) = model(inputs).values()
                assert images.dtype == np.uint8 and images.shape == (count, 16, 16, 3)
                difference = np.abs(images.astype(int) - expected["images"][:count])
                assert difference.max() <= 1 and (difference > 0).mean() < 0.02, difference
    """)
