import io
import pickle
import tarfile

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gans.metrics.extractors import InceptionV3FID, inception_weights
from keras_gans.metrics.extractors.inception_architecture import UNITS, graph_name
from keras_gans.readers.torch_files import read_state_dict
from tests.metrics.test_statistics_files import damaged_files
from tests.readers.torch_writer import write_state_dict


@pytest.fixture(scope="module")
def weights():
    return inception_weights.random_state_dict(3)


def frozen_graph(weights):
    """The weights under the names and in the layout of classify_image_graph_def.pb."""
    graph = tf.Graph()
    with graph.as_default():
        for unit in UNITS:
            scope = graph_name(unit)
            tf.constant(weights[f"{unit}.conv.weight"].transpose(2, 3, 1, 0), name=f"{scope}/conv2d_params")
            tf.constant(weights[f"{unit}.bn.weight"], name=f"{scope}/batchnorm/gamma")
            tf.constant(weights[f"{unit}.bn.bias"], name=f"{scope}/batchnorm/beta")
            tf.constant(weights[f"{unit}.bn.running_mean"], name=f"{scope}/batchnorm/moving_mean")
            tf.constant(weights[f"{unit}.bn.running_var"], name=f"{scope}/batchnorm/moving_variance")
        tf.constant(weights["fc.weight"].T, name="softmax/weights")
        tf.constant(weights["fc.bias"], name="softmax/biases")
        tf.constant([1, 2], name="pool_3/_reshape/shape")
    return graph.as_graph_def().SerializeToString()


def same(first, second):
    assert list(first) == list(second)
    for name, array in first.items():
        np.testing.assert_array_equal(array, second[name], err_msg=name)
        assert second[name].dtype == np.float32


def test_random_weights_are_the_same_everywhere(weights):
    """The goldens of the network depend on these draws."""
    first = inception_weights.random_state_dict(0)
    assert len(first) == 472 and sum(array.size for array in first.values()) == 23_885_392
    np.testing.assert_allclose(
        first["Conv2d_1a_3x3.conv.weight"].ravel()[:3], np.random.RandomState(0).randn(3) * np.sqrt(2 / 27), rtol=1e-6
    )
    assert not np.array_equal(first["fc.bias"], weights["fc.bias"])


def test_every_kind_of_file(weights, tmp_path):
    graph = frozen_graph(weights)
    (tmp_path / "classify_image_graph_def.pb").write_bytes(graph)
    with tarfile.open(tmp_path / "inception-2015-12-05.tgz", "w:gz", compresslevel=0) as archive:
        for name, data in (("LICENSE", b"Apache"), ("classify_image_graph_def.pb", graph)):
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    inception_weights.save(weights, tmp_path / "own.npz")
    counted = weights | {"Mixed_5b.branch1x1.bn.num_batches_tracked": np.array(0, "int64")}
    write_state_dict(tmp_path / "weights-inception-2015-12-05-6726825d.pth", counted)
    for path in tmp_path.iterdir():
        loaded = inception_weights.load(path)
        same(weights, loaded)
        assert inception_weights.content_hash(loaded) == inception_weights.content_hash(weights)


def test_folding_is_the_same_function():
    """kernel x + bias = gamma (w x - mean) / sqrt(var + 1e-3) + beta, on the first unit and one pixel."""
    weights = inception_weights.random_state_dict(0)
    kernel, bias = inception_weights.folded(weights)["Conv2d_1a_3x3"]
    x = np.random.RandomState(0).randn(3, 3, 3)
    get = lambda key: weights[f"Conv2d_1a_3x3.{key}"].astype("float64")  # noqa: E731
    plain = np.einsum("hwi,oihw->o", x, get("conv.weight"))
    expected = get("bn.weight") * (plain - get("bn.running_mean")) / np.sqrt(get("bn.running_var") + 1e-3) + get(
        "bn.bias"
    )
    np.testing.assert_allclose(np.einsum("hwi,hwio->o", x, kernel) + bias, expected, rtol=1e-5, atol=1e-6)


def test_weights_of_another_network(weights, tmp_path):
    path = tmp_path / "other.npz"
    np.savez(path, w=np.zeros(3))
    with pytest.raises(ValueError, match="another network \\(473 differences: Conv2d_1a_3x3.conv.weight is missing"):
        InceptionV3FID(weights=path)
    np.savez(path, **(weights | {"fc.weight": np.zeros((1000, 2048), "float32"), "fc.bias": np.zeros(1000, "float32")}))
    with pytest.raises(ValueError, match="2 differences: fc.weight has shape \\(1000, 2048\\), not \\(1008, 2048\\)"):
        InceptionV3FID(weights=path)
    np.savez(path, **(weights | {"fc.bias": np.full(1008, np.nan, "float32")}))
    with pytest.raises(ValueError, match="fc.bias holds float32, not finite"):
        InceptionV3FID(weights=path)
    np.savez(path, **(weights | {"Mixed_7c.branch_pool.bn.running_var": np.full(192, -1, "float32")}))
    with pytest.raises(ValueError, match="Mixed_7c.branch_pool.bn.running_var is negative"):
        InceptionV3FID(weights=path)
    np.savez(path, **(weights | {"extra": np.zeros(1)}))
    with pytest.raises(ValueError, match="extra is unknown"):
        InceptionV3FID(weights=path)


def test_malicious_and_damaged_files(weights, tmp_path):
    marker = tmp_path / "ran"
    evil = tmp_path / "evil.pth"
    evil.write_bytes(
        b"".join(pickle.dumps(value, 2) for value in (0x1950A86A20F9469CFC6C, 1001, {}))
        + b"cos\nsystem\n(S'touch "
        + str(marker).encode()
        + b"'\ntR."
    )
    with pytest.raises(ValueError, match="os.system"):
        InceptionV3FID(weights=evil)
    objects = tmp_path / "objects.npz"
    np.savez(objects, **{"fc.bias": np.array([evil], dtype=object)})
    with pytest.raises(ValueError):
        InceptionV3FID(weights=objects)
    assert not marker.exists()
    for path in damaged_files(tmp_path, "fc.bias"):
        with pytest.raises(ValueError, match=f"{path.name}' is truncated or damaged"):
            InceptionV3FID(weights=path)
    good = write_state_dict(tmp_path / "good.pth", {"fc.bias": weights["fc.bias"]})
    for name, data in (
        ("short.pth", good.read_bytes()[:-100]),
        ("empty.pth", b""),
        ("text.pb", b"<html>Not found</html>"),
        ("short.npz", objects.read_bytes()[:50]),
    ):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(ValueError):
            InceptionV3FID(weights=tmp_path / name)
    with pytest.raises(ValueError, match="Expected a file"):
        InceptionV3FID(weights=tmp_path)


def test_neither_network_nor_file(monkeypatch):
    asked = {}

    def get_file(name, origin, **arguments):
        asked.update(arguments, name=name, origin=origin)
        raise Exception("URL fetch failure")

    monkeypatch.setattr(keras.utils, "get_file", get_file)
    with pytest.raises(ValueError, match="connect this machine to the network.*weights=FILE"):
        InceptionV3FID()
    assert asked["file_hash"].startswith("6726825d") and len(asked["file_hash"]) == 64
    assert asked["name"] in asked["origin"]


def test_downloaded_file(monkeypatch, weights, tmp_path):
    path = write_state_dict(tmp_path / "a.pth", weights)
    monkeypatch.setattr(keras.utils, "get_file", lambda *args, **kwargs: str(path))
    same(read_state_dict(path), inception_weights.load())
