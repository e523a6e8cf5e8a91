"""Weights of one model as the start of another: taken over where names and shapes match, and said where not."""

import dataclasses

NETWORKS = ("generator", "discriminator", "averaged_generator")


@dataclasses.dataclass
class Transfer:
    """What was taken over, variables by NETWORK/LAYER/VARIABLE.

    Args:
        copied: list of str.
        reshaped: list of (name, shape there, shape here): not taken over, shapes differ.
        missing: list of str: here, but not there; they keep their initial values.
        unused: list of str: there, but not here.

    Example:

    >>> print(Transfer(["generator/a"], [("generator/b", (3,), (1,))], [], []).report())
    1 of 2 variables were taken over.
    generator/b has shape (3,) there and (1,) here
    """

    copied: list
    reshaped: list
    missing: list
    unused: list

    def report(self):
        """The same in words, a line for each variable that was not taken over."""
        here = len(self.copied) + len(self.reshaped) + len(self.missing)
        return "\n".join(
            [f"{len(self.copied)} of {here} variables were taken over."]
            + [f"{name} has shape {there} there and {here} here" for name, there, here in self.reshaped]
            + [f"{name} is not there and starts anew" for name in self.missing]
            + [f"{name} is only there" for name in self.unused]
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
    found = Transfer([], [], [name for name in here if name not in there], [name for name in there if name not in here])
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


def _variables(model):
    found = {}
    for name in NETWORKS:
        network = getattr(model, name)
        layers = {layer.name for layer in network.layers}
        for variable in network.variables:
            first, _, rest = variable.path.partition("/")
            # Some paths begin with the network's own name, which may be a number of Keras': "sequential_3".
            found[f"{name}/{variable.path if first in layers else rest}"] = variable
    return found
