"""Gradio, loaded when a page is built, without telemetry; and what becomes of errors on the page."""

import functools
import logging
import os
import threading

QUIET = {  # said before it is imported: it asks for none of these later
    "GRADIO_ANALYTICS_ENABLED": "False",
    "GRADIO_SHARE": "False",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
}


def load():
    """Returns the module `gradio`.

    Raises:
        ImportError: If it is not installed; the message says how to.
    """
    os.environ.update(QUIET)
    try:
        import gradio
    except ImportError as error:
        raise ImportError(f"The studio needs Gradio: pip install 'keras-gans[studio]'. Received: {error}") from error
    return gradio


_one_at_a_time = threading.Lock()  # two cores are no faster with two models at once, and a function is traced once


def said_on_the_page(function):
    """Wraps what the page calls: one call at a time; a mistake is shown in the page, any other error too, and logged.

    Args:
        function: callable; a `ValueError` of it is a mistake of the user's.
    """

    @functools.wraps(function)
    def wrapped(*args):
        gradio = load()
        try:
            with _one_at_a_time:
                return function(*args)
        except gradio.Error:
            raise
        except (ValueError, MemoryError) as error:
            text = str(error) or "There is not enough memory for this."
            raise gradio.Error(text, duration=15, print_exception=False, title="That did not work") from error
        except Exception as error:
            logging.getLogger(__name__).exception("The studio failed in %s", function.__name__)
            raise gradio.Error(
                f"An error of the studio ({type(error).__name__}); its log says more.", print_exception=False
            ) from error

    return wrapped
