"""The step's promises are held in `test_gan.py`; here is what a variant may lean on."""

import numpy as np
import tensorflow as tf

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
