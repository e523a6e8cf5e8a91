"""Whether decoding keeps up with training: images/s of `fit` on a folder of JPEGs against one batch in memory.

    python benchmarks/input.py [--images 10000] [--size 256] [--steps 10] [--rounds 5] [--force]

Generates the JPEGs (smooth colour noise) in a temporary folder, trains DCGAN 64 on them as `keras_gans.data.load` gives
them (decoded and resized in each pass, nothing cached) and on one constant batch, in turns. Rounds go on where the last
one stopped, so that no image is seen twice before all were. Writes benchmarks/results/input.json. Target: 97 %.
"""

import argparse
import os
import pathlib
import statistics
import tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import common
import numpy as np
import tensorflow as tf
from PIL import Image

from keras_gans import DCGAN, data

TARGET = 0.97


def write_images(folder, count, size):
    """Writes `count` JPEGs: 8x8 noise, enlarged, with a little of its own noise on each pixel."""
    random = np.random.default_rng(0)
    grain = random.normal(0, 6, (size, size, 3))
    for number in range(count):
        small = Image.fromarray(random.integers(0, 256, (8, 8, 3), dtype="uint8"))
        pixels = np.asarray(small.resize((size, size), Image.Resampling.BICUBIC)) + np.roll(grain, number, axis=0)
        Image.fromarray(pixels.clip(0, 255).astype("uint8")).save(folder / f"{number:06d}.jpg", quality=90)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--resolution", type=int, default=64)
    parser.add_argument("--filters", type=int, default=128)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--dtype", default="float32", help="dtype policy of the networks")
    parser.add_argument("--steps", type=int, default=10, help="steps a turn")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", help="another result file")
    parser.add_argument("--force", action="store_true", help="time on a busy machine; the result says so")
    args = parser.parse_args()
    common.require_quiet_machine(force=args.force)
    busy = common.busy_share()

    filters = dict(generator_filters=args.filters, discriminator_filters=args.filters)
    model = DCGAN(args.resolution, dtype=args.dtype, **filters)
    model.compile()
    with tempfile.TemporaryDirectory() as folder:
        write_images(pathlib.Path(folder), args.images, args.size)
        files = data.load(folder, resolution=args.resolution, channels=3, cache=False, seed=0)
        constant = np.random.default_rng(0).integers(0, 256, (args.batch, *model.image_shape), dtype="uint8")
        streams = {
            "files": iter(files.batches(args.batch)),
            "constant": iter(tf.data.Dataset.from_tensors(constant).repeat()),
        }
        train = tf.function(model.train_step)

        def turn(name):
            for _ in range(args.steps):
                batch = next(streams[name])
                logs = train(batch[0] if isinstance(batch, tuple) else batch)
            return float(logs["d_loss"])

        seconds = common.interleaved({name: lambda n=name: turn(n) for name in streams}, args.rounds)
    rates = {name: [args.steps * args.batch / value for value in values] for name, values in seconds.items()}
    share = statistics.median(f / c for f, c in zip(rates["files"], rates["constant"]))
    result = {
        "settings": {key: value for key, value in vars(args).items() if key != "out"},
        "busy_share_before": busy,
        "images_per_second": {name: statistics.median(values) for name, values in rates.items()},
        "share_of_constant": share,
        "target": TARGET,
        "rounds": rates,
    }
    print(f"{result['images_per_second']}: {share:.1%} of the constant batch's rate (target {TARGET:.0%})")
    common.write_json("input", result, 0, args.out)


if __name__ == "__main__":
    main()
