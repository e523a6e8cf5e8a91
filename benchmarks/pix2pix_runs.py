"""How runs of pix2pix are trained, scored and compared over seeds: what the benchmarks of pix2pix share.

A row of a table is a name and the settings of its runs. Rows are in groups; within a group every row has its run with
one seed before any has one with the next, so that a benchmark that is interrupted is a table of fewer seeds. What was
trained and scored is kept and taken up by the same command.
"""

import argparse
import functools
import gc
import json
import pathlib
import time

import common
import numpy as np

TICK = 500  # steps between checkpoints, all of which are kept: a longer benchmark goes on with a shorter one
FULL = dict(steps=2000, seeds=3, filters=32)


def train_once(folder, preset, steps, data, **config):
    """Trains one run, or goes on with it, or loads it where it is done.

    Args:
        folder: path of the run.
        preset: of `Pix2Pix`.
        steps: training steps of batch 1.
        data: function without arguments that returns `PairData`.
        **config: arguments of `Pix2Pix` that replace the preset's.

    Returns:
        `Pix2Pix` after that number of steps.
    """
    from keras_gans import Pix2Pix
    from keras_gans.training import checkpoints, trainer
    from keras_gans.training.run_folder import RunFolder

    run = RunFolder(folder)
    if (model := trained(folder, steps)) is not None:
        return model
    checkpoint = checkpoints.newest(run.checkpoints) if run.exists else None
    if checkpoint is None:
        run = run if run.exists else run.create({"model": "pix2pix", "preset": preset, "config": config})
        model = Pix2Pix.from_preset(preset, **config)
    else:
        model = checkpoints.load(checkpoint)
        run.cut(checkpoint.images_seen)
    outcome = trainer.train(model, data(), run, steps, every=min(TICK, steps), keep=1 + steps // TICK)
    if outcome.signal is not None:
        raise SystemExit("Stopped, and saved; the same command goes on.")
    return outcome.model


def trained(folder, steps):
    """The model of a run after exactly `steps` steps, or None."""
    from keras_gans.training import checkpoints
    from keras_gans.training.run_folder import RunFolder

    run = RunFolder(folder)
    found = [c for c in checkpoints.written(run.checkpoints) if c.images_seen == steps] if run.exists else []
    return checkpoints.load(found[0]) if found else None


def in_turn(groups, options):
    """Yields (name, settings, seed) in the order in which runs are made."""
    for group in groups:
        for seed in range(options.seeds):
            for name, row in group.items():
                if not options.only or name in options.only:
                    yield name, row, seed


def run_rows(groups, options, data, score, benchmark=None):
    """Trains and scores every row for every seed.

    Args:
        groups: list of dicts name -> dict(preset=, direction=, config=); the last two may be missing.
        options: of `parse`.
        data: function (direction, seed) -> `PairData`.
        score: function (model, direction, seed) -> (dict of scores, uint8 array of translations).
        benchmark: str, name of the result file whose runs --go-on takes as they are.

    Returns:
        dict name -> dict seed -> scores; with --train-only, nothing in it.
    """
    results = {}
    known = published(benchmark, options)[0] if options.go_on else {}
    for name, row, seed in in_turn(groups, options):
        if seed in known.get(name, {}):
            results.setdefault(name, {})[seed] = known[name][seed]
            continue
        folder = pathlib.Path(options.runs) / f"{name}-{seed}"
        place = folder / f"scores-{options.steps}.json"
        direction = row.get("direction", "AtoB")
        settings = dict(filters=options.filters, discriminator_filters=options.filters, seed=seed)
        settings |= {"resolution": options.side, **row.get("config", {})}
        train = functools.partial(
            train_once, folder, row["preset"], options.steps, functools.partial(data, direction, seed), **settings
        )
        started = time.time()
        if options.train_only:
            train()
            print(name, seed, f"{time.time() - started:.0f} s", flush=True)
        elif not place.is_file():
            model = trained(folder, options.steps) if options.score_only else train()
            if model is None:
                continue
            scores, images = score(model, direction, seed)
            np.save(folder / f"translated-{options.steps}.npy", images)
            place.write_text(json.dumps(scores, indent=2) + "\n")
        if not options.train_only:
            results.setdefault(name, {})[seed] = scores = json.loads(place.read_text())
            print(name, seed, json.dumps({k: round(v, 4) for k, v in scores.items()}), flush=True)
        _forget()
    return results


def published(benchmark, options):
    """What the result file has of runs with these settings: (name -> seed -> scores, "name-seed" -> commit)."""
    path = common.RESULTS / f"{benchmark}.json"
    document = json.loads(path.read_text()) if path.is_file() else {"results": {"settings": {}}}
    found, same = document["results"], ("steps", "filters", "side")
    if any(found["settings"].get(name) != getattr(options, name) for name in same):
        return {}, {}
    runs = {name: {int(seed): scores for seed, scores in row.items()} for name, row in found["runs"].items()}
    here = {f"{name}-{seed}": document["run"]["commit"] for name, row in runs.items() for seed in row}
    return runs, {**here, **found.get("commits", {})}


def _forget():
    import keras

    keras.utils.clear_session()
    gc.collect()


def means(results):
    """dict name -> {"seeds": list, score: [mean, standard deviation over seeds]}."""
    table = {}
    for name, runs in results.items():
        scores = {key: [runs[seed][key] for seed in runs] for key in next(iter(runs.values()))}
        spread = {key: [float(np.mean(v)), float(np.std(v))] for key, v in scores.items()}
        table[name] = {"seeds": list(runs), **spread}
    return table


def compare(results, claims):
    """Asks claims of the scores, paired over seeds.

    Args:
        results: as `run_rows` returns.
        claims: list of (text, better row, other row, score, whether lower is better).

    Returns:
        list of dicts: claim, score, differences (better - other) of each seed that both have, `holds` (their mean has
        the claimed sign), `every_seed` (each has).
    """
    found = []
    for text, better, other, score, lower in claims:
        seeds = [seed for seed in results.get(better, {}) if seed in results.get(other, {})]
        if not seeds:
            continue
        differences = [results[better][seed][score] - results[other][seed][score] for seed in seeds]
        signed = [-d if lower else d for d in differences]
        found.append(
            {
                "claim": text,
                "score": score,
                "seeds": seeds,
                "differences": differences,
                "holds": bool(np.mean(signed) > 0),
                "every_seed": bool(min(signed) > 0),
            }
        )
    return found


COLUMNS = {  # score -> (title, decimals); the first table that has a score shows it
    "kid": ("KID ↓", 3),
    "fid": ("FID ↓", 1),
    "lab": ("Lab ↑", 3),
    "lab_L": ("L ↑", 3),
    "lab_a": ("a ↑", 3),
    "lab_b": ("b ↑", 3),
    "l1": ("L1 ↓", 4),
    "psnr": ("PSNR ↑", 2),
    "ssim": ("SSIM ↑", 3),
    "perceptual": ("perceptual ↓", 3),
    "pixel_accuracy": ("per-pixel ↑", 3),
    "class_accuracy": ("per-class ↑", 3),
    "class_iou": ("class IoU ↑", 3),
    "noise_diversity": ("spread by noise", 2),
}


def markdown(table):
    """Lines of tables of means ± deviations over seeds, if several: rows with the same scores share a table."""
    lines, before = [], None
    for name, row in table.items():
        scores = [score for score in COLUMNS if score in row]
        if scores != before:
            lines += [""] if lines else []
            lines += ["| | " + " | ".join(COLUMNS[score][0] for score in scores) + " | seeds |"]
            lines += ["|---" * (len(scores) + 2) + "|"]
            before = scores
        cells = [" ± ".join(f"{x:.{COLUMNS[s][1]}f}" for x in row[s][: len(row["seeds"])]) for s in scores]
        lines.append(f"| {name} | " + " | ".join(cells) + f" | {len(row['seeds'])} |")
    return "\n".join(lines)


def claims_markdown(answers):
    """Lines of a table of the answers of `compare`."""
    lines = ["| Claim | Score | Difference of each seed | Holds |", "|---|---|---|---|"]
    for answer in answers:
        title, decimals = COLUMNS[answer["score"]]
        differences = ", ".join(f"{d:+.{decimals + (decimals == 1)}f}" for d in answer["differences"])
        said = "yes" if answer["every_seed"] else "on average" if answer["holds"] else "**no**"
        lines.append(f"| {answer['claim']} | {title} | {differences} | {said} |")
    return "\n".join(lines)


def scale(results, settings):
    """Words on whether results are of `FULL` scale, and on what is missing."""
    smaller = [f"{settings[name]} {name} of {full}" for name, full in FULL.items() if settings[name] < full]
    seeds = min(settings["seeds"], FULL["seeds"])
    fewer = [f"only {len(runs)} of {name}" for name, runs in results.items() if len(runs) < seeds]
    return "NOT run at full scale: " + ", ".join(smaller + fewer) if smaller + fewer else "full scale"


def report(benchmark, results, claims, options):
    """Prints means and claims, and writes the result file, which says so where it was not run at full scale."""
    if not results:
        return
    settings = {name: getattr(options, name) for name in ("steps", "seeds", "filters", "side")}
    note = scale(results, settings)
    table, answers = means(results), compare(results, claims)
    print(markdown(table), claims_markdown(answers), note, sep="\n\n")
    document = {"scale": note, "settings": settings, "mean_and_std": table, "claims": answers, "runs": results}
    if options.go_on:
        known, commits = published(benchmark, options)
        document["commits"] = {key: commits[key] for key in commits if _is_of(known, results, key)}
    common.write_json(benchmark, document, seed=options.seeds)


def _is_of(known, results, key):
    """Whether the result of a run "name-seed" is the one that is known."""
    name, _, seed = key.rpartition("-")
    return results.get(name, {}).get(int(seed)) == known[name][int(seed)]


def parse(description, runs, side):
    """Returns the command line that these benchmarks take."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", default=runs, help="folder of the runs: what is there goes on")
    parser.add_argument("--steps", type=int, default=FULL["steps"])
    parser.add_argument("--seeds", type=int, default=FULL["seeds"])
    parser.add_argument("--filters", type=int, default=FULL["filters"])
    parser.add_argument("--only", nargs="*", help="names of rows")
    parser.add_argument("--train-only", action="store_true", help="score nothing yet; the command without this does")
    parser.add_argument("--score-only", action="store_true", help="train nothing more: a table of what is there")
    parser.add_argument("--go-on", action="store_true", help="runs that the result file has are not run again")
    parser.add_argument("--pictures", metavar="DIR", help="write sample sheets there")
    parser.set_defaults(side=side)
    return parser
