import io

import numpy as np
from PIL import Image

from keras_gans.training import EventLog, SampleGrid
from keras_gans.training.callbacks import event_log, sample_grid


def test_grids_of_the_same_latents(gan, tiny_data, tmp_path):
    log = EventLog(tmp_path / "events")
    grid = SampleGrid(tmp_path / "samples", count=4, seed=7, event_log=log)
    gan.fit(tiny_data, batch_size=8, epochs=2, steps_per_epoch=1, callbacks=[grid], verbose=0)
    log.close()
    assert sorted(path.name for path in (tmp_path / "samples").iterdir()) == [
        f"0000000000{n}.png" for n in ("00", "08", "16")
    ]
    images = gan.generate(4, seed=7)
    expected = np.block([[images[0, ..., 0], images[1, ..., 0]], [images[2, ..., 0], images[3, ..., 0]]])
    assert np.array_equal(np.asarray(Image.open(tmp_path / "samples" / "000000000016.png")), expected)
    last = event_log.read(tmp_path / "events")[-1]
    assert last.step == 16 and last.summary.value[0].tag == "samples"
    picture = Image.open(io.BytesIO(last.summary.value[0].image.encoded_image_string))
    assert np.array_equal(np.asarray(picture), expected)


def test_the_start_is_drawn_once(gan, tiny_data, tmp_path):
    (tmp_path / "000000000000.png").write_text("there already")
    gan.fit(tiny_data, batch_size=8, steps_per_epoch=1, callbacks=[SampleGrid(tmp_path)], verbose=0)
    assert (tmp_path / "000000000000.png").read_text() == "there already"


def test_counts_and_labels():
    assert [sample_grid.default_count((n, n, 3)) for n in (16, 64, 128, 256, 1024)] == [64, 64, 16, 4, 4]
    assert sample_grid.row_labels(6, 2) == [0, 0, 0, 1, 1, 1]
    assert sample_grid.row_labels(9, 2) == [0, 0, 0, 1, 1, 1, 0, 0, 0]
    assert sample_grid.row_labels(6, 0) is None
