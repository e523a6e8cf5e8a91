"""How fast a training step is, against the same network in PyTorch and against this machine's own limit.

    python benchmarks/train_step.py [--model dcgan] [--dtypes float32,bfloat16] [--rounds 5] [--steps 3]
                                    [--peer-python PATH] [--operations] [--force]

Writes benchmarks/results/train_step.json and train_step.png. Every candidate is a process of its own, in memory from
the start; they step in turns, round after round, the order reversed every other round. The ratio is the median over
rounds of theirs / ours; "the peer" is PyTorch's fastest configuration that works here. `--peer-python` is the
interpreter of an environment with torch (by default this one: extra [bench]).

GFLOP/s counts multiplications and additions of the convolutions and dense layers that the algorithm needs, twice; the
machine's rate is the faster of the libraries' products of 2048 x 2048 matrices in the same dtype, in the same turns.
"""

import argparse
import pathlib
import statistics
import sys

import common
import turns

HERE = pathlib.Path(__file__).resolve().parent
TARGETS = {"float32": 1.15, "bfloat16": 1.25, "memory": 1.2}
PRODUCT = 2048
POLICIES = {"float32": "float32", "bfloat16": "mixed_bfloat16"}


def dcgan(dtype, args):
    """Newmu's widths (128 to 1024) with 4x4 kernels; one fake batch, scored again by the updated discriminator."""
    from keras_gans import DCGAN

    model = DCGAN(
        args.resolution, generator_filters=args.width, discriminator_filters=args.width, dtype=POLICIES[dtype]
    )
    model.compile(reuse_fakes=True)
    return model


