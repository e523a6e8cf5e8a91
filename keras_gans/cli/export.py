"""`keras-gans export RUN DIR`: a run's newest checkpoint as a SavedModel."""

import shlex

import click


@click.command()
@click.argument("run", metavar="RUN")
@click.argument("directory", metavar="DIR")
@click.option("--version", type=click.IntRange(min=1), help="Default: one more than the largest in DIR.")
def export(run, directory, version):
    """Write DIR/VERSION/, a SavedModel of RUN's averaged generator as TensorFlow Serving takes it.

    \b
    keras-gans export runs/photos served/photos
    """
    from keras_gans.cli import quiet
    from keras_gans.training.run_folder import RunFolder, check_writable

    RunFolder.open(run)
    check_writable(directory)
    quiet.load_tensorflow()

    from keras_gans.training import runs

    folder, model, checkpoint = runs.load_run(run, lambda text: click.echo(text, err=True))
    path = model.export(directory, version=version)
    click.echo(f"{folder} at image {checkpoint.images_seen:,}: {path}")
    click.echo(
        f"Next: tensorflow_model_server --model_name={shlex.quote(folder.path.resolve().name)} "
        f'--model_base_path="$(realpath {shlex.quote(str(directory))})"'
    )
