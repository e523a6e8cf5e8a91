"""Fréchet distance of a run folder, a SavedModel or a folder of images to real images.

    python benchmarks/fid.py runs/photos [--real ./photos] [--count 50000] [--published --weights FILE]

Only the 2015 Inception network gives the FID; other networks' go under their own names. With --published: 50,000 images
against the whole data set (protocol fid50k_full).
"""

import scoring

if __name__ == "__main__":
    scoring.main("fid", "fid50k_full", __doc__)
