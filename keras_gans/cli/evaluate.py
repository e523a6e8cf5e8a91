"""`keras-gans evaluate RUN_OR_FOLDER`: scores of a run, a SavedModel or a folder of pictures."""

import click

METRICS = "fid,kid,prc,swd"


@click.command()
@click.argument("path", metavar="RUN_OR_FOLDER")
@click.option("--real", metavar="SOURCE", help="Real images, or pairs of pix2pix; default: the data of the run.")
@click.option(
    "--metrics",
    metavar="LIST",
    help="Of fid, kid, is, prc, dc, swd, ms_ssim, lab, nn; of pairs: l1, psnr, ssim, perceptual; "
    f"default: {METRICS}; of pix2pix: those of pairs, fid, kid, lab.",
)
@click.option("--protocol", "protocols", metavar="NAME", multiple=True, help="Such as fid50k_full; may be given again.")
@click.option("--extractor", metavar="NAME", help="Network of the features; default: efficientnet_lite0.")
@click.option("--weights", metavar="FILE", help="Weights of the network; default: installed or downloaded.")
@click.option(
    "--count", type=click.IntRange(min=1), help="Images to generate, or pictures to take; default: 10,000 / all."
)
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=0, help="Of the generated images; default: 0.")
@click.option("--resolution", type=click.IntRange(min=1), metavar="PIXELS", help="Side that pictures are brought to.")
@click.option("--split", type=click.Choice(["train", "val", "test"]), help="Of pairs; default: test, or val.")
@click.option("--direction", type=click.Choice(["AtoB", "BtoA"]), help="Of pairs; default: that of the run.")
@click.option("--best", is_flag=True, help="Score the run's best checkpoint instead of its newest.")
@click.option("--json", "json_file", metavar="FILE", help="Write scores and everything that they depend on.")
@click.option("--out", metavar="DIR", help="Where pictures go: the contact sheets of `nn`, the marginals of `lab`.")
def evaluate(path, real, metrics, protocols, json_file, out, **options):
    """Score a run's newest averaged generator, a SavedModel, or a folder of pictures (any data source).

    A metric's name takes as many images as there are; a protocol's name is meant to the letter. Each image passes the
    network once for all metrics. `nn` makes contact sheets of nearest neighbours, both ways, in pixels and features.

    \b
    keras-gans evaluate runs/photos --metrics fid,swd --json scores.json
    keras-gans evaluate runs/photos --metrics nn --out sheets/
    keras-gans evaluate ./generated --real ./photos --metrics fid,prc
    keras-gans evaluate runs/facades --real ./facades --split test --out pictures/
    keras-gans evaluate runs/photos --protocol fid50k_full --weights pt_inception-2015-12-05-6726825d.pth
    """
    from keras_gans.cli import quiet
    from keras_gans.training import scoring

    names = scoring.parse_metrics(",".join([metrics or "", *protocols]))
    if metrics is not None or protocols:
        scoring.check_metrics(names)
    if "nn" in names and out is None:
        raise click.UsageError("Metric nn needs --out DIR, where its contact sheets go.")
    if out is not None and names and not any(name == "nn" or name.startswith("lab") for name in names):
        raise click.UsageError("--out DIR is where the pictures of the metrics nn and lab go.")
    for place in (json_file, out):
        check_place(place, is_folder=place is out)
    quiet.load_tensorflow()

    from keras_gans.cli import scores
    from keras_gans.training import scored_pairs

    if not names:
        names = scoring.parse_metrics(scored_pairs.METRICS if scored_pairs.translates(path) else METRICS)
        if out is not None and "lab" not in names:
            raise click.UsageError("--out DIR is where the pictures of the metrics nn and lab go.")
    return scores.run(path, real, names, json_file, out, **options)


def check_place(place, is_folder):
    """Raises `ValueError` where a file or a folder (None for none) cannot be written.

    >>> check_place(None, is_folder=True)
    """
    if place is None:
        return
    import pathlib

    from keras_gans.training.run_folder import check_writable

    path = pathlib.Path(place)
    if not is_folder and path.is_dir():
        raise ValueError(f"Expected a file. Received: {place!r}, which is a folder")
    check_writable(path if is_folder else path.parent)
