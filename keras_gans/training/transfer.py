"""Weights of one model as the start of another: taken over where names and shapes match, and said where not."""

import collections
import dataclasses
import re

NETWORKS = ("generator", "discriminator", "averaged_generator")


NOT_SHAPE = ("name", "seed", "dtype")  # settings of a model that decide no shape


@dataclasses.dataclass
class Transfer:
    """What was taken over, variables by NETWORK/LAYER/VARIABLE.

    Args:
        copied: list of str.
        reshaped: list of (name, shape there, shape here): not taken over, shapes differ.
        missing: list of str: here, but not there; they keep their initial values.
        unused: list of str: there, but not here.
        settings: dict of name -> (there, here): settings in which the models differ.

    Example:

    >>> found = Transfer(["discriminator/a/bias"], [("discriminator/b/kernel", (9, 3), (9, 5))], [], [])
    >>> found.settings["num_classes"] = (3, 5)
    >>> print(found.report())
    1 of 2 variables were taken over. The models differ: num_classes is 3 there and 5 here.
    discriminator/b starts anew: kernel is (9, 3) there and (9, 5) here
    """

    copied: list
    reshaped: list
    missing: list
    unused: list
    settings: dict = dataclasses.field(default_factory=dict)

    def report(self):
        """The same in words, a line for each layer that was not taken over, or not whole; the average goes with its
        generator."""
        here = len(self.copied) + len(self.reshaped) + len(self.missing)
        first = f"{len(self.copied)} of {here} variables were taken over."
        if self.settings:
            pairs = [f"{name} is {there!r} there and {now!r} here" for name, (there, now) in self.settings.items()]
            first += f" The models differ: {', '.join(pairs)}."
        lines = {}
        for name, there, now in self.reshaped:
            layer, _, variable = name.rpartition("/")
            lines.setdefault(f"{layer} starts anew: ", []).append(f"{variable} is {there} there and {now} here")
        for name in self.missing:
            lines.setdefault(f"{name.rpartition('/')[0]} is not there and starts anew: ", []).append(_last(name))
        for name in self.unused:
            lines.setdefault(f"{name.rpartition('/')[0]} is only there: ", []).append(_last(name))
        return "\n".join(
            [first] + [k + ", ".join(each) for k, each in lines.items() if not k.startswith("averaged_generator/")]
        )


def transfer(source, target):
    """Copies the weights of `source` into `target` where names and shapes match.

    Optimizers and counters stay those of the target: it is a new training.

    Args:
        source: trained GAN.
        target: GAN, changed in place.

    Returns:
        `Transfer`.

    Raises:
        ValueError: where nothing matches.
    """
    there, here = _variables(source), _variables(target)
    found = Transfer(
        [],
        [],
        [name for name in here if name not in there],
        [name for name in there if name not in here],
        _settings(source, target),
    )
    for name in here:
        if name not in there:
            continue
        if tuple(there[name].shape) != tuple(here[name].shape):
            found.reshaped.append((name, tuple(there[name].shape), tuple(here[name].shape)))
            continue
        here[name].assign(there[name])
        found.copied.append(name)
    if not found.copied:
        raise ValueError(
            "Expected a run whose networks have weights in common with this model, by name and shape. "
            f"Received: a {type(source).__name__}, of which nothing fits"
        )
    return found


def _settings(source, target):
    """The plain settings in which two models differ: dict of name -> (there, here)."""
    before, now = source.get_config(), target.get_config()
    names = [name for name in now if name in before and name not in NOT_SHAPE and not isinstance(now[name], dict)]
    return {name: (before[name], now[name]) for name in names if before[name] != now[name]}


def _last(name):
    return name.rpartition("/")[2]


def _variables(model):
    found = {}
    for name in NETWORKS:
        network = getattr(model, name)
        layers = _names(network)
        for variable in network.variables:
            first, _, rest = variable.path.partition("/")
            if first not in layers:  # some paths begin with the network's own name
                first, _, rest = rest.partition("/")
            found[f"{name}/{layers.get(first, first)}/{rest}"] = variable
    return found


def _names(network):
    """Layers by name -> the names that they go by here: Keras numbers those that nobody named through all models of a
    process, so that they are numbered anew within the network."""
    names, numbers = {}, collections.Counter()
    for layer in network.layers:
        kind = re.sub(r"_[0-9]+$", "", layer.name)
        if kind.replace("_", "") == type(layer).__name__.lower():
            names[layer.name] = f"{kind}_{numbers[kind]}" if numbers[kind] else kind
            numbers[kind] += 1
        else:
            names[layer.name] = layer.name
    return names
