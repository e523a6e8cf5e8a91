"""`keras-gans import FILE RUN`: weights that others trained become a run."""

import math
import shlex

import click


@click.command("import")
@click.argument("file", metavar="FILE")
@click.argument("run", metavar="RUN")
@click.option("--discriminator", metavar="FILE", help="Of pix2pix: the state dict of the discriminator.")
@click.option(
    "--set",
    "assignments",
    multiple=True,
    metavar="KEY=VALUE",
    help="A setting of the model that FILE does not say, such as seed or dtype; may be given again.",
)
@click.option("--new", is_flag=True, help="A run that is in RUN is moved to RUN.old-N.")
def import_run(file, run, discriminator, assignments, new):
    """Make the folder RUN of the weights in FILE; nothing in it is executed.

    FILE is a network pickle of Karras et al. 2018 (G, D, Gs), a PyTorch state dict of a pix2pix generator
    (latest_net_G.pth), the prefix of a TensorFlow checkpoint of pix2pix, or a .keras file of one of our models. Mind
    the licence of what others trained.

    \b
    keras-gans import karras2018iclr-celebahq-1024x1024.pkl runs/celebahq
    keras-gans import latest_net_G.pth runs/maps --discriminator latest_net_D.pth
    """
    from keras_gans.training import formats, settings
    from keras_gans.training.run_folder import RunFolder

    overrides = settings.parse_assignments(assignments)
    folder = RunFolder(run)
    if not (new and folder.exists):
        folder.check_new()
    formats.format_of(file)

    from keras_gans.cli import quiet

    quiet.load_tensorflow()

    from keras_gans.training import importing

    if new and folder.exists:
        importing.read_model(file, discriminator, **overrides)  # a mistake in it leaves the folder as it was
        with folder.lock():
            aside = folder.set_aside()
        click.echo(f"The run that was in {folder} is now {aside}.")
    model, kind = importing.import_run(file, folder, discriminator, **overrides)
    height, width, channels = model.image_shape
    parameters = sum(math.prod(variable.shape) for variable in model.generator.trainable_variables)
    size = f"{height} x {width} x {channels}, a generator of {parameters:,} weights"
    click.echo(f"New run {folder}: {formats.FORMATS[kind]}, {size}.")
    name = folder.config["model"]
    run = shlex.quote(str(folder))
    use = f"sample {run} --out samples.png" if model.latent_dim else f"translate {run} --input FILE --out DIR"
    click.echo(f"Next: keras-gans {use}, or keras-gans train {name} --data SOURCE --out {run}")
