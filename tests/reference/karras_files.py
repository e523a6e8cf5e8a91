"""Files as the two branches of the official PGGAN code write them, made of random numbers."""

import contextlib
import pickle
import sys
import types

import numpy as np

SOURCE = "raise RuntimeError('this source must never be executed')"


class Network:
    """Stands in for the class of the official code; only its name and its state get into the file."""

    def __init__(self, state):
        self.state = state

    def __getstate__(self):
        return self.state


@contextlib.contextmanager
def _module(name):
    module = types.ModuleType(name)
    module.Network = type("Network", (Network,), {"__module__": name})
    sys.modules[name] = module
    try:
        yield module.Network
    finally:
        del sys.modules[name]


def write_pickle(path, states, module="tfutil", protocol=pickle.HIGHEST_PROTOCOL):
    """Pickles a tuple of networks with the given states, as instances of `module`.Network."""
    with _module(module) as network_class, open(path, "wb") as file:
        pickle.dump(tuple(network_class(state) for state in states), file, protocol=protocol)
    return path


def master_state(kind, variables, **arguments):
    """State of a network of the master branch."""
    return {
        "version": 2,
        "name": kind,
        "static_kwargs": arguments,
        "build_module_src": SOURCE,
        "build_func_name": f"{kind[0]}_paper",
        "variables": list(variables.items()),
    }


def theano_state(kind, variables, resolution, rng, **arguments):
    """State of a network of the Theano branch that computes what `variables` (unfused naming) compute.

    Each layer's parameters are its weight, the scale that WScaleLayer split off, its bias.
    """
    params = []

    def add(name, gain, relayout, wscale=True):
        w, b = variables[f"{name}/weight"], variables[f"{name}/bias"]
        used = w * gain / np.sqrt(np.prod(w.shape[:-1]))
        scale = np.float32(rng.uniform(0.5, 2))
        params.extend([np.ascontiguousarray(relayout(used / scale), "float32"), np.asarray(scale), b])

    def kernel(w):
        return w[::-1, ::-1].transpose(3, 2, 0, 1)

    def point(w):
        return w[0, 0]

    levels, relu = int(np.log2(resolution)), np.sqrt(2)
    if kind[0] == "G":
        add("4x4/Dense", relu / 4, lambda w: w.reshape(len(w), -1, 4, 4).transpose(1, 0, 2, 3))
        add("4x4/Conv", relu, kernel)
        for level in range(3, levels + 1):
            add(f"{2**level}x{2**level}/Conv0", relu, kernel)
            add(f"{2**level}x{2**level}/Conv1", relu, kernel)
        for lod in range(levels - 1):
            add(f"ToRGB_lod{lod}", 1.0, point)
    else:
        add("FromRGB_lod0", relu, point)
        for level in range(levels, 2, -1):
            add(f"{2**level}x{2**level}/Conv0", relu, kernel)
            add(f"{2**level}x{2**level}/Conv1", relu, kernel)
            add(f"FromRGB_lod{levels - level + 1}", relu, point)
        add("4x4/Conv", relu, kernel)
        add("4x4/Dense0", relu, lambda w: w.T.reshape(w.shape[1], -1, 4, 4)[:, :, ::-1, ::-1])
        add("4x4/Dense1", 1.0, lambda w: w)
    return {
        "build_func_spec": {"func": f"{kind[0]}_paper", "resolution": resolution, **arguments},
        "build_module_src": SOURCE,
        "param_values": params,
        "toplevel_params": {"cur_lod": np.asarray(variables["lod"])},
    }
