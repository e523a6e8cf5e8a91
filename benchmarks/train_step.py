"""How fast a training step is, against the same network in PyTorch and against this machine's own limit.

    python benchmarks/train_step.py [--model dcgan|pggan|unet] [--cases 32,64] [--dtypes float32,bfloat16] [--rounds 5]
                                    [--steps 3] [--peer-python PATH] [--force]
    python benchmarks/train_step.py --operations

Writes benchmarks/results/train_step_MODEL.json and .png; cases that are left out keep what the file says of them. Every
candidate is a process of its own, in memory from the start; they step in turns, round after round, the order reversed
every other round. The ratio is the median over rounds of theirs / ours; "the peer" is PyTorch's fastest configuration
that works here, in each group of them. `--peer-python` is the interpreter of an environment with torch (by default this
one: extra [bench]). What a model is, what it is held against and what we want stands in train_step_MODEL.py.

GFLOP/s counts multiplications and additions of the convolutions and dense layers that the algorithm needs, twice; the
machine's rate is the faster of the libraries' products of 2048 x 2048 matrices in the same dtype, in the same turns.
"""

import argparse
import importlib
import json
import pathlib
import statistics
import sys
import time
import types

import common
import turns

HERE = pathlib.Path(__file__).resolve().parent
FILES = sorted(HERE.glob("train_step_*.py"))
MODELS = tuple(path.stem.split("_")[2] for path in FILES if path.stem != "train_step_ours")
MEMORY_TARGET = 1.2
PRODUCT = 2048
POLICIES = {"float32": "float32", "bfloat16": "mixed_bfloat16"}


def family(name):
    """Returns the module of a model: PEER, SETTINGS, CASES, PEERS, target, ours, gflop."""
    return importlib.import_module(f"train_step_{name}")


def serve_ours(args):
    """The worker that runs this library."""
    import os

    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import numpy as np
    import tensorflow as tf

    import keras_gans.models  # noqa: F401, imports are not part of what is measured

    imported = turns.resident()

    def functions():
        step, networks = family(args.model).ours(POLICIES[args.dtype], args)
        a, b = (tf.cast(tf.random.normal([args.product] * 2), args.dtype) for _ in range(2))
        parameters = [sum(int(np.prod(w.shape)) for w in network.trainable_weights) for network in networks]
        return {
            "step": step,
            "product": lambda: (tf.matmul(a, b), None)[1],
            "facts": lambda: {"tensorflow": tf.__version__, "parameters": parameters},
        }

    turns.serve(functions, imported)


def commands(args, dtype):
    """(group or None for ours, name) -> command of each candidate's process."""
    model = family(args.model)
    names = [*model.SETTINGS, "product"]
    sizes = [f"--{name.replace('_', '-')}={getattr(args, name)}" for name in names]
    peer = [args.peer_python, str(HERE / "peers" / model.PEER), "--dtype", dtype, *sizes]
    table = {(None, "keras_gans"): [sys.executable, __file__, "--model", args.model, "--worker", dtype, *sizes]}
    for group, peers in model.PEERS.items():
        for name, options in peers.items():
            if not (args.no_compile and "--compile" in options):
                table[group, name] = [*peer, *options]
    return table


