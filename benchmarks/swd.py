"""Sliced Wasserstein distance of a run folder, a SavedModel or a folder of images to real images, as PGGAN has it.

    python benchmarks/swd.py runs/photos [--real ./photos] [--count 16384] [--published]

With --published: 16,384 images on either side (protocol swd16k).
"""

import scoring

if __name__ == "__main__":
    scoring.main("swd", "swd16k", __doc__)
