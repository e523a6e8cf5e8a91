"""Tables and pictures of `pggan_ablation.py`, beside the paper's Table 1."""

import numpy as np
from pggan_rows import ROWS
from PIL import Image, ImageDraw

# row -> the row that it adds to (e* is not part of e)
BEFORE = {"b": "a", "c": "b", "d": "c", "e*": "d", "e": "d", "f": "e", "g": "f", "h": "g"}


def scale(images, full):
    """In words, whether an experiment is the whole one."""
    if images >= full:
        return f"full scale: {images:,} images a row"
    return f"not run at full scale: {images:,} images a row in place of {full:,}"


def ordering(rows):
    """How the rows' order compares with the paper's.

    Args:
        rows: dict row -> scores.

    Returns:
        dict: "steps", a list of dict(row, before, metric, paper, ours, agree), where "paper" and "ours" are how many
        times the score before; "rank_correlation", dict metric -> Spearman's, None for fewer than three rows.
    """
    steps, ranks = [], {}
    for metric, column in (("swd", 1), ("ms_ssim", 2)):
        value = {row: found["swd"]["average"] if metric == "swd" else found[metric] for row, found in rows.items()}
        for row, before in BEFORE.items():
            if row in rows and before in rows:
                ours, paper = value[row] / value[before], ROWS[row][column] / ROWS[before][column]
                step = dict(row=row, before=before, metric=metric, paper=round(paper, 3), ours=round(ours, 3))
                steps.append(step | {"agree": (paper < 1) == (ours < 1)})
        ranks[metric] = None
        if len(rows) > 2:
            pairs = np.array([(value[row], ROWS[row][column]) for row in rows]).T
            ranks[metric] = round(float(np.corrcoef(pairs.argsort(1).argsort(1))[0, 1]), 3)
    return {"steps": steps, "rank_correlation": ranks}


def layers(logs):
    """What the layers' logs say in short, a dict for each row.

    Args:
        logs: dict row -> list of the log's lines.

    Returns:
        dict row -> {"curve": a tenth of the lines' {"images_seen", "rms", "update"}, "update_spread": largest over
        smallest step of a layer, "largest_rms": of any layer}; the last two of the last line.
    """
    found = {}
    for row, lines in logs.items():
        lines = [line for line in lines if line.get("rms") and line.get("update")]
        if not lines:
            continue
        every = max(1, len(lines) // 10)
        curve = [
            rounded({key: line[key] for key in ("images_seen", "rms", "update")}) for line in lines[::-every][::-1]
        ]
        moves, sizes = lines[-1]["update"].values(), lines[-1]["rms"].values()
        found[row] = {
            "curve": curve,
            "update_spread": float(f"{max(moves) / min(moves):.3g}"),
            "largest_rms": float(f"{max(sizes):.3g}"),
            "smallest_rms": float(f"{min(sizes):.3g}"),
        }
    return found


def rounded(values):
    """The same with four digits."""
    if isinstance(values, dict):
        return {key: rounded(value) for key, value in values.items()}
    return float(f"{values:.4g}") if isinstance(values, float) else values


def markdown(results):
    """The tables of docs/pggan_ablation.md."""
    lines = []
    for name, found in results["data"].items():
        levels = [key for key in found["real"]["swd"] if key != "average"]
        lines += [f"{name}, {found['resolution']} x {found['resolution']}, {found['scale']}; "
                  f"{found['score_images']:,} images scored", ""]  # fmt: skip
        lines += [f"| Row | | G updates | {' | '.join(f'SWD {key}' for key in levels)} | average | MS-SSIM | KID "
                  "| paper: SWD | MS-SSIM |", "|---" * (8 + len(levels)) + "|"]  # fmt: skip
        for row, scores in found["rows"].items():
            what, swd, ms_ssim = ROWS[row]
            updates = f"{scores['generator_updates']:,}"
            lines.append(f"| {row} | {what} | {updates} {cells(scores, levels)} | {swd:.2f} | {ms_ssim:.4f} |")
        lines += [f"| | other real images | {cells(found['real'], levels)} | | |", ""]
    lines += ["| Step | Score | Paper | Here | Same direction |", "|---|---|---|---|---|"]
    for step in results["ordering"]["steps"]:
        lines.append(f"| {step['before']} to {step['row']} | {step['metric']} | x {step['paper']:.2f} "
                     f"| x {step['ours']:.2f} | {'yes' if step['agree'] else '**no**'} |")  # fmt: skip
    lines += ["", f"Rank correlation with the paper's order: {results['ordering']['rank_correlation']}", ""]
    if results["layers"]:
        lines += ["| Row | largest step / smallest | RMS of the layers |", "|---|---|---|"]
    for row, found in results["layers"].items():
        lines.append(f"| {row} | {found['update_spread']:.3g} "
                     f"| {found['smallest_rms']:.3g} to {found['largest_rms']:.3g} |")  # fmt: skip
    return "\n".join(lines)


def cells(scores, levels):
    values = [f"{scores['swd'][key]:.1f}" for key in [*levels, "average"]]
    return f"| {' | '.join(values)} | {scores['ms_ssim']:.4f} | {scores['kid']:.3f}"


def plot_scores(results, path):
    """Bars of SWD, MS-SSIM and KID of the rows, beside the paper's."""
    from matplotlib.figure import Figure

    found = results["data"]["fashion_mnist"]
    rows, real = found["rows"], found["real"]
    figure = Figure(figsize=(11, 3.2), layout="constrained")
    axes = figure.subplots(1, 4)
    paper, ours = {"color": "#b8c4d0"}, {"color": "#35618f"}
    bars = (
        ("paper, CelebA 128: SWD x 1000", [ROWS[row][1] for row in rows], paper, None),
        ("here: SWD x 1000", [rows[row]["swd"]["average"] for row in rows], ours, real["swd"]["average"]),
        ("here: EfficientNet-Lite0 KID", [rows[row]["kid"] for row in rows], ours, real["kid"]),
        ("here: MS-SSIM", [rows[row]["ms_ssim"] for row in rows], ours, real["ms_ssim"]),
    )
    for axis, (title, values, color, line) in zip(axes, bars):
        axis.bar(list(rows), values, **color)
        axis.set_title(title, fontsize=9)
        axis.tick_params(labelsize=8)
        if line is not None and line > 0:
            axis.axhline(line, color="#999999", linestyle="--", linewidth=1)
    figure.suptitle(f"PGGAN's Table 1 on Fashion-MNIST at {found['resolution']} x {found['resolution']}, "
                    f"{found['scale']}; dashed: other real images", fontsize=10)  # fmt: skip
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=90)


