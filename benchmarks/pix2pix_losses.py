"""Which loss makes good photographs, and which good labels (Isola et al. 2017, Tables 1 and 6, Fig. 4 and 5).

Six losses and the encoder-decoder on land/lake mask -> satellite; L1, cGAN and L1+cGAN the other way round, where the
paper finds L1 alone best. About half a minute a hundred steps on two cores; what was interrupted goes on.

    python benchmarks/pix2pix_losses.py [--seeds 3] [--steps 2000] [--only l1 l1_cgan]
"""

import pix2pix_earth

PHOTOS = {loss: dict(preset=f"pix2pix_{loss}") for loss in ("l1_cgan", "l1")}
PHOTOS |= {
    f"encoder_decoder_{loss}": dict(preset=f"pix2pix_{loss}", config=dict(generator="encoder_decoder"))
    for loss in ("l1_cgan", "l1")
}
LABELS = {f"labels_{loss}": dict(preset=f"pix2pix_{loss}", direction="BtoA") for loss in ("l1", "cgan", "l1_cgan")}
OTHER_LOSSES = {loss: dict(preset=f"pix2pix_{loss}") for loss in ("cgan", "gan", "l1_gan", "l2")}
ROWS = [PHOTOS, LABELS, OTHER_LOSSES]

if __name__ == "__main__":
    pix2pix_earth.run_rows("pix2pix_losses", ROWS, pix2pix_earth.parse(__doc__))
