"""`keras-gans sample RUN`: pictures of a run's newest checkpoint."""

import pathlib

import click

PICTURES = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP", ".bmp": "BMP"}
MAX_IMAGES = 1_000_000
MAX_DIGITS = 100  # of a seed: Python reads no numbers of thousands of digits


@click.command()
@click.argument("run", metavar="RUN")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), help="Seed of all images together; default: 0.")
@click.option("--seeds", metavar="LIST", help="One seed an image, such as 0-35,40.")
@click.option("--count", type=click.IntRange(1, MAX_IMAGES), help="Images; with --seeds: of each seed.")
@click.option("--out", required=True, metavar="FILE", help="What to write, see above.")
@click.option("--class", "label", metavar="CLASS", help="Of a conditional model: a class by name or number.")
@click.option("--live", is_flag=True, help="Use the generator as it is instead of its average.")
def sample(run, seed, seeds, count, out, label, live):
    """Write samples of RUN.

    FILE says as what: .png, .jpg, .webp or .bmp is one sheet of all images; .npz holds `images` (uint8 [N, H, W, C]),
    `seeds` and `labels`; .npy the images alone; a name without an ending becomes a folder of PNG files. The same seed
    makes the same image whatever the count.

    \b
    keras-gans sample runs/photos --seed 1 --count 16 --out samples.png
    keras-gans sample runs/photos --seeds 0-35,40 --out picked/
    """
    if seed is not None and seeds is not None:
        raise click.UsageError("--seed and --seeds exclude each other.")
    numbers = parse_seeds(seeds) if seeds is not None else None
    target = check_target(out)

    from keras_gans.cli import quiet
    from keras_gans.training import run_folder

    run_folder.RunFolder.open(run)
    quiet.load_tensorflow()

    from keras_gans.cli import output
    from keras_gans.training import runs

    folder, model, checkpoint = runs.load_run(run, lambda text: click.echo(text, err=True))
    names = folder.config.get("data", {}).get("class_names")
    label = None if label is None else output.class_number(label, model.num_classes, names)
    images, used, labels = output.make(model, seed or 0, numbers, count, label, averaged=not live)
    output.write(target, images, used, labels)
    click.echo(f"{len(images):,} images of {folder} at image {checkpoint.images_seen:,}: {target}")


def parse_seeds(text):
    """Reads a list of seeds.

    Args:
        text: str, numbers and ranges with both ends included, separated by commas.

    Returns:
        list of int.

    Raises:
        ValueError: where it is no such list, or holds more than `MAX_IMAGES`.

    Example:

    >>> parse_seeds("0-3,40")
    [0, 1, 2, 3, 40]
    """
    seeds = []
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        last = last if dash else first
        if not (first.isascii() and first.isdigit() and last.isascii() and last.isdigit()):
            raise ValueError(f"Expected numbers and ranges such as 0-35,40. Received: seeds={text!r}")
        if max(len(first), len(last)) > MAX_DIGITS:
            raise ValueError(f"Expected seeds below 2^31. Received: one of {max(len(first), len(last)):,} digits")
        if int(last) < int(first) or int(last) >= 2**31 or int(last) - int(first) + len(seeds) >= MAX_IMAGES:
            raise ValueError(
                f"Expected at most {MAX_IMAGES:,} seeds below 2^31, each range from low to high. "
                f"Received: seeds={text!r}"
            )
        seeds += range(int(first), int(last) + 1)
    return seeds


def check_target(out):
    """Says where samples go, before any is made.

    Args:
        out: str.

    Returns:
        `pathlib.Path`.

    Raises:
        ValueError: where the ending is not known, or the place is no folder.
    """
    path = pathlib.Path(out)
    known = [*PICTURES, ".npz", ".npy"]
    if path.suffix and path.suffix.lower() not in known and not path.is_dir():
        raise ValueError(f"Expected a name that ends in {', '.join(known)}, or a folder. Received: out={out!r}")
    if path.is_dir() and path.suffix.lower() in known:
        raise ValueError(f"Expected a file. Received: out={out!r}, which is a folder")
    if path.is_file() and not path.suffix:
        raise ValueError(f"Expected a folder, or a name that ends in {', '.join(known)}. Received: out={out!r}, a file")
    return path