def plot_layers(results, path):
    """Curves of each layer's relative step and of its output, a column a row."""
    from matplotlib.figure import Figure

    rows = results["layers"]
    if not rows:
        return
    figure = Figure(figsize=(3.4 * len(rows), 5.4), layout="constrained")
    axes = figure.subplots(2, len(rows), squeeze=False, sharey="row", sharex=True)
    for column, (row, found) in enumerate(rows.items()):
        for axis, key in zip(axes[:, column], ("update", "rms")):
            for name in sorted({name for line in found["curve"] for name in line[key]}):
                points = [(line["images_seen"] / 1e3, line[key][name]) for line in found["curve"] if name in line[key]]
                axis.plot(*zip(*points), color="#35618f" if name.startswith("G") else "#c46a2b", linewidth=1, alpha=0.7)
            axis.set_yscale("log")
            axis.tick_params(labelsize=8)
        axes[0, column].set_title(f"row {row}: {ROWS[row][0]}", fontsize=9)
        axes[1, column].set_xlabel("thousands of real images", fontsize=8)
    axes[0, 0].set_ylabel("step / weights, a line a layer", fontsize=8)
    axes[1, 0].set_ylabel("root mean square of outputs", fontsize=8)
    figure.suptitle(f"blue: generator, orange: discriminator; {results['scale']}", fontsize=9)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=90)


def sheet(folders, path):
    """Sixteen samples of each row, not picked, a line a row with its name.

    Args:
        folders: dict row -> folder with samples.npy, uint8 [16, H, W, C].
        path: file to write.
    """
    strips = {row: np.load(folder / "samples.npy") for row, folder in folders.items()}
    side, margin = next(iter(strips.values())).shape[1], 24
    picture = Image.new("RGB", (margin + 16 * side, side * len(strips)), "white")
    draw = ImageDraw.Draw(picture)
    for line, (row, images) in enumerate(strips.items()):
        images = np.broadcast_to(images, (*images.shape[:3], 3))
        picture.paste(Image.fromarray(np.concatenate(list(images), axis=1)), (margin, side * line))
        draw.text((4, side * line + side // 2 - 6), row, fill="black")
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path)
