"""TensorFlow without its start-up chatter: some lines of its C++ side heed no log level."""

import contextlib
import os
import sys
import tempfile


def load_tensorflow():
    """Imports TensorFlow and looks for devices; what it prints is shown only if that fails, or was asked for by
    `TF_CPP_MIN_LOG_LEVEL`."""
    if "tensorflow" in sys.modules or "TF_CPP_MIN_LOG_LEVEL" in os.environ:
        return
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    with silent():
        import tensorflow as tf

        tf.config.list_logical_devices()


@contextlib.contextmanager
def silent():
    """Holds back what is written to the process' standard error, C++ included; shows it if the block raises.

    Example:

    >>> with silent():
    ...     _ = os.write(2, b"nobody sees this")
    """
    sys.stderr.flush()
    with tempfile.TemporaryFile() as held:
        kept = os.dup(2)
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException:
            held.seek(0)
            os.write(kept, held.read())
            raise
        finally:
            sys.stderr.flush()
            os.dup2(kept, 2)
            os.close(kept)
