import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gans import data, noise
from keras_gans.models.pggan.growing import OneRun, reset_optimizer
from tests.models.pggan.tiny import assert_same_state, compiled, images, make, schedule

TICKS = [4, 8, 8]  # resolutions: images 0 to 8 at 4, 8 to 16 fading, 16 to 24 at 8


def test_one_fit_grows_through_the_schedule():
    model = compiled(schedule=schedule(tick_images=8))
    history = model.fit(images(), verbose=0)
    assert history.history["resolution"] == TICKS
    assert history.history["images_seen"] == [8, 16, 24]
    assert history.history["alpha"] == [1.0, 0.666667, 1.0]  # of the last step of each tick
    assert history.history["batch_size"] == [4] * 3
    assert history.epoch == [0, 1, 2]
    assert float(model.lod) == 0.0 and model.history is history
    with pytest.warns(UserWarning, match="Nothing is left to train: 24 images were seen"):
        assert model.fit(images(), verbose=0).history == {}


def test_executions_of_several_steps_stay_in_their_tick():
    model = compiled(schedule=schedule(tick_images=8), steps_per_execution=3, run_eagerly=False)
    assert model.fit(images(), verbose=0).history["images_seen"] == [8, 16, 24]
    reference = compiled(schedule=schedule(tick_images=8), run_eagerly=False)
    reference.fit(images(), verbose=0)
    assert_same_state(model, reference)


