"""How much faster the metrics are than what people use now, side by side in one run.

    python benchmarks/metrics.py [--rounds 5] [--only frechet,kid,swd,ms_ssim] [--quick] [--force]

Writes benchmarks/results/metrics.json and metrics.png; sections that are left out keep what the file says of them, and
each section says of which commit and when it was measured. torch-fidelity itself is timed where it is installed (an
environment as benchmarks/peers/README.md says), else its algorithm with the same numpy calls; the result says which.
To time numpy as it is installed, unset OPENBLAS_CORETYPE and OPENBLAS_L2_SIZE; the kernel in use stands in the result.
"""

import argparse
import json

import common
import numpy as np
from peers import originals, torch_fidelity_peer
from scipy import ndimage

import keras_gans.metrics as metrics

SEED = 0
TARGETS = {  # what the project set out to reach: section -> (baseline, how many times faster)
    "frechet_statistics_2048": {"scipy_sqrtm": 10.0, "torch_fidelity": 3.0},
    "frechet_500_samples": {"torch_fidelity": 40.0},
    "kid_2500": {"torch_fidelity": 5.0},
    "kid_50000": {"torch_fidelity": 1.0},
    "swd_1024_64px": {"original": 8.0},
    "ms_ssim_64px": {"original": 5.0},
    "ms_ssim_128px": {"original": 5.0},
}


