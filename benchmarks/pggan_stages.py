"""What growing costs: steps of a stage beside those of a smaller model, tracing a stage, and the memory at 1024x1024.

    python benchmarks/pggan_stages.py [--parts steps,tracing,memory] [--rounds 15] [--batch 3] [--dtype TYPE] [--force]

steps: the training step at 4x4 of a full-size model of 1024x1024 and of 8x8, average included, in turns, batch 16.
Target: at most 1.1 times the smaller one's. tracing: seconds until the step of each stage of the 1024 model, fading in,
is a graph; target: under 20. memory: one training step at 1024x1024 in mid-fade, at the paper's batch size of 3, and 4
images sampled, each in a process of its own; peak resident size. Target: 24 GB. Parts that are left out keep what
benchmarks/results/pggan_stages.json says of them.
"""

import argparse
import json
import os
import statistics
import sys
import time

import common
import turns

TARGETS = {"steps": 1.1, "tracing": 20.0, "memory": 24e9}


def model_at(resolution, stage_resolution, policy="float32"):
    """A full-size model in the middle of the fade of a stage; of the smallest, at its start."""
    from keras_gans import PGGAN

    model = PGGAN(resolution, dtype=policy)
    model.compile()
    stage = [min(r) for r in model.generator.resolutions].index(stage_resolution)
    if stage:
        model.images_seen.assign(model.schedule.fade_start(stage) + model.schedule.fade_images // 2)
    model.make_train_function()
    assert model.stage == stage
    return model


def traced(model, batch):
    """(seconds, step): the step's graph on pixels of the model's stage."""
    import numpy as np
    import tensorflow as tf

    height, width = model.generator.resolutions[model.stage]
    pixels = tf.constant(np.random.default_rng(0).integers(0, 256, (batch, height, width, 3), dtype="uint8"))
    start = time.perf_counter()
    step = tf.function(model.train_step).get_concrete_function(pixels)
    return time.perf_counter() - start, lambda: float(step(pixels)["d_loss"])


def steps(args):
    """The same stage in a large and in a small model."""
    candidates = {str(resolution): traced(model_at(resolution, 4), 16)[1] for resolution in (8, 1024)}
    seconds = common.interleaved(candidates, args.rounds, warmup=3)
    ratio = statistics.median(large / small for large, small in zip(seconds["1024"], seconds["8"]))
    return {"ratio": ratio, "batch": 16, "of_model": common.summary(seconds)}


def tracing(args):
    """Seconds for each stage of the 1024 model, by resolution."""
    table = {}
    for k in range(2, 11):
        model = model_at(1024, 2**k)
        table[2**k] = traced(model, model.schedule(int(model.images_seen)).batch_size)[0]
    return {"most": max(table.values()), "seconds": table}


def memory(args):
    """Peaks of processes of their own."""
    table = {}
    for what in ("train", "sample"):
        command = [sys.executable, __file__, "--worker", what, f"--batch={args.batch}", f"--dtype={args.dtype}"]
        with turns.Worker(command) as worker:
            seconds = [worker.call("run")["seconds"] for _ in range(1 if what == "train" else 2)]
            table[what] = {"seconds": seconds, "facts": worker.call("facts")["value"], **worker.memory()}
            table[what]["peak"] = table[what]["above_import"] + table[what]["imported"]
    return {"most": table["train"]["peak"], "batch": args.batch, "dtype": args.dtype, "of": table}


def worker(args):
    import keras_gans.models  # noqa: F401, imports are not part of what is measured

    imported = turns.resident()

    def functions():
        facts = {}
        model = model_at(1024, 1024, {"bfloat16": "mixed_bfloat16"}.get(args.dtype, args.dtype))
        if args.worker == "sample":
            model.lod.assign(0.0)
            return {"run": lambda: int(model.generate(4, seed=0).max()), "facts": lambda: facts}
        facts["tracing_seconds"], step = traced(model, args.batch)
        return {"run": lambda: facts.setdefault("d_loss", step()), "facts": lambda: facts}

    turns.serve(functions, imported)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", default="steps,tracing,memory")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--batch", type=int, default=3)
    parser.add_argument("--dtype", choices=("float32", "bfloat16"), default="float32")
    parser.add_argument("--out", help="another result file")
    parser.add_argument("--force", action="store_true", help="time on a busy machine; the result says so")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    args = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if args.worker:
        return worker(args)
    path = common.RESULTS / "pggan_stages.json"
    results = json.loads(path.read_text())["results"] if path.exists() else {}
    for part in args.parts.split(","):
        common.require_quiet_machine(force=args.force)
        about = {"commit": common.commit(), "busy_share_before": common.busy_share(), "target": TARGETS[part]}
        results[part] = {**about, **{"steps": steps, "tracing": tracing, "memory": memory}[part](args)}
        common.write_json(path.stem, results, 0, args.out)
        print(part, json.dumps(results[part], indent=1))
    return None


if __name__ == "__main__":
    main()