class Witness(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.seen = []

    def on_train_begin(self, logs=None):
        self.seen.append("begin")

    def on_train_end(self, logs=None):
        self.seen.append("end")

    def on_epoch_begin(self, epoch, logs=None):
        self.seen.append(epoch)

    def on_epoch_end(self, epoch, logs=None):
        assert logs["d_loss"] is not None and logs["resolution"] in (4, 8)


def test_callbacks_see_one_run(capsys):
    witness = Witness()
    compiled(schedule=schedule(tick_images=8)).fit(images(), callbacks=[witness], verbose=2)
    assert witness.seen == ["begin", 0, 1, 2, "end"]
    assert "Epoch 3/3" in capsys.readouterr().out


@pytest.mark.parametrize("first", [0, 2])
def test_stopped_anywhere_goes_on_bit_for_bit(tmp_path, first):
    settings = dict(schedule=schedule(tick_images=4), run_eagerly=first == 0)  # a fade lasts from 8 to 16
    whole = compiled(**settings)
    whole.fit(images(), verbose=0)
    part = compiled(**settings)
    part.fit(images(), epochs=first + 1, verbose=0)
    assert int(part.images_seen) == (4, 0, 12)[first]
    part.save(tmp_path / "model.keras")
    copy = keras.models.load_model(tmp_path / "model.keras")
    assert_same_state(copy, part)
    history = copy.fit(images(), verbose=0)
    assert history.epoch == list(range(first + 1, 6))
    assert_same_state(copy, whole)


def test_a_tick_that_was_cut_is_finished():
    model = compiled(schedule=schedule(tick_images=8))
    model.images_seen.assign(12)
    history = model.fit(images(), epochs=1, verbose=0)
    assert history.history["images_seen"] == [16]
    assert history.epoch == [1]


def test_restored_by_a_callback_at_the_beginning(tmp_path):
    class Restore(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            self.model.images_seen.assign(16)

    history = compiled(schedule=schedule(tick_images=8)).fit(images(), callbacks=[Restore()], verbose=0)
    assert history.epoch == [2]


def test_early_stopping():
    class Stop(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.stop_training = epoch == 0

    model = compiled(schedule=schedule(tick_images=8))
    assert model.fit(images(), callbacks=[Stop()], verbose=0).epoch == [0]


def test_lengths():
    model = compiled(schedule=schedule(tick_images=8))
    assert model.fit(images(), total_images=9, verbose=0).history["images_seen"] == [8, 12]
    assert model.fit(images(), epochs=3, initial_epoch=2, verbose=0).history["images_seen"] == [16]
    model = compiled()
    assert model.fit(images(), steps_per_epoch=2, verbose=0).history["images_seen"] == [8, 16, 24]
    model = compiled()
    assert model.fit(images(), tick_images=4, epochs=2, verbose=0).history["images_seen"] == [4, 8]


@pytest.mark.parametrize("reset", [True, False])
def test_optimizers_forget_at_both_ends_of_a_fade(reset):
    model = compiled(schedule=schedule(tick_images=4), reset_optimizers=reset)
    iterations = []

    class Count(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            iterations.append(int(model.g_optimizer.iterations))

    model.fit(images(), callbacks=[Count()], verbose=0)
    assert iterations == ([1, 2] * 3 if reset else [1, 2, 3, 4, 5, 6])


def test_reset_optimizer():
    optimizer = keras.optimizers.Adam(0.25)
    variable = keras.Variable([1.0, 2.0])
    optimizer.build([variable])
    optimizer.apply([tf.ones(2)])
    for wrapped in (optimizer, keras.optimizers.LossScaleOptimizer(optimizer)):
        reset_optimizer(wrapped)
        assert float(optimizer.learning_rate) == 0.25
        assert all(not np.asarray(v).any() for v in optimizer.variables if v is not optimizer._learning_rate)


def test_learning_rates_of_the_schedule(tmp_path):
    model = compiled(schedule=schedule(learning_rate_factors={8: 1.5}))
    model.fit(images(), epochs=1, verbose=0)
    assert float(model.g_optimizer.learning_rate) == pytest.approx(1e-3)
    model.fit(images(), epochs=1, verbose=0)
    assert float(model.g_optimizer.learning_rate) == pytest.approx(1.5e-3)
    model.save(tmp_path / "model.keras")
    copy = keras.models.load_model(tmp_path / "model.keras")
    copy.fit(images(), verbose=0)
    assert float(copy.d_optimizer.learning_rate) == pytest.approx(1.5e-3)


# --- kinds of data


def test_every_stage_sees_two_by_two_means():
    x = images(8, 16, 16, 1)
    model = compiled(16, config={"channels": 1}, schedule=schedule(16))
    small = x.reshape(8, 4, 4, 4, 4, 1).astype("float32").mean(axis=(2, 4))
    phase = model.schedule.phases()[0]
    for source in (
        data.load(x),
        tf.data.Dataset.from_tensor_slices(x),
        tf.data.Dataset.from_tensor_slices(x).batch(3),
    ):
        batch = next(iter(model._stage_batches(model._source(source, None), phase))).numpy()
        assert batch.shape == (4, 4, 4, 1) and batch.dtype == np.uint8
        for image in batch:
            assert np.abs(small - image).reshape(8, -1).max(axis=1).min() <= 0.5
    floats = tf.data.Dataset.from_tensor_slices((x / 127.5 - 1).astype("float32"))
    batch = next(iter(model._stage_batches(model._source(floats, None), phase))).numpy()
    np.testing.assert_allclose(batch[0], small[0] / 127.5 - 1, atol=1e-5)


@pytest.mark.parametrize("batched", [False, True])
def test_datasets_with_labels(batched):
    dataset = tf.data.Dataset.from_tensor_slices((images(16), np.arange(16) % 3))
    model = compiled(config={"num_classes": 3})
    history = model.fit(dataset.batch(5) if batched else dataset, verbose=0)
    assert history.history["resolution"] == [4, 8, 8]


def test_a_dataset_of_known_length_goes_on_where_it_stopped():
    x = np.arange(10, dtype="uint8")[:, None, None, None] * np.ones((1, 8, 8, 3), "uint8")
    model = compiled()
    model.images_seen.assign(24)
    phase = model.schedule.phases()[-1]
    stream = iter(model._stage_batches(tf.data.Dataset.from_tensor_slices(x), phase))
    assert [int(v) for v in next(stream)[:, 0, 0, 0]] == [4, 5, 6, 7]
    assert [int(v) for v in next(stream)[:, 0, 0, 0]] == [8, 9, 0, 1]


def test_oblong_images_and_arrays_with_labels():
    model = compiled((8, 16), config={"num_classes": 2, "channels": 1}, schedule=schedule((8, 16)))
    history = model.fit(images(8, 8, 16, 1), np.arange(8) % 2, verbose=0)
    assert history.history["resolution"] == [4, 8, 8]
    assert model.generate(2, labels=1).shape == (2, 8, 16, 1)


def test_validation_follows_the_growth():
    model = compiled()
    history = model.fit(images(), validation_data=images(8, seed=1), verbose=0)
    assert len(history.history["val_d_loss"]) == 3


@pytest.mark.parametrize(
    "x, arguments, message",
    [
        (images(16, 16, 16, 3), {}, "8 x 8 x 3.*Received: images of 16 x 16 x 3"),
        (images(16, 4, 4, 3), {}, "Received: images of 4 x 4 x 3"),
        (images(3), {}, "largest batch has 4 real images.*Received: 3 images"),
        (images(16), {"batch_size": 8}, "belong to the schedule.*batch_size=8"),
        (None, {}, "x=None"),
        (images(16), {"epochs": -1}, "epochs=-1"),
        (images(16), {"total_images": -1}, "total_images=-1"),
        (images(16), {"tick_images": 0}, "tick_images=0"),
        (images(16), {"steps_per_epoch": 0}, "steps_per_epoch=0"),
        (tf.data.Dataset.from_tensor_slices(images(3)), {}, "no whole batch of batch_size=4"),
        (tf.data.Dataset.from_tensor_slices(images(3)).batch(2), {}, "no whole batch of batch_size=4"),
        (tf.data.Dataset.from_tensor_slices(np.full((8, 8, 8, 3), 255.0)), {}, r"in \[-1, 1\].*255"),
    ],
)
def test_bad_input(x, arguments, message):
    with pytest.raises(ValueError, match=message):
        compiled().fit(x, **arguments)


def test_labels_missing():
    with pytest.raises(ValueError, match="num_classes=3 needs labels"):
        compiled(config={"num_classes": 3}).fit(images())


def test_labels_of_a_stream_that_the_model_lacks():
    stream = tf.data.Dataset.from_tensor_slices((images(8), np.full(8, 7)))
    with pytest.raises(ValueError, match="from 0 to 2. Received: from 7 to 7"):
        compiled(config={"num_classes": 3}).fit(stream)


def test_not_compiled_trains_as_the_paper_says():
    model = make(4)
    assert model.fit(images(16, 4, 4, 3), epochs=1, steps_per_epoch=1, verbose=0).history["resolution"] == [4]
    assert model.schedule.stable_images == 800_000


def test_one_run_forwards_its_steps():
    run = OneRun([Witness()], compiled(), 0, 5)
    run.steps = 7
    assert run.steps == 7 and run.callbacks[0].params == {"verbose": 0, "epochs": 5, "steps": 7}


def test_two_replicas_grow_as_one_device_does(monkeypatch, mirrored_strategy):
    """Without minibatch statistics, which each replica has of its own, and with the same noise, replica by replica."""

    def train():
        model = make(group_size=0)
        sgd = keras.optimizers.SGD
        model.compile(
            g_optimizer=sgd(0.05), d_optimizer=sgd(0.05), schedule=schedule(stable=8, fade=16, total=32, batch_size=8)
        )
        model.fit(images(32), verbose=0)
        return model

    with mirrored_strategy.scope():
        two = train()

    class BothReplicas(noise.NoiseStream):
        """What two replicas draw, one after the other along the batch."""

        def _both(self, draw, shape, *args):
            number, parts = self._draw, []
            for self.replica in (0, 1):
                self._draw = number
                parts.append(draw([shape[0] // 2, *shape[1:]], *args))
            return tf.concat(parts, 0)

        def normal(self, shape):
            return self._both(super().normal, shape)

        def uniform(self, shape, minval=0.0, maxval=1.0):
            return self._both(super().uniform, shape, minval, maxval)

    monkeypatch.setattr(noise, "NoiseStream", BothReplicas)
    one = train()
    assert two.history.history["resolution"] == one.history.history["resolution"] == [4, 8, 8]
    for a, b in zip(two.variables, one.variables, strict=True):
        np.testing.assert_allclose(keras.ops.convert_to_numpy(a), keras.ops.convert_to_numpy(b), atol=5e-6)


def test_two_replicas_lower_a_loss_scale_that_overflows(mirrored_strategy):
    def adam():
        return keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam(1e-3), initial_scale=2.0**125)

    with mirrored_strategy.scope():
        model = make(4, dtype="mixed_float16")
        model.compile(adam(), adam(), schedule=schedule(4, total=16, batch_size=4))
    model.fit(images(8, 4, 4, 3), verbose=0)
    scales = [float(keras.ops.convert_to_numpy(o.dynamic_scale)) for o in (model.d_optimizer, model.g_optimizer)]
    assert int(keras.ops.convert_to_numpy(model.skipped_updates)) == 8 and scales == [2.0**121] * 2
