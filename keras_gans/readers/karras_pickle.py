"""Reads the network pickles of tkarras/progressive_growing_of_gans, of both of its branches, executing nothing.

A file is the pickle of a tuple (G, D, Gs) of network objects. Their state holds the Python source of the network, which
the original executes and this reader ignores, its arguments, and its variables:

- master (@2504c3f): `version` 2, `build_func_name`, `static_kwargs`, `variables`, a list of (name, array);
- original-theano-version (@1a05598): `build_func_spec`, `param_values`, a list of arrays in the order of the layers,
  and `toplevel_params`. They come out in the naming and the layout of the master branch, and as its import has them:
  the minibatch standard deviation in groups of 16, where the Theano network took the whole minibatch, of 16 at most.
"""

import dataclasses

import numpy as np

from keras_gans.readers import pickles

# Module paths under which the class was pickled: master, and the Theano branch.
CLASSES = ("tfutil.Network", "network.Network")
NETWORKS = ("G", "D", "Gs")


@dataclasses.dataclass(frozen=True)
class NetworkState:
    """One network of a pickle.

    Args:
        kind: "G" or "D".
        arguments: arguments of the network's function: resolution, num_channels, label_size, fmap_base, ...
        variables: name -> array, in the naming of the master branch, weights not scaled.
    """

    kind: str
    arguments: dict
    variables: dict


def read(source):
    """Reads a pickle of networks.

    Args:
        source: path, or binary file.

    Returns:
        Dict with the keys "G", "D" and "Gs" (the averaged generator) of `NetworkState`.

    Raises:
        ValueError: the file is no pickle of three such networks, is truncated or damaged, names anything but the
            network's class and numpy arrays, or holds a network that the paper does not have.
    """
    networks = pickles.load(source, classes=CLASSES)
    if not isinstance(networks, (tuple, list)) or len(networks) != 3:
        raise ValueError(f"Expected a pickle of the tuple (G, D, Gs). Received: {_describe(networks)}")
    states = {name: _state(network, name) for name, network in zip(NETWORKS, networks)}
    kinds = "".join(state.kind for state in states.values())
    if kinds != "GDG":
        raise ValueError(f"Expected a pickle of (G, D, Gs). Received: networks of the kinds {', '.join(kinds)}")
    return states


def _describe(value):
    return f"{type(value).__name__} of {len(value)}" if isinstance(value, (tuple, list, dict)) else type(value).__name__


def _state(network, name):
    state = network.state if isinstance(network, pickles.Stub) else None
    if not isinstance(state, dict):
        raise ValueError(f"Expected a network with its state for {name}. Received: {_describe(network)}")
    try:
        if "version" in state:
            return _from_master(state, name)
        return _from_theano(state, name)
    except KeyError as error:
        raise ValueError(f"The network {name} of the pickle lacks {error}.") from None
    except (TypeError, AttributeError, OverflowError) as error:  # a value of another kind than the code writes
        raise ValueError(f"The network {name} of the pickle is not as the official code writes it ({error}).") from None


def _from_master(state, name):
    if state["version"] != 2:
        raise ValueError(f"Expected version 2 of the network {name}. Received: version={state['version']!r}")
    kind = _kind(state["build_func_name"], {"G_paper": "G", "D_paper": "D"}, name)
    arguments, variables = state["static_kwargs"], state["variables"]
    if not isinstance(arguments, dict) or not all(isinstance(key, str) for key in arguments):
        raise ValueError(f"Expected a dict of arguments of the network {name}. Received: {_describe(arguments)}")
    if not isinstance(variables, (list, tuple)) or not all(
        isinstance(v, (list, tuple)) and len(v) == 2 for v in variables
    ):
        raise ValueError(f"Expected a list of (name, array) for the network {name}. Received: {_describe(variables)}")
    return NetworkState(kind, dict(arguments), {str(key): _array(value, key) for key, value in variables})


def _kind(function, known, name):
    if function not in known:
        raise ValueError(f"The network {name} must be one of {', '.join(known)}. Received: {function!r}")
    return known[function]


def _array(value, name):
    array = np.asarray(value)
    if array.dtype.kind != "f":
        raise ValueError(f"Expected an array of floats for {name}. Received: {_describe(value)}")
    array = np.array(array, "float32")  # a copy, in this machine's byte order
    if not np.isfinite(array).all():
        raise ValueError(f"Expected finite weights. Received: {name} with others: of a training that diverged?")
    return array


