"""`keras-gans studio RUN`: a page on this machine where people try a run's model."""

import signal
import threading

import click


@click.command()
@click.argument("run", metavar="RUN")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen; only this machine by default.")
@click.option("--port", type=click.IntRange(1, 65535), help="Default: the first free one from 7860.")
@click.option("--examples", metavar="DIR", help="pix2pix: inputs to start from; default: those of the run.")
@click.option("--palette", metavar="COLOURS", help="pix2pix: labels, as of train --palette; default: those of the run.")
@click.option("--browser/--no-browser", default=False, help="Open the page in a browser; default: no.")
def studio(run, host, port, examples, palette, browser):
    """Open a page to try RUN in: draw and see the translation (pix2pix), or move through latent space.

    Needs the extra `studio`. Nothing leaves this machine, and only this machine reaches the page unless --host says
    otherwise.

    \b
    keras-gans studio runs/facades --palette facades
    """
    from keras_gans.cli import quiet
    from keras_gans.training import run_folder

    run_folder.RunFolder.open(run)
    from keras_gans.studio.framework import load

    load()
    quiet.load_tensorflow()

    from keras_gans.data.palette import read_palette
    from keras_gans.studio import app
    from keras_gans.studio.examples import TOLERANCE
    from keras_gans.training import runs

    colours = read_palette(palette, TOLERANCE) if palette else None
    folder, model, checkpoint = runs.load_run(run, lambda text: click.echo(text, err=True))
    name = folder.path.resolve().name
    height, width, _ = model.image_shape
    facts = f"{type(model).__name__}, {width} x {height} pixels, {checkpoint.images_seen:,} images seen"
    page = app.page_of(model, folder.config, f"{name} - keras_gans studio", facts, examples, colours)
    app.warm_up(model)
    url = app.serve(page, host, port, browser)
    click.echo(f"The studio of {folder} is at {url} (Ctrl+C ends it)")
    if host not in app.LOCAL:
        click.echo("Warning: everybody who reaches this machine can use it.", err=True)
    wait()
    page.close(verbose=False)


def wait():
    """Returns when somebody ends the process: Ctrl+C, or SIGTERM."""
    stop = threading.Event()
    before = signal.signal(signal.SIGTERM, lambda *_: stop.set())
    try:
        while not stop.wait(0.5):
            pass
    except KeyboardInterrupt:
        click.echo()
    finally:
        signal.signal(signal.SIGTERM, before)
