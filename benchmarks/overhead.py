"""What Keras' loop costs: milliseconds a step of `model.fit` above the bare compiled step.

    python benchmarks/overhead.py [--steps 200] [--rounds 7] [--force]

A small DCGAN whose step takes about 8 ms; `fit` without callbacks and the `tf.function` of the same `train_step` read
the same endless dataset, one batch in memory, in turns. Writes benchmarks/results/overhead.json. Target: <= 1.5 ms.
"""

import argparse
import os
import statistics

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import common
import numpy as np
import tensorflow as tf

from keras_gans import DCGAN

TARGET = 1.5  # ms


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--filters", type=int, default=8)
    parser.add_argument("--resolution", type=int, default=32)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--out", help="another result file")
    parser.add_argument("--force", action="store_true", help="time on a busy machine; the result says so")
    args = parser.parse_args()
    common.require_quiet_machine(force=args.force)
    busy = common.busy_share()

    model = DCGAN(args.resolution, generator_filters=args.filters, discriminator_filters=args.filters)
    model.compile()
    images = np.random.default_rng(0).integers(0, 256, (args.batch, *model.image_shape), dtype="uint8")
    dataset = tf.data.Dataset.from_tensors(images).repeat()
    train = tf.function(model.train_step)

    def bare():
        for _, batch in zip(range(args.steps), dataset):
            logs = train(batch)
        return float(logs["d_loss"])

    def fit():
        model.fit(dataset, steps_per_epoch=args.steps, epochs=1, verbose=0)

    seconds = common.interleaved({"bare": bare, "fit": fit}, args.rounds)
    step = {name: [1000 * value / args.steps for value in values] for name, values in seconds.items()}
    above = statistics.median(f - b for f, b in zip(step["fit"], step["bare"]))
    result = {
        "settings": {key: value for key, value in vars(args).items() if key != "out"},
        "busy_share_before": busy,
        "bare_ms": statistics.median(step["bare"]),
        "fit_ms": statistics.median(step["fit"]),
        "above_ms": above,
        "target_ms": TARGET,
        "rounds_ms": step,
    }
    print(f"bare {result['bare_ms']:.2f} ms, fit {result['fit_ms']:.2f} ms: {above:.2f} ms above (target {TARGET})")
    common.write_json("overhead", result, 0, args.out)


if __name__ == "__main__":
    main()
