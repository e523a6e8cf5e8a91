"""The step's promises are held in `test_gan.py`; here is what a variant may lean on."""

import keras
import numpy as np
import tensorflow as tf

from keras_gans.models.game import finite_everywhere, loss_scale, spoiled
from tests.models.test_gan import images, small_gan


def test_a_fake_batch_leads_back_to_the_weights():
    model = small_gan()
    with model.noise_scope():
        fakes = model.fake_batch(tf.zeros([5, 4, 4, 1]), None)
    gradients = fakes.tape.gradient(fakes.images, model.generator.trainable_variables)
    assert fakes.images.shape == (5, 4, 4, 1) and fakes.regularization is None
    assert all(np.abs(g).sum() > 0 for g in gradients if g is not None)


def test_a_variant_replaces_the_method_that_differs():
    model = small_gan()
    model.compile()
    model.generator_step = lambda fakes: None
    before = [w.numpy() for w in model.generator.trainable_variables]
    model.train_step(images(8))
    for a, b in zip(before, model.generator.trainable_variables, strict=True):
        np.testing.assert_array_equal(a, b)
    assert int(model.d_optimizer.iterations) == 1 and int(model.g_optimizer.iterations) == 0


def test_unpack_and_split():
    model = small_gan(num_classes=3)
    batch, labels = model.unpack((images(6), np.arange(6)[:, None] % 3))
    assert batch.dtype == tf.float32 and labels.shape == (6,) and labels.dtype == tf.int32
    parts = model.split(batch, labels, 3)
    assert [p[1].numpy().tolist() for p in parts] == [[0, 1], [2, 0], [1, 2]]


def test_one_replica_that_overflows_spoils_no_weight(mirrored_strategy):
    with mirrored_strategy.scope():
        model = small_gan(dtype="mixed_float16")
        model.compile()
    weights = model.generator.trainable_variables

    @tf.function
    def step(bad):
        def update():
            replica = tf.distribute.get_replica_context().replica_id_in_sync_group
            factor = tf.where(replica == bad, float("inf"), 1.0)
            model.apply(model.g_optimizer, [factor * tf.ones(w.shape) for w in weights], weights)

        mirrored_strategy.run(update)

    def state():
        numbers = keras.ops.convert_to_numpy
        return [numbers(w).copy() for w in weights], float(numbers(model.g_optimizer.dynamic_scale))

    before, scale = state()
    for bad in (0, 1):
        step(tf.constant(bad))
        after, scale_now = state()
        assert all(np.array_equal(a, b) for a, b in zip(before, after)) and scale_now == scale / 2
        scale = scale_now
    step(tf.constant(-1))
    after, scale_now = state()
    assert scale_now == scale and not any(np.array_equal(a, b) for a, b in zip(before, after))
    assert all(np.isfinite(a).all() for a in after)


def test_what_a_step_scales_and_spoils():
    gradients = [tf.constant([1.0, 2.0]), None]
    assert bool(finite_everywhere(gradients)) and not bool(finite_everywhere([tf.constant([np.nan]), *gradients]))
    assert spoiled(gradients, unless=tf.constant(True))[0].numpy().tolist() == [1.0, 2.0]
    first, second = spoiled(gradients, unless=tf.constant(False))
    assert np.isnan(first).all() and second is None
    assert loss_scale(keras.optimizers.Adam()) == 1.0
    scaled = keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam(), initial_scale=8.0)
    scaled.build([keras.Variable([1.0])])
    assert float(loss_scale(scaled)) == 8.0
