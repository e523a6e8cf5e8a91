import pytest

from keras_gans import Pix2Pix
from keras_gans.models.pix2pix.importing import Importing
from tests.models.pix2pix.test_published import FIXTURES


def test_an_imported_model_can_be_saved_and_trained_on(tmp_path, rng):
    """What the weights mean is tested in test_published.py; here: the model is like any other."""
    import keras
    import numpy as np

    model = Pix2Pix.from_torch_state_dict(FIXTURES / "resnet_instance.pth", resolution=32)
    assert isinstance(model, Importing)
    model.save(tmp_path / "m.keras")
    images = rng.integers(0, 256, (1, 32, 32, 2), dtype="uint8")
    loaded = keras.models.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(loaded.translate(images), model.translate(images))
    logs = model.compile() or model.train_step((images, images[..., [0, 1, 0]]))
    assert np.isfinite(float(logs["g_loss"]))


def test_weights_among_other_things_are_named_with_what_reads_them(tmp_path, monkeypatch):
    def no_state_dict(path):
        raise ValueError("Name the right entry. Received: key=None")

    monkeypatch.setattr("keras_gans.readers.torch_files.read_state_dict", no_state_dict)
    (tmp_path / "g.pth").touch()
    with pytest.raises(ValueError, match=r"key=None, in .*g.pth: pass .*torch_files.read_state_dict\(path, key\)"):
        Pix2Pix.from_torch_state_dict(tmp_path / "g.pth")
