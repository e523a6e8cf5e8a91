"""The Inception network of 2015-12-05 as a table: its 94 convolutions, their shapes and names in published files.

Names and shapes are those of pytorch-fid's and torch-fidelity's state dicts (torchvision's names); the frozen graph of
TensorFlow names the same arrays differently.
"""

NUM_CLASSES = 1008  # of the original training; the classes of ILSVRC 2012 are among them


def _units(block, *rows):
    """(name, [out, in, height, width]) of the convolutions of one block."""
    return [(f"{block}.{name}" if block else name, shape) for name, *shape in rows]


def _block_a(block, inputs, pool):
    return _units(
        block,
        ("branch1x1", 64, inputs, 1, 1),
        ("branch5x5_1", 48, inputs, 1, 1),
        ("branch5x5_2", 64, 48, 5, 5),
        ("branch3x3dbl_1", 64, inputs, 1, 1),
        ("branch3x3dbl_2", 96, 64, 3, 3),
        ("branch3x3dbl_3", 96, 96, 3, 3),
        ("branch_pool", pool, inputs, 1, 1),
    )


def _block_b(block, inputs):
    return _units(
        block,
        ("branch3x3", 384, inputs, 3, 3),
        ("branch3x3dbl_1", 64, inputs, 1, 1),
        ("branch3x3dbl_2", 96, 64, 3, 3),
        ("branch3x3dbl_3", 96, 96, 3, 3),
    )


def _block_c(block, inputs, width):
    return _units(
        block,
        ("branch1x1", 192, inputs, 1, 1),
        ("branch7x7_1", width, inputs, 1, 1),
        ("branch7x7_2", width, width, 1, 7),
        ("branch7x7_3", 192, width, 7, 1),
        ("branch7x7dbl_1", width, inputs, 1, 1),
        ("branch7x7dbl_2", width, width, 7, 1),
        ("branch7x7dbl_3", width, width, 1, 7),
        ("branch7x7dbl_4", width, width, 7, 1),
        ("branch7x7dbl_5", 192, width, 1, 7),
        ("branch_pool", 192, inputs, 1, 1),
    )


def _block_d(block, inputs):
    return _units(
        block,
        ("branch3x3_1", 192, inputs, 1, 1),
        ("branch3x3_2", 320, 192, 3, 3),
        ("branch7x7x3_1", 192, inputs, 1, 1),
        ("branch7x7x3_2", 192, 192, 1, 7),
        ("branch7x7x3_3", 192, 192, 7, 1),
        ("branch7x7x3_4", 192, 192, 3, 3),
    )


def _block_e(block, inputs):
    return _units(
        block,
        ("branch1x1", 320, inputs, 1, 1),
        ("branch3x3_1", 384, inputs, 1, 1),
        ("branch3x3_2a", 384, 384, 1, 3),
        ("branch3x3_2b", 384, 384, 3, 1),
        ("branch3x3dbl_1", 448, inputs, 1, 1),
        ("branch3x3dbl_2", 384, 448, 3, 3),
        ("branch3x3dbl_3a", 384, 384, 1, 3),
        ("branch3x3dbl_3b", 384, 384, 3, 1),
        ("branch_pool", 192, inputs, 1, 1),
    )


UNITS = dict(
    _units(
        "",
        ("Conv2d_1a_3x3", 32, 3, 3, 3),
        ("Conv2d_2a_3x3", 32, 32, 3, 3),
        ("Conv2d_2b_3x3", 64, 32, 3, 3),
        ("Conv2d_3b_1x1", 80, 64, 1, 1),
        ("Conv2d_4a_3x3", 192, 80, 3, 3),
    )
    + _block_a("Mixed_5b", 192, 32)
    + _block_a("Mixed_5c", 256, 64)
    + _block_a("Mixed_5d", 288, 64)
    + _block_b("Mixed_6a", 288)
    + _block_c("Mixed_6b", 768, 128)
    + _block_c("Mixed_6c", 768, 160)
    + _block_c("Mixed_6d", 768, 160)
    + _block_c("Mixed_6e", 768, 192)
    + _block_d("Mixed_7a", 768)
    + _block_e("Mixed_7b", 1280)
    + _block_e("Mixed_7c", 2048)
)


def state_dict_shapes():
    """Key of the published state dict -> shape: 472 arrays, 23,885,392 numbers."""
    shapes = {}
    for name, shape in UNITS.items():
        shapes[f"{name}.conv.weight"] = tuple(shape)
        for vector in ("weight", "bias", "running_mean", "running_var"):
            shapes[f"{name}.bn.{vector}"] = (shape[0],)
    shapes["fc.weight"] = (NUM_CLASSES, 2048)
    shapes["fc.bias"] = (NUM_CLASSES,)
    return shapes


# Names in the frozen graph

_GRAPH_BLOCKS = {
    "Conv2d_1a_3x3": "conv",
    "Conv2d_2a_3x3": "conv_1",
    "Conv2d_2b_3x3": "conv_2",
    "Conv2d_3b_1x1": "conv_3",
    "Conv2d_4a_3x3": "conv_4",
    "Mixed_5b": "mixed",
    "Mixed_5c": "mixed_1",
    "Mixed_5d": "mixed_2",
    "Mixed_6a": "mixed_3",
    "Mixed_6b": "mixed_4",
    "Mixed_6c": "mixed_5",
    "Mixed_6d": "mixed_6",
    "Mixed_6e": "mixed_7",
    "Mixed_7a": "mixed_8",
    "Mixed_7b": "mixed_9",
    "Mixed_7c": "mixed_10",
}
_GRAPH_BRANCHES_E = {
    "branch1x1": "conv",
    "branch3x3_1": "tower/conv",
    "branch3x3_2a": "tower/mixed/conv",
    "branch3x3_2b": "tower/mixed/conv_1",
    "branch3x3dbl_1": "tower_1/conv",
    "branch3x3dbl_2": "tower_1/conv_1",
    "branch3x3dbl_3a": "tower_1/mixed/conv",
    "branch3x3dbl_3b": "tower_1/mixed/conv_1",
    "branch_pool": "tower_2/conv",
}
# The n-th convolution of a branch is conv, conv_1, conv_2, ... of its tower.
_GRAPH_TOWERS = {
    "Mixed_5": {"branch5x5": "tower", "branch3x3dbl": "tower_1", "branch_pool": "tower_2"},
    "Mixed_6a": {"branch3x3dbl": "tower"},
    "Mixed_6": {"branch7x7": "tower", "branch7x7dbl": "tower_1", "branch_pool": "tower_2"},
    "Mixed_7a": {"branch3x3": "tower", "branch7x7x3": "tower_1"},
}


def graph_name(unit):
    """The scope of a unit in `classify_image_graph_def.pb`.

    Example:

    >>> graph_name("Mixed_6b.branch7x7dbl_3")
    'mixed_4/tower_1/conv_2'
    """
    block, _, branch = unit.partition(".")
    scope = _GRAPH_BLOCKS[block]
    if not branch:
        return scope
    if block in ("Mixed_7b", "Mixed_7c"):
        return f"{scope}/{_GRAPH_BRANCHES_E[branch]}"
    towers = _GRAPH_TOWERS.get(block) or _GRAPH_TOWERS[block[:-1]]
    name, _, number = branch.partition("_") if branch != "branch_pool" else (branch, "", "")
    if name not in towers:  # the branch of a single convolution
        return f"{scope}/conv"
    suffix = "" if number in ("", "1") else f"_{int(number) - 1}"
    return f"{scope}/{towers[name]}/conv{suffix}"
