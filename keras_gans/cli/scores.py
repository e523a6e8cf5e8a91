"""What `keras-gans evaluate` does: one pass over each side, a table, JSON and contact sheets."""

import contextlib
import os
import pathlib
import shutil

import click
import tqdm

from keras_gans.metrics import Evaluator, marginal_plot, results
from keras_gans.training import files, grids, scored_images, scored_pairs, scoring
from keras_gans.training.run_folder import writing

FORMAT = 1  # of the JSON file
FEW = 2048  # images, the dimensions of Inception's features


def run(
    path, real, names, json_file, out, extractor, weights, count, seed, resolution, best, split=None, direction=None
):
    """Scores images and says so.

    Args:
        path: str, a run, a SavedModel or a source of pictures.
        real: str, source of the real images, or None.
        names: list of str, metrics, protocols and "nn".
        json_file: str, path of the JSON file, or None.
        out: str, folder of the pictures, or None.
        extractor: str, name of the network, or None.
        weights: str, path of its weights, or None.
        count: int, generated images, or None.
        seed: int.
        resolution: int, side of pictures, or None.
        best: bool, whether the best checkpoint is meant.
        split: str, of pairs, or None.
        direction: str, of pairs, or None.

    Returns:
        int, the exit code: 0, or 2 where a metric could not be computed; the others are there then.

    Raises:
        ValueError: for every mistake that allows no score at all.
    """
    network = scoring.extractor_of(names, extractor, weights)
    fakes, reals = _open(path, real, names, count, seed, resolution, best, split, direction)
    _check_sizes(names, fakes, reals)
    cache = _cache_of(fakes.run)
    with _Bars(fakes, reals) as progress:
        evaluator = Evaluator(reals and reals.batches, names, network, cache_dir=cache, progress=progress)
        evaluator.check_counts(fakes.count, reals and reals.count)
        scores = evaluator.score(fakes.batches)
    if scores.marginals and out is not None:
        marginals = {"ground truth": scores.marginals["real"], "scored": scores.marginals["fake"]}
        try:
            scores.sheets["lab_marginals"] = marginal_plot(marginals)
        except ValueError as error:  # no matplotlib: the numbers are there
            scores.errors["lab_marginals"] = error
    sheets = _write_sheets(scores.sheets, out)
    document = {
        "format": FORMAT,
        "fake": {**fakes.facts, "count": fakes.count, "shape": list(fakes.shape)},
        "real": reals and {**reals.facts, "count": reals.count, "shape": list(reals.shape)},
        "extractor": network and network.describe(),
        "results": {name: result.to_dict() for name, result in scores.items()},
        "errors": {name: str(error) for name, error in scores.errors.items()},
        "sheets": sheets,
        "versions": results.versions(),
    }
    if json_file is not None:
        with writing(json_file):
            pathlib.Path(json_file).parent.mkdir(parents=True, exist_ok=True)
            files.write_json(json_file, document)
    click.echo(table(document, scores))
    for name, error in scores.errors.items():
        click.echo(f"Error: {name}: {error}", err=True)
    return 2 if scores.errors else 0


def _open(path, real, names, count, seed, resolution, best, split, direction):
    """(`Images` to score, `Images` to compare with or None)."""
    paired = [name for name in names if scoring.is_paired(name)]
    if scored_pairs.translates(path):
        return scored_pairs.open_sides(path, real, count, seed, resolution, best, split, direction, _warn)
    for option, value in (("--split", split), ("--direction", direction)):
        if value is not None:
            raise ValueError(f"Expected a run of pix2pix, whose pairs have a {option}. Received: {path}")
    wanted = [protocol.num_fake for protocol in scoring.protocols_of(names) if protocol.num_fake]
    usual = max(wanted, default=scored_images.DEFAULT_COUNT)
    fakes = scored_images.open_fakes(path, count, seed, resolution, best, _warn, usual)
    if paired and fakes.facts["kind"] != "pictures":
        raise ValueError(
            f"Expected pictures with a truth each, which {', '.join(paired)} compare with. Received: samples of {path}"
        )
    reals = scored_images.open_reals(real, fakes, resolution, _warn) if scoring.needs_real(names) else None
    if paired:
        scored_pairs.check_names(fakes, reals)
    return fakes, reals


