import pytest
from PIL import Image

from keras_gans.cli.walk import default_grid, default_zoom, parse_grid


@pytest.mark.parametrize("ending", ["gif", "webp"])
def test_a_film_of_a_run(call, trained, tmp_path, ending):
    path = tmp_path / f"walk.{ending}"
    code, out, _ = call("walk", trained, "--out", path, "--seconds", "0.5", "--fps", "10", "--smoothing", "0.2")
    assert code == 0 and "5 frames, 0.5 s" in out and "at image 32" in out
    with Image.open(path) as film:
        assert film.size == (256, 256)  # 4 x 4 images of 16 pixels, four times as large
        # Frames that are nearly alike, as of this untrained model, are one in a WebP: the encoder joins them.
        assert film.n_frames == 5 or (ending == "webp" and film.n_frames < 5)


def test_grid_zoom_and_seed(call, trained, tmp_path):
    def film(name, *options):
        path = tmp_path / name
        options = ("--seconds", "0.2", "--fps", "10", "--grid", "3x2", "--zoom", "1", *options)
        assert call("walk", trained, "--out", path, *options)[0] == 0
        return path.read_bytes()

    first = film("a.gif")
    assert Image.open(tmp_path / "a.gif").size == (48, 32)
    assert film("b.gif") == first and film("c.gif", "--seed", "7") != first


@pytest.mark.parametrize(
    "options, message",
    [
        (["--out", "walk.avi"], "ends in .mp4, .gif, .webp"),
        (["--out", "walk.gif", "--fps", "90"], "at most 50 frames a second"),
        (["--out", "walk.gif", "--grid", "0x3"], "grid='0x3'"),
        (["--out", "walk.gif", "--grid", "many"], "grid='many'"),
        (["--out", "walk.gif", "--class", "cat"], "conditional model"),
        (["--out", "walk.gif", "--seconds", "1e7"], "a walk of at most"),
        (["--out", "file/walk.gif"], "it is a file"),
    ],
)
def test_mistakes_are_one_line(call, trained, options, message, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.chdir(tmp_path)
    code, _, err = call("walk", trained, *options)
    assert code == 2 and message in err and err.count("\n") == 1 and err.startswith("Error: ")


def test_no_run(call, tmp_path):
    code, _, err = call("walk", tmp_path, "--out", "walk.gif")
    assert code == 2 and "Expected the folder of a run" in err


def test_defaults():
    assert parse_grid(None) is None and parse_grid("3X2") == (3, 2)
    assert [default_grid((side, side, 3)) for side in (4, 128, 256, 512, 1024)] == [
        (4, 4), (4, 4), (2, 2), (1, 1), (1, 1)
    ]  # fmt: skip
    assert [default_zoom(side, 2 * side) for side in (16, 100, 256, 1024)] == [16, 3, 1, 1]
    with pytest.raises(ValueError, match="1,024 images"):
        parse_grid("100x100")
