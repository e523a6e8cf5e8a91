import pytest

from keras_gans.training import CheckpointSaver, checkpoints


def saved(folder):
    return [checkpoint.images_seen for checkpoint in checkpoints.written(folder)]


def test_saves_at_the_start_and_after_each_epoch(gan, tiny_data, tmp_path):
    saver = CheckpointSaver(tmp_path / "c", keep=2)
    gan.fit(tiny_data, batch_size=8, epochs=2, steps_per_epoch=1, callbacks=[saver], verbose=0)
    assert saved(tmp_path / "c") == [8, 16]
    again = CheckpointSaver(tmp_path / "c", keep=5, retries=1)  # what is saved already is not written again
    gan.fit(tiny_data, batch_size=8, steps_per_epoch=1, callbacks=[again], verbose=0)
    assert saved(tmp_path / "c") == [8, 16, 24]
    assert [checkpoint.retries for checkpoint in checkpoints.written(tmp_path / "c")] == [0, 0, 1]


def test_keeps_at_least_one(tmp_path):
    with pytest.raises(ValueError, match="keep=0"):
        CheckpointSaver(tmp_path, keep=0)
