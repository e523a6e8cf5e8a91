import json

import numpy as np
import pytest
from PIL import Image

from keras_gans.analysis import film_of_training, training_film, write_film
from keras_gans.training import RunFolder
from tests.analysis.test_film import pictures_of


@pytest.fixture
def grown(tmp_path):
    """A run whose pictures get brighter, at 4x4, fading in and at 8x8."""
    resolved = {"config": {"resolution": [8, 16]}}
    run = RunFolder(tmp_path / "run").create({"model": "pggan", "resolved": resolved})
    rows = [(100, 4, 1.0), (200, 8, 0.5), (300, 8, 1.0)]
    run.log.write_text("".join(json.dumps(dict(zip(("images_seen", "resolution", "alpha"), r))) + "\n" for r in rows))
    for seen in (0, 100, 200, 300):
        Image.new("RGB", (64, 32), (50 + seen // 2,) * 3).save(run.samples / f"{seen:012d}.png")
    (run.samples / "note.png").write_bytes(b"no grid")
    return run


def test_captions_say_resolution_and_images(grown):
    film = film_of_training(grown, seconds=2.0, fps=10)
    assert film.captions == [
        ("4 x 8", "0 images"),
        ("4 x 8", "100 images"),
        ("8 x 16   alpha 0.50", "200 images"),
        ("8 x 16", "300 images"),
    ]
    assert sum(film.holds) == 20 + 10 and film.holds[-1] > 10  # the last picture stays for a second
    assert film.holds[0] > film.holds[2]  # the beginning is slower
    frames = list(film)
    assert len(frames) == len(film) == 4 and all(frame.dtype == np.uint8 for frame in frames)
    height, width, _ = frames[0].shape
    assert width == 384 and height > 192  # 6 times as large, and a strip
    for frame, seen in zip(frames, (0, 100, 200, 300), strict=True):
        assert (frame[:192] == 50 + seen // 2).all()
        strip = frame[192:]
        assert (strip[:, : width // 2].min() < 60) and (strip[:, width // 2 :].min() < 60)  # something is written
        assert (strip[:, :4] == 255).all() and (strip[:, -4:] == 255).all()  # and fits


def test_it_makes_a_film(grown, tmp_path):
    film = film_of_training(grown.path, seconds=1.0, fps=10)
    write_film(tmp_path / "film.gif", film, len(film), 10, film.holds)
    found = list(pictures_of(tmp_path / "film.gif"))
    assert len(found) == 4 and sum(duration for _, duration in found) == 2000


def test_a_run_that_does_not_grow_and_grey_pictures(tmp_path):
    run = RunFolder(tmp_path / "run").create({"model": "dcgan"})
    run.log.write_text('{"images_seen": 64, "d_loss": 1.0}\nhalf a li')
    for seen, side in ((64, 40), (128, 80)):  # of another size: brought to that of the first
        Image.new("L", (side, side), 90).save(run.samples / f"{seen:012d}.png")
    film = film_of_training(run, seconds=1, fps=4)
    assert film.captions == [("", "64 images"), ("", "128 images")]
    assert len({frame.shape for frame in film}) == 1


def test_large_pictures_are_halved(tmp_path):
    run = RunFolder(tmp_path / "run").create({"model": "dcgan"})
    picture = np.zeros((1200, 2400), np.uint8)
    picture[::2] = 255
    Image.fromarray(picture).save(run.samples / f"{0:012d}.png")
    film = film_of_training(run, seconds=1, fps=4)
    frame = next(iter(film))
    assert frame.shape[1] == 1200 and frame.shape[0] > 600
    assert np.abs(frame[:600].astype(int) - 128).max() <= 1  # means of 2 x 2 pixels


def test_holds():
    assert training_film.holds_of([0], 7) == [7]
    assert training_film.holds_of([0, 100], 1) == [1, 0]
    holds = training_film.holds_of(range(0, 1001, 10), 50)
    assert sum(holds) == 50 and 0 in holds and holds[0] > 1


def test_what_is_no_film(grown, tmp_path):
    for name, value in (("seconds", 0), ("seconds", float("inf")), ("fps", -1), ("fps", True)):
        with pytest.raises(ValueError, match=f"greater than 0. Received: {name}="):
            film_of_training(grown, **{name: value})
    run = RunFolder(tmp_path / "empty").create({"model": "dcgan"})
    with pytest.raises(ValueError, match="sample grids"):
        film_of_training(run)
    with pytest.raises(ValueError, match="Expected the folder of a run"):
        film_of_training(tmp_path / "nowhere")
