"""Weights in the layout of the official code, to and from our networks.

The layout is that of tkarras/progressive_growing_of_gans (master @2504c3f): channels first, so the columns of the
generator's dense layer and the rows of the discriminator's are ordered (channel, height, width); ours are ordered
(height, width, channel). A kernel of `Conv0_up` is stored like ours; that of an unfused `Conv0` is the same kernel
turned by 180 degrees with its last two axes exchanged. Weights are stored before scaling in both.
"""

import functools

import numpy as np

from keras_gans.models.checks import check_int
from keras_gans.models.pggan.discriminator import PGGANDiscriminator
from keras_gans.models.pggan.generator import PGGANGenerator
from keras_gans.models.pggan.progressive_network import feature_maps
from keras_gans.schedules import stage_resolutions


def generator_from(state, seed=0, **kwargs):
    """Returns a `PGGANGenerator` with the weights of a published one.

    Args:
        state: `keras_gans.readers.karras_pickle.NetworkState` of kind "G".
        seed: integer, recorded as the seed of the network.
        **kwargs: of `PGGANGenerator`: name, dtype.

    Raises:
        ValueError: If the arguments and the arrays of the state do not fit together.
    """
    arguments = {**_common(state.arguments), **_generator_arguments(state.arguments)}
    network = PGGANGenerator(**arguments, seed=seed, **kwargs)
    load_variables(network, state.variables)
    return network


def discriminator_from(state, seed=0, **kwargs):
    """Returns a `PGGANDiscriminator` with the weights of a published one.

    Args:
        state: `keras_gans.readers.karras_pickle.NetworkState` of kind "D".
        seed: integer, recorded as the seed of the network.
        **kwargs: of `PGGANDiscriminator`: name, dtype.

    Raises:
        ValueError: If the arguments and the arrays of the state do not fit together.
    """
    arguments = {**_common(state.arguments), **_discriminator_arguments(state.arguments)}
    network = PGGANDiscriminator(**arguments, seed=seed, **kwargs)
    load_variables(network, state.variables)
    return network


def _of_its_kinds(read):
    """`read(arguments)`, whose errors of conversion are said in words."""

    @functools.wraps(read)
    def checked(arguments):
        try:
            return read(arguments)
        except (TypeError, ValueError, OverflowError) as error:
            raise ValueError(f"The arguments of the network in the file are not of its kinds: {error}") from None

    return checked


@_of_its_kinds
def _generator_arguments(arguments):
    """Arguments of the generator alone, with the defaults of the official function."""
    common = _common(arguments)
    return dict(
        latent_dim=arguments.get("latent_size") or min(common["fmap_base"], common["fmap_max"]),
        normalize_latents=bool(arguments.get("normalize_latents", True)),
        pixel_norm=bool(arguments.get("use_pixelnorm", True)),
        epsilon=float(arguments.get("pixelnorm_epsilon", 1e-8)),
        activation="leaky_relu" if arguments.get("use_leakyrelu", True) else "relu",
    )


@_of_its_kinds
def _discriminator_arguments(arguments):
    """Arguments of the discriminator alone, with the default of the official function."""
    group = int(arguments.get("mbstd_group_size", 4))
    return dict(group_size=group if group > 1 else 0)


@_of_its_kinds
def _common(arguments):
    """Arguments that both networks have, with the defaults of the official functions."""
    return dict(
        resolution=int(arguments.get("resolution", 32)),
        channels=int(arguments.get("num_channels", 1)),
        num_classes=int(arguments.get("label_size", 0)),
        fmap_base=int(arguments.get("fmap_base", 8192)),
        fmap_decay=float(arguments.get("fmap_decay", 1.0)),
        fmap_max=int(arguments.get("fmap_max", 512)),
        equalized=bool(arguments.get("use_wscale", True)),
        fused_scale=bool(arguments.get("fused_scale", True)),
    )


def load_variables(network, variables):
    """Sets all weights of a network.

    Args:
        network: `PGGANGenerator` or `PGGANDiscriminator`.
        variables: dict of name -> array in the official naming and layout; `lod` is ignored.

    Raises:
        ValueError: If a variable is missing, left over, or of another shape.
    """
    variables = dict(variables)
    variables.pop("lod", None)
    for layer_name, official in _layers(network):
        layer = network.parts[layer_name]
        for part, ours in (("weight", layer.kernel), ("bias", layer.bias)):
            name = f"{official}/{part}"
            if name not in variables:
                raise ValueError(f"The file lacks {name}: it is no network of {network.resolution} pixels.")
            array = np.asarray(variables.pop(name))
            if part == "weight":
                wanted = _to_official(network, official, np.empty(ours.shape, "uint8")).shape
                if array.shape == wanted:
                    array = _to_ours(network, official, array)
            if array.shape != tuple(ours.shape):
                wanted = tuple(ours.shape) if part == "bias" else wanted
                raise ValueError(f"Expected {name} of shape {wanted}. Received: shape {array.shape}")
            ours.assign(array)
    if variables:
        raise ValueError(
            f"The file has variables that a network of its arguments lacks: {', '.join(sorted(variables))}"
        )


