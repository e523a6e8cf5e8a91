"""Whether pggan_torch.py computes what this library computes: same weights, same losses and gradients.

    python benchmarks/peers/pggan_agreement.py [--peer-python PATH] [--resolution 16] [--fmap-max 16]

Our half writes weights, inputs, losses and gradients (float32) to a temporary file; `--peer-python`, the interpreter of
an environment with torch, reads it and compares both of its scalings. Prints the largest errors, each relative to the
largest number of its tensor, writes benchmarks/results/pggan_agreement.json, and ends with 1 above 1e-4.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import types

import numpy as np

LIMIT, ALPHA, BATCH = 1e-4, 0.625, 8


def ours(path, resolution, fmap_max):
    """Writes what this library says of one step's losses."""
    import tensorflow as tf

    from keras_gans import PGGAN, noise

    rng = np.random.default_rng(0)
    model = PGGAN(resolution, fmap_max=fmap_max)
    model.compile()
    model.stage = model.generator.final_stage
    for network in (model.generator, model.discriminator):
        for weight in network.weights:  # biases that matter
            weight.assign(weight + 0.1 * rng.normal(size=weight.shape).astype("float32"))
    latents, other = (tf.constant(rng.normal(size=(BATCH, 512)), tf.float32) for _ in range(2))
    real = tf.constant(rng.uniform(-1, 1, (BATCH, *model.image_shape)), tf.float32)
    mix = tf.constant(rng.uniform(size=(BATCH, 1, 1, 1)), tf.float32)
    alpha, arrays = tf.constant(ALPHA), {"real": real, "latents": latents, "other": other, "mix": mix}
    stage = dict(stage=model.stage, alpha=alpha, training=True)
    with noise.scope(types.SimpleNamespace(uniform=lambda shape: mix)), tf.GradientTape() as tape:
        faded = model.stage_images(real, alpha)
        fake = model.generator(latents, **stage)
        loss, logs, _ = model.discriminator_loss(faded, None, tf.stop_gradient(fake), alpha)
    arrays |= {"fake": fake, "faded": faded, "d_loss": loss}
    arrays |= {name: tf.reduce_mean(value) for name, value in logs.items()}
    gradients = {}
    variables = model.discriminator.active_variables(model.stage)
    gradients["D"] = zip(variables, tape.gradient(loss, variables), strict=True)
    with tf.GradientTape() as tape:
        loss = -tf.reduce_mean(model.discriminator(model.generator(other, **stage), **stage))
    variables = model.generator.active_variables(model.stage)
    gradients["G"] = zip(variables, tape.gradient(loss, variables), strict=True)
    arrays |= {"g_loss": loss}
    for prefix, network in (("D", model.discriminator), ("G", model.generator)):
        arrays |= {f"weight {prefix}/{w.path}": w for w in network.weights}
        arrays |= {f"gradient {prefix}/{v.path}": g for v, g in gradients[prefix]}
    np.savez(path, **{name: np.asarray(value) for name, value in arrays.items()})


