"""A set of images on its way into metrics."""

import numpy as np
import pytest

from keras_gans.metrics import evaluate_images
from keras_gans.metrics.extractors import FunctionExtractor
from keras_gans.metrics.image_sets import ImageSet, batches, usual_tap

IMAGES = np.random.default_rng(0).integers(0, 256, (10, 16, 16, 3)).astype("uint8")


def test_batches_of_every_kind_of_source():
    class Data:
        def ordered(self, batch_size):
            return ((IMAGES[i : i + batch_size], None) for i in range(0, 10, batch_size))

    for source in (IMAGES, Data(), [IMAGES[:4], IMAGES[4:]]):
        assert np.concatenate(list(batches(source, 3, "real"))).tolist() == IMAGES.tolist()
    with pytest.raises(ValueError, match="real images must be batches of uint8"):
        list(batches([IMAGES[0]], 3, "real"))


def test_the_usual_tap():
    extractor = FunctionExtractor(lambda x: x.mean((1, 2)), name="colors")
    assert usual_tap(extractor, "features") == "features"
    extractor.taps = ("early", "late", "logits")
    assert usual_tap(extractor, "features") == "late" and usual_tap(extractor, "logits") == "logits"
    extractor.taps = ("logits",)
    with pytest.raises(ValueError, match="has no features"):
        usual_tap(extractor, "features")


def test_fingerprints_of_arrays_are_of_the_whole_array():
    first, second = (ImageSet("real", x, {}, True, None, 3, None) for x in (IMAGES, IMAGES[:9]))
    assert first.fingerprint != second.fingerprint
    assert first.fingerprint == ImageSet("real", IMAGES.copy(), {}, True, None, 5, None).fingerprint


def test_fingerprints_of_streams_do_not_depend_on_batches():
    found = []
    for size in (3, 10):
        stream = (IMAGES[i : i + size] for i in range(0, 10, size))
        images = ImageSet("real", stream, {}, True, None, 4, None)
        images.collect()
        found.append(images.fingerprint)
    assert found[0] == found[1]


def test_a_cache_that_cannot_be_written_costs_no_score(tmp_path):
    (tmp_path / "file").touch()
    colors = FunctionExtractor(lambda x: x.mean((1, 2)), name="colors", weights_hash="1")
    scores = evaluate_images(IMAGES, IMAGES[::-1], "fid", colors, cache_dir=tmp_path / "file" / "below")
    assert scores["fid"].value == pytest.approx(0.0, abs=1e-6)
