import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gans import data
from keras_gans.models import feeding
from tests.models.pggan import tiny as tiny_pggan
from tests.models.test_gan import images, same, small_gan, values


def compiled(**kwargs):
    model = small_gan()
    model.compile(**kwargs)
    return model


def test_arrays_image_data_and_streams_train_alike():
    ordered = images()
    sources = [ordered, data.load(ordered), ordered / np.float32(127.5) - 1]
    trained = []
    for source in sources:
        model = small_gan()
        model.fit(source, batch_size=8, verbose=0)
        trained.append(values(model))
    assert same(trained[0], trained[1])
    for a, b in zip(trained[0], trained[2], strict=True):
        np.testing.assert_allclose(a, b, atol=1e-4)


def test_streams_are_batched_when_they_are_not():
    for stream in (tf.data.Dataset.from_tensor_slices(images()), tf.data.Dataset.from_tensor_slices(images()).batch(8)):
        batches, steps = feeding.training_batches(compiled(), stream, None, 8)
        assert steps is None and [b.shape[0] for b in batches] == [8] * 4


def test_groups_of_batches_for_several_discriminator_steps():
    stream = tf.data.Dataset.from_tensor_slices((images(), np.zeros(32, "int32")))
    batches, _ = feeding.training_batches(compiled(discriminator_steps=3), stream, None, 4)
    parts = list(batches)
    assert [p[0].shape for p in parts] == [(12, 4, 4, 1)] * 2
    np.testing.assert_array_equal(np.concatenate([p[0] for p in parts]), images()[:24])


def test_ragged_batches_do_not_break_a_group():
    batches, _ = feeding.training_batches(
        compiled(discriminator_steps=2), tf.data.Dataset.from_tensor_slices(images(28)).batch(8), None, None
    )
    assert [b.shape[0] for b in batches] == [16]


def test_ragged_batches_are_left_out_where_a_batch_is_cut_into_parts():
    stream = tf.data.Dataset.from_tensor_slices(images(27))
    model = compiled(accumulate=2)
    batches, _ = feeding.training_batches(model, stream.batch(8), None, None)
    assert [b.shape[0] for b in batches] == [8, 8, 8]
    model.fit(stream.batch(8), verbose=0)
    assert feeding.count_of(model.images_seen) == 24
    both = compiled(accumulate=2, discriminator_steps=2)
    assert [b.shape[0] for b in feeding.training_batches(both, stream.batch(6), None, None)[0]] == [12, 12]
    for x, size in ((stream.batch(9), None), (stream, 9), (images(27), 9)):
        with pytest.raises(ValueError, match="must be a multiple of accumulate=2. Received: 9 images"):
            model.fit(x, batch_size=size, verbose=0)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.arange(8), "Labels must be from 0 to 2. Received: from 0 to 7"),
        (np.full(8, -1), "Received: from -1"),
        (np.zeros(8, "float32"), "Labels must be integers, one an image. Received: float32"),
        (np.zeros([8, 3], "int32"), "Labels must be integers, one an image. Received: int32"),
    ],
)
def test_labels_of_streams(labels, message):
    for stream in (tf.data.Dataset.from_tensor_slices((images(8), labels)),):
        for dataset in (stream, stream.batch(8)):
            with pytest.raises(ValueError, match=message):
                small_gan(num_classes=3).fit(dataset, batch_size=8, verbose=0)


def test_numbers_that_fit_cannot_use():
    for name in ("batch_size", "steps_per_epoch", "epochs"):
        for value in (0, -1, "8", True):
            with pytest.raises(ValueError, match=f"{name} must be an integer of at least 1"):
                small_gan().fit(images(), verbose=0, **{"batch_size": 8, name: value})


@pytest.mark.parametrize("make", [small_gan, tiny_pggan.make])
def test_arguments_of_keras_that_have_no_meaning_here(make):
    for name, value in dict(class_weight={0: 1.0}, sample_weight=np.ones(8), validation_split=0.5).items():
        with pytest.raises(ValueError, match=f"fit does not take {name}: .* instead"):
            make().fit(images(), verbose=0, **{name: value})


def test_the_data_go_on_where_the_model_stands():
    model = compiled()
    source = data.load(images())
    model.images_seen.assign(16)
    batch = next(iter(feeding.training_batches(model, source, None, 8)[0]))
    expected = list(source.batches(8).take(3))[2]
    np.testing.assert_array_equal(batch, expected)


def test_streams_of_more_than_images_and_labels_are_refused():
    weighted = tf.data.Dataset.from_tensor_slices((images(8), np.zeros(8, int), np.ones(8)))
    with pytest.raises(ValueError, match=r"must yield images .* or \(images, labels\). Received: element_spec"):
        small_gan().fit(weighted, batch_size=4, verbose=0)


def test_a_stream_without_end_needs_the_steps_of_an_epoch():
    stream = tf.data.Dataset.from_tensor_slices(images(8)).repeat()
    model = small_gan()
    with pytest.raises(ValueError, match="without end needs steps_per_epoch. Received: steps_per_epoch=None"):
        model.fit(stream, batch_size=4, verbose=0)
    model.fit(stream, batch_size=4, steps_per_epoch=1, verbose=0)


