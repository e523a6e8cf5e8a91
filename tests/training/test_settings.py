import pytest

import keras_gans
from keras_gans.training import runs, settings


def test_parse_assignments_reads_json_literals():
    pairs = ["a=1", "b=2.5e-4", "c=true", "d=null", "e=[1, 2]", "f=text", "g=x=y", 'h="1"', "i="]
    assert settings.parse_assignments(pairs) == {
        "a": 1, "b": 2.5e-4, "c": True, "d": None, "e": [1, 2], "f": "text", "g": "x=y", "h": "1", "i": "",
    }  # fmt: skip


def test_parse_assignments_reads_python_literals():
    pairs = ["a=True", "b=False", "c=None", "d=[True]"]
    assert settings.parse_assignments(pairs) == {"a": True, "b": False, "c": None, "d": "[True]"}


@pytest.mark.parametrize("name", ["use_bias", "truncated_conv", "reuse_fakes", "run_eagerly", "mirror"])
@pytest.mark.parametrize("value", ["False", "no", 0, 1, None, [True]])
def test_a_switch_is_true_or_false(name, value):
    with pytest.raises(ValueError, match=f"true or false. Received: {name}="):
        settings.sort({name: value}, keras_gans.DCGAN)
    settings.sort({name: False}, keras_gans.DCGAN)


@pytest.mark.parametrize("text", ["NaN", "-Infinity", "1e999", "[1, NaN]", '{"a": [Infinity]}'])
def test_numbers_are_finite(text):
    with pytest.raises(ValueError, match="finite numbers. Received: gamma_stddev="):
        settings.sort(settings.parse_assignments([f"gamma_stddev={text}"]), keras_gans.DCGAN)


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
        "schedule": {},
        "data": {"mirror": True},
    }


def test_a_model_that_grows_has_its_batch_size_in_the_schedule():
    values = {"batch_size": 4, "stable_images": 100, "learning_rate": 0.1, "fmap_max": 8, "simultaneous": True}
    found = settings.sort(values, keras_gans.PGGAN)
    assert found["schedule"] == {"batch_size": 4, "stable_images": 100} and found["training"] == {"learning_rate": 0.1}
    assert found["config"] == {"fmap_max": 8} and found["compile"] == {"simultaneous": True}
    for name in ("schedule", "total_images", "tick_images"):  # the command line has --kimg and --every for them
        with pytest.raises(ValueError, match=f"a setting of PGGAN.*Received: {name}="):
            settings.sort({name: 1}, keras_gans.PGGAN)
    with pytest.raises(ValueError, match="whole number of images. Received: batch_size=0"):
        settings.sort({"batch_size": 0}, keras_gans.PGGAN)


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


@pytest.mark.parametrize(
    "section, name, same, other",
    [
        ("data", "mirror", False, True),
        ("data", "crop", "center", "random"),
        ("data", "max_upscale", 2, 3),
        ("compile", "loss", "non_saturating", "hinge"),
        ("compile", "augment", "", "color"),
        ("compile", "jit_compile", "auto", True),
        ("compile", "penalties", [], ["r1"]),
    ],
)
def test_a_default_that_is_said_is_no_change(section, name, same, other):
    model = runs.build("dcgan", None, {"resolution": 16, "generator_filters": 4, "discriminator_filters": 4}, {}, {})
    stored = {"data": {"source": "x"}, "resolved": runs.resolved(model)}
    defaults = settings.data_defaults(keras_gans.DCGAN, "x")
    assert settings.changes(stored, {section: {name: same}}, defaults) == {}
    assert settings.changes(stored, {section: {name: other}}, defaults)[section][name][1] == other


def test_data_defaults_are_those_of_who_reads():
    assert settings.data_defaults(keras_gans.DCGAN, "fashion_mnist")["max_upscale"] is None
    assert settings.data_defaults(keras_gans.Pix2Pix, "x")["mirror"] is True


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
