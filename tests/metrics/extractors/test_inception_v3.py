import pathlib

import numpy as np
import pytest
import tensorflow as tf

from keras_gans.metrics.extractors import InceptionV3FID, inception_weights
from keras_gans.metrics.extractors.inception_v3 import _compile, _layers
from tests.metrics.extractors.fixtures.make_goldens import SIZES, images
from tests.readers.torch_writer import write_state_dict

TAPS = {"64": 64, "192": 192, "768": 768, "2048": 2048, "logits_unbiased": 1008, "logits": 1008}


@pytest.fixture(scope="module")
def weights_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("inception") / "pt_inception-2015-12-05-6726825d.pth"
    return write_state_dict(path, inception_weights.random_state_dict(0))


@pytest.fixture(scope="module")
def extractor(weights_file):
    return InceptionV3FID(weights=weights_file)


@pytest.fixture(scope="module")
def features(extractor):
    return extractor(images(32, 32, 0))


@pytest.mark.parametrize("seed, size", list(enumerate(SIZES)), ids=[f"{h}x{w}" for h, w in SIZES])
def test_agrees_with_torch_fidelity(extractor, seed, size):
    """The same random weights in torch-fidelity's network; `fixtures/make_goldens.py` wrote what it gives."""
    height, width = size
    outputs = extractor(images(height, width, seed))
    with np.load(pathlib.Path(__file__).parent / "fixtures" / "goldens.npz") as goldens:
        for tap in TAPS:
            expected = goldens[f"{height}x{width}/{tap}"]
            actual = outputs[tap][:, :: TAPS[tap] // 16]
            np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-5 * np.abs(expected).max(), err_msg=tap)


def test_taps(features):
    assert list(features) == list(TAPS)
    for tap, size in TAPS.items():
        assert features[tap].shape == (2, size) and features[tap].dtype == np.float32
    weights = inception_weights.random_state_dict(0)
    for logits, unbiased in zip(features["logits"], features["logits_unbiased"]):
        np.testing.assert_allclose(logits - unbiased, weights["fc.bias"], atol=1e-5)
    np.testing.assert_allclose(features["2048"] @ weights["fc.weight"].T, features["logits_unbiased"], atol=1e-4)


def test_features_do_not_depend_on_the_batch(extractor, features):
    alone = np.concatenate([extractor(images(32, 32, 0)[n : n + 1])["2048"] for n in range(2)])
    np.testing.assert_allclose(alone, features["2048"], rtol=1e-5, atol=1e-6)


def test_grey_images_are_repeated(extractor):
    grey = images(32, 32, 0)[..., :1]
    expected = extractor(np.repeat(grey, 3, axis=-1))["2048"]
    np.testing.assert_array_equal(extractor(grey)["2048"], expected)


def test_chosen_taps_stop_early(weights_file, features):
    extractor = InceptionV3FID(weights=weights_file, taps=["192", "64"])
    assert extractor.taps == ("64", "192") and extractor.dimensions == {"64": 64, "192": 192}
    outputs = extractor(images(32, 32, 0))
    assert list(outputs) == ["64", "192"]
    np.testing.assert_allclose(outputs["192"], features["192"], rtol=1e-5)
    operations = extractor._network.get_concrete_function().graph.get_operations()
    assert sum(operation.type == "Conv2D" for operation in operations) == 5


def test_bfloat16_is_close_and_has_its_own_name(weights_file, features):
    extractor = InceptionV3FID(weights=weights_file, dtype="bfloat16", taps=["2048"])
    assert extractor.name == "inception_v3_fid_bfloat16"
    outputs = extractor(images(32, 32, 0))["2048"]
    error = np.linalg.norm(outputs - features["2048"]) / np.linalg.norm(features["2048"])
    assert outputs.dtype == np.float32 and 1e-6 < error < 0.01


def test_resizers_change_features_and_the_description(weights_file):
    found = {}
    for resizer in ("tf1", "clean", "pytorch"):
        extractor = InceptionV3FID(weights=weights_file, resizer=resizer, taps=["64"])
        found[resizer] = extractor(images(32, 32, 0))["64"]
        assert extractor.describe()["resizer"] == resizer and resizer in extractor.input_description
    size = np.linalg.norm(found["tf1"])
    for a, b in (("tf1", "clean"), ("tf1", "pytorch"), ("clean", "pytorch")):
        assert 1e-3 < np.linalg.norm(found[a] - found[b]) / size < 0.5


def test_at_299_nothing_is_resized(weights_file):
    batch = images(299, 299, 1)
    tf1, clean = (
        InceptionV3FID(weights=weights_file, resizer=name, taps=["64"])(batch)["64"] for name in ("tf1", "clean")
    )
    np.testing.assert_allclose(tf1, clean, rtol=1e-6)


def test_average_pools_leave_padding_out_and_the_last_pool_is_a_maximum():
    """On ones, an average that counted padding would be below 1 at the border; a maximum of -1s stays -1."""
    x = tf.ones((1, 4, 4, 1))
    np.testing.assert_allclose(tf.nn.avg_pool2d(x, 3, 1, "SAME"), 1.0)
    np.testing.assert_allclose(tf.nn.max_pool2d(-x, 3, 1, "SAME"), -1.0)
    folded = inception_weights.folded(inception_weights.random_state_dict(0))
    graph = _compile(folded, ("2048",), "tf1", "float32").get_concrete_function().graph
    kinds = [operation.type for operation in graph.get_operations()]
    assert kinds.count("AvgPool") == 8 and kinds.count("MaxPool") == 5
    assert [kind for kind in kinds if kind.endswith("Pool")][-1] == "MaxPool"


def test_shapes_on_the_way():
    folded = inception_weights.folded(inception_weights.random_state_dict(0))
    weights = {name: pair for name, pair in folded.items() if name != "fc"}
    found = {name: x.shape.as_list() for name, x in _layers(tf.zeros((1, 299, 299, 3)), weights)}
    assert found == {"64": [1, 73, 73, 64], "192": [1, 35, 35, 192], "768": [1, 17, 17, 768], "2048": [1, 8, 8, 2048]}


def test_one_hash_for_one_network_whatever_the_file(extractor, tmp_path):
    path = tmp_path / "own.npz"
    extractor.save_weights(path)
    again = InceptionV3FID(weights=path, taps=["64"])
    assert len(extractor.weights_hash) == 64 and again.weights_hash == extractor.weights_hash
    other = inception_weights.random_state_dict(0)
    other["fc.bias"][0] += 1e-3
    np.savez(path, **other)
    assert InceptionV3FID(weights=path, taps=["64"]).weights_hash != extractor.weights_hash


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"taps": ["2049"]}, "among .*Received: taps=\\['2049'\\]"),
        ({"taps": []}, "Received: taps=\\[\\]"),
        ({"resizer": "lanczos"}, "Received: resizer='lanczos'"),
        ({"dtype": "float16"}, "Received: dtype='float16'"),
        ({"weights": "missing.pth"}, "Received: weights='missing.pth'"),
        ({"weights": 5}, "Received: weights=5"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        InceptionV3FID(**arguments)


def test_bad_images(extractor):
    with pytest.raises(ValueError, match="uint8"):
        extractor(np.zeros((1, 32, 32, 3), "float32"))
    with pytest.raises(ValueError, match="3 channels"):
        extractor(np.zeros((1, 32, 32, 4), "uint8"))
