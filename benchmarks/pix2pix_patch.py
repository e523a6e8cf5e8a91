"""How large the discriminator's patches should be (Isola et al. 2017, Table 3 and Fig. 6): 1, 16, 70, 286 pixels.

L1 + cGAN on land/lake mask -> satellite; the paper finds 16 sharp but tiled, 70 best, 286 no better.

    python benchmarks/pix2pix_patch.py [--seeds 3] [--steps 2000]
"""

import pix2pix_earth

FIELDS = (1, 16, 70, 286)
# that of 70 is the row l1_cgan of pix2pix_losses.py, under the same name in the same folder of runs
NAMES = {70: "l1_cgan"}
ROWS = [
    {NAMES.get(field, f"patch_{field}"): dict(preset="pix2pix", config=dict(receptive_field=field)) for field in FIELDS}
]

if __name__ == "__main__":
    pix2pix_earth.run_rows("pix2pix_patch", ROWS, pix2pix_earth.parse(__doc__))
