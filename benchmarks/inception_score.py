"""Inception Score of a run folder, a SavedModel or a folder of images.

    python benchmarks/inception_score.py runs/photos [--count 50000] [--published --weights FILE]

Only the 2015 Inception network gives the Inception Score; other networks' go under their own names. With --published:
50,000 images, 10 splits (protocol is50k).
"""

import scoring

if __name__ == "__main__":
    scoring.main("is", "is50k", __doc__)
