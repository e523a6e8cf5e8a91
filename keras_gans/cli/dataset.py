"""`keras-gans dataset build | verify | inspect`: shards of images, and what is in a source of images."""

import contextlib
import json

import click

from keras_gans.cli import pair_commands

SPLIT = click.option("--split", default="train", show_default=True, help="Part of the source.")
DATA_DIR = click.option("--data-dir", metavar="DIR", help="Where tensorflow-datasets keeps its data.")


@click.group()
def dataset():
    """Look into a source of images, or write it as shards.

    SOURCE is a folder of images, a .zip, .npy or .npz file, a folder of shards, fashion_mnist, or tfds:NAME.
    """


@dataset.command()
@click.argument("source", metavar="SOURCE")
@click.argument("directory", metavar="DIR")
@click.option("--resolution", type=click.IntRange(min=1), metavar="PIXELS", help="Side of the images.")
@click.option("--channels", type=click.Choice(["1", "3", "4"]), help="Grey, colour, colour and alpha.")
@click.option("--depth", type=click.Choice(["8", "16"]), help="Bits of a channel; default: those of the files.")
@click.option("--crop", type=click.Choice(["center", "none"]), default="center", show_default=True)
@click.option("--max-upscale", type=click.FloatRange(min=1), help="Largest enlargement of small images; default: 2.")
@click.option("--levels/--no-levels", default=True, help="Keep levels of at most 64 px as raw pixels; default: yes.")
@click.option("--shard-mb", type=click.FloatRange(min=0, min_open=True), default=128, show_default=True)
@click.option("--skip-broken", is_flag=True, help="Leave broken images out, and list them.")
@click.option("--dry-run", is_flag=True, help="Say how large the shards will be, write nothing.")
@SPLIT
@DATA_DIR
def build(source, directory, channels, depth, levels, shard_mb, dry_run, **options):
    """Write the images of SOURCE as TFRecord shards into DIR. The same command again goes on where it stopped."""
    from keras_gans.cli import quiet

    quiet.load_tensorflow()

    import warnings

    from keras_gans.data import DataWarning, load, shards

    with _bar("Checking") as progress, warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)  # the notes are said below
        data = load(
            source,
            channels=channels and int(channels),
            depth=depth and int(depth),
            cache=False,
            progress=progress,
            **options,
        )
    for note in data.notes:
        click.echo(f"Note: {note}", err=True)
    _list_skipped(data.skipped)
    shard_bytes = int(shard_mb * 2**20)
    expected = shards.estimate(data, levels, shard_bytes)
    height, width, channels = data.image_shape
    click.echo(
        f"{expected.images} images of {width} x {height} x {channels}: about {_size(expected.bytes)} "
        f"in {expected.shards} shard{'s' * (expected.shards != 1)}"
    )
    if dry_run:
        return
    with _bar("Writing") as progress:
        index = shards.build(data, directory, levels, shard_bytes, progress)
    written = sum(shard["bytes"] for shard in index["shards"])
    click.echo(f"Wrote {_size(written)} to {directory}. Next: keras-gans train MODEL --data {directory} --out RUN")


@dataset.command()
@click.argument("directory", metavar="DIR")
def verify(directory):
    """Compare every byte of the shards in DIR with their checksums."""
    from keras_gans.data.errors import DataError
    from keras_gans.data.shards import verify

    with _bar("Verifying") as progress:
        problems = verify(directory, progress)
    if problems:
        raise DataError(
            f"{len(problems)} parts of the shards are damaged. Received: {directory}",
            problems,
            hint="Delete the shards named and build again into the same folder: it makes what is missing.",
        )
    click.echo("All shards are whole.")


@dataset.command()
@click.argument("source", metavar="SOURCE")
@click.option("--json", "json_file", metavar="FILE", help="Write everything as JSON; - prints it instead of the table.")
@click.option("--sheet", metavar="FILE", help="Write a contact sheet of up to 100 images, a PNG or JPEG.")
@SPLIT
@DATA_DIR
def inspect(source, json_file, sheet, split, data_dir):
    """Say what is in SOURCE: counts, sizes, modes, classes, near-identical images, and what is broken or odd."""
    from keras_gans.data.errors import DataError
    from keras_gans.data.inspection import inspect
    from keras_gans.data.loading import open_source

    opened = open_source(source, split, data_dir)
    if isinstance(opened, tuple):
        raise DataError(f"The data set does not fit in memory; inspect a slice of it. Received: {split=}")
    with _bar("Looking") as progress:
        found = inspect(opened, progress)
    text = json.dumps(found.to_json(), indent=1)
    if json_file == "-":
        click.echo(text)
    else:
        click.echo(found.to_text())
        if json_file:
            with open(json_file, "w", encoding="utf-8") as file:
                file.write(text + "\n")
    if sheet:
        from PIL import Image

        try:
            Image.fromarray(found.sheet).save(sheet)
        except ValueError as error:
            raise ValueError(f"A contact sheet needs a name that ends in .png or .jpg. Received: {sheet}") from error


def _list_skipped(skipped):
    for name, reason in skipped:
        click.echo(f"Left out: {_printable(name)}: {reason}", err=True)


def _printable(name):
    from keras_gans.data.errors import printable

    return printable(name)


def _size(count):
    return f"{count / 2**30:.1f} GiB" if count >= 2**30 else f"{count / 2**20:.1f} MiB"


@contextlib.contextmanager
def _bar(title):
    """A function of (done, total) that moves a progress bar, shown where a person looks on."""
    from tqdm import tqdm

    with tqdm(desc=title, unit=" images", disable=None, leave=False) as bar:

        def progress(done, total):
            bar.total = total
            bar.update(done - bar.n)

        yield progress


for command in (pair_commands.pair, pair_commands.edges, pair_commands.grayscale):
    dataset.add_command(command)
