"""What the PyTorch peers of benchmarks/train_step.py share: arguments, and answers to the driver."""

import argparse
import pathlib
import sys

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import turns

IMPORTED = turns.resident()


def product(dtype, size):
    """A large matrix product: what this library gets out of this machine."""
    a, b = (torch.randn(size, size).to(getattr(torch, dtype)) for _ in range(2))
    return lambda: (a @ b, None)[1]


def serve(build, settings, choices=()):
    """Answers the driver with the steps of one candidate.

    Args:
        build: function of the parsed arguments (dtype, layout, compile, and the settings) that returns an object with
            `step()`, which returns the loss, and `networks`, a list of modules.
        settings: dict of integers, name -> default.
        choices: dict of further options, name -> the values that it may have, the first of which is the default.
    """
    parser = argparse.ArgumentParser(formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--dtype", choices=("float32", "bfloat16"), default="float32")
    parser.add_argument("--layout", choices=("contiguous_format", "channels_last"), default="channels_last")
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--product", type=int, default=2048)
    for name, default in settings.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, default=default)
    for name, values in dict(choices).items():
        parser.add_argument(f"--{name.replace('_', '-')}", choices=values, default=values[0])
    args = parser.parse_args()

    def functions():
        torch.manual_seed(0)
        training = build(args)
        parameters = [sum(p.numel() for p in network.parameters()) for network in training.networks]
        return {
            "step": training.step,
            "product": product(args.dtype, args.product),
            "facts": lambda: {"torch": torch.__version__, "parameters": parameters, "threads": torch.get_num_threads()},
        }

    turns.serve(functions, IMPORTED)
