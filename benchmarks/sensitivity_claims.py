"""The claims that `metric_sensitivity.py` asks of its numbers, and its tables and plots.

A claim is what a paper says of a metric, and a function of one data set's table that returns the measured numbers in
words, and whether they show it; None where the data set has no such experiment.
"""


def at(table, experiment, metric, level=None):
    """The value at a level, the strongest (last) one by default; NaN where it could not be computed."""
    levels = table[experiment]
    return levels[level or list(levels)[-1]].get(metric, float("nan"))


def curve(table, experiment, metric):
    """The values from untouched to the strongest level."""
    return [at(table, "untouched", metric), *(row.get(metric, float("nan")) for row in table[experiment].values())]


def rises(values):
    return all(a < b for a, b in zip(values, values[1:]))


def ratio(table, experiment, metric, level=None):
    return at(table, experiment, metric, level) / at(table, "untouched", metric)


def fooled(table, experiment):
    score, base = at(table, experiment, "is"), at(table, "untouched", "is")
    fid, fid_base = at(table, experiment, "fid"), at(table, "untouched", "fid")
    words = f"IS {base:.2f} -> {score:.2f}, FID {fid_base:.1f} -> {fid:.1f}"
    return words, score >= base and fid > 1.5 * fid_base


def monotone(metric, experiment, digits=1):
    def claim(table):
        values = curve(table, experiment, metric)
        return " -> ".join(f"{value:.{digits}f}" for value in values), rises(values)

    return claim


def moves_less(blind, seeing, experiment, level=None):
    """`blind` moves less than a quarter as much as `seeing`, both as shares of what collapse to one image does."""

    def claim(table):
        if experiment not in table:
            return None
        moved = {}
        for metric in (blind, seeing):
            base = at(table, "untouched", metric)
            moved[metric] = abs(at(table, experiment, metric, level) - base) / abs(
                at(table, "distinct images", metric) - base
            )
        words = ", ".join(f"{NAMES[metric]} {moved[metric]:.1%}" for metric in moved)
        return words, moved[blind] < moved[seeing] / 4

    return claim


def finest_and_coarsest(table, experiment, level=None):
    scales = [key for key in table["untouched"]["0"] if key.startswith("swd_") and key != "swd_average"]
    return ratio(table, experiment, scales[0], level), ratio(table, experiment, scales[-1], level)


def fine_scale(experiment, level=None):
    def claim(table):
        fine, coarse = finest_and_coarsest(table, experiment, level)
        return f"finest x{fine:.1f}, coarsest x{coarse:.1f}", fine > 2 * coarse

    return claim


def coarse_scale(experiment, level=None):
    def claim(table):
        fine, coarse = finest_and_coarsest(table, experiment, level)
        return f"finest x{fine:.1f}, coarsest x{coarse:.1f}", coarse > 2 * fine

    return claim


def blind_to_tint(table):
    values = [ratio(table, "all reddish", metric) for metric in ("swd_average", "fid")]
    return f"SWD x{values[0]:.2f}, FID x{values[1]:.2f}", values[0] < 1.2 < values[1]


def recall_falls(table):
    if len(table.get("classes kept", {})) < 2:
        return None
    precisions, recalls = (curve(table, "classes kept", metric) for metric in ("precision", "recall"))
    words = "recall " + " -> ".join(f"{r:.2f}" for r in recalls)
    words += "; precision " + " -> ".join(f"{p:.2f}" for p in precisions)
    falls = all(a > b for a, b in zip(recalls, recalls[1:]))
    return words, falls and precisions[0] - min(precisions) < (recalls[0] - recalls[-1]) / 4


def precision_falls(table):
    precisions, recalls = (curve(table, "pixels shuffled in", metric) for metric in ("precision", "recall"))
    words = "precision " + " -> ".join(f"{p:.2f}" for p in precisions)
    words += "; recall " + " -> ".join(f"{r:.2f}" for r in recalls)
    return words, rises([-p for p in precisions]) and recalls[0] - recalls[-1] < (precisions[0] - precisions[-1]) / 2


def sees_collapse(table):
    values = curve(table, "distinct images", "ms_ssim")
    return " -> ".join(f"{value:.3f}" for value in values), rises(values)


