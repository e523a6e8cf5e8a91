"""`keras-gans dataset build | verify | inspect`: shards of images, and what is in a source of images."""

import json
import math
import shlex

import click

from keras_gans.cli import dataset_faces, pair_commands
from keras_gans.cli.pair_commands import bar

SPLIT = click.option("--split", default="train", show_default=True, help="Part of the source.")
DATA_DIR = click.option("--data-dir", metavar="DIR", help="Where tensorflow-datasets keeps its data.")
_SLICE = 'a part of it will, such as --split "train[:10%]"'


@click.group()
def dataset():
    """Look into a source of images, write it as shards, or prepare images.

    SOURCE is a folder of images, a .zip, .npy or .npz file, a folder of shards or of PGGAN's .tfrecords, fashion_mnist,
    or tfds:NAME.
    """


@dataset.command()
@click.argument("source", metavar="SOURCE")
@click.argument("directory", metavar="DIR")
@click.option("--resolution", type=click.IntRange(min=1), metavar="PIXELS", help="Side of the images.")
@click.option("--channels", type=click.Choice(["1", "3", "4"]), help="Grey, colour, colour and alpha.")
@click.option("--depth", type=click.Choice(["8", "16"]), help="Bits of a channel; default: those of the files.")
@click.option("--crop", type=click.Choice(["center", "none"]), default="center", show_default=True)
@click.option("--max-upscale", type=click.FloatRange(min=1), help="Largest enlargement of small images; default: 2.")
@click.option(
    "--format",
    "layout",
    type=click.Choice(["shards", "tfrecords"]),
    default="shards",
    show_default=True,
    help="tfrecords: raw pixels at every resolution, as the official codes of PGGAN and StyleGAN read them.",
)
@click.option("--levels/--no-levels", default=True, help="Shards: keep levels of at most 64 px raw; default: yes.")
@click.option("--shard-mb", type=click.FloatRange(min=0, min_open=True), default=128, show_default=True)
@click.option("--shuffle/--no-shuffle", default=True, help="tfrecords: in the official random order; default: yes.")
@click.option("--skip-broken", is_flag=True, help="Leave broken images out, and list them.")
@click.option("--dry-run", is_flag=True, help="Say how large the shards will be, write nothing.")
@SPLIT
@DATA_DIR
def build(source, directory, channels, depth, layout, levels, shard_mb, shuffle, dry_run, **options):
    """Write the images of SOURCE as TFRecord files into DIR. The same command again goes on where it stopped."""
    from keras_gans.cli import quiet

    quiet.load_tensorflow()

    import warnings

    from keras_gans.data import DataError, DataWarning, load, multires, shards

    with bar(" images", "Checking") as progress, warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)  # the notes are said below
        data = load(
            source,
            channels=channels and int(channels),
            depth=depth and int(depth),
            cache=False,
            check="full",  # what is broken is said before anything is written
            progress=progress,
            **options,
        )
    if not data.exact_position:
        raise DataError(f"{source} does not fit in memory; {_SLICE}. Received: split={options['split']!r}")
    for note in data.notes:
        click.echo(f"Note: {note}", err=True)
    _list_skipped(data.skipped)
    if not math.isfinite(shard_mb):
        raise ValueError(f"--shard-mb must be a number of MiB. Received: --shard-mb {shard_mb}")
    shard_bytes = int(shard_mb * 2**20)
    if layout == "shards":
        expected = shards.estimate(data, levels, shard_bytes)
        size, files = expected.bytes, f"{expected.shards} shard{'s' * (expected.shards != 1)}"
    else:
        size, files = multires.total_bytes(data), "one file a resolution"
    height, width, channels = data.image_shape
    click.echo(f"{len(data)} images of {width} x {height} x {channels}: about {_size(size)} in {files}")
    if dry_run:
        return
    with bar(" images", "Writing") as progress:
        if layout == "shards":
            written = sum(
                part["bytes"] for part in shards.build(data, directory, levels, shard_bytes, progress)["shards"]
            )
        else:
            written = sum(multires.build(data, directory, shuffle, progress).values())
    there = shlex.quote(str(directory))
    click.echo(f"Wrote {_size(written)} to {directory}. Next: keras-gans train MODEL --data {there} --out RUN")


@dataset.command()
@click.argument("directory", metavar="DIR")
def verify(directory):
    """Compare every byte of the shards, or of PGGAN's .tfrecords, in DIR with their checksums."""
    from keras_gans.data import multires, shards
    from keras_gans.data.errors import DataError
    from keras_gans.data.sources.multires import is_multires

    kind, module = ("files", multires) if is_multires(directory) else ("shards", shards)
    with bar(" parts", "Verifying") as progress:
        problems = module.verify(directory, progress)
    if problems:
        raise DataError(
            f"{len(problems)} parts of the {kind} are damaged. Received: {directory}",
            problems,
            hint="Delete the files named and build again into the same folder: it makes what is missing.",
        )
    click.echo(f"All {kind} are whole.")


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
        raise DataError(f"{source} does not fit in memory; {_SLICE}. Received: {split=}")
    with bar(" images", "Looking") as progress:
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


for command in (
    *(pair_commands.pair, pair_commands.edges, pair_commands.grayscale),
    *(dataset_faces.celeba_hq, dataset_faces.faces),
):
    dataset.add_command(command)