def table(document, scores):
    """The scores in words.

    Args:
        document: dict, as it goes into the JSON file.
        scores: dict of name -> `MetricResult`.

    Returns:
        str of several lines.
    """
    lines = [f"{_words(document['fake'])}" + (f" against {_words(document['real'])}" if document["real"] else "")]
    width = max((len(result.title) for result in scores.values()), default=0)
    for result in scores.values():
        counts = f"{result.num_fake:,}" + (f" / {result.num_real:,}" if result.num_real else "")
        lines.append(f"  {result.title:<{width}}  {values_in_words(result)}  ({counts} images, {result.protocol.name})")
    if any(result.protocol.name.endswith("+") for result in scores.values()):
        lines.append("+: not the protocol to the letter; counts, network or settings are others (--json says which)")
    if any(result.metric == "fid" and min(result.num_fake, result.num_real) < FEW for result in scores.values()):
        lines.append(f"FID of fewer than {FEW:,} images says more of their number than of their look; KID does not")
    network = document["extractor"]
    if network is not None and any(result.extractor for result in scores.values()):
        note = "" if network["name"] == "inception_v3_fid" else "; not comparable with published FID, KID or IS"
        lines.append(f"Features: {network['name']}, weights {network['weights_hash'][:12]}{note}")
    lines += [f"{_kind(path)}: {path}" for path in document["sheets"]]
    return "\n".join(lines)


def _kind(path):
    return "Log marginals" if pathlib.Path(path).stem == "lab_marginals" else "Contact sheet"


def values_in_words(result):
    """The values of a result, such as "0.0123 ± 0.0004" or "64: 1.2  32: 3.4  average: 2.3".

    Args:
        result: `MetricResult`.
    """
    values = dict(result.values)
    if f"{result.metric}_std" in values:
        return f"{values[result.metric]:.5g} ± {values[result.metric + '_std']:.2g}"
    if list(values) == [result.metric]:
        return f"{result.value:.5g}"
    return "  ".join(f"{name}: {value:.4g}" for name, value in values.items())


class _Bars:
    """A progress bar a side."""

    def __init__(self, fakes, reals):
        self._totals = {"fake": fakes.count, "real": reals and reals.count}
        self._bar = self._side = None

    def __enter__(self):
        return self

    def __exit__(self, *error):
        if self._bar is not None:
            self._bar.close()

    def __call__(self, side, seen):
        if side != self._side:
            self.__exit__()
            columns, _ = shutil.get_terminal_size()
            words = {"fake": "Images to score", "real": "Real images"}
            self._bar = tqdm.tqdm(
                desc=words[side], total=self._totals[side], unit=" images", ncols=columns, disable=None, leave=False
            )
            self._side = side
        self._bar.update(seen - self._bar.n)


def _check_sizes(names, fakes, reals):
    on_pixels = [name for name in names if name in ("swd", "swd16k", "nn") or scoring.is_paired(name)]
    if reals is not None and on_pixels and fakes.shape != reals.shape:
        raise ValueError(
            f"Expected images of one size on both sides for {', '.join(on_pixels)}; --resolution brings pictures to "
            f"one. Received: {_size(fakes.shape)} and, real, {_size(reals.shape)}"
        )


def _cache_of(run):
    """Where statistics of real images are kept: in the run, if it can be written to."""
    return run.statistics if run is not None and os.access(run.path, os.W_OK) else None


def _write_sheets(sheets, out):
    paths = []
    if out is not None:
        with writing(out):
            folder = pathlib.Path(out)
            folder.mkdir(parents=True, exist_ok=True)
            for name, sheet in sheets.items():
                files.write_bytes(folder / f"{name}.png", grids.encode(sheet))
                paths.append(str(folder / f"{name}.png"))
    return paths


def _words(side):
    what = {"run": "samples of", "saved_model": "samples of", "pictures": "images of"}[side["kind"]]
    what = "translations by" if "inputs_fingerprint" in side else what
    path = side["path"]
    with contextlib.suppress(ValueError):
        path = os.path.relpath(path) if os.path.isabs(path) and not os.path.relpath(path).startswith("..") else path
    at = f" at image {side['images_seen']:,}" if "images_seen" in side else ""
    split = f" ({side['split']})" if side.get("split") else ""
    return f"{side['count']:,} {what} {path}{split}{at}, {_size(side['shape'])}"


def _size(shape):
    return " x ".join(map(str, shape))


def _warn(text):
    click.echo(text, err=True)
