import weakref

import numpy as np
import pytest
from PIL import Image

from keras_gans.analysis import check_film, film, write_film


def frames(count=6, shape=(20, 30, 3), seed=0):
    """Pictures that do not look alike: a bright square that moves."""
    for number in range(count):
        frame = np.full(shape, 40, np.uint8)
        frame[4:16, 3 * number : 3 * number + 12] = 200
        yield frame


def pictures_of(path):
    with Image.open(path) as file:
        for number in range(file.n_frames):
            file.seek(number)
            file.load()
            yield np.asarray(file.convert("RGB")).astype(int), file.info["duration"]


@pytest.mark.parametrize("suffix, tolerance", [(".gif", 1), (".webp", 40)])
def test_gif_and_webp(tmp_path, suffix, tolerance):
    path = tmp_path / "new" / f"film{suffix}"
    write_film(path, frames(), 6, fps=12)
    found = list(pictures_of(path))
    assert len(found) == 6 and Image.open(path).info["loop"] == 0
    for (picture, _), frame in zip(found, frames(), strict=True):
        assert np.abs(picture - frame).max() <= tolerance and np.abs(picture - frame).mean() <= 2
    durations = [duration for _, duration in found]
    assert sum(durations) == 500 and set(durations) <= ({80, 90} if suffix == ".gif" else {83, 84})
    assert [file.name for file in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("suffix", [".gif", ".webp"])
def test_pictures_may_be_held(tmp_path, suffix):
    write_film(tmp_path / f"film{suffix}", frames(3), 3, fps=10, holds=[1, 2, 20])
    assert [duration for _, duration in pictures_of(tmp_path / f"film{suffix}")] == [100, 200, 2000]


def test_mp4_of_odd_size(tmp_path):
    ffmpeg = pytest.importorskip("imageio_ffmpeg")
    path = tmp_path / "film.mp4"
    write_film(path, frames(5, (21, 33, 3)), 5, fps=10, holds=[1, 1, 1, 1, 6])
    reader = ffmpeg.read_frames(str(path))
    facts = next(reader)
    assert facts["size"] == (34, 22) and facts["fps"] == 10 and facts["codec"] == "h264"
    assert facts["pix_fmt"].startswith("yuv420p")  # what every player takes
    found = [np.frombuffer(frame, np.uint8).reshape(22, 34, 3).astype(int) for frame in reader]
    assert len(found) == 10
    for picture, frame in zip(found, frames(5, (21, 33, 3)), strict=False):
        assert np.abs(picture[:21, :33] - frame).mean() < 8


@pytest.mark.parametrize("channels, expected", [(1, 200), (2, 200), (4, 255 - 55 * 128 // 255)])
def test_channels(tmp_path, channels, expected):
    frame = np.full((8, 8, channels), 200, np.uint8)
    if channels != 1:
        frame[..., -1] = 128
    write_film(tmp_path / "film.gif", [frame, frame], 2, fps=10)
    assert abs(next(pictures_of(tmp_path / "film.gif"))[0] - expected).max() <= 1


@pytest.mark.parametrize("suffix", [".gif", ".webp"])
def test_only_a_few_frames_are_in_memory(tmp_path, suffix):
    references, most = [], []

    class Frame(np.ndarray):
        pass

    def made():
        for frame in frames(40):
            frame = frame.view(Frame)
            references.append(weakref.ref(frame))
            most.append(sum(reference() is not None for reference in references))
            yield frame

    write_film(tmp_path / f"film{suffix}", made(), 40, fps=10)
    assert len(most) == 40 and max(most) <= 3


@pytest.mark.parametrize(
    "path, fps, message",
    [
        ("film.avi", 30, r"ends in .mp4, .gif, .webp. Received: out='film.avi'"),
        ("film", 30, "Received: out='film'"),
        ("film.gif", 60, "at most 50 frames a second in a .gif. Received: fps=60"),
        ("film.webp", 0, "fps=0"),
        ("film.webp", float("nan"), "fps=nan"),
    ],
)
def test_what_cannot_be_written_is_said_before(path, fps, message):
    with pytest.raises(ValueError, match=message):
        check_film(path, fps)


def test_a_folder_is_no_film(tmp_path):
    (tmp_path / "a.gif").mkdir()
    with pytest.raises(ValueError, match="a folder"):
        check_film(tmp_path / "a.gif")


def test_no_encoder(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "imageio_ffmpeg", None)
    with pytest.raises(ImportError, match=r"pip install 'keras-gans\[video\]'"):
        check_film("film.mp4")


def test_a_film_that_breaks_off_leaves_the_old_one(tmp_path):
    path = tmp_path / "film.gif"
    path.write_bytes(b"old")
    mixed = [np.zeros((8, 8, 3), np.uint8), np.zeros((8, 9, 3), np.uint8)]
    for bad, count, message in (
        (mixed, 2, "frame 2 of 8 x 9 after some of 8 x 8"),
        (mixed[:1], 2, "Expected 2 frames. Received: 1"),
        (mixed[:1] * 3, 2, "Expected 2 frames"),
        ([np.zeros((8, 8), np.uint8)], 1, "uint8 of shape"),
        ([np.zeros((8, 8, 3))], 1, "float64 of shape"),
        ([], 0, "count=0"),
    ):
        with pytest.raises(ValueError, match=message):
            write_film(path, bad, count, fps=10)
    assert path.read_bytes() == b"old" and len(list(tmp_path.iterdir())) == 1
    with pytest.raises(ValueError, match="at most 16383 pixels"):
        write_film(tmp_path / "film.webp", [np.zeros((1, 16384, 3), np.uint8)], 1)
    with pytest.raises(ValueError, match="shown once or more"):
        write_film(path, mixed[:1], 1, holds=[0])


def test_an_encoder_that_fails(tmp_path, monkeypatch):
    ffmpeg = pytest.importorskip("imageio_ffmpeg")

    def broken(*args, **kwargs):
        yield
        while True:
            yield (_ for _ in ()).throw(OSError("Log:\nno room on the disk"))

    monkeypatch.setattr(ffmpeg, "write_frames", broken)
    with pytest.raises(ValueError, match="no room on the disk"):
        write_film(tmp_path / "film.mp4", frames(), 6)
    assert not list(tmp_path.iterdir())


def test_an_encoder_that_loses_frames(tmp_path, monkeypatch):
    ffmpeg = pytest.importorskip("imageio_ffmpeg")
    real = ffmpeg.write_frames

    def short(*args, **kwargs):
        inner = real(*args, **kwargs)
        inner.send(None)
        inner.send((yield))
        inner.close()
        while True:
            yield

    monkeypatch.setattr(ffmpeg, "write_frames", short)
    with pytest.raises(OSError, match="wrote [01] of 6 frames"):
        write_film(tmp_path / "film.mp4", frames(), 6)
    assert not list(tmp_path.iterdir())


def test_durations_do_not_drift():
    assert film._milliseconds([1] * 30, 30, 10) == [30, 40, 30] * 10
    assert sum(film._milliseconds([2, 1] * 100, 24, 1)) == 12500
