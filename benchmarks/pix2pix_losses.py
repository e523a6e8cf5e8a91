"""Which loss makes good photographs, and which good labels (Isola et al. 2017, Tables 1, 2 and 6, Fig. 4, 5 and 7).

Six losses and the encoder-decoder on land/lake mask -> satellite; L1, cGAN and L1+cGAN the other way round, where the
paper finds L1 alone best. 36 runs; 2,000 steps of L1+cGAN are 6 minutes of processor time. What was interrupted goes
on.

    python benchmarks/pix2pix_losses.py [--seeds 3] [--steps 2000] [--only l1 l1_cgan] [--pictures DIR]
"""

import pathlib

import pix2pix_earth as earth
import pix2pix_runs as runs

PHOTOS = {loss: dict(preset=f"pix2pix_{loss}") for loss in ("l1_cgan", "l1")}
PHOTOS |= {
    f"encoder_decoder_{loss}": dict(preset=f"pix2pix_{loss}", config=dict(generator="encoder_decoder"))
    for loss in ("l1_cgan", "l1")
}
LABELS = {f"labels_{loss}": dict(preset=f"pix2pix_{loss}", direction="BtoA") for loss in ("l1", "cgan", "l1_cgan")}
OTHER_LOSSES = {loss: dict(preset=f"pix2pix_{loss}") for loss in ("cgan", "gan", "l1_gan", "l2")}
GROUPS = [PHOTOS, LABELS, OTHER_LOSSES]
CLAIMS = [
    ("L1+cGAN beats L1", "l1_cgan", "l1", "kid", True),
    ("L1+cGAN beats L1", "l1_cgan", "l1", "lab", False),
    ("U-Net beats encoder-decoder, L1+cGAN", "l1_cgan", "encoder_decoder_l1_cgan", "kid", True),
    ("U-Net beats encoder-decoder, L1+cGAN", "l1_cgan", "encoder_decoder_l1_cgan", "lab", False),
    ("U-Net beats encoder-decoder, L1", "l1", "encoder_decoder_l1", "kid", True),
    ("U-Net beats encoder-decoder, L1", "l1", "encoder_decoder_l1", "lab", False),
    ("U-Net beats encoder-decoder, L1", "l1", "encoder_decoder_l1", "l1", True),
    ("L1 beats L1+cGAN in the distance to the truth", "l1", "l1_cgan", "l1", True),
    ("L1+cGAN beats cGAN", "l1_cgan", "cgan", "kid", True),
    ("L1+cGAN beats L1+GAN", "l1_cgan", "l1_gan", "kid", True),
    ("cGAN beats GAN", "cgan", "gan", "kid", True),
    ("photo -> labels: L1 beats L1+cGAN", "labels_l1", "labels_l1_cgan", "class_iou", False),
    ("photo -> labels: L1+cGAN beats cGAN", "labels_l1_cgan", "labels_cgan", "class_iou", False),
]


def pictures(options, scoring):
    """Sample sheets of the first seed, and the log marginals, of what was scored."""
    import numpy as np
    from PIL import Image

    from keras_gans import metrics

    folder, classes = pathlib.Path(options.pictures), scoring.classes
    masks, picks = earth.MASK.paint(classes), earth.picked(classes, 6)
    ends = {"input": masks, "truth": scoring.photos}
    groups = {
        "generators": [*PHOTOS],
        "losses": ["l1", "l2", "gan", "cgan", "l1_gan", "l1_cgan"],
        "labels": [*LABELS],
    }
    for title, names in groups.items():
        made = {name: images for name in names if (images := earth.translated(options, name)) is not None}
        if not made:
            continue
        if title == "labels":
            ends = {"input": scoring.photos, "truth": masks}
        earth.sheet(ends | made, 128, picks, folder / f"pix2pix_{title}.jpg")
    made = {name: earth.translated(options, name) for name in ("l1", "cgan", "l1_cgan")}
    marginals = {"ground truth": scoring.photos, **{k: v for k, v in made.items() if v is not None}}
    plot = metrics.marginal_plot({name: metrics.lab_histograms(np.asarray(x)) for name, x in marginals.items()})
    Image.fromarray(plot).save(folder / "pix2pix_marginals.png", optimize=True)


if __name__ == "__main__":
    options = runs.parse(__doc__, earth.RUNS, earth.SIDE).parse_args()
    scoring = None if options.train_only else earth.Scoring()
    results = runs.run_rows(GROUPS, options, earth.training_data, scoring, "pix2pix_losses")
    runs.report("pix2pix_losses", results, CLAIMS, options)
    if options.pictures and results:
        pictures(options, scoring)
