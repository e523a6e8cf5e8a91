import pytest

import keras_gans
from keras_gans.training import settings


def test_parse_assignments_reads_json_literals():
    pairs = ["a=1", "b=2.5e-4", "c=true", "d=null", "e=[1, 2]", "f=text", "g=x=y", 'h="1"', "i="]
    assert settings.parse_assignments(pairs) == {
        "a": 1, "b": 2.5e-4, "c": True, "d": None, "e": [1, 2], "f": "text", "g": "x=y", "h": "1", "i": "",
    }  # fmt: skip


@pytest.mark.parametrize("text", ["a", "=1", " =1"])
def test_parse_assignments_refuses(text):
    with pytest.raises(ValueError, match="key=value"):
        settings.parse_assignments([text])


def test_sort_by_who_knows_the_name():
    values = {"latent_dim": 8, "loss": "hinge", "batch_size": 4, "mirror": True, "jit_compile": False}
    assert settings.sort(values, keras_gans.DCGAN) == {
        "config": {"latent_dim": 8},
        "compile": {"loss": "hinge", "jit_compile": False},
        "training": {"batch_size": 4},
        "data": {"mirror": True},
    }


def test_sort_names_an_unknown_one_and_the_known_ones():
    with pytest.raises(ValueError, match=r"latent_dim.*batch_size.*Did you mean latent_dim\? Received: latent_dims=8"):
        settings.sort({"latent_dims": 8}, keras_gans.DCGAN)


def test_changes_looks_at_what_is_given_only():
    stored = {
        "config": {"resolution": 32},
        "training": {"batch_size": 4},
        "resolved": {"config": {"resolution": 32, "latent_dim": 100, "shape": [1, 2]}},
    }
    assert settings.changes(stored, {"config": {}, "training": {}}) == {}
    assert settings.changes(stored, {"config": {"latent_dim": 100, "shape": (1, 2)}}) == {}
    assert settings.changes(stored, {"config": {"latent_dim": 8}, "training": {"batch_size": 8}}) == {
        "config": {"latent_dim": (100, 8)},
        "training": {"batch_size": (4, 8)},
    }


def test_model_settings_never_change():
    changed = {"config": {"resolution": (32, 64)}}
    for override in (False, True):
        with pytest.raises(ValueError, match="resolution=32.*--new.*Received: resolution=64"):
            settings.check_changes(changed, override)


def test_training_settings_change_with_an_override():
    changed = {"training": {"batch_size": (4, 8)}, "compile": {"loss": (None, "hinge")}}
    with pytest.raises(ValueError, match="--override.*loss='hinge', batch_size=8"):
        settings.check_changes(changed, override=False)
    assert settings.check_changes(changed, override=True) is None
    assert settings.check_changes({}, override=False) is None
