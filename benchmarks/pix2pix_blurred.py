"""Whether KID and FID hold structures of a few pixels against translations, or the rest.

Scores what pix2pix_losses.py has translated once more, translations and truth blurred alike by a Gaussian. Where that
changes the order of two rows, the order hung on what the Gaussian takes away.

    python benchmarks/pix2pix_blurred.py [--sigmas 0 0.7 1 2] [--steps 2000] [--seeds 3] [--only l1_cgan l1]
"""

import numpy as np
import pix2pix_earth as earth
import pix2pix_losses as losses
import pix2pix_runs as runs
from scipy import ndimage

SIGMAS = [0.0, 0.7, 1.0, 2.0]


def blurred(images, sigma):
    """Images uint8 [N, H, W, C] after a Gaussian of `sigma` pixels; 0 leaves them as they are."""
    smooth = ndimage.gaussian_filter(images.astype(np.float32), (0, sigma, sigma, 0), mode="nearest")
    return np.rint(smooth).astype(np.uint8)


def row_of(name, sigma):
    """What a row is called: "l1, sigma 0.7"."""
    return f"{name}, sigma {sigma:g}"


def claims(sigmas):
    """The claims on KID of `pix2pix_losses` between two rows of photographs, for each sigma."""
    kid = [claim for claim in losses.CLAIMS if claim[3] == "kid" and {claim[1], claim[2]} <= set(losses.PHOTOS)]
    return [
        (row_of(text, sigma), row_of(better, sigma), row_of(other, sigma), score, lower)
        for text, better, other, score, lower in kid
        for sigma in sigmas
    ]


def score(options):
    """dict row -> seed -> {"kid": float, "fid": float} of the translations that are there."""
    from keras_gans import metrics

    network, truth = metrics.get_extractor("efficientnet_lite0"), earth.held_out()[1]
    results = {}
    for sigma in options.sigmas:
        evaluator = metrics.Evaluator(earth.patches(blurred(truth, sigma)), ("kid", "fid"), network)
        for name, _, seed in runs.in_turn([losses.PHOTOS], options):
            if (made := earth.translated(options, name, seed)) is not None:
                found = evaluator.score(earth.patches(blurred(made, sigma)))
                results.setdefault(row_of(name, sigma), {})[seed] = {key: found[key].value for key in ("kid", "fid")}
                print(row_of(name, sigma), seed, results[row_of(name, sigma)][seed], flush=True)
    return results


if __name__ == "__main__":
    parser = runs.parse(__doc__, earth.RUNS, earth.SIDE)
    parser.add_argument("--sigmas", type=float, nargs="+", default=SIGMAS, help="pixels; 0: as they are")
    options = parser.parse_args()
    runs.report(f"pix2pix_blurred_{options.steps}", score(options), claims(options.sigmas), options)
