import numpy as np
import pytest
import tensorflow as tf

from keras_gans import pixels


def weights_of(network):
    return [w.copy() for w in network.get_weights()]


def same(a, b):
    return all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


def test_each_step_changes_only_its_network(small, pairs):
    model = small()
    model.compile()
    inputs, targets = (pixels.to_float(side[:2]) for side in pairs)
    with model.noise_scope():
        fakes = model.fake_batch(inputs)
        g, d = weights_of(model.generator), weights_of(model.discriminator)
        model.discriminator_step(inputs, targets, fakes)
        assert same(g, model.generator.get_weights()) and not same(d, model.discriminator.get_weights())
        d = weights_of(model.discriminator)
        model.generator_step(inputs, targets, fakes)
    assert same(d, model.discriminator.get_weights()) and not same(g, model.generator.get_weights())


def test_losses_are_those_of_the_paper(small, pairs):
    """Eq. 1 to 4 restated in numpy, from the networks' own outputs."""
    model = small(dropout=0.0)
    model.compile(g_optimizer="sgd", d_optimizer="sgd")
    model.d_optimizer.learning_rate = model.g_optimizer.learning_rate = 0.0
    inputs, targets = (pixels.to_float(side[:2]) for side in pairs)
    outputs = model.generator(inputs)
    real, fake = (
        1 / (1 + np.exp(-model.discriminator([inputs, y]).numpy().astype("float64"))) for y in (targets, outputs)
    )
    logs = {name: float(value) for name, value in model.train_step((pairs[0][:2], pairs[1][:2])).items()}
    l1 = np.abs(targets - outputs).mean()
    np.testing.assert_allclose(logs["l1"], l1, rtol=1e-5)
    np.testing.assert_allclose(logs["d_loss"], -0.5 * (np.log(real).mean() + np.log(1 - fake).mean()), rtol=1e-4)
    np.testing.assert_allclose(logs["g_loss"], -np.log(fake).mean() + 100 * l1, rtol=1e-4)
    assert int(model.images_seen) == 2


@pytest.mark.parametrize("loss", ["least_squares", "hinge"])
def test_other_losses_train(small, pairs, loss):
    model = small()
    model.compile(loss=loss)
    logs = model.train_step((pairs[0][:1], pairs[1][:1]))
    assert all(np.isfinite(float(value)) for value in logs.values())


def test_without_a_game_the_discriminator_stays(small, pairs):
    model = small()
    model.compile(adversarial_weight=0.0, reconstruction="l2")
    before = weights_of(model.discriminator)
    logs = model.train_step((pairs[0][:1], pairs[1][:1]))
    assert set(logs) == {"g_loss", "l1"} and same(before, model.discriminator.get_weights())
    assert int(model.d_optimizer.iterations) == 0


def test_reused_scores_are_those_before_the_update(small, pairs):
    """With a discriminator that stays as it is, reusing its scores changes nothing; otherwise it does."""
    for rate, alike in ((0.0, True), (0.5, False)):
        results = []
        for reuse_scores in (False, True):
            model = small(seed=3)
            model.compile(g_optimizer="sgd", d_optimizer="sgd", reuse_scores=reuse_scores, reconstruction_weight=1.0)
            model.g_optimizer.learning_rate, model.d_optimizer.learning_rate = 0.1, rate
            model.train_step((pairs[0][:1], pairs[1][:1]))
            results.append(weights_of(model.generator))
        difference = max(np.abs(x - y).max() for x, y in zip(*results))
        assert (difference < 1e-6) == alike, (rate, difference)


def test_an_unconditional_discriminator_ignores_the_input(small, pairs):
    x, y = (pixels.to_float(side[:1]) for side in pairs)
    for conditional in (True, False):
        model = small(conditional=conditional)
        alike = np.array_equal(model.discriminator([x, y]), model.discriminator([-x, y]))
        assert alike != conditional


def test_scores(small):
    model = small()
    y = tf.zeros([1, 16, 16, 3])
    scores = model.scores(y, y + 0.2)
    np.testing.assert_allclose(tf.reduce_mean(scores["l1"]), 0.2, rtol=1e-5)
    np.testing.assert_allclose(scores["psnr"], [20.0], rtol=1e-4)  # 20 log10(2 / 0.2)
    assert float(model.scores(y, y)["ssim"][0]) == 1.0
    assert "ssim" not in small(resolution=8, receptive_field=1).scores(y[:, :8, :8], y[:, :8, :8])


def test_xla_and_mixed_precision(small, pairs):
    model = small(dtype="mixed_bfloat16", resolution=4, receptive_field=1)
    model.compile(jit_compile=True)
    history = model.fit(*(side[:, 2:6, 2:6] for side in pairs), batch_size=4, steps_per_epoch=1, verbose=0)
    assert all(np.isfinite(values).all() for values in history.history.values())


def test_inputs_only_are_refused(small):
    with pytest.raises(ValueError, match="pairs"):
        small().unpack(tf.zeros([1, 16, 16, 3]))
