import math

from keras_gans.metrics.extractors.inception_architecture import UNITS, graph_name, state_dict_shapes


def test_counts_of_the_published_network():
    shapes = state_dict_shapes()
    assert len(UNITS) == 94 and len(shapes) == 472
    assert sum(math.prod(shape) for shape in shapes.values()) == 23_885_392
    assert shapes["Mixed_6b.branch7x7dbl_2.conv.weight"] == (128, 128, 7, 1)


def test_names_in_the_frozen_graph():
    assert len({graph_name(unit) for unit in UNITS}) == 94
    expected = {
        "Conv2d_1a_3x3": "conv",
        "Conv2d_4a_3x3": "conv_4",
        "Mixed_5b.branch1x1": "mixed/conv",
        "Mixed_5c.branch5x5_2": "mixed_1/tower/conv_1",
        "Mixed_5d.branch3x3dbl_3": "mixed_2/tower_1/conv_2",
        "Mixed_5d.branch_pool": "mixed_2/tower_2/conv",
        "Mixed_6a.branch3x3": "mixed_3/conv",
        "Mixed_6a.branch3x3dbl_2": "mixed_3/tower/conv_1",
        "Mixed_6e.branch7x7dbl_5": "mixed_7/tower_1/conv_4",
        "Mixed_7a.branch3x3_1": "mixed_8/tower/conv",
        "Mixed_7a.branch7x7x3_4": "mixed_8/tower_1/conv_3",
        "Mixed_7b.branch3x3_2b": "mixed_9/tower/mixed/conv_1",
        "Mixed_7c.branch3x3dbl_3a": "mixed_10/tower_1/mixed/conv",
        "Mixed_7c.branch_pool": "mixed_10/tower_2/conv",
    }
    assert {unit: graph_name(unit) for unit in expected} == expected
