"""PGGAN: Karras et al. 2018, "Progressive Growing of GANs" (arXiv 1710.10196)."""
