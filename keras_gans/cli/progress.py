"""`keras-gans progress RUN`: a film of a run's training. Needs no TensorFlow."""

import click


@click.command()
@click.argument("run", metavar="RUN")
@click.option("--out", required=True, metavar="FILE", help="Film to write: .mp4, .gif or .webp.")
@click.option(
    "--seconds",
    type=click.FloatRange(min=0, min_open=True),
    default=20.0,
    show_default=True,
    help="Length of the film.",
)
@click.option(
    "--fps", type=click.FloatRange(min=0, min_open=True), default=30.0, show_default=True, help="Frames a second."
)
def progress(run, out, seconds, fps):
    """Write a film of RUN's training, from its sample grids: what the same latents became.

    Below the pictures stand the images seen, and of a model that grows the resolution. The beginning is shown slower
    than the end, as in the films of Karras et al. 2018.

    \b
    keras-gans progress runs/photos --out training.mp4
    """
    from keras_gans.training import run_folder

    folder = run_folder.RunFolder.open(run)
    from keras_gans.analysis import film, training_film

    path = film.check_film(out, fps)
    run_folder.check_writable(path.parent)
    frames = training_film.film_of_training(folder, seconds, fps)
    film.write_film(path, frames, len(frames), fps, frames.holds)
    click.echo(f"{len(frames):,} pictures, {sum(frames.holds) / fps:.3g} s, of {folder}: {path}")