def dcgan_gflop(args):
    """GFLOP a real image: generator 3 passes, discriminator 2 x 3 for its own step and 2 for the generator's."""
    size, maps, convs = args.resolution // 2, args.width, [args.resolution**2 // 4 * 16 * 3 * args.width]
    while size > 4:
        size, maps = size // 2, 2 * maps
        convs.append(size**2 * 16 * (maps // 2) * maps)
    generator = sum(convs) + 100 * 16 * maps
    discriminator = sum(convs) + 16 * maps
    own_step = 2 * (3 * discriminator - convs[0])  # no gradient by the images
    return 2 * (3 * generator + own_step + 2 * discriminator) / 1e9


# name -> (builds the model, GFLOP a real image, the peer's file); a row for each model that has a peer
MODELS = {"dcgan": (dcgan, dcgan_gflop, "torch_dcgan.py")}
PEERS = {
    "torch eager": ["--layout", "contiguous_format"],
    "torch channels_last": ["--layout", "channels_last"],
    "torch channels_last compile": ["--layout", "channels_last", "--compile"],
}


def serve_ours(args):
    """The worker that runs this library: the compiled step that `fit` runs, on a batch of pixels in memory."""
    import os

    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import numpy as np
    import tensorflow as tf

    import keras_gans.models.dcgan  # noqa: F401, imports are not part of what is measured

    imported = turns.resident()

    def functions():
        model = MODELS[args.model][0](args.dtype, args)
        shape = (args.batch, *model.image_shape)
        pixels = tf.constant(np.random.default_rng(0).integers(0, 256, shape, dtype="uint8"))
        train = tf.function(model.train_step).get_concrete_function(pixels)
        a, b = (tf.cast(tf.random.normal([args.product] * 2), args.dtype) for _ in range(2))
        parameters = [
            sum(int(np.prod(w.shape)) for w in n.trainable_weights) for n in (model.generator, model.discriminator)
        ]
        return {
            "step": lambda: float(train(pixels)["d_loss"]),
            "product": lambda: (tf.matmul(a, b), None)[1],
            "facts": lambda: {"tensorflow": tf.__version__, "parameters": parameters},
        }

    turns.serve(functions, imported)


def commands(args, dtype):
    """name -> command of each candidate's process."""
    sizes = [f"--{name}={getattr(args, name)}" for name in ("width", "resolution", "batch", "product")]
    peer = [args.peer_python, str(HERE / "peers" / MODELS[args.model][2]), "--dtype", dtype, *sizes]
    ours = [sys.executable, __file__, "--model", args.model, "--worker", dtype, *sizes]
    names = {name: options for name, options in PEERS.items() if not (args.no_compile and "--compile" in options)}
    return {"keras_gans": ours, **{name: [*peer, *options] for name, options in names.items()}}


def measure(args, dtype):
    """Runs all candidates of one dtype in turns; returns the table of the result file."""
    workers, failed = {}, {}
    for name, command in commands(args, dtype).items():
        try:
            worker = turns.Worker(command)
            worker.call("step", args.warmup)
            workers[name] = worker
        except RuntimeError as error:
            failed[name] = str(error)
    if "keras_gans" not in workers:
        raise SystemExit(f"This library's own step does not run: {failed['keras_gans']}")
    seconds, busy, products = ({name: [] for name in workers} for _ in range(3))
    for turn in range(args.rounds):
        for name in list(workers)[:: -1 if turn % 2 else 1]:
            answer = workers[name].call("step", args.steps)
            seconds[name].append(answer["seconds"] / args.steps)
            busy[name].append(answer["cpu_seconds"] / args.steps)
            products[name].append(min(workers[name].call("product")["seconds"] for _ in range(3)))
    rate = 2 * args.product**3 / 1e9 / min(statistics.median(values) for values in products.values())
    gflop = MODELS[args.model][1](args)
    table = {}
    for name, row in common.summary(seconds).items():
        images = args.batch / row["median"]
        table[name] = {
            **{f"{key}_seconds": row[key] for key in ("median", "min", "max")},
            "seconds": seconds[name],
            "cpu_seconds_median": statistics.median(busy[name]),
            "images_per_second": images,
            "gflop_per_second": images * gflop,
            "share_of_product_rate": images * gflop / rate,
            "memory_above_import": workers[name].memory()["above_import"],
            "facts": workers[name].call("facts")["value"],
        }
    for worker in workers.values():
        worker.close()
    result = {"gflop_per_image": gflop, "product_gflop_per_second": rate, "candidates": table, "failed": failed}
    peers = [name for name in table if name != "keras_gans"]
    if peers:
        best = min(peers, key=lambda name: table[name]["median_seconds"])
        for name in peers:
            pairs = zip(seconds[name], seconds["keras_gans"])
            table[name]["ours_is_faster_by"] = statistics.median(theirs / ours for theirs, ours in pairs)
        leanest = min(table[name]["memory_above_import"] for name in peers)
        result |= {
            "best_peer": best,
            "ratio": table[best]["ours_is_faster_by"],
            "target": TARGETS[dtype],
            "memory_ratio_to_best_peer": table["keras_gans"]["memory_above_import"]
            / table[best]["memory_above_import"],
            "memory_ratio_to_leanest_peer": table["keras_gans"]["memory_above_import"] / leanest,
            "memory_target": TARGETS["memory"],
        }
    return result


def report(dtype, result):
    print(f"\n{dtype}: {result['gflop_per_image']:.2f} GFLOP an image, "
          f"matrix products {result['product_gflop_per_second']:.0f} GFLOP/s")  # fmt: skip
    for name, row in result["candidates"].items():
        ratio = f"  ours x {row['ours_is_faster_by']:.2f}" if "ours_is_faster_by" in row else ""
        print(f"  {name:28} {row['images_per_second']:6.2f} images/s {row['gflop_per_second']:6.0f} GFLOP/s "
              f"{row['share_of_product_rate']:4.0%} {row['memory_above_import'] / 2**20:6.0f} MiB{ratio}")  # fmt: skip
    for name, error in result["failed"].items():
        print(f"  {name:28} does not run here: {error.splitlines()[0]}")
    if "ratio" in result:
        print(f"  {result['ratio']:.2f} x {result['best_peer']} (target {result['target']}), "
              f"memory {result['memory_ratio_to_best_peer']:.2f} x (target {result['memory_target']})")  # fmt: skip


def plot(results, path):
    """Bars of images per second, a group a dtype."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, len(results), figsize=(5 * len(results), 3.2), squeeze=False)
    for axis, (dtype, result) in zip(axes[0], results.items()):
        names = list(result["candidates"])[::-1]
        rates = [result["candidates"][name]["images_per_second"] for name in names]
        bars = axis.barh(names, rates, color=["#35618f" if name == "keras_gans" else "#b8c4d0" for name in names])
        axis.bar_label(bars, [f"{rate:.1f}" for rate in rates], padding=3)
        limit = result["product_gflop_per_second"] / result["gflop_per_image"]
        axis.axvline(limit, color="#999999", linestyle="--", linewidth=1)
        axis.set_title(f"{dtype} (dashed: rate of matrix products)", fontsize=9)
        axis.set_xlabel("images/s")
        axis.set_xlim(0, 1.15 * max([*rates, limit]))
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)


def operations(rounds):
    """GFLOP/s of both ways of `keras_gans.layers.strided_conv` on DCGAN's shapes: what `uses_products` was read off."""
    import tensorflow as tf

    from keras_gans.layers import strided_conv as ways

    table = {}
    for dtype in ("float32", "bfloat16"):
        for c, d, h in ((3, 128, 32), (128, 256, 16), (256, 512, 8), (512, 1024, 4)):
            x, y, k = (
                tf.cast(tf.random.normal(shape), dtype)
                for shape in ([64, 2 * h, 2 * h, c], [64, h, h, d], [4, 4, c, d])
            )
            pairs = {
                "conv": (ways._conv_native, ways._conv_by_products, (x, k)),
                "conv_transpose": (ways._transpose_native, ways._transpose_by_products, (y, k)),
                "filter_gradient": (
                    lambda x, y, shape=k.shape: ways._filter_native(x, y, shape),
                    lambda x, y, shape=k.shape: ways._filter_by_products(x, y, shape),
                    (x, y),
                ),
            }
            for name, (native, products, inputs) in pairs.items():
                compiled = [tf.function(f).get_concrete_function(*inputs) for f in (native, products)]
                seconds = common.interleaved(
                    {
                        "native": lambda f=compiled[0], v=inputs: f(*v),
                        "products": lambda f=compiled[1], v=inputs: f(*v),
                    },
                    rounds,
                )
                gflop = 2 * 64 * h * h * 16 * c * d / 1e9
                rates = {way: gflop / min(values) for way, values in seconds.items()}
                taken = ways.uses_products(name, inputs[0], k.shape)
                table[f"{dtype} {name} {c}->{d} at {h}"] = {**rates, "taken": "products" if taken else "native"}
                row = f"{dtype:8} {name:15} {c:4}->{d:4} at {h:2}"
                print(row, {way: round(rate) for way, rate in rates.items()}, "takes products" if taken else "")
    return table


def parsed(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", choices=MODELS, default="dcgan")
    parser.add_argument("--dtypes", default="float32,bfloat16")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--steps", type=int, default=2, help="steps a turn")
    parser.add_argument(
        "--warmup", type=int, default=4, help="untimed steps; torch.compile compiles in several of them"
    )
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--resolution", type=int, default=64)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--product", type=int, default=PRODUCT)
    parser.add_argument("--peer-python", default=sys.executable, help="interpreter of an environment with torch")
    parser.add_argument("--no-compile", action="store_true", help="leave torch.compile out")
    parser.add_argument("--operations", action="store_true", help="only time the two ways of strided convolutions")
    parser.add_argument("--out", help="another result file")
    parser.add_argument("--force", action="store_true", help="time on a busy machine; the result says so")
    parser.add_argument("--worker", dest="dtype", help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def main():
    args = parsed()
    if args.dtype:
        return serve_ours(args)
    common.require_quiet_machine(force=args.force)
    busy = common.busy_share()
    if args.operations:
        common.write_json("strided_conv", {"busy_share_before": busy, "operations": operations(args.rounds)}, seed=None)
        return None
    results = {}
    for dtype in args.dtypes.split(","):
        results[dtype] = measure(args, dtype)
        report(dtype, results[dtype])
    facts = {key: value for key, value in vars(args).items() if key not in ("peer_python", "dtype", "out")}
    path = common.write_json("train_step", {"settings": facts, "busy_share_before": busy, **results}, 0, args.out)
    plot(results, path.with_suffix(".png"))
    return None


if __name__ == "__main__":
    main()
