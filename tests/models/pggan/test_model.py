import keras
import numpy as np
import pytest

from keras_gans import losses, penalties
from keras_gans.models.pggan import PGGAN
from keras_gans.models.pggan.model import paper_schedule
from tests.models.pggan.tiny import assert_same_state, compiled, images, make, schedule


def test_default_networks_are_the_papers():
    model = PGGAN(resolution=64)
    assert (model.generator.count_params(), model.discriminator.count_params()) == (22_490_383, 22_498_049)
    assert model.image_shape == (64, 64, 3) and model.latent_dim == 512


def test_default_settings_are_the_papers():
    model = make(8)
    model.compile()
    for optimizer in (model.g_optimizer, model.d_optimizer):
        config = optimizer.get_config()
        assert (config["beta_1"], config["beta_2"], config["epsilon"]) == (0.0, 0.99, 1e-8)
        assert float(optimizer.learning_rate) == pytest.approx(1e-3)
    gradient, drift = model.penalties
    assert (gradient.weight, gradient.target, drift.weight) == (10.0, 1.0, 1e-3)
    assert isinstance(model.adversarial_loss, losses.Wasserstein)
    assert (model.discriminator_steps, model.average_decay) == (1, 0.999)
    assert model.reset_optimizers and not model.simultaneous
    assert model.schedule == paper_schedule(8)


def test_paper_schedule():
    sizes = {p.resolution: p.batch_size for p in paper_schedule(1024).phases()}
    assert sizes == {4: 16, 8: 16, 16: 16, 32: 16, 64: 16, 128: 16, 256: 14, 512: 6, 1024: 3}


def test_file_round_trip_with_both_optimizers(tmp_path):
    settings = dict(penalties=[penalties.GradientPenalty(10.0, 750.0)], simultaneous=True, reset_optimizers=False)
    model = compiled(config={"num_classes": 2, "group_size": None}, average_decay=0.5, **settings)
    model.fit(images(8), np.arange(8) % 2, verbose=0)
    model.save(tmp_path / "model.keras")
    copy = keras.models.load_model(tmp_path / "model.keras")
    assert_same_state(copy, model)
    assert copy.get_config() == model.get_config()
    assert copy.get_compile_config() == model.get_compile_config()
    assert copy.schedule == model.schedule and copy.simultaneous and not copy.reset_optimizers
    assert copy.penalties[0].target == 750.0
    np.testing.assert_array_equal(copy.generate(4, seed=2), model.generate(4, seed=2))


def test_file_of_a_model_that_was_not_compiled(tmp_path):
    model = make((4, 8), channels=1)
    model.save(tmp_path / "model.keras")
    copy = keras.models.load_model(tmp_path / "model.keras")
    assert copy.image_shape == (4, 8, 1) and not copy.compiled


def test_weights_file(tmp_path):
    model = compiled()
    model.fit(images(), epochs=2, verbose=0)
    model.save_weights(tmp_path / "model.weights.h5")
    copy = compiled(config={"seed": 9})
    copy.load_weights(tmp_path / "model.weights.h5")
    np.testing.assert_array_equal(copy.generate(2), model.generate(2))


def test_same_seed_same_training():
    first, second, other = (compiled(config={"seed": seed}) for seed in (1, 1, 2))
    for model in (first, second, other):
        model.fit(images(), epochs=2, verbose=0)
    assert_same_state(first, second)
    assert (first.generate(1) != other.generate(1)).any()


def test_generate_with_labels_and_depths():
    model = make(8, num_classes=3)
    assert model.generate(2, labels=1).shape == (2, 8, 8, 3)
    assert model.generate(2, dtype="uint16").dtype == np.uint16
    assert model(np.zeros((2, 6), "float32")).shape == (2, 8, 8, 3) if not model.num_classes else True
    assert model((np.zeros((2, 6), "float32"), np.array([0, 1]))).shape == (2, 8, 8, 3)


def test_serving_signatures():
    function, specs = make(8).serving_signatures()["serving_default"]
    images = function(np.zeros((2, 6), "float32"))
    assert tuple(np.asarray(list(images.values())[0] if isinstance(images, dict) else images).shape) == (2, 8, 8, 3)


def test_row_e_star_sets_up_minibatch_discrimination_from_real_images():
    model = compiled(config={"minibatch_kernels": 3, "group_size": 0})
    before = np.asarray(model.discriminator.part(0, "minibatch").bias)
    model.fit(images(), epochs=1, verbose=0)
    assert (np.asarray(model.discriminator.part(0, "minibatch").bias) != before).any()


@pytest.mark.parametrize(
    "config, message",
    [
        (dict(resolution=100), "resolution=100"),
        (dict(channels=0), "channels=0"),
        (dict(latent_dim=0), "latent_dim=0"),
        (dict(dtype="float7"), "Received: dtype='float7'"),
        (dict(dtype="float64"), "Received: dtype='float64'"),
        (dict(seed=-1), "seed=-1"),
    ],
)
def test_bad_config(config, message):
    with pytest.raises(ValueError, match=message):
        make(**config)


@pytest.mark.parametrize(
    "settings, message",
    [
        (dict(schedule=schedule(16)), "this model's resolution 8. Received: a schedule for 16"),
        (dict(schedule=5), "must be a ProgressiveSchedule. Received: schedule=5"),
        (dict(simultaneous=True, discriminator_steps=2), "simultaneous=True"),
        (dict(average_decay=1.0), "average_decay=1.0"),
        (
            dict(
                g_optimizer=keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.1, 10)),
                schedule=schedule(learning_rate_factors={8: 2.0}),
            ),
            "constant learning rate",
        ),
    ],
)
def test_bad_settings(settings, message):
    model = make()
    with pytest.raises(ValueError, match=message):
        model.compile(**settings)
    assert not model.compiled
