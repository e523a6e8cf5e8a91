"""The package as a stranger meets it: light to import, its classes known to Keras, other backends told off."""

import configparser
import os
import pathlib
import subprocess
import sys
import textwrap
import warnings

import pytest

import keras_gans
from keras_gans import _lazy

ROOT = pathlib.Path(__file__).parent.parent


def run(code, **env):
    """Runs Python source in a fresh process; returns what it printed, or fails with what it complained of."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", **env},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout.strip()


def test_import_is_light():
    heavy = run(
        """
        import sys
        import keras_gans
        assert "DCGAN" in dir(keras_gans) and "DCGAN" in keras_gans.__all__ and keras_gans.__version__
        print([name for name in ("tensorflow", "keras", "numpy", "scipy", "PIL", "click") if name in sys.modules])
        """
    )
    assert heavy == "[]"


def test_every_public_name_loads():
    for name in keras_gans.__all__:
        assert getattr(keras_gans, name) is not None
        assert getattr(keras_gans, name) is getattr(keras_gans, name)


def test_unknown_name():
    with pytest.raises(AttributeError, match="module 'keras_gans' has no attribute 'DCGANN'"):
        keras_gans.DCGANN  # noqa: B018


def test_another_backend_gets_one_sentence():
    said = run(
        """
        import keras_gans
        try:
            keras_gans.DCGAN
        except ImportError as error:
            print(error)
        """,
        KERAS_BACKEND="jax",
    )
    assert said.startswith("keras_gans runs on Keras' TensorFlow backend only")
    assert "Received: backend='jax'" in said and "\n" not in said


def test_a_backend_from_the_configuration_file(monkeypatch):
    import keras

    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    monkeypatch.setattr(keras.config, "backend", lambda: "torch")
    with pytest.raises(ImportError, match="Received: backend='torch'"):
        _lazy.require_tensorflow_backend()
    monkeypatch.setattr(_lazy, "REGISTERING_MODULES", ("keras_gans.there_is_no_such_module",))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        _lazy.register_with_keras()  # looks for nothing to register there
    monkeypatch.setattr(keras.config, "backend", lambda: "tensorflow")
    with pytest.warns(RuntimeWarning, match="could not register its classes with Keras.*there_is_no_such_module"):
        _lazy.register_with_keras()


# --- saved models load in a fresh process, in either order of import

LOAD = """
import keras
model = keras.models.load_model({path!r})
registered = [name for name in keras.saving.get_custom_objects() if name.startswith("keras_gans>")]
print(type(model).__module__, type(model).__name__, len(registered))
"""


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    model = keras_gans.DCGAN(resolution=16, channels=1, latent_dim=4, seed=1)
    path = str(tmp_path_factory.mktemp("saved") / "model.keras")
    model.save(path)
    return path


@pytest.mark.parametrize("first", ["import keras_gans", "import keras, keras_gans", "import keras_gans.noise"])
def test_load_model_in_a_fresh_process(saved, first):
    module, name, registered = run(first + LOAD.format(path=saved)).split()
    assert (name, module.startswith("keras_gans.models.dcgan")) == ("DCGAN", True)
    assert int(registered) > 3


# --- metadata


def test_data_files_get_into_the_wheel():
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    patterns = [pattern.strip() for pattern in setup["options.package_data"]["*"].split(",")]
    for path in (ROOT / "keras_gans").rglob("*"):
        if path.is_file() and path.suffix not in (".py", ".pyc"):
            assert any(path.match(pattern) for pattern in patterns), path
            assert (path.parent / "__init__.py").exists(), f"{path} is in no package"


def test_every_folder_of_the_package_is_a_package():
    for path in (ROOT / "keras_gans").rglob("*.py"):
        assert (path.parent / "__init__.py").exists(), path
