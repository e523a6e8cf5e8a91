"""Weights of others: PyTorch state dicts of the common implementation, variables of the TensorFlow port.

Layouts of junyanz/pytorch-CycleGAN-and-pix2pix (`latest_net_G.pth`, `latest_net_D.pth`) and of
affinelayer/pix2pix-tensorflow @0f21744. A layout is a list of rows (our layer, their prefix, kind of the kernel); which
network it is, is read off the names and shapes.

| | PyTorch | TensorFlow, ours |
|---|---|---|
| convolution | [out, in, h, w] | [h, w, in, out] |
| transposed convolution | [in, out, h, w] | [h, w, out, in] |
| skip connections | encoder first | decoder first |
"""

import re

import numpy as np

from keras_gans.models.pix2pix.discriminators import STRIDED_LAYERS

RECEPTIVE_FIELDS = {n: field for field, n in STRIDED_LAYERS.items()}
LISTED = 50  # names that a message holds
# What batch norm keeps for a test mode that pix2pix does not use: images are normalised by their own statistics.
UNUSED = ("running_mean", "running_var", "num_batches_tracked", "moving_mean", "moving_variance")


def torch_unet(state):
    """Reads off a U-Net's state dict: (arguments of `Pix2Pix`, rows)."""
    prefixes = ["model.model."]
    while any(key.startswith(prefixes[-1] + _inner(prefixes)) for key in state):
        prefixes.append(prefixes[-1] + _inner(prefixes))
    depth = len(prefixes)
    if depth < 3:
        raise ValueError(f"Expected a U-Net of at least 3 levels. Received: {depth}")
    second = _shape(state, prefixes[1] + "1.weight", (128, 64))
    first = _shape(state, prefixes[0] + "0.weight", (second[1], 3))
    last = _shape(state, prefixes[0] + "3.weight", (2 * first[0], 3))
    use_bias = any(prefix + "1.bias" in state for prefix in prefixes[1:])
    config = dict(
        generator="unet",
        resolution=2**depth,
        bottleneck_resolution=2**depth,
        filters=first[0],
        input_channels=first[1],
        output_channels=last[1],
        normalization=_normalization(state, [prefix + "2" for prefix in prefixes[1:-1]], use_bias),
        use_bias=use_bias,
        dropout_layers=list(range(2, depth - 3)),  # the innermost but one, as many as there are more than five levels
    )
    rows = []
    for level, prefix in enumerate(prefixes):
        encoder, decoder = f"encoder_{level + 1}", f"decoder_{depth - level}"
        if level == 0:
            rows += [(encoder, prefix + "0", "conv"), (decoder, prefix + "3", "skip")]
        elif level < depth - 1:
            rows += [(encoder, prefix + "1", "conv"), (f"{encoder}_norm", prefix + "2", "norm")]
            rows += [(decoder, prefix + "5", "skip"), (f"{decoder}_norm", prefix + "6", "norm")]
        else:
            rows += [(encoder, prefix + "1", "conv"), (decoder, prefix + "3", "up")]
            rows += [(f"{decoder}_norm", prefix + "4", "norm")]
    return config, rows


def torch_resnet(state):
    """Reads off a residual generator's state dict: (arguments of `Pix2Pix`, rows)."""
    numbers = [_number(key) for key in state if re.fullmatch(r"model\.\d+\.conv_block\..+", key)]
    blocks = max([1, *(number - 9 for number in numbers if number < 1000)])
    dropout = any(re.search(r"conv_block\.6\.weight$", key) and np.ndim(state[key]) == 4 for key in state)
    second = _shape(state, "model.4.weight", (128, 64))
    first = _shape(state, "model.1.weight", (second[1], 3))
    last = _shape(state, f"model.{17 + blocks}.weight", (3, first[0]))
    convolutions = ["model.1", "model.4", "model.7", *(f"model.{10 + k}.conv_block.1" for k in range(blocks))]
    use_bias = any(f"{prefix}.bias" in state for prefix in convolutions)
    config = dict(
        generator="resnet",
        blocks=blocks,
        resolution=256,
        filters=first[0],
        input_channels=first[1],
        output_channels=last[0],
        normalization=_normalization(state, ["model.2", "model.5", "model.8"], use_bias),
        use_bias=use_bias,
        dropout=0.5 if dropout else 0.0,
    )
    rows = []
    for layer, number, kind in (
        *(("first", 1, "conv"), ("down_1", 4, "conv"), ("down_2", 7, "conv")),
        *(("up_1", 10 + blocks, "up"), ("up_2", 13 + blocks, "up")),
    ):
        rows += [(layer, f"model.{number}", kind), (f"{layer}_norm", f"model.{number + 1}", "norm")]
    for k in range(1, blocks + 1):
        for half, number in ((1, 1), (2, 6 if dropout else 5)):
            prefix, layer = f"model.{9 + k}.conv_block.", f"block_{k}_{half}"
            rows += [(layer, f"{prefix}{number}", "conv"), (f"{layer}_norm", f"{prefix}{number + 1}", "norm")]
    return config, [*rows, ("last", f"model.{17 + blocks}", "conv")]


