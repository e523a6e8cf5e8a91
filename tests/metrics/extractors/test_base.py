import numpy as np
import pytest

from keras_gans.metrics.extractors.base import FeatureExtractor, check_images, tuple_of_names, weights_path


class Means(FeatureExtractor):
    name = "means"
    taps = ("mean",)
    batch_size = 4

    def __init__(self):
        self.seen = []

    def extract(self, images):
        self.seen.append(images.shape)
        return {"mean": images.mean(axis=(1, 2), dtype="float64")}


def test_batches_of_any_size():
    extractor = Means()
    images = np.arange(10 * 2 * 2 * 3, dtype="uint8").reshape(10, 2, 2, 3)
    features = extractor(images)["mean"]
    assert features.dtype == np.float32 and features.shape == (10, 3)
    np.testing.assert_allclose(features, images.mean(axis=(1, 2)))
    assert [shape[0] for shape in extractor.seen] == [4, 4, 2]


def test_grey_becomes_rgb():
    features = Means()(np.full((1, 2, 2, 1), 9, "uint8"))["mean"]
    assert features.tolist() == [[9, 9, 9]]


def test_description_is_what_makes_scores_comparable():
    assert set(Means().describe()) == {"name", "weights_hash", "resizer", "input"}


@pytest.mark.parametrize(
    "images, message",
    [
        (np.zeros((1, 2, 2, 3), "float32"), "as uint8.*float32"),
        (np.zeros((1, 2, 2, 3), "uint16"), "as uint8.*uint16"),
        (np.zeros((2, 2, 3), "uint8"), "at least one image.*\\(2, 2, 3\\)"),
        (np.zeros((0, 2, 2, 3), "uint8"), "at least one image"),
        (np.zeros((1, 0, 2, 3), "uint8"), "at least one image"),
        (np.zeros((1, 2, 2, 4), "uint8"), "transparency.*\\(1, 2, 2, 4\\)"),
        (np.zeros((1, 2, 2, 2), "uint8"), "3 channels"),
        ("words", "as uint8"),
        (None, "as uint8"),
    ],
)
def test_bad_images(images, message):
    with pytest.raises(ValueError, match=message):
        check_images(images)


def test_arguments_of_another_kind(tmp_path):
    assert tuple_of_names(["a"], ("a", "b")) == ("a",)
    for taps in (5, "a", [], ["c"], [5]):
        with pytest.raises(ValueError, match="Received: taps="):
            tuple_of_names(taps, ("a", "b"))
    for weights in (5, tmp_path, tmp_path / "none"):
        with pytest.raises(ValueError, match="a file with the weights of Net. Received: weights="):
            weights_path(weights, "Net")
