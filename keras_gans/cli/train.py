"""`keras-gans train MODEL`: begins a run, or goes on with it."""

import os
import re

import click

SETTINGS = (
    *("resolution", "batch_size", "seed", "mirror", "crop", "load_size", "direction"),
    *("max_upscale", "depth", "skip_broken", "split", "data_dir", "augment", "accumulate"),
    *("input_palette", "target_palette", "palette_tolerance"),
)
PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")


class Size(click.ParamType):
    """A number of pixels, or two: `SIZE.convert("16x32", None, None)` is [16, 32], height and width."""

    name = "size"

    def convert(self, value, param, ctx):
        if not re.fullmatch(r"[0-9]{1,9}(x[0-9]{1,9})?", str(value), re.ASCII):
            self.fail(f"{value!r} is neither a number of pixels nor HEIGHTxWIDTH, such as 64 or 64x128.", param, ctx)
        sides = [int(side) for side in str(value).split("x")]
        return sides[0] if len(sides) == 1 else sides


SIZE = Size()


@click.command()
@click.argument("model", metavar="MODEL")
@click.option(
    "--data", "source", metavar="SOURCE", help="Folder of images, .zip, .npy, .npz, tfds:NAME, fashion_mnist."
)
@click.option("--split", metavar="NAME", help="Part of the data, such as train[:10%] of tfds:NAME; default: train.")
@click.option("--data-dir", metavar="DIR", help="Where tensorflow-datasets keeps its data.")
@click.option("--out", required=True, metavar="DIR", help="Folder of the run; one that is there goes on.")
@click.option("--preset", metavar="NAME", help="Settings of a paper or code, by name.")
@click.option(
    "--resolution", type=SIZE, metavar="PIXELS", help="Side of the images, or HEIGHTxWIDTH: 64x128; of pggan, pix2pix."
)
@click.option("--crop-size", type=SIZE, metavar="PIXELS", help="The same, as pix2pix calls it.")
@click.option("--load-size", type=int, metavar="PIXELS", help="Side before random crops; pix2pix: 286 / 256 of it.")
@click.option("--direction", type=click.Choice(["AtoB", "BtoA"]), help="Of pairs: which side is the input.")
@click.option(
    "--palette",
    "input_palette",
    metavar="COLOURS",
    help="Of inputs that are label maps; as of dataset pair --palette-a.",
)
@click.option("--target-palette", metavar="COLOURS", help="Of targets that are label maps.")
@click.option("--palette-tolerance", type=click.IntRange(0, 255), help="Of palettes; default: 0; JPEG files: 48.")
@click.option("--kimg", type=click.FloatRange(min=0, min_open=True), help="Thousands of real images to train for.")
@click.option(
    "--every",
    type=click.FloatRange(min=0, min_open=True),
    metavar="KIMG",
    help="Interval of logs, samples and checkpoints; default: a fiftieth of --kimg.",
)
@click.option(
    "--stable-kimg", type=click.FloatRange(min=0), metavar="KIMG", help="Of pggan: at each resolution; default: 800."
)
@click.option(
    "--fade-kimg", type=click.FloatRange(min=0), metavar="KIMG", help="Of pggan: to fade in the next; default: 800."
)
@click.option("--keep", type=click.IntRange(min=1), help="Checkpoints to keep; default: 3.")
@click.option(
    "--metrics", metavar="LIST", help="Score the averaged generator by these, such as fid,swd; none: no more."
)
@click.option(
    "--metrics-every",
    type=click.FloatRange(min=0, min_open=True),
    metavar="KIMG",
    help="Interval of scores; default: a tenth of --kimg.",
)
@click.option("--metrics-count", type=click.IntRange(min=2), help="Images of a score; default: 5,000.")
@click.option("--extractor", "metrics_extractor", metavar="NAME", help="As of evaluate; default: efficientnet_lite0.")
@click.option("--weights", "metrics_weights", metavar="FILE", help="Of the extractor.")
@click.option(
    "--batch-size", type=click.IntRange(min=1), help="Real images a discriminator step; of pggan: at all resolutions."
)
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), help="Of weights, noise and the order of the data.")
@click.option("--labels", is_flag=True, help="Train on the labels of the data (a conditional model).")
@click.option("--mirror/--no-mirror", default=None, help="Flip half of the images left to right.")
@click.option("--crop", type=click.Choice(["center", "random", "none"]), help="How images become square.")
@click.option("--max-upscale", type=click.FloatRange(min=1), help="Largest enlargement of small images; default: 2.")
@click.option("--depth", type=click.Choice(["8", "16"]), help="Bits of a channel; default: those of the files.")
@click.option("--skip-broken", is_flag=True, help="Leave out images that cannot be used, and list them.")
@click.option("--augment", metavar="LIST", help="For small data: color,translation,cutout, or some of these.")
@click.option("--accumulate", type=click.IntRange(min=1), metavar="N", help="Cut each batch into N parts: less memory.")
@click.option("--precision", type=click.Choice(PRECISIONS), help="Of the networks; mixed_float16 is experimental.")
@click.option("--init-from", metavar="RUN", help="Start from another run's weights where names and shapes match.")
@click.option(
    "--set",
    "assignments",
    multiple=True,
    metavar="KEY=VALUE",
    help="Any other setting of the model or its compile; may be given again.",
)
@click.option("--override", is_flag=True, help="Go on although training settings or the data differ.")
@click.option("--new", is_flag=True, help="Begin anew; a run in DIR is moved to DIR.old-N.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, write nothing.")
def train(model, source, out, assignments, precision, new, dry_run, **options):
    """Train MODEL on a folder of images. The same command again goes on where it stopped.

    \b
    keras-gans train dcgan --data ./photos --out runs/photos
    keras-gans train dcgan --data fashion_mnist --preset dcgan_fashion_32 --out runs/clothes --kimg 200
    keras-gans train pggan --data ./photos --out runs/grown --resolution 128
    """
    from keras_gans.cli import quiet
    from keras_gans.training import registry, settings
    from keras_gans.training.request import LARGEST, Request

    registry.check(model)
    crop_size = options.pop("crop_size")
    values = {name: options.pop(name) for name in SETTINGS}
    values["resolution"] = values["resolution"] or crop_size
    for phase in ("stable", "fade"):
        kimg = options.pop(f"{phase}_kimg")
        values[f"{phase}_images"] = None if kimg is None else round(1000 * min(kimg, LARGEST))
    values["depth"] = values["depth"] and int(values["depth"])
    for side in ("input_palette", "target_palette"):
        values[side] = values[side] and _palette(values[side])
    values["data_dir"] = values["data_dir"] and os.path.abspath(values["data_dir"])
    values["skip_broken"] = values["skip_broken"] or None
    values = {name: value for name, value in {**values, "dtype": precision}.items() if value is not None}
    values |= settings.parse_assignments(assignments)
    request = Request(model, out, source, values=values, **options)

    quiet.load_tensorflow()

    from keras_gans.cli import training

    return training.run(request, new, dry_run)


def _palette(text):
    from keras_gans.data.palette import read_palette

    return read_palette(text).as_dict()
