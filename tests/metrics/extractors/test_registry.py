import numpy as np
import pytest

from keras_gans.metrics.extractors import (
    FeatureExtractor,
    FunctionExtractor,
    InceptionV3FID,
    extractor_names,
    get_extractor,
    register_extractor,
    registry,
)


def test_names(monkeypatch):
    monkeypatch.setattr(registry, "_FACTORIES", dict(registry._FACTORIES))
    assert extractor_names() == ["efficientnet_lite0", "inception_v3_fid"]

    class Own(FeatureExtractor):
        def __init__(self, size=3):
            self.size = size

    register_extractor("own", Own)
    register_extractor("own", Own)  # again: no harm
    assert get_extractor("own", size=4).size == 4
    with pytest.raises(ValueError, match="new name.*'own'"):
        register_extractor("own", InceptionV3FID)


def test_extractors_and_functions_are_taken_as_they_are():
    extractor = FunctionExtractor(lambda images: images[:, 0, 0], "corner")
    assert get_extractor(extractor) is extractor

    def corner(images):
        return images[:, 0, 0]

    wrapped = get_extractor(corner)
    assert wrapped.name == "corner"
    assert wrapped(np.zeros((2, 4, 4, 3), "uint8"))["features"].shape == (2, 3)


def test_unknown_names():
    with pytest.raises(ValueError, match="'efficientnet_lite0', 'inception_v3_fid'.*name='vgg'"):
        get_extractor("vgg")


def test_what_is_no_name():
    for bad in (5, [], None):
        with pytest.raises(ValueError, match="Received: name="):
            get_extractor(bad)
