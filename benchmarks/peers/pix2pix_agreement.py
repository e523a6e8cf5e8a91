"""Whether benchmarks/train_step.py compares the same: one pix2pix step of ours and of pix2pix_torch.py, same weights.

    python benchmarks/peers/pix2pix_agreement.py --peer-python PATH [--resolution 256] [--batch 1] [--width 64]

Writes benchmarks/results/pix2pix_agreement.json: how far our step and PyTorch's, both in float32, are from PyTorch's in
float64. A network's gradients: the length of the difference / the length of the gradient; losses: relative. Without
dropout, whose noise differs; the losses of further steps with Adam drift apart, as rounding does in a game.
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import common
import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
ADAM = dict(learning_rate=2e-4, beta_1=0.5, epsilon=1e-8)


def peer_name(network, layer):
    """The peer's name of our layer: "encoder_2_norm" -> "generator.encoder_norm.0"."""
    name, number, *norm = layer.name.split("_")
    if number == "last":
        return f"{network.name}.last"
    first = 1 + (bool(norm) and name != "decoder")  # the first layers outside of the decoder have no norm
    list_name = ("norm" if norm else "conv") if name == "conv" else "_".join([name, *norm])
    return f"{network.name}.{list_name}.{int(number) - first}"


def named(network, values):
    """{the peer's name: array in the peer's layout} of values that go with the network's trainable weights."""
    of_variable = {id(v): np.asarray(value) for v, value in zip(network.trainable_variables, values, strict=True)}
    table = {}
    for layer in network.layers:
        for ours, theirs in (("kernel", "weight"), ("bias", "bias"), ("gamma", "weight"), ("beta", "bias")):
            variable = getattr(layer, ours, None)
            if variable is not None:
                value = of_variable[id(variable)]
                table[f"{peer_name(network, layer)}.{theirs}"] = (
                    value.transpose(3, 2, 0, 1) if value.ndim == 4 else value
                )
    return table


def ours(args, source):
    """Writes weights and images to `source`; returns what the peer will."""
    import tensorflow as tf

    from keras_gans import Pix2Pix
    from keras_gans.optimizers import FusedAdam

    class Recording(FusedAdam):
        def apply_gradients(self, grads_and_vars, **kwargs):
            self.recorded = [tf.convert_to_tensor(gradient) for gradient, _ in grads_and_vars]

    sizes = dict(resolution=args.resolution, filters=args.width, discriminator_filters=args.width, dropout=0.0)
    model = Pix2Pix(**sizes, seed=1)
    random = np.random.default_rng(0)
    inputs, targets = random.uniform(-1, 1, (2, args.batch, args.resolution, args.resolution, 3)).astype("float32")
    networks = model.generator, model.discriminator
    for network in networks:  # biases and β that start from 0 would hide mistakes
        for variable in network.trainable_variables:
            if variable.name in ("bias", "beta"):
                variable.assign(random.normal(0, 0.02, variable.shape))
    np.savez(source, inputs=inputs, targets=targets, **{
        name: value for network in networks for name, value in named(network, network.trainable_variables).items()
    })  # fmt: skip
    model.compile(g_optimizer=Recording(**ADAM), d_optimizer=Recording(**ADAM))

    @tf.function
    def gradients():
        return model.train_step((inputs, targets)), model.g_optimizer.recorded, model.d_optimizer.recorded

    losses, *found = gradients()
    results = {f"loss.{name}": float(value) for name, value in losses.items()}
    for network, values in zip(networks, found):
        results |= named(network, values)
    model.compile(g_optimizer=FusedAdam(**ADAM), d_optimizer=FusedAdam(**ADAM))
    step = tf.function(lambda: model.train_step((inputs, targets)))
    for k in range(3):
        for metric in model.metrics:
            metric.reset_state()
        results |= {f"step{k}.{name}": float(value) for name, value in step().items()}
    return results


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer-python", default=sys.executable)
    parser.add_argument("--resolution", type=int, default=256)
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--out", help="another result file")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        source, target = f"{folder}/given.npz", f"{folder}/found.npz"
        found = ours(args, source)
        sides = {"keras_gans": found}
        for dtype in ("float32", "float64"):
            peer = [args.peer_python, str(HERE / "pix2pix_torch.py"), "compare", source, target, dtype]
            subprocess.run(peer, check=True)
            sides[f"torch {dtype}"] = dict(np.load(target))
    exact = sides.pop("torch float64")
    if set(found) != set(exact):
        raise SystemExit(f"The two sides differ in {sorted(set(found) ^ set(exact))}")
    table = {name: errors(side, exact) for name, side in sides.items()}
    for name, row in table.items():
        print(name, {key: f"{value:.1e}" for key, value in row.items()})
    settings = dict(resolution=args.resolution, batch=args.batch, width=args.width)
    results = {"settings": settings, "relative_distance_to_float64": table}
    print(common.write_json("pix2pix_agreement", results, 0, args.out).name)


def errors(side, exact):
    """{"generator", "discriminator": of the gradients; "loss", "step0", ...: the largest of the losses}."""
    squares, table = {}, {}
    for name, value in exact.items():
        group, difference = name.split(".")[0], side[name] - value
        if group in ("generator", "discriminator"):
            total = squares.setdefault(group, [0.0, 0.0])
            total[0] += float(np.sum(difference**2))
            total[1] += float(np.sum(value**2))
        else:
            table[group] = max(table.get(group, 0.0), float(abs(difference / value)))
    return {**{group: (a / b) ** 0.5 for group, (a, b) in squares.items()}, **table}


if __name__ == "__main__":
    main()
