import pytest
from PIL import Image


def test_a_film_of_the_training(call, trained, tmp_path):
    code, out, _ = call("progress", trained, "--out", tmp_path / "film.gif", "--seconds", "1", "--fps", "10")
    assert code == 0 and "3 pictures, 2 s" in out
    with Image.open(tmp_path / "film.gif") as film:
        assert film.n_frames == 3 and film.size[0] >= 384


@pytest.mark.parametrize(
    "options, message", [(["--out", "film.mkv"], "ends in"), (["--out", "a.gif", "--fps", "99"], "50")]
)
def test_mistakes_are_one_line(call, trained, options, message):
    code, _, err = call("progress", trained, *options)
    assert code == 2 and message in err and err.count("\n") == 1


def test_a_run_without_samples(call, trained):
    for path in (trained / "samples").iterdir():
        path.unlink()
    code, _, err = call("progress", trained, "--out", trained / "film.gif")
    assert code == 2 and "Expected a run with sample grids" in err