def torch_discriminator(state):
    """Reads off a discriminator's state dict: (receptive field, channels of its input, filters, rows)."""
    root = "net" if any(key.startswith("net.") for key in state) else "model"
    numbers = [_number(key) for key in state if re.fullmatch(rf"{root}\.\d+\.weight", key) and np.ndim(state[key]) == 4]
    numbers, layers = sorted(numbers), len(numbers) - 2
    if not numbers or (0 if root == "net" else layers) not in RECEPTIVE_FIELDS:
        raise ValueError(f"Expected a PatchGAN of 1 to 5 strided layers, or a pixel one. Received: {_some(state)}")
    first = np.shape(state[f"{root}.{numbers[0]}.weight"])
    rows = [("conv_1", f"{root}.{numbers[0]}", "conv"), ("conv_last", f"{root}.{numbers[-1]}", "conv")]
    for k, number in enumerate(numbers[1:-1], start=2):
        rows += [(f"conv_{k}", f"{root}.{number}", "conv"), (f"conv_{k}_norm", f"{root}.{number + 1}", "norm")]
    return RECEPTIVE_FIELDS[0 if root == "net" else layers], first[1], first[0], rows


def torch_generator(state):
    """Reads off a generator's state dict: (arguments of `Pix2Pix`, rows).

    Args:
        state: dict of name -> array.

    Raises:
        ValueError: If it is of none of the generators.
    """
    if any(".conv_block." in key for key in state):
        return torch_resnet(state)
    if any(key.startswith("model.model.") for key in state):
        return torch_unet(state)
    raise ValueError(
        "Expected the state dict of a U-Net or residual generator of pytorch-CycleGAN-and-pix2pix. "
        f"Received: {_some(state)}"
    )


def clean(state):
    """A state dict without the prefix of `DataParallel`.

    Args:
        state: dict of name -> array.

    Example:

    >>> clean({"module.model.1.bias": 0})
    {'model.1.bias': 0}
    """
    return {key.removeprefix("module."): value for key, value in state.items()}


def tensorflow_generator(variables):
    """Reads off the TensorFlow port's variables: (arguments of `Pix2Pix`, rows).

    Args:
        variables: dict of name -> array.

    Raises:
        ValueError: If they are not of that generator.
    """
    encoder = "generator/encoder_1/conv2d"
    if f"{encoder}/kernel" not in variables:
        raise ValueError(
            "Expected variables of pix2pix-tensorflow, generator/encoder_1/conv2d/kernel and so on (without "
            f"separable_conv). Received: {_some(variables)}"
        )
    depth = sum(key.startswith("generator/encoder_") and key.endswith("conv2d/kernel") for key in variables)
    first = _kernel(variables, f"{encoder}/kernel")
    config = dict(
        generator="unet",
        resolution=2**depth,
        bottleneck_resolution=2**depth,
        filters=first[3],
        input_channels=first[2],
        output_channels=_kernel(variables, "generator/decoder_1/conv2d_transpose/kernel")[2],
        normalization="batch",
        use_bias=True,
        normalize_bottleneck=f"generator/encoder_{depth}/batch_normalization/gamma" in variables,
        dropout_layers=[1, 2, 3],
    )
    rows = []
    for k in range(1, depth + 1):
        theirs = depth + 1 - k  # they count decoders like encoders, from the outside
        rows += [(f"encoder_{k}", f"generator/encoder_{k}/conv2d", "same")]
        rows += [(f"decoder_{k}", f"generator/decoder_{theirs}/conv2d_transpose", "same")]
        if k > 1 and (k < depth or config["normalize_bottleneck"]):
            rows += [(f"encoder_{k}_norm", f"generator/encoder_{k}/batch_normalization", "norm")]
        if k < depth:
            rows += [(f"decoder_{k}_norm", f"generator/decoder_{theirs}/batch_normalization", "norm")]
    return config, rows


