"""`keras-gans translate RUN`: images through a run's newest checkpoint of pix2pix."""

import pathlib

import click


@click.command()
@click.argument("run", metavar="RUN")
@click.option("--input", "source", required=True, metavar="FILE_OR_DIR", help="Image, or folder of images.")
@click.option("--out", required=True, metavar="DIR", help="Folder of the translations, made where it is not there.")
@click.option("--targets", metavar="DIR", help="Folder of the truth, by the same names, to show beside.")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=0, show_default=True, help="Seed of the noise.")
@click.option("--noise/--no-noise", default=True, help="Whether dropout is on, as in the paper; default: yes.")
@click.option("--tile", type=click.IntRange(min=0), metavar="PIXELS", help="Side of tiles, 0: none; default: if large.")
@click.option("--overlap", type=click.IntRange(min=0), metavar="PIXELS", help="Of tiles; default: a quarter.")
@click.option("--pad/--no-pad", default=True, help="Continue images whose sides do not fit; default: yes.")
@click.option("--page/--no-page", default=True, help="Write DIR/index.html, a page of the results; default: yes.")
def translate(run, source, out, targets, seed, noise, tile, overlap, pad, page):
    """Translate images by RUN, a run of pix2pix. No targets are needed; large images are translated in tiles.

    Each image keeps its name, as PNG. DIR/index.html shows inputs, outputs and targets, and needs nothing else.

    \b
    keras-gans translate runs/facades --input sketches/ --out translated/
    """
    from keras_gans.cli import quiet
    from keras_gans.training import run_folder

    run_folder.RunFolder.open(run)
    quiet.load_tensorflow()

    from keras_gans.cli import translating
    from keras_gans.data.errors import some
    from keras_gans.training import runs

    folder, model, checkpoint = runs.load_run(run, lambda text: click.echo(text, err=True))
    if not hasattr(model, "translate"):
        raise ValueError(
            f"Expected a run of a model that translates images, pix2pix. Received: a {type(model).__name__}"
        )
    options = dict(seed=seed, noise=noise, tile=tile, overlap=overlap, pad=pad)
    results = translating.translate_files(model, pathlib.Path(source), pathlib.Path(out), targets, options)
    if page:
        title = f"{folder.path.name} at image {checkpoint.images_seen:,}"
        translating.write_page(pathlib.Path(out) / "index.html", title, results)
    click.echo(f"{some(len(results))} by {folder} at image {checkpoint.images_seen:,}: {out}")