def features(n, d, seed, shift=0.0):
    """Like pooled ReLU features: not negative, correlated, spectra that fall off; float32."""
    random = np.random.default_rng(seed)
    mix = np.random.default_rng(99).normal(size=(d, d)) * np.exp(-np.arange(d) / (d / 6))[:, None] / np.sqrt(d / 12)
    blocks = [random.normal(size=(len(part), d)) @ mix for part in np.array_split(np.arange(n), -(-n // 5000))]
    return np.maximum(np.concatenate(blocks) * 0.4 + 0.3 + shift, 0.0).astype(np.float32)


def images(n, size, seed, blur):
    """Smooth colour noise of one scale, uint8."""
    random = np.random.default_rng(seed)
    parts = [
        ndimage.gaussian_filter(random.normal(size=(len(part), size, size, 3)), (0, blur, blur, 0))
        for part in np.array_split(np.arange(n), -(-n // 256))
    ]
    return (np.concatenate(parts) * 200 * blur + 128).clip(0, 255).astype(np.uint8)


def frechet_statistics(peer, d):
    statistics = [metrics.mean_covariance(features(5 * d // 2, d, seed, 0.01 * seed)) for seed in (1, 2)]
    theirs = peer.fid_of_statistics if peer else originals.frechet_eigenvalues
    return {
        "ours": lambda: metrics.frechet_distance(*statistics),
        "torch_fidelity": lambda: theirs(*statistics),
        "scipy_sqrtm": lambda: originals.frechet_sqrtm(*statistics),
    }


def frechet_few(peer, n, d):
    real, fake = features(n, d, 1), features(n, d, 2, 0.02)

    def eigenvalues():
        return originals.frechet_eigenvalues(originals.statistics(real), originals.statistics(fake))

    return {
        "ours": lambda: metrics.frechet_distance(real, fake),
        "torch_fidelity": (lambda: peer.fid(real, fake)) if peer else eigenvalues,
        "scipy_sqrtm": lambda: originals.frechet_sqrtm(originals.statistics(real), originals.statistics(fake)),
    }


def kid(peer, n, d, size):
    real, fake = features(n, d, 1), features(n, d, 2, 0.02)
    theirs = peer.kid if peer else originals.kernel_distance
    return {
        "ours": lambda: metrics.kernel_distance(real, fake, subset_size=size),
        "torch_fidelity": lambda: theirs(real, fake, subset_size=size),
    }


def swd(n, size):
    real, fake = images(n, size, 1, 1.5), images(n, size, 2, 2.0)
    return {
        "ours": lambda: metrics.sliced_wasserstein(real, fake, seed=SEED)["average"],
        "original": lambda: originals.sliced_wasserstein(real, fake, seed=SEED)[-1],
    }


def ms_ssim(n, size):
    x = images(n, size, 1, 2.0)
    return {"ours": lambda: metrics.ms_ssim(x), "original": lambda: originals.ms_ssim(x)}


def plot(results, path):
    """One bar for each baseline: how many times faster, and the target."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        return
    bars = [
        (f"{section} vs {name}", values["speedup"][name], TARGETS.get(section, {}).get(name))
        for section, values in results.items()
        for name in values["speedup"]
    ]
    figure = Figure(figsize=(8, 0.5 * len(bars) + 1.2), layout="constrained")
    axes = figure.subplots()
    axes.barh([bar[0] for bar in bars], [bar[1] for bar in bars], color="#4878a8")
    for row, (_, speedup, target) in enumerate(bars):
        axes.text(speedup, row, f" {speedup:.1f}x", va="center")
        if target:
            axes.plot([target, target], [row - 0.4, row + 0.4], color="#c04030", linewidth=2)
    axes.set(xscale="log", xlabel="times faster (red: the target)")
    axes.margins(x=0.15)
    axes.invert_yaxis()
    figure.savefig(path, dpi=110)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=5, help="timed rounds of each candidate (default 5)")
    parser.add_argument("--only", default="", help="comma-separated beginnings of section names")
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that the script works")
    parser.add_argument("--force", action="store_true", help="time on a busy machine too")
    arguments = parser.parse_args()
    common.require_quiet_machine(force=arguments.force)
    peer = torch_fidelity_peer.load()
    d = 256 if arguments.quick else 2048
    sections = {
        "frechet_statistics_2048": lambda: frechet_statistics(peer, d),
        "frechet_500_samples": lambda: frechet_few(peer, d * 500 // 2048, d),
        "kid_2500": lambda: kid(peer, 300 if arguments.quick else 2500, d, 100 if arguments.quick else 1000),
        "kid_50000": lambda: kid(peer, 2000 if arguments.quick else 50_000, d, 100 if arguments.quick else 1000),
        "swd_1024_64px": lambda: swd(32 if arguments.quick else 1024, 64),
        "ms_ssim_64px": lambda: ms_ssim(16 if arguments.quick else 512, 64),
        "ms_ssim_128px": lambda: ms_ssim(8 if arguments.quick else 128, 128),
    }
    name = "metrics-quick" if arguments.quick else "metrics"
    path = common.RESULTS / f"{name}.json"
    known = json.loads(path.read_text())["results"]["sections"] if path.exists() else {}
    results = {}
    for section, make in sections.items():
        if not section.startswith(tuple(arguments.only.split(","))):
            if section in known:
                results[section] = known[section]
            continue
        candidates = make()
        values = {}

        def turn(name, candidates=candidates, values=values):
            values[name] = candidates[name]()

        seconds = common.interleaved({name: lambda name=name: turn(name) for name in candidates}, arguments.rounds)
        table = common.summary(seconds)
        speedup = {
            name: float(np.median(np.divide(seconds[name], seconds["ours"]))) for name in candidates if name != "ours"
        }
        run = common.run_info(SEED)
        results[section] = {
            "seconds": table,
            "speedup": speedup,
            "target": TARGETS[section],
            "values": values,
            "commit": run["commit"],
            "time": run["time"],
        }
        words = ", ".join(f"{times:.1f}x {name}" for name, times in speedup.items())
        print(f"{section}: {table['ours']['median']:.3g} s, {words}", flush=True)
    results = {"torch_fidelity": peer.version if peer else "its algorithm in numpy", "sections": results}
    print(common.write_json(name, results, seed=SEED))
    plot(results["sections"], common.RESULTS / f"{name}.png")


if __name__ == "__main__":
    main()