def tensorflow_discriminator(variables):
    """Rows of the TensorFlow port's discriminator, [] where it is not among the variables.

    Args:
        variables: dict of name -> array.
    """
    count = sum(key.startswith("discriminator/layer_") and key.endswith("conv2d/kernel") for key in variables)
    rows = []
    for k in range(1, count + 1):
        ours = f"conv_{k}" if k < count else "conv_last"
        rows.append((ours, f"discriminator/layer_{k}/conv2d", "same"))
        if 1 < k < count:
            rows.append((f"{ours}_norm", f"discriminator/layer_{k}/batch_normalization", "norm"))
    return rows


def load(network, rows, values, separator="."):
    """Assigns values to a network.

    Args:
        network: one of our networks.
        rows: list of (layer of ours, prefix of theirs, "conv", "up", "skip", "same" or "norm").
        values: dict of name -> array.
        separator: between prefix and name; "." with the names of PyTorch, "/" with those of TensorFlow.

    Raises:
        ValueError: If names are missing or left over, or shapes differ; up to `LISTED` of them are listed.
    """
    found, problems, unlike, used = [], [], [], set()
    for layer_name, prefix, kind in rows:
        layer = network.get_layer(layer_name) if layer_name in {layer.name for layer in network.layers} else None
        if layer is None:  # no normalisation in ours: nothing of it may be in theirs
            continue
        weight, bias = ("gamma", "beta") if kind == "norm" else ("kernel", "bias")
        theirs = ("weight", "bias") if separator == "." else (weight, bias)
        for variable_name, name in zip((weight, bias), (f"{prefix}{separator}{n}" for n in theirs)):
            variable = getattr(layer, variable_name, None)
            if variable is None:
                continue
            if name not in values:
                if kind == "norm" and f"{prefix}{separator}{theirs[0]}" not in values and _is_instance(layer):
                    found.append((variable, np.full(variable.shape, float(variable_name == "gamma"), "float32")))
                    continue
                problems.append(f"{name} is missing")
                continue
            used.add(name)
            value = _arranged(values[name], kind if variable_name == "kernel" else "same")
            if value.shape != tuple(variable.shape):
                expected = list(variable.shape)
                if variable_name == "kernel" and kind != "same":
                    expected = expected[:1:-1] + expected[:2]  # [h w a b] -> [b a h w], as in their file
                unlike.append(f"{name} has shape {list(values[name].shape)}, expected {expected}")
            elif not np.isfinite(value).all():
                unlike.append(f"{name} holds values that are not finite")
            found.append((variable, value))
    left_over = [name for name in values if name not in used and name.rpartition(separator)[2] not in UNUSED]
    problems += [f"{name} has no place" for name in left_over] + unlike
    if problems:
        more = f"; and {len(problems) - LISTED} more" if len(problems) > LISTED else ""
        raise ValueError(f"The weights do not fit the {network.name}: {'; '.join(problems[:LISTED])}{more}")
    for variable, value in found:
        variable.assign(value)


def _arranged(value, kind):
    if kind == "same":
        return np.asarray(value)
    if value.ndim != 4:
        return value
    if kind == "skip":  # [skip, decoder] -> [decoder, skip]
        half = value.shape[0] // 2
        value = np.concatenate([value[half:], value[:half]])
    return np.transpose(value, (2, 3, 1, 0))  # [out in h w] -> [h w in out], [in out h w] -> [h w out in]


def _is_instance(layer):
    return type(layer).__name__ == "InstanceNormalization"


def _normalization(state, prefixes, use_bias):
    """By the common code's own rule for biases: of its two norms only instance norm has convolutions with biases."""
    if not any(f"{prefix}.weight" in state for prefix in prefixes):
        return "instance" if use_bias else "none"
    keeps_moving = any(f"{prefix}.running_mean" in state for prefix in prefixes)
    return "batch" if keeps_moving or not use_bias else "instance"  # an affine one


def _inner(prefixes):
    return "1.model." if len(prefixes) == 1 else "3.model."


def _number(key):
    return int(key.split(".")[1])


def _shape(state, key, otherwise):
    """The first two sizes of a kernel; `otherwise` where it is missing or no kernel, as `load` will then say."""
    shape = np.shape(state.get(key, ()))
    return shape[:2] if len(shape) == 4 and min(shape) > 0 else otherwise


def _kernel(variables, name):
    shape = np.shape(variables.get(name, ()))
    if len(shape) != 4:
        raise ValueError(f"Expected {name} of four axes. Received: shape {list(shape)}")
    return shape


def _some(state):
    names = list(state)
    return "names " + ", ".join(map(str, names[:6])) + (", ..." if len(names) > 6 else "") if names else "no tensors"
