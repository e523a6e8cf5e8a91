import numpy as np
import pytest

from keras_gans.metrics.extractors import FunctionExtractor


def test_one_array():
    extractor = FunctionExtractor(
        lambda images: images.reshape(len(images), -1), "pixels", weights_hash="v1", batch_size=2
    )
    images = np.arange(5 * 12, dtype="uint8").reshape(5, 2, 2, 3)
    features = extractor(images)
    assert features["features"].dtype == np.float32
    np.testing.assert_array_equal(features["features"], images.reshape(5, -1))
    assert extractor.taps == ("features",) and extractor.dimensions == {"features": 12}
    assert extractor.describe()["name"] == "pixels" and extractor.describe()["weights_hash"] == "v1"


def test_several_taps_and_a_keras_model():
    import keras

    model = keras.Sequential([keras.Input((4, 4, 3)), keras.layers.GlobalAveragePooling2D()])
    extractor = FunctionExtractor(
        lambda images: {"mean": model(images.astype("float32")), "max": images.max(axis=(1, 2))}, "both"
    )
    features = extractor(np.full((3, 4, 4, 3), 8, "uint8"))
    assert extractor.taps == ("mean", "max")
    np.testing.assert_allclose(features["mean"], 8)
    np.testing.assert_allclose(features["max"], 8)


def test_bad_arguments():
    with pytest.raises(ValueError, match="Received: function=3"):
        FunctionExtractor(3, "name")
    with pytest.raises(ValueError, match="Received: name=''"):
        FunctionExtractor(len, "")


def test_functions_that_return_something_else():
    images = np.zeros((3, 2, 2, 3), "uint8")
    for function in (lambda images: images, lambda images: np.zeros((2, 5)), lambda images: np.zeros(3)):
        with pytest.raises(ValueError, match="one feature vector per image"):
            FunctionExtractor(function, "bad")(images)


def test_taps_that_were_told():
    images = np.zeros((3, 2, 2, 3), "uint8")

    def function(images):
        return {name: np.zeros((len(images), 2)) for name in ("features", "logits", "other")}

    extractor = FunctionExtractor(function, "mine", taps=["features", "logits"])
    assert extractor.taps == ("features", "logits") == tuple(extractor(images))
    with pytest.raises(ValueError, match=r"to return \['pool'\]. Received: \['features', 'logits', 'other'\]"):
        FunctionExtractor(function, "mine", taps=["pool"])(images)
    for taps in (5, [], [5], "features"):
        with pytest.raises(ValueError, match="Received: taps="):
            FunctionExtractor(function, "mine", taps=taps)
    with pytest.raises(ValueError, match="Received: batch_size=0"):
        FunctionExtractor(function, "mine", batch_size=0)
