"""How much memory all metrics of 50,000 images of 64x64 take: the largest resident size of this process.

    python benchmarks/metrics_memory.py [--images 50000] [--extractor efficientnet_lite0] [--size 64]

Images are made batch by batch on both sides, as from a folder and a generator. Writes results/metrics_memory.json.
"""

import argparse
import time

import common
import numpy as np

from keras_gans.metrics import evaluate_images


def stream(count, size, seed, batch=100):
    """Batches of smooth colour noise, uint8."""
    random = np.random.default_rng(seed)
    for start in range(0, count, batch):
        coarse = random.integers(0, 256, (min(batch, count - start), size // 8, size // 8, 3)).astype(np.uint8)
        fine = np.kron(coarse, np.ones((1, 8, 8, 1), np.uint8))
        yield fine // 2 + random.integers(0, 128, fine.shape, dtype=np.uint8)


def colors(images):
    """1280 numbers of each image, where no network is wanted: sums of pixels at random places."""
    places = np.random.default_rng(0).integers(0, images[0].size, (1280, 8))
    return images.reshape(len(images), -1)[:, places].sum(axis=2).astype(np.float32)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--images", type=int, default=50_000)
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--extractor", default="efficientnet_lite0", help='a registered name, or "pixels"')
    parser.add_argument("--metrics", default="fid,kid,prc,dc,swd,ms_ssim,nn")
    arguments = parser.parse_args()
    extractor = colors if arguments.extractor == "pixels" else arguments.extractor
    start = time.perf_counter()
    names = arguments.metrics.split(",")
    sides = [stream(arguments.images, arguments.size, seed) for seed in (1, 2)]
    scores = evaluate_images(*sides, metrics=names, extractor=extractor)
    peak = common.peak_memory()
    results = {
        "peak_bytes": peak,
        "limit_bytes": 4 * 2**30,
        "under_limit": bool(peak and peak < 4 * 2**30),
        "seconds": time.perf_counter() - start,
        "images": arguments.images,
        "scores": {name: score.to_dict() for name, score in scores.items()},
    }
    print(f"{peak / 2**30:.2f} GB at most, {results['seconds']:.0f} s")
    print(common.write_json("metrics_memory", results, seed=[1, 2]))


if __name__ == "__main__":
    main()