# Arguments of the Theano networks that the master branch cannot express, and the only value that it can.
_THEANO_ONLY = {
    "label_size": 0,
    "use_batchnorm": False,
    "tanh_at_end": None,
    "mbstat_func": "Tstdeps",
    "mbstat_avg": "all",
    "mbdisc_kernels": None,
    "use_layernorm": False,
}
_THEANO_KINDS = {"G_paper": "G", "G_progressive_8": "G", "D_paper": "D", "D_progressive_8": "D"}


def _from_theano(state, name):
    arguments = dict(state["build_func_spec"])
    kind = _kind(arguments.pop("func"), _THEANO_KINDS, name)
    for key, value in _THEANO_ONLY.items():
        if (given := arguments.pop(key, value)) != value:
            raise ValueError(f"A Theano network can be read only if {key} is {value!r}. Received: {key}={given!r}")
    arguments.pop("use_gdrop", None)  # acts in training only
    arguments.update(fused_scale=False, mbstd_group_size=16)
    # the defaults of that branch's functions
    arguments = {"fmap_base": 4096, "fmap_decay": 1.0, "fmap_max": 256, **arguments}
    params = _Params(state["param_values"], arguments.get("use_wscale", True), name)
    levels = int(arguments.get("resolution", 32)).bit_length() - 1
    variables = (_theano_generator if kind == "G" else _theano_discriminator)(params, levels)
    params.check_empty()
    variables["lod"] = np.float32(np.asarray(state["toplevel_params"]["cur_lod"]))
    return NetworkState(kind, arguments, variables)


class _Params:
    """The parameters of a Theano network, taken one layer after the other: weight, its scale, bias."""

    def __init__(self, values, wscale, name):
        if not isinstance(values, (list, tuple)):
            raise ValueError(f"Expected a list of parameters of the network {name}. Received: {_describe(values)}")
        self.values, self.wscale, self.name = list(values), wscale, name

    def take(self, rank):
        if not self.values:
            raise ValueError(f"The network {self.name} has fewer parameters than its resolution needs.")
        array = _array(self.values.pop(0), self.name)
        if array.ndim != rank:
            raise ValueError(f"Expected a parameter of rank {rank} in {self.name}. Received: shape {array.shape}")
        return array

    def layer(self, rank, relayout, gain):
        """Returns (weight, bias): stored · scale = weight · gain / sqrt(fan_in)."""
        weight = relayout(self.take(rank))
        if self.wscale:
            weight = weight * (self.take(0) * np.sqrt(np.prod(weight.shape[:-1])) / gain)
        return weight.astype("float32"), self.take(1)

    def check_empty(self):
        if self.values:
            raise ValueError(f"The network {self.name} has {len(self.values)} parameters too many for its resolution.")


def _kernel(w):
    """A true convolution's [O I k k] as the cross-correlation's [k k I O]."""
    return w.transpose(2, 3, 1, 0)[::-1, ::-1]


def _pointwise(w):
    return w[None, None]


def _flat_generator(w):
    """4x4 "full" convolution over one pixel [O I 4 4] as a dense layer [I, O·16]."""
    return w.transpose(1, 0, 2, 3).reshape(w.shape[1], -1)


def _flat_discriminator(w):
    """4x4 "valid" true convolution [O I 4 4] as a dense layer [I·16, O]."""
    return w[:, :, ::-1, ::-1].reshape(w.shape[0], -1).T


def _theano_generator(params, levels):
    variables, relu = {}, np.sqrt(2.0)

    def add(name, *layer):
        variables[f"{name}/weight"], variables[f"{name}/bias"] = params.layer(*layer)

    add("4x4/Dense", 4, _flat_generator, relu / 4)
    add("4x4/Conv", 4, _kernel, relu)
    for level in range(3, levels + 1):
        add(f"{2**level}x{2**level}/Conv0", 4, _kernel, relu)
        add(f"{2**level}x{2**level}/Conv1", 4, _kernel, relu)
    for lod in range(levels - 1):
        add(f"ToRGB_lod{lod}", 2, _pointwise, 1.0)
    return variables


def _theano_discriminator(params, levels):
    variables, relu = {}, np.sqrt(2.0)

    def add(name, *layer):
        variables[f"{name}/weight"], variables[f"{name}/bias"] = params.layer(*layer)

    add("FromRGB_lod0", 2, _pointwise, relu)
    for level in range(levels, 2, -1):
        add(f"{2**level}x{2**level}/Conv0", 4, _kernel, relu)
        add(f"{2**level}x{2**level}/Conv1", 4, _kernel, relu)
        add(f"FromRGB_lod{levels - level + 1}", 2, _pointwise, relu)
    add("4x4/Conv", 4, _kernel, relu)
    add("4x4/Dense0", 4, _flat_discriminator, relu)
    add("4x4/Dense1", 2, lambda w: w, 1.0)
    return variables