def counterpart(training, name):
    """(torch parameter, function that turns our array into its layout) of one of our weights, "G/8x8_conv1/kernel"."""
    prefix, layer, kind = name.split("/")
    size, part = layer.split("_", 1)
    network, stage = training.networks["GD".index(prefix)], int(np.log2(int(size.split("x")[0]) // 4))
    blocks = len(network.first)
    found = {
        "dense": lambda: network.dense,
        "conv": lambda: network.conv,
        "dense0": lambda: network.dense0,
        "dense1": lambda: network.dense1,
        "to_rgb": lambda: network.to_rgb[stage],
        "from_rgb": lambda: network.from_rgb[stage],
        "conv0_up": lambda: network.first[stage - 1],
        "conv1": lambda: network.second[stage - 1],
        "conv0": lambda: network.first[blocks - stage],
        "conv1_down": lambda: network.second[blocks - stage],
    }[part]()
    if kind == "bias":
        return found.bias, lambda a: a
    if part == "dense":  # ours makes (h, w, c), torch (c, h, w)
        return found.weight, lambda a: a.reshape(len(a), 4, 4, -1).transpose(3, 1, 2, 0).reshape(-1, len(a))
    if part == "dense0":
        return found.weight, lambda a: a.reshape(4, 4, -1, a.shape[1]).transpose(3, 2, 0, 1).reshape(a.shape[1], -1)
    if part == "dense1":
        return found.weight, np.transpose
    if part == "conv0_up" and found.scaling == "fused":
        return found.weight, lambda a: a.transpose(3, 2, 0, 1)
    if part == "conv0_up":
        return found.weight, lambda a: a[::-1, ::-1].transpose(2, 3, 0, 1)
    return found.weight, lambda a: a.transpose(3, 2, 0, 1)


def compare(path, resolution, fmap_max):
    """Prints, as JSON, the largest relative errors of the peer's two scalings."""
    import pggan_torch
    import torch

    file, table = dict(np.load(path)), {}
    for scaling in ("separate", "fused"):
        args = types.SimpleNamespace(dtype="float32", layout="contiguous_format", compile=False, scaling=scaling)
        args.resolution, args.fmap_max, args.batch = resolution, fmap_max, BATCH
        training = pggan_torch.Training(args)
        pairs = {name: counterpart(training, name.split(" ")[1]) for name in file if " " in name}
        with torch.no_grad():
            for name, (parameter, convert) in pairs.items():
                if name.startswith("weight"):
                    parameter.copy_(torch.from_numpy(convert(file[name]).copy()))
        image = {name: torch.from_numpy(file[name].transpose(0, 3, 1, 2).copy()) for name in ("real", "mix")}
        alpha, latents = torch.tensor(ALPHA), torch.from_numpy(file["latents"])
        training.pixels = (image["real"] + 1) * 127.5  # a float batch of the same values
        faded = training.real_images(alpha)
        with torch.no_grad():
            fake = training.generator(latents, alpha)
        d_loss, logs = training.discriminator_loss(faded, fake, image["mix"], alpha)
        d_loss.backward()
        found = dict(zip(("d_real", "d_fake", "gradient_penalty", "drift"), logs), d_loss=d_loss)
        training.discriminator.requires_grad_(False)
        found["g_loss"] = training.generator_loss(torch.from_numpy(file["other"]), alpha)
        found["g_loss"].backward()
        errors = {name: error(value.detach().numpy(), file[name]) for name, value in found.items()}
        errors["fake"] = error(fake.permute(0, 2, 3, 1).numpy(), file["fake"])
        errors["faded"] = error(faded.permute(0, 2, 3, 1).numpy(), file["faded"])
        gradients = {
            name: error(parameter.grad.numpy(), convert(file[name]))
            for name, (parameter, convert) in pairs.items()
            if name.startswith("gradient")
        }
        worst = max(gradients, key=gradients.get)
        errors |= {"gradients": gradients[worst], "worst_gradient": worst, "number_of_gradients": len(gradients)}
        table[scaling] = errors
    print(json.dumps(table))


def error(value, expected):
    return float(np.abs(value - expected).max() / np.abs(expected).max())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer-python", default=sys.executable, help="interpreter of an environment with torch")
    parser.add_argument("--resolution", type=int, default=16)
    parser.add_argument("--fmap-max", type=int, default=16)
    parser.add_argument("--out", help="another result file")
    parser.add_argument("--compare", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.compare:
        return compare(args.compare, args.resolution, args.fmap_max)
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
    import common

    with tempfile.TemporaryDirectory() as folder:
        path = str(pathlib.Path(folder) / "ours.npz")
        ours(path, args.resolution, args.fmap_max)
        sizes = [f"--resolution={args.resolution}", f"--fmap-max={args.fmap_max}"]
        command = [args.peer_python, __file__, "--compare", path, *sizes]
        table = json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)
    for scaling, errors in table.items():
        print(scaling, {key: f"{value:.1e}" if isinstance(value, float) else value for key, value in errors.items()})
    sys.argv = [__file__, *[f"--{name}={getattr(args, name)}" for name in ("resolution", "fmap_max")]]
    settings = {"resolution": args.resolution, "fmap_max": args.fmap_max, "batch": BATCH, "alpha": ALPHA}
    common.write_json("pggan_agreement", {"settings": settings, "largest_relative_errors": table}, 0, args.out)
    return int(any(value > LIMIT for errors in table.values() for value in errors.values() if isinstance(value, float)))


if __name__ == "__main__":
    sys.exit(main())
