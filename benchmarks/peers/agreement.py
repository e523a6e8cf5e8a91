"""How closely our metrics agree with torch-fidelity and with the exact value, on the same features.

    python benchmarks/peers/agreement.py [--quick]

Writes benchmarks/results/agreement.json. "exact" is the definition in extended care: singular values of the centred
cross-Gram matrix for few samples, float64 kernels for KID.
"""

import argparse
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import common
import numpy as np
from peers import originals, torch_fidelity_peer

import keras_gans.metrics as metrics
from keras_gans.metrics import path_length

SEED = 0


def features(n, d, seed, shift=0.0):
    """Like pooled ReLU features: not negative, correlated, spectra that fall off."""
    random = np.random.default_rng(seed)
    mix = np.random.default_rng(99).normal(size=(d, d)) * np.exp(-np.arange(d) / (d / 6))[:, None] / np.sqrt(d / 12)
    return np.maximum(random.normal(size=(n, d)) @ mix * 0.4 + 0.3 + shift, 0.0)


def relative(found, exact):
    return abs(found - exact) / max(abs(exact), 1e-300)


def frechet(peer, d):
    rows = {}
    for n in (d * 5 // 2, d // 4, d // 40):
        real, fake = features(n, d, 1), features(n, d, 2, 0.02)
        if n > d:
            exact = None
        else:
            x, y = ((a - a.mean(0)) / np.sqrt(n - 1) for a in (real, fake))
            cross = np.linalg.svd(x @ y.T, compute_uv=False).sum()
            exact = float(np.sum((real.mean(0) - fake.mean(0)) ** 2) + (x**2).sum() + (y**2).sum() - 2 * cross)
        ours, theirs = metrics.frechet_distance(real, fake), peer.fid(real, fake)
        rows[f"n={n}, d={d}"] = {
            "ours": ours,
            "torch_fidelity": theirs,
            "exact": exact,
            "relative_difference": relative(ours, theirs),
            "error_of_ours": exact and relative(ours, exact),
            "error_of_torch_fidelity": exact and relative(theirs, exact),
        }
    return rows


def kernel(peer, d, n, subsets, size):
    rows = {}
    base = features(n, d, 1), features(n, d, 2, 0.02)
    for dtype in ("float64", "float32"):
        real, fake = (x.astype(dtype) for x in base)
        exact = originals.kernel_distance(real.astype("float64"), fake.astype("float64"), subsets, size)
        for name, count in (("all pairs", subsets), ("by subset", max(1, subsets // 50))):
            ours = metrics.kernel_distance(real, fake, num_subsets=count, subset_size=size)
            theirs = peer.kid(real, fake, count, size)
            if count != subsets:
                exact = originals.kernel_distance(real.astype("float64"), fake.astype("float64"), count, size)
            rows[f"{dtype}, {name}"] = {
                "ours": ours,
                "torch_fidelity": theirs,
                "exact": exact,
                "relative_difference": relative(ours[0], theirs[0]),
                "error_of_ours": relative(ours[0], exact[0]),
                "error_of_torch_fidelity": relative(theirs[0], exact[0]),
            }
    return rows


def inception(peer, n):
    logits = np.random.default_rng(SEED).normal(size=(n, 1008)) * 3
    rows = {}
    for shuffle in (False, True):
        ours, theirs = metrics.inception_score(logits, shuffle=shuffle), peer.isc(logits, shuffle=shuffle)
        rows["shuffled" if shuffle else "in order"] = {
            "ours": ours,
            "torch_fidelity": theirs,
            "relative_difference": max(relative(a, b) for a, b in zip(ours, theirs)),
        }
    return rows


def precision_recall(peer, n, d):
    rows = {}
    for shift in (0.0, 0.05, 0.2):
        real, fake = features(n, d, 1), features(n, d, 2, shift)
        ours, theirs = metrics.precision_recall(real, fake), peer.prc(real, fake)
        rows[f"n={n}, shift={shift}"] = {
            "ours": ours,
            "torch_fidelity": theirs,
            "samples_that_differ": [round(n * abs(a - b)) for a, b in zip(ours, theirs)],
        }
    return rows


def interpolation(peer):
    random = np.random.default_rng(SEED)
    a, b = random.normal(size=(2, 1000, 512)).astype("float32")
    return {
        name: float(np.abs(function(a, b, np.float32(0.3)) - peer.interpolate(a, b, 0.3, name)).max())
        for name, function in path_length.INTERPOLATIONS.items()
        if name in peer.interpolations
    }


def pixels(seeds=8):
    """Against the original algorithms: a pyramid, MS-SSIM, and SWD of some seeds."""
    from scipy import ndimage

    random = np.random.default_rng(SEED)
    images = [
        (ndimage.gaussian_filter(random.normal(size=(64, 64, 64, 3)), (0, s, s, 0)) * 200 * s + 128).clip(0, 255)
        for s in (1.5, 2.0)
    ]
    real, fake = (x.astype("uint8") for x in images)
    levels = zip(metrics.laplacian_pyramid(real, 3), originals.laplacian_pyramid(real.transpose(0, 3, 1, 2), 3))
    swd = [
        (metrics.sliced_wasserstein(real, fake, seed=seed)["average"],
         originals.sliced_wasserstein(real, fake, seed=seed)[-1]) for seed in range(seeds)
    ]  # fmt: skip
    return {
        "laplacian_pyramid_largest_difference": max(
            float(np.abs(a.transpose(0, 3, 1, 2) - b).max()) for a, b in levels
        ),
        "ms_ssim_difference": abs(metrics.ms_ssim(fake) - originals.ms_ssim(fake)),
        "swd_same_draws_largest_relative_difference": max(relative(a, b) for a, b in swd),
        f"swd_means_of_{seeds}_seeds": np.mean(swd, axis=0).tolist(),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="smaller sizes, a minute instead of ten")
    quick = parser.parse_args().quick
    peer = torch_fidelity_peer.load()
    if peer is None:
        raise SystemExit("torch-fidelity is not installed here: see benchmarks/peers/README.md")
    d, n, subsets, size = (256, 600, 50, 300) if quick else (2048, 2500, 100, 1000)
    results = {
        "torch_fidelity": peer.version,
        "frechet_distance": frechet(peer, d),
        "kernel_distance": kernel(peer, d, n, subsets, size),
        "inception_score": inception(peer, 1000 if quick else 5000),
        "precision_recall": precision_recall(peer, 500 if quick else 2000, d),
        "interpolation_largest_difference": interpolation(peer),
        "pixels": pixels(2 if quick else 8),
    }
    print(common.write_json("agreement-quick" if quick else "agreement", results, seed=SEED))


if __name__ == "__main__":
    main()
