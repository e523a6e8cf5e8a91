import subprocess
import sys

import click
import pytest

from keras_gans.cli import main as cli
from keras_gans.training.errors import CheckpointError, NonFiniteError


def raised(error):
    """The error as our own code would have raised it."""
    space = {"__name__": "keras_gans.somewhere", "error": error}
    try:
        exec("def f():\n    raise error\nf()", space)
    except type(error) as caught:
        return caught


def test_help_is_light():
    code = (
        "import sys, time\n"
        "from keras_gans.cli.main import main\n"
        "assert main(['--help']) == 0 and main(['train', '--help']) == 0\n"
        "heavy = {'tensorflow', 'keras', 'numpy', 'PIL', 'tqdm'} & set(sys.modules)\n"
        "print(heavy, time.process_time())"  # of the processor: others may be at work
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy, seconds = result.stdout.splitlines()[-1].rsplit(" ", 1)
    assert heavy == "set()"
    assert float(seconds) < 0.5
    assert "train" in result.stdout and "--data" in result.stdout


def test_every_command_has_help(call):
    for name in cli.cli.list_commands(None):
        code, out, _ = call(name, "--help")
        assert code == 0 and out.startswith(f"Usage: keras-gans {name}")


def test_version(call):
    import keras_gans

    assert call("--version")[1].strip().endswith(keras_gans.__version__)


@pytest.mark.parametrize(
    "arguments, named",
    [
        (["fly"], "fly"),
        (["train", "dcgan", "--out", "x", "--no-such-option"], "--no-such-option"),
        (["train", "dcgan"], "--out"),
        (["train", "dcgan", "--out", "x", "--precision", "float8"], "float8"),
        (["train", "dcgan", "--out", "x", "--kimg", "0"], "kimg"),
        (["train", "dcgan", "--out", "x", "--kimg", "many"], "many"),
        (["train", "dcgan", "--out", "x", "--seed", "-1"], "seed"),
        (["train", "dcgan", "--out", "x", "--batch-size", "0"], "batch-size"),
    ],
)
def test_usage_errors_are_mistakes(call, arguments, named):
    code, _, err = call(*arguments)
    assert code == 2 and named in err and len(err.splitlines()) <= 4


@pytest.mark.parametrize(
    "error, code, said",
    [
        (ValueError("Expected a. Received: b"), 2, "Expected a. Received: b"),
        (ImportError("keras_gans runs on TensorFlow only"), 2, "keras_gans runs on TensorFlow only"),
        (FileNotFoundError(2, "No such file or directory", "x.npy"), 2, "No such file or directory: x.npy"),
        (PermissionError(13, "Permission denied", "x"), 2, "Permission denied: x"),
        (OSError(28, "No space left on device", "x"), 1, "No space left on device: x"),
        (OSError(27, "File too large", "x"), 1, "File too large: x"),
        (OSError(36, "File name too long", "nnn"), 1, "File name too long: nnn"),
        (OSError(5, "Input/output error"), 1, "Input/output error: the output could not be written"),
        (UnicodeEncodeError("utf-8", "\udcff", 0, 1, "surrogates not allowed"), 2, r"in UTF-8. Received: '\udcff'"),
        (NotADirectoryError("A part of the path is a file: x"), 2, "A part of the path is a file: x"),
        (OSError("Cannot write a SavedModel to x"), 1, "Cannot write a SavedModel to x"),
        (NonFiniteError("d_loss is nan", 64), 1, "no longer finite after 64 images"),
        (CheckpointError("Could not write"), 1, "Could not write"),
    ],
)
def test_errors_in_words(monkeypatch, capsys, error, code, said):
    monkeypatch.setattr(cli.cli, "main", lambda *args, **kwargs: (_ for _ in ()).throw(raised(error)))
    assert cli.main(["info", "x"]) == code
    err = capsys.readouterr().err
    assert said in err and "Traceback" not in err


@pytest.mark.parametrize("error", [ValueError("deep in a library"), KeyError("x"), ZeroDivisionError()])
def test_bugs_show_their_traceback(monkeypatch, capsys, error):
    def fail(*args, **kwargs):
        raise error  # from here, which is no code of the package

    monkeypatch.setattr(cli.cli, "main", fail)
    assert cli.main(["info", "x"]) == 1
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize("error", [KeyboardInterrupt(), click.Abort()])
def test_stopped_at_once(monkeypatch, capsys, error):
    monkeypatch.setattr(cli.cli, "main", lambda *args, **kwargs: (_ for _ in ()).throw(error))
    assert cli.main(["info", "x"]) == 1
    assert "Stopped at once" in capsys.readouterr().err


def test_debug_shows_tracebacks_of_mistakes_too(capsys):
    assert cli.main(["--debug", "info", "nowhere"]) == 2
    assert "Traceback" in capsys.readouterr().err
