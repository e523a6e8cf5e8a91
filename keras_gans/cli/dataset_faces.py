"""`keras-gans dataset celeba-hq | faces`: faces brought to one place, and faces found in photographs."""

import shlex

import click

from keras_gans.cli.pair_commands import OUT, bar

SIDES = ["1024", "512", "256", "128", "64", "32", "16", "8", "4"]


@click.command("celeba-hq")
@click.argument("images", metavar="IMAGES")
@click.argument("landmarks", metavar="LANDMARKS")
@OUT
@click.option("--resolution", type=click.Choice(SIDES), default="1024", show_default=True, help="Side of the faces.")
@click.option("--list", "image_list", metavar="FILE", help="image_list.txt of CelebA-HQ: only those, so numbered.")
def celeba_hq(images, landmarks, directory, resolution, image_list):
    """Align the faces of the photographs in IMAGES as CelebA-HQ does, into DIR.

    IMAGES is the folder of CelebA's photographs "in the wild" (img_celeba), LANDMARKS its list_landmarks_celeba.txt.
    NVIDIA's delta files are not used: they need a Pillow and a libjpeg of 2017, bit for bit. A CelebA-HQ that is
    prepared already is read as it is: give its folder, .npy or .tfrecords files to --data or to dataset build.

    The same command again goes on where it stopped.
    """
    from keras_gans.data.celeba import ABOUT_DELTAS, align_faces

    click.echo(f"Note: {ABOUT_DELTAS}", err=True)
    with bar(" photographs") as progress:
        count = align_faces(images, landmarks, directory, int(resolution), image_list, progress)
    _said(count, directory, f"keras-gans dataset build {shlex.quote(str(directory))} shards")


@click.command()
@click.argument("source", metavar="SOURCE")
@OUT
@click.option("--resolution", type=click.IntRange(min=8), default=128, show_default=True, help="Side of the faces.")
@click.option("--smallest", type=click.IntRange(min=8), help="Side of the smallest face; default: the resolution.")
@click.option("--margin", type=click.FloatRange(0, 2), default=0.0, show_default=True, help="Added around, in sides.")
@click.option("--neighbours", type=click.IntRange(1), default=6, show_default=True, help="Fewer find more, also none.")
def faces(source, directory, **options):
    """Cut the faces that OpenCV finds in the photographs of SOURCE, as DCGAN's Faces were made, into DIR.

    Needs OpenCV: pip install "keras-gans[faces]". The same command again goes on where it stopped.
    """
    from keras_gans.data.faces import cut_faces

    with bar(" photographs") as progress:
        count = cut_faces(source, directory, progress=progress, **options)
    _said(count, directory, f"keras-gans train dcgan --data {shlex.quote(str(directory))} --out runs/faces")


def _said(count, directory, then):
    click.echo(f"{count:,} face{'s' * (count != 1)}: {directory}")
    click.echo(f"Next: {then if count else 'smaller --smallest or fewer --neighbours, into another DIR'}")
