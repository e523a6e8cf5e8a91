"""What `inception_score.py`, `fid.py` and `swd.py` share: their arguments, one pass over the images, one JSON file."""

import argparse
import os

import common

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from keras_gans.metrics import Evaluator
from keras_gans.training import scored_images, scoring


def main(metric, protocol, description, arguments=None):
    """Scores a run folder, a SavedModel or a folder of images with one metric; prints it and writes JSON.

    Args:
        metric: str, its name, which takes as many images as there are.
        protocol: str, the published protocol, with --published.
        description: str, the script's docstring.
        arguments: list of str; default: those of the process.

    Returns:
        The `MetricResult`.
    """
    parser = argparse.ArgumentParser(description=description.strip().split("\n")[0])
    parser.add_argument("model", help="run folder, SavedModel, or any source of images")
    parser.add_argument("--count", type=int, help="images to generate (default: the protocol's, or 10,000)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--published", action="store_true", help=f"hold to the protocol {protocol}, to the letter")
    parser.add_argument("--json", help=f"default: benchmarks/results/{metric}.json")
    if scoring.needs_real([metric]):
        parser.add_argument("--real", help="source of real images (default: the data of the run)")
    if metric != "swd":
        parser.add_argument("--extractor", help="default: efficientnet_lite0; with --published: inception_v3_fid")
        parser.add_argument("--weights", help="file of the extractor's weights")
    options = vars(parser.parse_args(arguments))

    names = [protocol if options["published"] else metric]
    usual = scoring.protocols_of(names)[0].num_fake if options["published"] else scored_images.DEFAULT_COUNT
    try:
        extractor = scoring.extractor_of(names, options.get("extractor"), options.get("weights"))
        fakes = scored_images.open_fakes(options["model"], options["count"], options["seed"], usual_count=usual)
        reals = scored_images.open_reals(options["real"], fakes) if "real" in options else None
        evaluator = Evaluator(reals and reals.batches, names, extractor)
        evaluator.check_counts(fakes.count, reals and reals.count)
        scores = evaluator.score(fakes.batches)
        for error in scores.errors.values():
            raise error
    except ValueError as error:
        parser.error(str(error))
    result = scores[names[0]]
    for key, value in result.values.items():
        print(f"{result.title}{'' if key == metric else ' ' + key}: {value:.6g}")
    against = f" against {result.num_real:,}" if result.num_real else ""
    print(f"{result.num_fake:,} images{against}, {result.protocol.name}")
    print(common.write_json(metric, result.to_dict(), seed=options["seed"], path=options["json"]))
    return result
