"""The studio of a run: the page that fits its model, and its server."""

import contextlib
import html
import importlib.resources
import logging
import os

from keras_gans.studio import examples, explorer, translator, uploads
from keras_gans.studio.framework import load
from keras_gans.studio.guard import LOCAL, Guard

LOCALHOST = "127.0.0.1"
SPARE_BYTES = 2**20  # of a request around an upload
KEPT_SECONDS = 3600  # uploads are deleted after that long


def page_of(model, config=None, title="keras_gans", subtitle="", examples_folder=None, palette=None):
    """Builds the page of a model.

    Args:
        model: a model that translates images, or one that makes them of latents.
        config: dict, the config.json of its run; examples and names of classes are taken from it.
        title: str.
        subtitle: str.
        examples_folder: folder of input images to offer as examples; None: those of the run.
        palette: `keras_gans.data.palette.Palette` of label maps; None: the run's own, else colours found in the
            examples.

    Returns:
        `gradio.Blocks`, for `serve`.

    Raises:
        ValueError: If the model's images cannot be drawn, or an option does not fit the model.
        ImportError: If Gradio is not installed.
    """
    gradio, config = load(), config or {}
    translates = hasattr(model, "translate")
    if not translates and (examples_folder or palette):
        raise ValueError("Examples and a palette are for models that translate images. Received: one that does not")
    if translates:
        found, why = examples.examples_of(config, examples_folder)
        palette = palette or examples.palette_of(config)
        colours = () if palette else examples.colours_of(found)
        work = translator.Translator(model, found, palette, colours)
    else:
        work = explorer.Explorer(model, config.get("data", {}).get("class_names"))
    with gradio.Blocks(title=title, analytics_enabled=False, delete_cache=(KEPT_SECONDS, KEPT_SECONDS)) as page:
        gradio.HTML(
            f"<h1>{html.escape(title)}</h1><p>{html.escape(subtitle)}</p>", js_on_load=None, elem_classes="studio-head"
        )
        if translates:
            translator.build(work, why)
        else:
            explorer.build(work)
    return page


def warm_up(model):
    """Makes one image, so that the first person need not wait for the compiler.

    Args:
        model: as of `page_of`.
    """
    import numpy as np

    if hasattr(model, "translate"):
        model.translate(np.zeros([*model.image_shape[:2], model.input_channels], "uint8"))
    else:
        model.generate(1)


def serve(page, host=LOCALHOST, port=None, inbrowser=False):
    """Starts the server of a page and returns; `page.close()` ends it.

    Nothing leaves the machine: no share link, no telemetry, no fonts or scripts of others; requests are bounded, and
    on localhost the server answers to the name of localhost only.

    Args:
        page: what `page_of` returned.
        host: name or address to listen at.
        port: number, or None for the first free one from 7860.
        inbrowser: whether to open the page in the browser of this machine.

    Returns:
        str, the address of the page.

    Raises:
        ValueError: If the port or the host cannot be had.
    """
    from starlette.middleware import Middleware

    gradio = load()
    for name in ("NO_PROXY", "no_proxy"):  # the framework asks its own server whether it is there
        os.environ[name] = ",".join(filter(None, [os.environ.get(name), *LOCAL[:2]]))
    style = importlib.resources.files("keras_gans.studio").joinpath("studio.css").read_text("utf-8")
    guard = Middleware(
        Guard, max_bytes=uploads.MAX_BYTES + SPARE_BYTES, hosts={*LOCAL, host} if host in LOCAL else None
    )
    for name in ("httpx", "httpx2"):
        logging.getLogger(name).setLevel(logging.WARNING)
    try:
        with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):  # its advertisements
            _, url, _ = page.queue(default_concurrency_limit=1, max_size=32).launch(
                share=False,
                quiet=True,
                prevent_thread_lock=True,
                inbrowser=inbrowser,
                server_name=host,
                server_port=port,
                max_file_size=uploads.MAX_BYTES,
                footer_links=[],
                enable_monitoring=False,
                ssr_mode=False,
                pwa=False,
                mcp_server=False,
                theme=gradio.themes.Default(font=["sans-serif"], font_mono=["monospace"], primary_hue="blue"),
                css=style,
                app_kwargs={"middleware": [guard]},
            )
    except OSError as error:
        raise ValueError(
            f"Expected a host and a port that are free. Received: host={host!r}, port={port!r} ({error})"
        ) from error
    return url.rstrip("/")
