import types
import warnings

import numpy as np
import pytest
from PIL import Image

from keras_gans import data as data_sources
from keras_gans.models.gan import GAN
from keras_gans.training import reading

MODEL = types.SimpleNamespace(image_shape=(16, 16, 3), num_classes=0)


def load(source, say=None, labels=False, **arguments):
    return reading.load_data(MODEL, str(source), None, labels, 0, arguments, say or (lambda text: None))


@pytest.fixture
def photos(tmp_path, rng):
    """Four images of 16 x 16, one that is cut in half, and one that is small."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for k in range(4):
        Image.fromarray(rng.integers(0, 256, (16, 16, 3), dtype=np.uint8)).save(folder / f"{k}.png")
    whole = (folder / "0.png").read_bytes()
    (folder / "cut\n.png").write_bytes(whole[: len(whole) // 2])
    Image.fromarray(np.zeros((5, 5, 3), "uint8")).save(folder / "small.png")
    return folder


def test_broken_images_come_with_a_report(photos):
    with pytest.raises(reading.UnusableImages) as caught:
        load(photos)
    error = caught.value
    assert len(error.problems) == 2 and str(error).startswith("2 of the 6 images of") and "--skip-broken" in str(error)
    assert [name for name, _ in error.report.problems] == ["cut\\n.png"] and "sizes" in error.report.to_text()
    assert "small.png" in str(error.rest) and "cut" not in str(error.rest) and "--skip-broken" in str(error.rest)


def test_skipped_images_are_described(photos):
    said = []
    data = load(photos, said.append, skip_broken=True)
    described = reading.describe_data(str(photos), data, False)
    assert len(data) == 4 and [name for name, _ in described["skipped"]] == ["cut\\n.png", "small.png"]
    assert described["count"] == 4 and len(described["fingerprint"]) == 64 and described["source"] == str(photos)
    assert said == ["Note: 2 images left out: cannot be used"]


@pytest.mark.parametrize("name", ["fashion_mnist", "fashion_mnist:full", "tfds:mnist"])
def test_a_name_is_no_path_even_where_a_folder_has_it(rng, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).mkdir()
    data = data_sources.load(rng.integers(0, 256, (4, 8, 8, 1), dtype=np.uint8))
    assert reading.describe_data(name, data, False)["source"] == name
    assert reading.describe_data(f"./{name}", data, False)["source"] == str(tmp_path / name)


def test_other_errors_pass(tmp_path):
    for source in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(data_sources.DataError) as caught:
            load(source)
        assert not isinstance(caught.value, reading.UnusableImages)


def test_a_source_that_cannot_be_opened_again_has_no_report(photos, monkeypatch):
    def gone(*args):
        raise data_sources.DataError("gone")

    monkeypatch.setattr(reading, "open_source", gone)
    with pytest.raises(data_sources.DataError, match="2 of the 6") as caught:
        load(photos)
    assert not isinstance(caught.value, reading.UnusableImages)
    monkeypatch.setattr(reading, "open_source", lambda *args: ("a stream", 0))
    with pytest.raises(data_sources.DataError, match="2 of the 6"):
        load(photos)


def test_notes_are_said_once_and_warnings_of_others_too(photos, monkeypatch):
    original, said = data_sources.load, []

    def odd(*args, **kwargs):
        warnings.warn("a lens is dirty", UserWarning)
        kwargs["progress"](1, 2)
        return original(*args, **kwargs)

    monkeypatch.setattr(reading.data_sources, "load", odd)
    (photos / "cut\n.png").unlink()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        load(photos, said.append, max_upscale=4.0)
    assert said == ["Warning: a lens is dirty", "Note: 1 image smaller than the resolution: enlarged"]


def test_a_model_may_open_its_own_data(photos):
    seen = {}
    data = data_sources.load(np.zeros((4, 16, 16, 1), "uint8"))

    def open_data(source, seed, progress, **arguments):
        seen.update(source=source, seed=seed, **arguments)
        return data

    model = types.SimpleNamespace(image_shape=(16, 16, 3), open_data=open_data, config_of=lambda data: {"a": 1})
    assert reading.load_data(model, "somewhere", None, False, 3, {"direction": "AtoB"}) is data
    assert seen == {"source": "somewhere", "seed": 3, "direction": "AtoB"}
    assert reading.derived_config(model, data, False) == {"a": 1}
    with pytest.raises(ValueError, match="not conditional on labels. Received: labels=True"):
        reading.load_data(model, "somewhere", None, True, 3, {})


def test_derived_config():
    data = data_sources.load((np.zeros((4, 16, 16, 1), "uint8"), np.array([0, 1, 2, 2])))
    assert reading.derived_config(MODEL, data, False) == {"channels": 1}
    assert reading.derived_config(MODEL, data, True) == {"channels": 1, "num_classes": 3}


def test_a_model_without_classes_is_given_no_labels():
    class Plain(GAN):
        def __init__(self, resolution=16, **kwargs):
            raise NotImplementedError

    model = Plain.__new__(Plain)
    with pytest.raises(ValueError, match="Plain is not conditional on labels. Received: labels=True"):
        reading.load_data(model, "somewhere", None, True, 0, {})