def measure(args, dtype):
    """Runs all candidates of one case and dtype in turns; returns the table of the result file."""
    workers, failed, groups = {}, {}, {}
    about = {"commit": common.commit(), "busy_share_before": common.busy_share()}
    for (group, name), command in commands(args, dtype).items():
        try:
            worker = turns.Worker(command)
            worker.call("step", args.warmup)
            workers[name] = worker
            if group is not None:
                groups.setdefault(group, []).append(name)
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
    gflop = family(args.model).gflop(args)
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
        if name != "keras_gans":
            pairs = zip(seconds[name], seconds["keras_gans"])
            table[name]["ours_is_faster_by"] = statistics.median(theirs / ours for theirs, ours in pairs)
    for worker in workers.values():
        worker.close()
    ratios = {group: against(args, dtype, group, table, names) for group, names in groups.items()}
    about |= {"time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}
    return about | {
        "gflop_per_image": gflop,
        "product_gflop_per_second": rate,
        "against": ratios,
        "candidates": table,
        "failed": failed,
    }


def against(args, dtype, group, table, names):
    """Returns how this library stands against the fastest peer of a group."""
    best = min(names, key=lambda name: table[name]["median_seconds"])
    ours, leanest = table["keras_gans"]["memory_above_import"], min(table[n]["memory_above_import"] for n in names)
    return {
        "best_peer": best,
        "ratio": table[best]["ours_is_faster_by"],
        "target": family(args.model).target(group, dtype, args),
        "memory_ratio_to_best_peer": ours / table[best]["memory_above_import"],
        "memory_ratio_to_leanest_peer": ours / leanest,
        "memory_target": MEMORY_TARGET,
    }


def report(title, result):
    print(f"\n{title}: {result['gflop_per_image']:.2f} GFLOP an image, "
          f"matrix products {result['product_gflop_per_second']:.0f} GFLOP/s")  # fmt: skip
    for name, row in result["candidates"].items():
        ratio = f"  ours x {row['ours_is_faster_by']:.2f}" if "ours_is_faster_by" in row else ""
        print(f"  {name:36} {row['images_per_second']:6.2f} images/s {row['gflop_per_second']:6.0f} GFLOP/s "
              f"{row['share_of_product_rate']:4.0%} {row['memory_above_import'] / 2**20:6.0f} MiB{ratio}")  # fmt: skip
    for name, error in result["failed"].items():
        print(f"  {name:36} does not run here: {error.splitlines()[0]}")
    for row in result["against"].values():
        print(f"  {row['ratio']:.2f} x {row['best_peer']} (target {row['target']}), "
              f"memory {row['memory_ratio_to_best_peer']:.2f} x (target {row['memory_target']})")  # fmt: skip


def plot(results, path):
    """Bars of images per second: a row a case, a column a dtype."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    rows = len(results)
    columns = max(len(row) for row in results.values())
    most = max(len(result["candidates"]) for row in results.values() for result in row.values())
    size = (5 * columns, rows * (1.2 + 0.4 * most))
    figure, grid = plt.subplots(rows, columns, figsize=size, squeeze=False)
    for axis in grid.flat[:]:
        axis.set_axis_off()
    for axes, (case, row) in zip(grid, results.items()):
        for axis, (dtype, result) in zip(axes, row.items()):
            axis.set_axis_on()
            names = list(result["candidates"])[::-1]
            rates = [result["candidates"][name]["images_per_second"] for name in names]
            bars = axis.barh(names, rates, color=["#35618f" if name == "keras_gans" else "#b8c4d0" for name in names])
            axis.bar_label(bars, [f"{rate:.3g}" for rate in rates], padding=3)
            limit = result["product_gflop_per_second"] / result["gflop_per_image"]
            axis.axvline(limit, color="#999999", linestyle="--", linewidth=1)
            axis.set_title(f"{case}, {dtype} (dashed: rate of matrix products)", fontsize=9)
            axis.set_xlabel("images/s")
            axis.set_xlim(0, 1.15 * max([*rates, limit]))
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)
    plt.close(figure)


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
    """Returns the arguments; the model's own settings are among them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", choices=MODELS, default="dcgan")
    parser.add_argument("--cases", help="some of the model's cases; all by default")
    parser.add_argument("--dtypes", default="float32,bfloat16")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--steps", type=int, default=2, help="steps a turn")
    parser.add_argument(
        "--warmup", type=int, default=4, help="untimed steps; torch.compile compiles in several of them"
    )
    parser.add_argument("--product", type=int, default=PRODUCT)
    parser.add_argument("--peer-python", default=sys.executable, help="interpreter of an environment with torch")
    parser.add_argument("--no-compile", action="store_true", help="leave torch.compile out")
    parser.add_argument("--operations", action="store_true", help="only time the two ways of strided convolutions")
    parser.add_argument("--out", help="another result file")
    parser.add_argument("--force", action="store_true", help="time on a busy machine; the result says so")
    parser.add_argument("--worker", dest="dtype", help=argparse.SUPPRESS)
    for name, default in family(parser.parse_known_args(arguments)[0].model).SETTINGS.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, default=default, help="of the model")
    return parser.parse_args(arguments)


def cases(args):
    """(name, arguments) of each case that is asked for; a case's settings go before those of the command line."""
    known = family(args.model).CASES
    names = args.cases.split(",") if args.cases else list(known)
    if unknown := set(names) - set(known):
        raise SystemExit(f"{args.model} has the cases {', '.join(known)}. Received: {', '.join(sorted(unknown))}")
    return [(name, types.SimpleNamespace(**{**vars(args), **known[name]})) for name in names]


def kept(path):
    """What a result file of before says of each case."""
    if not path.exists():
        return {}
    return {key: row for key, row in json.loads(path.read_text())["results"].items() if key != "settings"}


def main():
    args = parsed()
    if args.dtype:
        return serve_ours(args)
    common.require_quiet_machine(force=args.force)
    if args.operations:
        busy = common.busy_share()
        common.write_json("strided_conv", {"busy_share_before": busy, "operations": operations(args.rounds)}, seed=None)
        return None
    path = pathlib.Path(args.out) if args.out else common.RESULTS / f"train_step_{args.model}.json"
    results = kept(path)
    facts = {key: value for key, value in vars(args).items() if key not in ("peer_python", "dtype", "out")}
    for name, case in cases(args):
        for dtype in args.dtypes.split(","):
            result = measure(case, dtype)
            report(f"{name}, {dtype}", result)
            results.setdefault(name, {})[dtype] = result
            common.write_json(path.stem, {"settings": facts, **results}, 0, path)
    plot(results, path.with_suffix(".png"))
    return None


if __name__ == "__main__":
    main()