@pytest.mark.parametrize("asked, taken", [(3, 2), (9, 4)])
def test_executions_of_several_steps_end_with_the_epoch(asked, taken):
    model = small_gan()
    model.compile(steps_per_execution=asked)
    model.fit(images(16), batch_size=4, epochs=2, verbose=0)
    assert int(model.images_seen) == 32 and model.steps_per_execution == taken
    model.fit(images(16), batch_size=4, steps_per_epoch=asked, verbose=0)
    assert int(model.images_seen) == 32 + 4 * asked and model.steps_per_execution == asked


def test_evaluation_keeps_all_images():
    batches = feeding.evaluation_batches(compiled(), images(30), None, 8)
    assert sum(len(b) for b in batches) == 30
    stream = tf.data.Dataset.from_tensor_slices(images(30))
    assert [len(b) for b in feeding.evaluation_batches(compiled(), stream, None, 8)] == [8, 8, 8, 6]


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.zeros([8, 5, 4, 1], "uint8"), "images of 4 x 4 x 1 .grey.. Received: images of 5 x 4 x 1"),
        (np.zeros([8, 4, 4, 3], "uint8"), "Received: images of 4 x 4 x 3"),
        (np.zeros([8, 4, 4], "uint8"), "Received: rank 3"),
        (np.zeros([8, 4, 4, 1], "int64"), "Received: dtype=int64"),
        (np.full([8, 4, 4, 1], 2.0, "float32"), "-1, 1"),
        (np.full([8, 4, 4, 1], np.nan, "float32"), "finite|NaN"),
        (np.zeros([4, 4, 4, 1], "uint8"), "batch_size=8 is larger than the data. Received: 4 images"),
        (None, "Received: x=None"),
        (tf.data.Dataset.from_tensor_slices(images(4)), "no whole batch of batch_size=8"),
        (tf.data.Dataset.from_tensor_slices(np.zeros([8, 4], "uint8")), "must yield images"),
        (tf.data.Dataset.from_tensor_slices(np.zeros([8, 4, 4, 3], "uint8")), "images of 4 x 4 x 3"),
        (tf.data.Dataset.from_tensor_slices(np.full([8, 4, 4, 1], 9.0, "float32")), r"Received: \[0, 9\]"),
    ],
)
def test_data_that_do_not_fit(x, message):
    with pytest.raises(ValueError, match=message):
        small_gan().fit(x, batch_size=8, verbose=0)


@pytest.mark.parametrize("batched", [False, True])
def test_streams_that_leave_the_size_of_images_open(batched):
    def stream(*shape):
        spec = tf.TensorSpec((None, None, 3), tf.uint8)
        dataset = tf.data.Dataset.from_generator(lambda: iter(np.zeros((4, *shape), "uint8")), output_signature=spec)
        return dataset.batch(2) if batched else dataset

    model = tiny_pggan.make()
    shape = feeding._checked_stream(model, stream(8, 8, 3)).element_spec.shape
    assert tuple(shape) == ((None, 8, 8, 3) if batched else (8, 8, 3))
    with pytest.raises(ValueError, match="Received: images of 4 x 8 x 3"):
        feeding._checked_stream(model, stream(4, 8, 3))


class Halt(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        if epoch == 1:
            raise KeyboardInterrupt


def test_a_callback_that_brings_back_a_checkpoint_goes_on_with_the_data(tmp_path):
    whole, stopped, again = (small_gan() for _ in range(3))
    settings = dict(batch_size=6, epochs=4, verbose=0)  # 16 images are no multiple of 6: each epoch has its own
    whole.fit(images(16), **settings)
    keep = keras.callbacks.BackupAndRestore(tmp_path / "backup")
    with pytest.raises(KeyboardInterrupt):
        stopped.fit(images(16), **settings, callbacks=[keep, Halt()])
    history = again.fit(images(16), **settings, callbacks=[keras.callbacks.BackupAndRestore(tmp_path / "backup")])
    assert history.epoch == [2, 3] and int(again.images_seen) == int(whole.images_seen) == 48
    assert same(values(again), values(whole))


def test_a_list_of_callbacks_of_somebody_else_is_left_alone():
    model = small_gan()
    model.compile()
    given = keras.callbacks.CallbackList(add_history=True, model=model, epochs=1, steps=2, verbose=0)
    kwargs = dict(callbacks=given)
    batches = feeding.training_batches(model, images(16), None, 8)
    _, steps = feeding.begin(model, batches, None, None, 1, kwargs)
    assert kwargs["callbacks"] is given and steps == 2
    assert model.fit(images(16), batch_size=8, callbacks=given, verbose=0).epoch == [0]


def test_elements_that_are_dictionaries_train_like_pairs():
    labels = np.arange(32) % 2
    trained = []
    for elements in (
        (images(), labels),
        {"label": labels, "image": images(), "id": labels},
    ):
        model = small_gan(num_classes=2)
        model.fit(tf.data.Dataset.from_tensor_slices(elements), batch_size=8, verbose=0, validation_data=None)
        model.evaluate(tf.data.Dataset.from_tensor_slices(elements).batch(8), verbose=0)
        trained.append(values(model))
    assert same(*trained)
    small_gan().fit(tf.data.Dataset.from_tensor_slices({"image": images()}).batch(8), verbose=0)
    with pytest.raises(ValueError, match='need the key "image". Received'):
        small_gan().fit(tf.data.Dataset.from_tensor_slices({"picture": images()}), verbose=0)
