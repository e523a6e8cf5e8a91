import io
import os

import numpy as np
import pytest
from PIL import Image

from keras_gans.training.callbacks import event_log


def steps(folder):
    return [event.step for event in event_log.read(folder)]


def test_scalars_and_images_are_what_tensorboard_reads(tmp_path, rng):
    image = rng.integers(0, 256, (6, 8, 3), dtype=np.uint8)
    log = event_log.EventLog(tmp_path)
    log.scalars({"d_loss": 0.5, "g_loss": 2.0}, step=64)
    log.image("samples", image, step=128)
    log.close()
    scalars, picture = event_log.read(tmp_path)
    assert {value.tag: value.simple_value for value in scalars.summary.value} == {"d_loss": 0.5, "g_loss": 2.0}
    (value,) = picture.summary.value
    assert (value.image.height, value.image.width, value.image.colorspace) == (6, 8, 3)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(value.image.encoded_image_string))), image)


def test_cut_drops_later_steps_of_all_files(tmp_path):
    for step in (64, 128, 192):
        log = event_log.EventLog(tmp_path)
        log.scalars({"d_loss": 0.5}, step)
        log.close()
    path = sorted(tmp_path.iterdir())[1]
    path.write_bytes(path.read_bytes()[:-3])  # killed while it was written
    event_log.cut(tmp_path, 128)
    assert steps(tmp_path) == [64]
    log = event_log.EventLog(tmp_path)
    log.scalars({"d_loss": 0.5}, 192)
    log.close()
    assert steps(tmp_path) == [64, 192]


def test_cut_of_nothing(tmp_path):
    event_log.cut(tmp_path, 0)
    assert not list(tmp_path.iterdir())


def test_cut_that_is_killed_doubles_nothing(tmp_path, monkeypatch):
    for begin in (0, 2):
        log = event_log.EventLog(tmp_path)
        for step in (begin, begin + 1, 9):
            log.scalars({"d_loss": 0.5}, step)
        log.close()
    sync, calls = event_log.files.sync, []

    def killed(path):  # after the first file has its place
        calls.append(path)
        if len(calls) == 2:
            raise KeyboardInterrupt
        sync(path)

    with monkeypatch.context() as patch:
        patch.setattr(event_log.files, "sync", killed)
        with pytest.raises(KeyboardInterrupt):
            event_log.cut(tmp_path, 3)
    assert steps(tmp_path) == [0, 1, 2, 3, 9]
    event_log.cut(tmp_path, 3)
    assert steps(tmp_path) == [0, 1, 2, 3]


def test_what_tensorflow_cannot_write_or_read_is_an_error_of_the_system(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="cannot be read or written: .*file"):
        event_log.EventLog(tmp_path / "file").close()
    (tmp_path / "events.out.tfevents.1.x").mkdir()
    with pytest.raises(OSError, match=r"events.out.tfevents.1.x \(Is a directory\)"):
        event_log.cut(tmp_path, 0)


def test_a_folder_whose_name_is_no_unicode(tmp_path):
    folder = tmp_path / os.fsdecode(b"\xff")
    log = event_log.EventLog(folder)
    for step in (1, 2):
        log.scalars({"d_loss": 0.5}, step)
    log.close()
    event_log.cut(folder, 1)
    assert steps(folder) == [1]
