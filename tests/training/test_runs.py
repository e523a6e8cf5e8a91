import keras
import pytest

from keras_gans.training import RunFolder, checkpoints, environment, runs

TINY = {"resolution": 16, "channels": 1, "latent_dim": 4, "generator_filters": 4, "discriminator_filters": 4}


@pytest.fixture(scope="module")
def dcgan():
    return runs.build("dcgan", None, TINY, {"loss": "hinge"}, {"learning_rate": 0.5, "d_learning_rate": 0.25})


def test_build_takes_settings_of_every_kind(dcgan):
    assert dcgan.image_shape == (16, 16, 1) and dcgan.compiled
    assert type(dcgan.adversarial_loss).__name__ == "Hinge"
    assert float(dcgan.g_optimizer.learning_rate) == 0.5 and float(dcgan.d_optimizer.learning_rate) == 0.25


def test_build_lays_settings_over_a_preset():
    model = runs.build("dcgan", "dcgan_fashion_32", {**TINY, "resolution": 32}, {"average_decay": 0.5}, {})
    assert model.latent_dim == 4 and model.average_decay == 0.5 and model.reuse_fakes


@pytest.mark.parametrize(
    "settings, message",
    [
        (("dcgan", "no_such", {}, {}, {}), "Expected a preset of dcgan: dcgan_64.*Received: preset='no_such'"),
        (("dcgan", None, {"resolution": 48}, {}, {}), "power of two.*resolution=48"),
        (("dcgan", None, {**TINY, "kernel_size": "big"}, {}, {}), "DCGAN: .*kernel_size"),
        (("dcgan", None, TINY, {"average_decay": "slow"}, {}), "DCGAN: "),
        (("dcgan", None, TINY, {"g_optimizer": "adamm"}, {}), "DCGAN: .*adamm"),
        (("dcgan", None, TINY, {"g_optimizer": {}}, {}), "DCGAN: "),
        (("dcgan", None, TINY, {}, {"learning_rate": -1}), "positive number.*learning_rate=-1"),
        (("dcgan", None, TINY, {}, {"g_learning_rate": "fast"}), "positive number.*g_learning_rate='fast'"),
    ],
)
def test_build_refuses(settings, message):
    with pytest.raises(ValueError, match=message):
        runs.build(*settings)


def test_a_rate_beside_a_schedule_is_refused():
    schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.5)
    settings = {"g_optimizer": keras.saving.serialize_keras_object(keras.optimizers.Adam(schedule))}
    with pytest.raises(ValueError, match="no g_learning_rate beside an optimizer .*Received: g_learning_rate=0.5"):
        runs.build("dcgan", None, TINY, settings, {"g_learning_rate": 0.5})


def test_resolved_is_plain_and_whole(dcgan):
    found = runs.resolved(dcgan)
    assert found["config"]["resolution"] == 16 and found["compile"]["discriminator_steps"] == 1
    assert found["training"] == {"g_learning_rate": 0.5, "d_learning_rate": 0.25}


def test_recompile_keeps_what_does_not_change():
    model = runs.build("dcgan", None, TINY, {}, {})
    optimizer = model.g_optimizer
    optimizer.iterations.assign(7)
    runs.recompile(model, {"loss": "hinge", "d_optimizer": "sgd"})
    assert model.g_optimizer is optimizer and int(model.g_optimizer.iterations) == 7
    assert type(model.adversarial_loss).__name__ == "Hinge" and type(model.d_optimizer).__name__ == "SGD"
    for wrong in ("no_such", {}, 5):
        with pytest.raises(ValueError, match="DCGAN: "):
            runs.recompile(model, {"g_optimizer": wrong})


def test_load_run(dcgan, tmp_path):
    run = RunFolder(tmp_path / "run").create({"model": "dcgan"})
    with pytest.raises(ValueError, match="just begun"):
        runs.load_run(run.path)
    checkpoints.save(dcgan, run.checkpoints)
    folder, model, checkpoint = runs.load_run(run.path)
    assert folder.path == run.path and type(model).__name__ == "DCGAN" and checkpoint.images_seen == 0
    run.write_config({"model": "pix2pix"})
    with pytest.raises(ValueError, match="model, pix2pix.*holds a DCGAN"):
        runs.load_run(run.path)


def test_a_checkpoint_of_another_size_is_refused(dcgan, tmp_path):
    run = RunFolder(tmp_path / "run").create({"model": "dcgan", "resolved": runs.resolved(dcgan)})
    other = runs.build("dcgan", None, {**TINY, "generator_filters": 8, "seed": 5}, {}, {})
    checkpoints.save(other, run.checkpoints)
    with pytest.raises(ValueError, match="with generator_filters=4. Received: .*which has generator_filters=8$"):
        runs.load_run(run.path)
    with_seed = runs.build("dcgan", None, {**TINY, "seed": 5}, {}, {})
    checkpoints.save(with_seed, run.checkpoints)
    assert runs.load_run(run.path)[1].seed == 5
    checkpoints.save(type(dcgan)(**TINY), run.checkpoints)
    with pytest.raises(ValueError, match="compiled model"):
        runs.load_run(run.path)


def test_check_environment_warns_of_each_difference():
    now, said = environment.describe(), []
    assert runs.check_environment({"environment": now}, said.append) == now and not said
    runs.check_environment({"environment": {**now, "keras": "2.0", "processors": 99}}, said.append)
    assert len(said) == 2 and "keras was '2.0'" in said[0] and "processors was 99" in said[1]
    assert runs.check_environment({}, said.append) == now and len(said) == 2
