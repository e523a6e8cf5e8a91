"""`python -m keras_gans.cli`: the same as `keras-gans`."""

import sys

from keras_gans.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