NAMES = {"fid": "FID", "ms_ssim": "MS-SSIM", "swd_average": "SWD"}
CLAIMS = (
    ("IS is fooled by one image of each class, while FID rises", "Barratt and Sharma 2018; Heusel et al. 2017",
     lambda table: fooled(table, "one image per class")),
    ("IS is fooled by the one surest image of each class that the network guesses, while FID rises", "the same",
     lambda table: fooled(table, "surest per guess")),
    ("FID rises with blur", "Heusel et al. 2017, Fig. 3", monotone("fid", "blur, px")),
    ("FID rises with noise", "Heusel et al. 2017, Fig. 3", monotone("fid", "noise, of 255")),
    ("FID rises with a shift of colour", "of the same kind", monotone("fid", "all reddish")),
    ("MS-SSIM finds large collapses", "Karras et al. 2018, Sec. 5", sees_collapse),
    ("MS-SSIM is blind to a shift of colour", "Karras et al. 2018, Sec. 5",
     moves_less("ms_ssim", "fid", "all reddish")),
    ("MS-SSIM is blind to the loss of colour", "Karras et al. 2018, Sec. 5", moves_less("ms_ssim", "fid", "all grey")),
    ("MS-SSIM is blind to the loss of texture: blur of 1 px", "Karras et al. 2018, Sec. 5",
     moves_less("ms_ssim", "fid", "blur, px", "1")),
    ("MS-SSIM is blind to the loss of variation in texture: that of one image on all", "Karras et al. 2018, Sec. 5",
     moves_less("ms_ssim", "fid", "one texture")),
    ("Fine SWD sees noise, coarse SWD does not", "Karras et al. 2018, Sec. 5", fine_scale("noise, of 255", "16")),
    ("Fine SWD sees lost edges (blur of 1 px), coarse SWD does not", "Karras et al. 2018, Sec. 5",
     fine_scale("blur, px", "1")),
    ("Coarse SWD sees layout (quarters exchanged), fine SWD does not", "Karras et al. 2018, Sec. 5",
     lambda table: coarse_scale("tiles shuffled, px", list(table["tiles shuffled, px"])[0])(table)),
    ("SWD is blind to a shift of the colours of the whole set", "its normalisation", blind_to_tint),
    ("Recall falls with every class that is left out, precision does not", "Kynkäänniemi et al. 2019", recall_falls),
    ("Precision falls with images that are none, recall does less", "Kynkäänniemi et al. 2019", precision_falls),
)  # fmt: skip


def check(tables):
    """A list of dict(claim, source, measured={data set: words}, shown={data set: bool})."""
    found = []
    for words, source, function in CLAIMS:
        answers = {name: function(table) for name, table in tables.items()}
        answers = {name: answer for name, answer in answers.items() if answer is not None}
        found.append(
            {
                "claim": words,
                "source": source,
                "measured": {name: answer[0] for name, answer in answers.items()},
                "shown": {name: bool(answer[1]) for name, answer in answers.items()},
            }
        )
    return found


def markdown(claims):
    """The claims as the table of docs/metric_sensitivity.md."""
    lines = ["| Claim | Data | Measured | Shows |", "|---|---|---|---|"]
    for claim in claims:
        for number, (name, words) in enumerate(claim["measured"].items()):
            first = claim["claim"] if not number else ""
            lines.append(f"| {first} | {name} | {words} | {'yes' if claim['shown'][name] else '**no**'} |")
    return "\n".join(lines)


PANELS = (  # experiment, metrics, whether as multiples of the untouched value
    ("blur, px", ("fid", "swd_64", "swd_16", "ms_ssim"), True),
    ("noise, of 255", ("fid", "swd_64", "swd_16", "ms_ssim"), True),
    ("all reddish", ("fid", "swd_64", "swd_16", "ms_ssim"), True),
    ("tiles shuffled, px", ("fid", "swd_64", "swd_16", "ms_ssim"), True),
    ("distinct images", ("fid", "is", "ms_ssim", "swd_64"), True),
    ("classes kept", ("precision", "recall", "density", "coverage"), False),
)


def plot(table, path, title):
    """One small picture: a panel an experiment, levels from weak to strong."""
    from matplotlib.figure import Figure

    panels = [panel for panel in PANELS if panel[0] in table]
    figure = Figure(figsize=(3.1 * 3, 2.5 * -(-len(panels) // 3)), layout="constrained")
    axes = figure.subplots(-(-len(panels) // 3), 3, squeeze=False).ravel()
    for axis, (experiment, metrics, relative) in zip(axes, panels):
        levels = ["none", *table[experiment]]
        for metric in metrics:
            values = curve(table, experiment, metric)
            values = [value / values[0] for value in values] if relative else values
            axis.plot(range(len(levels)), values, marker="o", markersize=3, label=metric)
        axis.set_xticks(range(len(levels)), levels, fontsize=7)
        axis.set_title(experiment, fontsize=9)
        axis.tick_params(axis="y", labelsize=7)
        axis.legend(fontsize=6)
        if relative:
            axis.set_yscale("log")
    for axis in axes[len(panels) :]:
        axis.set_visible(False)
    figure.suptitle(f"{title}; multiples of the untouched images' scores, classes kept as they are", fontsize=9)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=80)
