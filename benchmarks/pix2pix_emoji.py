"""Google's emoji into Twitter's, 64 px: pairs by another artist, loosely aligned, so that L1 alone must blur.

    npm pack emoji-datasource-google@16.0.0 emoji-datasource-twitter@16.0.0     # and unpack both
    python benchmarks/pix2pix_emoji.py --google package/img/google/64 --twitter package/img/twitter/64

Every tenth emoji, by name and with all its skin tones, is held out.
"""

import hashlib
import pathlib

import numpy as np
import pix2pix_earth as earth
import pix2pix_runs as runs
from PIL import Image

from keras_gans import metrics
from keras_gans.data import load_pairs

SIDE = 64
GROUPS = [
    {loss: dict(preset=f"pix2pix_{loss}") for loss in ("l1_cgan", "l1")},
    {loss: dict(preset=f"pix2pix_{loss}") for loss in ("cgan", "l1_gan")},
]
CLAIMS = [
    ("L1+cGAN beats L1", "l1_cgan", "l1", "kid", True),
    ("L1+cGAN beats L1", "l1_cgan", "l1", "lab", False),
    ("L1+cGAN beats cGAN", "l1_cgan", "cgan", "kid", True),
]


def is_held_out(name):
    """Whether an emoji is: by its first code point, so that skin tones and genders stay together."""
    return int(hashlib.sha256(name.split("-")[0].encode()).hexdigest(), 16) % 10 == 0


def pairs(google, twitter, held_out):
    """(google, twitter) uint8 [N, 64, 64, 3] of the emoji that both have, flattened on white."""
    folders = [pathlib.Path(google), pathlib.Path(twitter)]
    names = sorted({path.name for path in folders[0].glob("*.png")} & {path.name for path in folders[1].glob("*.png")})
    if not names:
        raise SystemExit(f"There are no emoji that both have: {google}, {twitter}. See --help for how to get them.")
    names = [name for name in names if is_held_out(name) == held_out]
    return [np.stack([_flattened(folder / name) for name in names]) for folder in folders]


def _flattened(path):
    with Image.open(path) as image:
        image = image.convert("RGBA").resize((SIDE, SIDE), Image.Resampling.LANCZOS)
        white = Image.new("RGBA", image.size, "white")
        return np.asarray(Image.alpha_composite(white, image).convert("RGB"))


def main():
    parser = runs.parse(__doc__, "runs/pix2pix_emoji", SIDE)
    parser.add_argument("--google", required=True, metavar="DIR")
    parser.add_argument("--twitter", required=True, metavar="DIR")
    options = parser.parse_args()
    inputs, targets = pairs(options.google, options.twitter, held_out=True)
    names = ("kid", "fid", "lab", "l1", "psnr", "ssim", "perceptual")
    evaluator = metrics.Evaluator(targets, names, metrics.get_extractor("efficientnet_lite0"))

    def data(direction, seed):
        return load_pairs(tuple(pairs(options.google, options.twitter, held_out=False)), SIDE, seed=seed)

    def score(model, direction, seed):
        made = model.translate(inputs, seed=seed)
        return {name: result.value for name, result in evaluator.score(made).items()}, made

    results = runs.run_rows(GROUPS, options, data, score, "pix2pix_emoji")
    runs.report("pix2pix_emoji", results, CLAIMS, options)
    if options.pictures and results:
        columns = {"google": inputs, "twitter": targets}
        columns |= {name: x for name in results if (x := earth.translated(options, name)) is not None}
        picks = np.linspace(0, len(inputs) - 1, 8).astype(int)
        earth.sheet(columns, SIDE, picks, pathlib.Path(options.pictures) / "pix2pix_emoji.jpg")


if __name__ == "__main__":
    main()
