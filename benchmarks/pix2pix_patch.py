"""How large the discriminator's patches should be (Isola et al. 2017, Table 3 and Fig. 6): 1, 16, 70, 286 pixels.

L1 + cGAN on land/lake mask -> satellite; the paper finds 16 sharp but tiled, 70 best, 286 no better. The row of 70 is
`l1_cgan` of pix2pix_losses.py: in the same folder of runs it is not trained again.

    python benchmarks/pix2pix_patch.py [--seeds 3] [--steps 2000] [--pictures DIR]
"""

import pathlib

import pix2pix_earth as earth
import pix2pix_runs as runs

NAMES = {1: "patch_1", 16: "patch_16", 70: "l1_cgan", 286: "patch_286"}
GROUPS = [{name: dict(preset="pix2pix", config=dict(receptive_field=field)) for field, name in NAMES.items()}]
CLAIMS = [
    *(("70 beats " + str(field), "l1_cgan", NAMES[field], "kid", True) for field in (1, 16, 286)),
    ("16 beats 1", "patch_16", "patch_1", "kid", True),
    ("70 beats 1 in colours", "l1_cgan", "patch_1", "lab", False),
]

if __name__ == "__main__":
    options = runs.parse(__doc__, earth.RUNS, earth.SIDE).parse_args()
    scoring = None if options.train_only else earth.Scoring()
    results = runs.run_rows(GROUPS, options, earth.training_data, scoring, "pix2pix_patch")
    runs.report("pix2pix_patch", results, CLAIMS, options)
    if options.pictures and results:
        columns = {"input": earth.MASK.paint(scoring.classes), "truth": scoring.photos}
        columns |= {f"{f} px": x for f, name in NAMES.items() if (x := earth.translated(options, name)) is not None}
        place = pathlib.Path(options.pictures) / "pix2pix_patches.jpg"
        earth.sheet(columns, 128, earth.picked(scoring.classes, 6), place)
