"""`keras-gans walk RUN`: a film of a smooth walk through a run's latent space."""

import click

SHEET = 512  # pixels that a sheet of images fills by default
IMAGES = 4  # at most, on each side of such a sheet
SMALLEST = 256  # pixels of a film's shorter side, by default


@click.command()
@click.argument("run", metavar="RUN")
@click.option("--out", required=True, metavar="FILE", help="Film to write: .mp4, .gif or .webp.")
@click.option(
    "--seconds",
    type=click.FloatRange(min=0, min_open=True),
    default=10.0,
    show_default=True,
    help="Length of the film.",
)
@click.option(
    "--fps", type=click.FloatRange(min=0, min_open=True), default=30.0, show_default=True, help="Frames a second."
)
@click.option("--grid", metavar="WxH", help="Images across and down, such as 3x2; default: up to 4x4.")
@click.option(
    "--smoothing",
    type=click.FloatRange(min=0),
    default=1.0,
    show_default=True,
    metavar="SECONDS",
    help="How slowly it moves: sigma of the Gaussian.",
)
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=1000, show_default=True, help="Of the walk.")
@click.option("--class", "label", metavar="CLASS", help="Of a conditional model; default: a class a row.")
@click.option(
    "--zoom", type=click.IntRange(1, 64), help="Pixels that each pixel becomes; default: 256 in all at least."
)
@click.option("--live", is_flag=True, help="Use the generator as it is instead of its average.")
def walk(run, out, seconds, fps, grid, smoothing, seed, label, zoom, live):
    """Write a film of a walk through RUN's latent space that ends where it began.

    Random latents are smoothed along time, as in the films of Karras et al. 2018 (60 s, one image).

    \b
    keras-gans walk runs/photos --out walk.mp4
    keras-gans walk runs/photos --grid 1x1 --seconds 60 --out long.mp4
    """
    shape = parse_grid(grid)

    from keras_gans.cli import quiet
    from keras_gans.training import run_folder

    run_folder.RunFolder.open(run)
    from keras_gans.analysis import film

    path = film.check_film(out, fps)
    run_folder.check_writable(path.parent)
    quiet.load_tensorflow()

    from keras_gans.cli import output
    from keras_gans.training import runs

    folder, model, checkpoint = runs.load_run(run, lambda text: click.echo(text, err=True))
    names = folder.config.get("data", {}).get("class_names")
    label = None if label is None else output.class_number(label, model.num_classes, names)
    frames = output.walk(model, path, seconds, fps, shape, smoothing, seed, label, zoom, averaged=not live)
    click.echo(f"{frames:,} frames, {frames / fps:.3g} s, of {folder} at image {checkpoint.images_seen:,}: {path}")


def parse_grid(text):
    """Reads the size of a sheet.

    Args:
        text: str, columns and rows, such as "3x2"; or None.

    Returns:
        (columns, rows), or None.

    Raises:
        ValueError: where it is no such size, or has more than 1,024 images.

    Example:

    >>> parse_grid("3x2")
    (3, 2)
    """
    if text is None:
        return None
    sides = text.lower().split("x")
    if len(sides) == 2 and all(side.isascii() and side.isdigit() and len(side) < 5 for side in sides):
        columns, rows = (int(side) for side in sides)
        if 1 <= columns * rows <= 1024:
            return columns, rows
    raise ValueError(f"Expected columns x rows, such as 3x2, at most 1,024 images. Received: grid={text!r}")


def default_grid(image_shape):
    """(columns, rows) of a sheet of about 512 pixels, at most 4 x 4: `default_grid((256, 256, 3))` is (2, 2)."""
    side = max(min(SHEET // max(image_shape[:2]), IMAGES), 1)
    return side, side


def default_zoom(height, width):
    """The factor that brings the shorter side of a sheet to 256 pixels or more: `default_zoom(128, 64)` is 4."""
    return -(-SMALLEST // min(height, width))
