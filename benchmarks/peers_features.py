"""Inception and EfficientNet-Lite0 features beside PyTorch's networks: how closely they agree, and which is faster.

    python3.11 -m venv peers_env
    peers_env/bin/pip install torch==2.13.0 numpy
    peers_env/bin/pip install --no-deps torch-fidelity==0.4.0 efficientnet-lite-pytorch==0.1.0
    python -m benchmarks.peers_features --peer-python peers_env/bin/python

PyTorch runs in its own environment and process, which waits between its turns. Both sides get the same seeded random
weights (Inception; the published file is not needed) and the same images. Agreement is the largest difference of a tap,
relative to its largest value; speed is images a second from uint8 batches in memory to all taps, in turns.
Writes benchmarks/results/peers_features.json.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

SIZES = ((32, 32), (64, 64), (299, 299), (17, 301), (512, 400), (1, 1))
TAPS = ("64", "192", "768", "2048", "logits_unbiased", "logits")


# The peer's side: PyTorch only


def peer_main(folder):
    """Answers one line of JSON on standard input with one on standard output, until the input ends."""
    import importlib
    import types

    import numpy as np
    import torch

    # torch-fidelity as a whole imports torchvision; the module of the network does not need it.
    spec = importlib.util.find_spec("torch_fidelity")
    package = types.ModuleType("torch_fidelity")
    package.__path__ = list(spec.submodule_search_locations)
    sys.modules["torch_fidelity"] = package
    module = importlib.import_module("torch_fidelity.feature_extractor_inceptionv3")

    with np.load(folder / "weights.npz") as arrays:
        weights = {name: torch.from_numpy(array) for name, array in arrays.items()}
    for name in [name for name in weights if name.endswith("running_var")]:
        weights[name.replace("running_var", "num_batches_tracked")] = torch.tensor(0)
    torch.save(weights, folder / "weights.pth")
    network = module.FeatureExtractorInceptionV3(
        "inception", list(TAPS), feature_extractor_weights_path=str(folder / "weights.pth")
    )
    efficientnet = None
    for line in sys.stdin:
        request = json.loads(line)
        with np.load(request["images"]) as arrays, torch.no_grad():
            images = {name: torch.from_numpy(array).permute(0, 3, 1, 2).contiguous() for name, array in arrays.items()}
            outputs = {}
            seconds = []
            for name, batch in images.items():
                if request["network"] == "efficientnet":
                    if efficientnet is None:
                        from efficientnet_lite_pytorch import EfficientNet

                        efficientnet = EfficientNet.from_name("efficientnet-lite0").eval()
                        efficientnet.load_state_dict(torch.load(request["weights"], weights_only=True))
                    outputs[f"{name}/logits"] = efficientnet((batch - 127.0) / 128.0).numpy()
                    continue
                start = time.perf_counter()
                found = network(batch)
                seconds.append(time.perf_counter() - start)
                outputs |= {f"{name}/{tap}": features.numpy() for tap, features in zip(TAPS, found)}
        np.savez(folder / "outputs.npz", **outputs)
        print(json.dumps({"seconds": seconds, "torch": torch.__version__}), flush=True)


# Our side


class Peer:
    """The other process."""

    def __init__(self, python, folder):
        self.folder = folder
        command = [python, os.path.abspath(__file__), "--peer", str(folder)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.outputs = {}

    def __call__(self, network, images, **request):
        import numpy as np

        path = self.folder / "images.npz"
        np.savez(path, **images)
        print(json.dumps({"network": network, "images": str(path), **request}), file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline()
        if not answer:
            raise SystemExit("The process with PyTorch ended; see its message above.")
        with np.load(self.folder / "outputs.npz") as arrays:
            self.outputs = dict(arrays)
        return json.loads(answer)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def difference(ours, theirs):
    """(largest difference over largest value, root mean square of the difference over that of the values)."""
    import numpy as np

    ours, theirs = ours.astype("float64"), theirs.astype("float64")
    return float(np.abs(ours - theirs).max() / np.abs(theirs).max()), float(
        np.linalg.norm(ours - theirs) / np.linalg.norm(theirs)
    )


def agreement(extractor, peer):
    """tap -> largest relative difference over images of all sizes."""
    import numpy as np

    random = np.random.RandomState(1)
    images = {f"{h}x{w}": random.randint(0, 256, (2, h, w, 3)).astype("uint8") for h, w in SIZES}
    peer("inception", images)
    worst = dict.fromkeys(TAPS, 0.0)
    for name, batch in images.items():
        for tap, features in extractor(batch).items():
            worst[tap] = max(worst[tap], difference(features, peer.outputs[f"{name}/{tap}"])[0])
    return worst


def bfloat16_error(extractor, fast):
    """tap -> root mean square error, relative to the features and to their spread over images."""
    import numpy as np

    random = np.random.RandomState(2)
    coarse = random.randint(0, 256, (16, 8, 8, 3)).astype("uint8")
    images = coarse.repeat(16, 1).repeat(16, 2)
    exact, rounded = extractor(images), fast(images)
    table = {}
    for tap, features in exact.items():
        error = np.linalg.norm(rounded[tap] - features)
        spread = np.linalg.norm(features - features.mean(axis=0))
        table[tap] = {"of_features": float(error / np.linalg.norm(features)), "of_spread": float(error / spread)}
    return table


def efficientnet_agreement(peer):
    """Largest relative difference of the logits at the trained size; None where the package is not installed."""
    import numpy as np

    from keras_gans.metrics.extractors import EfficientNetLite0, efficientnet_lite0

    try:
        path = efficientnet_lite0.installed_file()
    except ValueError as error:
        print(error)
        return None
    images = np.random.RandomState(3).randint(0, 256, (4, 224, 224, 3)).astype("uint8")
    peer("efficientnet", {"x": images}, weights=path)
    return difference(EfficientNetLite0(size=224)(images)["logits"], peer.outputs["x/logits"])[0]


def speed(extractors, peer, batch_size, rounds):
    """name -> seconds a batch, in turns.

    Args:
        extractors: dict of ours, dtype -> function of images.
    """
    import numpy as np

    images = np.random.RandomState(4).randint(0, 256, (batch_size, 64, 64, 3)).astype("uint8")

    def timed(function):
        start = time.perf_counter()
        function(images)
        return time.perf_counter() - start

    candidates = {
        "torch-fidelity": lambda: peer("inception", {"x": images})["seconds"][0],
        **{dtype: lambda function=function: timed(function) for dtype, function in extractors.items()},
    }
    seconds = {name: [] for name in candidates}
    for function in candidates.values():
        function()
    for turn in range(rounds):
        for name in list(candidates)[:: -1 if turn % 2 else 1]:
            seconds[name].append(candidates[name]())
    return seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peer-python", required=True, help="the interpreter of an environment with PyTorch")
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument(
        "--dtypes", default="float32,bfloat16", help="timed ones; without avx512_bf16 or AMX, bfloat16 is emulated"
    )
    parser.add_argument("--force", action="store_true", help="time on a busy machine, too")
    arguments = parser.parse_args()

    import numpy as np

    from benchmarks import common
    from keras_gans.metrics.extractors import InceptionV3FID, inception_weights

    common.require_quiet_machine(force=arguments.force)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        np.savez(folder / "weights.npz", **inception_weights.random_state_dict(0))
        peer = Peer(arguments.peer_python, folder)
        extractor = InceptionV3FID(weights=folder / "weights.npz")
        fast = InceptionV3FID(weights=folder / "weights.npz", dtype="bfloat16")
        results = {
            "inception_largest_relative_difference": agreement(extractor, peer),
            "from_pytorchs_own_file": InceptionV3FID(weights=folder / "weights.pth").weights_hash
            == extractor.weights_hash,
            "bfloat16_rms_error": bfloat16_error(extractor, fast),
            "efficientnet_lite0_largest_relative_difference": efficientnet_agreement(peer),
        }
        extractors = {"float32": extractor, "bfloat16": fast}
        timed = {dtype: extractors[dtype] for dtype in arguments.dtypes.split(",")}
        seconds = speed(timed, peer, arguments.batch_size, arguments.rounds)
        results["speed"] = common.summary(seconds, baseline="torch-fidelity")
        for row in results["speed"].values():
            row["images_per_second"] = arguments.batch_size / row["median"]
        results["torch"] = peer("inception", {"x": np.zeros((1, 8, 8, 3), "uint8")})["torch"]
        peer.close()
    print(json.dumps(results, indent=2))
    print(common.write_json("peers_features", results, seed={"weights": 0, "images": [1, 2, 3, 4]}))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--peer"]:
        peer_main(pathlib.Path(sys.argv[2]))
    else:
        main()