def variables_of(network):
    """Returns the weights of a network in the official naming and layout, name -> float32 array, without `lod`.

    Args:
        network: `PGGANGenerator` or `PGGANDiscriminator`, without batch norm, layer norm and minibatch discrimination.

    Raises:
        ValueError: If the network has layers that the official code lacks.
    """
    if any(getattr(network, name, False) for name in ("batch_norm", "layer_norm", "minibatch_kernels")):
        raise ValueError("The official layout has no batch norm, layer norm or minibatch discrimination")
    variables = {}
    for layer_name, official in _layers(network):
        layer = network.parts[layer_name]
        variables[f"{official}/weight"] = _to_official(network, official, np.asarray(layer.kernel))
        variables[f"{official}/bias"] = np.asarray(layer.bias)
    return variables


def _layers(network):
    """(our name, official name) of all layers with weights, in the order in which the official code makes them."""
    last = network.final_stage
    if isinstance(network, PGGANGenerator):
        pairs = [(0, "dense", "4x4/Dense"), (0, "conv", "4x4/Conv"), (0, "to_rgb", f"ToRGB_lod{last}")]
        up = "Conv0_up" if network.fused_scale else "Conv0"
        for stage in range(1, last + 1):
            block = _block(stage)
            pairs += [(stage, "conv0_up", f"{block}/{up}"), (stage, "conv1", f"{block}/Conv1")]
            pairs += [(stage, "to_rgb", f"ToRGB_lod{last - stage}")]
    else:
        pairs = []
        down = ("conv1_down", "Conv1_down") if network.fused_scale else ("conv1", "Conv1")
        for stage in range(last, 0, -1):
            pairs += [(stage, "from_rgb", f"FromRGB_lod{last - stage}"), (stage, "conv0", f"{_block(stage)}/Conv0")]
            pairs += [(stage, down[0], f"{_block(stage)}/{down[1]}")]
        pairs += [(0, "from_rgb", f"FromRGB_lod{last}"), (0, "conv", "4x4/Conv")]
        pairs += [(0, "dense0", "4x4/Dense0"), (0, "dense1", "4x4/Dense1")]
    return [(network.name_of(stage, part), official) for stage, part, official in pairs]


def _block(stage):
    return f"{4 * 2**stage}x{4 * 2**stage}"


def _to_ours(network, official, w):
    height, width = network.resolutions[0]
    if official == "4x4/Dense":  # [z, c h w] -> [z, h w c]
        return w.reshape(len(w), -1, height, width).transpose(0, 2, 3, 1).reshape(w.shape)
    if official == "4x4/Dense0":  # [c h w, n] -> [h w c, n]
        return w.reshape(-1, height, width, w.shape[1]).transpose(1, 2, 0, 3).reshape(w.shape)
    return _turned(w) if _is_unfused_up(network, official) else w


def _to_official(network, official, w):
    height, width = network.resolutions[0]
    if official == "4x4/Dense":
        return w.reshape(len(w), height, width, -1).transpose(0, 3, 1, 2).reshape(w.shape)
    if official == "4x4/Dense0":
        return w.reshape(height, width, -1, w.shape[1]).transpose(2, 0, 1, 3).reshape(w.shape)
    return _turned(w) if _is_unfused_up(network, official) else w


def _is_unfused_up(network, official):
    return isinstance(network, PGGANGenerator) and official.endswith("/Conv0")


def _turned(w):
    """The kernel of a convolution after upscaling as that of the transposed convolution, and back."""
    return w[::-1, ::-1].transpose(0, 1, 3, 2)


def model_arguments(states):
    """Returns the arguments of a `PGGAN` with the networks of a pickle.

    Args:
        states: dict "G", "D", "Gs" -> `keras_gans.readers.karras_pickle.NetworkState`.

    Raises:
        ValueError: If the networks are not of one shape.
    """
    generator, discriminator = _common(states["G"].arguments), _common(states["D"].arguments)
    if generator != discriminator:
        different = sorted(key for key in generator if generator[key] != discriminator[key])
        raise ValueError(f"The generator and the discriminator of the file differ in {', '.join(different)}")
    arguments = {
        **generator,
        **_generator_arguments(states["G"].arguments),
        **_discriminator_arguments(states["D"].arguments),
    }
    _check_size(states["G"].variables, arguments)
    return arguments


def _check_size(variables, arguments):
    """A few bytes of arguments must not ask for a network of more memory than the file's arrays have."""
    check_int(1, latent_dim=arguments["latent_dim"])
    settings = [arguments[name] for name in ("fmap_base", "fmap_decay", "fmap_max")]
    maps = [feature_maps(k + 1, *settings) for k in range(len(stage_resolutions(arguments["resolution"])))]
    inputs = arguments["latent_dim"] + arguments["num_classes"]
    wanted = 16 * maps[0] * inputs + 9 * sum(m * m for m in maps) + maps[0] * arguments["channels"]
    given = sum(np.size(array) for array in variables.values())
    if wanted > given:
        raise ValueError(
            f"A generator of these arguments has more than {wanted:,} weights. Received: a file with {given:,}"
        )


def level_of_detail(variables):
    """Returns `lod` of a published network as a float, 0 where the file has none.

    Args:
        variables: dict of name -> array in the official naming.

    Raises:
        ValueError: If it is no single number.
    """
    lod = np.asarray(variables.get("lod", 0.0))
    if lod.size != 1:
        raise ValueError(f"Expected one number for lod. Received: shape {lod.shape}")
    return float(lod.reshape(()))
