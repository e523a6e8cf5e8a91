import pytest

from keras_gans.models.pggan import PGGAN
from keras_gans.models.pggan.presets import presets

TINY = dict(resolution=16, fmap_max=4, latent_dim=4)
ROWS = ["a", "b", "c", "d", "e_star", "e", "f", "g", "h"]


@pytest.mark.parametrize("name", presets)
def test_every_preset_makes_a_compiled_model(name):
    model = PGGAN.from_preset(name, **TINY)
    assert model.compiled and model.image_shape == (16, 16, presets[name]["config"].get("channels", 3))
    assert set(presets[name]) == {"source", "deviations", "config", "compile", "data"}


def test_devices_of_v2_against_the_reference():
    rates = {"": {1024: 1.5}, "_2gpus": {512: 1.5, 1024: 2.0}, "_4gpus": {256: 1.5, 512: 2.0, 1024: 3.0}}
    rates["_8gpus"] = {128: 1.5, 256: 2.0, 512: 3.0, 1024: 3.0}
    sizes = {
        "": [128, 128, 128, 64, 32, 16, 8, 4, 4],
        "_2gpus": [256, 256, 128, 64, 32, 16, 8, 8, 8],
        "_4gpus": [512, 256, 128, 64, 32, 16, 16, 16, 16],
        "_8gpus": [512, 256, 128, 64, 32, 32, 32, 32, 32],
    }
    for devices, expected in sizes.items():
        schedule = presets[f"pggan_v2{devices}"]["compile"]["schedule"]
        table = {2**k: schedule["batch_sizes"].get(2**k, schedule["batch_size"]) for k in range(2, 11)}
        assert list(table.values()) == expected
        assert schedule["learning_rate_factors"] == rates[devices]
        assert (schedule["stable_images"], schedule["total_images"]) == (600_000, 12_000_000)


def test_v1_is_the_papers_run():
    v1 = presets["pggan_v1"]
    assert v1["config"] == {"resolution": 1024, "group_size": 16}
    assert v1["compile"]["schedule"]["batch_sizes"] == {256: 14, 512: 6, 1024: 3}
    assert v1["compile"]["schedule"]["total_images"] == 19_000_000


def test_lsun():
    lsun = presets["pggan_lsun"]
    assert lsun["config"] == {"resolution": 256, "fused_scale": False, "group_size": None}
    schedule = lsun["compile"]["schedule"]
    assert (schedule["stable_images"], schedule["fade_images"], schedule["total_images"]) == (
        800_000,
        800_000,
        20_000_000,
    )
    assert schedule["batch_size"] == 16 and "batch_sizes" not in schedule


def test_how_weights_of_the_theano_branch_are_scaled_is_said():
    for name, preset in presets.items():
        theano = "Theano" in preset["source"] or "Table 1" in preset["source"]
        said = any("root mean square" in deviation for deviation in preset["deviations"])
        assert said == (theano and preset["config"].get("equalized", True)), name


def test_cifar10():
    model = PGGAN.from_preset("pggan_cifar10")
    assert (model.generator.count_params(), model.discriminator.count_params()) == (1_296_908, 1_298_689)
    assert model.simultaneous and model.penalties[0].target == 750.0
    assert model.schedule.total_images == 20_000_000


def test_capacity_of_the_ablation():
    model = PGGAN.from_preset("pggan_ablation_g")
    assert (model.generator.count_params(), model.discriminator.count_params()) == (13_629_810, 13_636_897)


def test_rows_of_the_ablation():
    rows = {row: presets[f"pggan_ablation_{row}"] for row in ROWS}

    def column(get):
        return [get(rows[row]["config"], rows[row]["compile"]) for row in ROWS]

    assert column(lambda n, t: t["g_optimizer"]["config"]["learning_rate"]) == [1e-4] * 6 + [1e-3] * 3
    assert column(lambda n, t: t["d_optimizer"]["config"]["beta_2"]) == [0.9] * 3 + [0.99] * 6
    assert column(lambda n, t: t["discriminator_steps"]) == [5] * 3 + [1] * 6
    assert column(lambda n, t: t["schedule"]["batch_size"]) == [64, 64, 16, 16, 16, 16, 16, 16, 16]
    assert column(lambda n, t: t["average_decay"]) == [0.999**20] * 2 + [0.999**5] + [0.999] * 6
    assert column(lambda n, t: n.get("latent_dim", 512)) == [128] * 3 + [512] * 6
    assert column(lambda n, t: n.get("batch_norm", False)) == [True] * 3 + [False] * 6
    assert column(lambda n, t: n.get("layer_norm", False)) == [True] * 3 + [False] * 6
    assert column(lambda n, t: len(t["penalties"])) == [1] * 3 + [2] * 6  # drift
    assert column(lambda n, t: n["group_size"]) == [0] * 5 + [None] * 4
    assert column(lambda n, t: n.get("minibatch_kernels", 0)) == [0] * 4 + [100] + [0] * 4
    assert column(lambda n, t: n["equalized"]) == [False] * 6 + [True] * 3
    assert column(lambda n, t: n["pixel_norm"]) == [False] * 7 + [True] * 2
    assert column(lambda n, t: t["schedule"]["stable_images"]) == [0] + [800_000] * 8
    assert column(lambda n, t: n["fmap_base"]) == [2048] * 8 + [8192]


def test_row_a_does_not_grow_at_another_resolution_either():
    schedule = PGGAN.from_preset("pggan_ablation_a", **TINY).schedule
    assert [p.resolution for p in schedule.phases(5)] == [16]


def test_bad_names():
    with pytest.raises(ValueError, match="Received: 'pggan_v3'"):
        PGGAN.from_preset("pggan_v3")
    with pytest.raises(ValueError, match="load_weights=True"):
        PGGAN.from_preset("pggan_v1", load_weights=True)
