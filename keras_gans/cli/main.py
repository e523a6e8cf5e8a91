"""`keras-gans`: the group of commands, and what becomes of errors.

Exit codes: 0 done; 2 a user's mistake, one message and no traceback; 1 anything else: stopped by a signal, a full disk,
training that stays non-finite, or a bug, which alone shows its traceback.
"""

import errno
import importlib
import sys
import traceback

import click

COMMANDS = {  # name: module in keras_gans.cli, and the name of the command in it; imported when it is looked at
    "train": "train",
    "sample": "sample",
    "walk": "walk",
    "progress": "progress",
    "translate": "translate",
    "evaluate": "evaluate",
    "export": "export",
    "info": "info",
    "studio": "studio",
    "import": "import_run",
    "dataset": "dataset",
}
MISTAKES = (FileNotFoundError, FileExistsError, NotADirectoryError, IsADirectoryError, PermissionError)
OUTSIDE = (  # what ends a command and is neither a mistake nor a bug
    *(errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO, errno.ESTALE, errno.EMFILE, errno.ENFILE),
    *(errno.ENAMETOOLONG, errno.ELOOP),
)


class Commands(click.Group):
    """A group whose commands stand in modules of their own.

    Example:

    >>> Commands().list_commands(None)[0]
    'train'
    """

    def list_commands(self, context):
        return list(COMMANDS)

    def get_command(self, context, name):
        if name not in COMMANDS:
            return None
        return getattr(importlib.import_module(f"keras_gans.cli.{COMMANDS[name]}"), COMMANDS[name])


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="keras-gans", prog_name="keras-gans")
@click.option("--debug", is_flag=True, help="Show the traceback of a user's mistake too.")
def cli(debug):
    """Generative adversarial networks: from a folder of images to a served model.

    \b
    keras-gans train dcgan --data ./photos --out runs/photos    (the same again goes on)
    keras-gans sample runs/photos --seed 1 --out samples.png
    keras-gans export runs/photos served/photos
    """


def main(arguments=None):
    """Runs a command line.

    Args:
        arguments: list of str; default: those of the process.

    Returns:
        int, the exit code: 0, 1 or 2.

    Example:

    >>> main(["train", "--no-such-option"])
    2
    """
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    try:
        result = cli.main(arguments, prog_name="keras-gans", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return _say("Stopped at once; nothing after the last checkpoint was kept.", 1)
    except Exception as error:
        code, message = explain(error)
        if message is None or "--debug" in arguments:
            traceback.print_exc()
        return code if message is None else _say(message, code)


def explain(error):
    """Says what an exception means to the person at the terminal.

    Args:
        error: the exception, as it was caught.

    Returns:
        (exit code, message); the message is None where it is a bug, of which the traceback must be seen.
    """
    if type(error).__name__ in ("NonFiniteError", "CheckpointError"):  # not imported: errors come without TensorFlow
        return 1, str(error)
    if isinstance(error, OSError):
        code = 2 if isinstance(error, MISTAKES) else 1
        if error.errno is not None and (code == 2 or error.errno in OUTSIDE):
            return code, f"{error.strerror}: {error.filename or 'the output could not be written'}"
        return code, str(error) if _is_ours(error) else None
    if isinstance(error, UnicodeEncodeError) and error.reason == "surrogates not allowed":  # TensorFlow's file names
        return 2, f"Expected names of files and folders in UTF-8. Received: {error.object!a}"
    if isinstance(error, (ValueError, ImportError)) and _is_ours(error):
        return 2, str(error)
    return 1, None


def _is_ours(error):
    """Whether one of our own lines raised it: then it is a message for users, else a bug."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and trace.tb_frame.f_globals.get("__name__", "").startswith("keras_gans.")


def _say(message, code):
    click.echo(f"Error: {message}" if code == 2 else message, err=True)
    return code
