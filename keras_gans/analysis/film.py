"""Films from frames that are made one at a time: MP4 by ffmpeg, GIF and WebP by Pillow, in the memory of a few frames.

The frames of a GIF go to the file as they come, each with a palette of its own; a WebP is held in memory compressed;
an MP4 goes through a pipe to an encoder.
"""

import itertools
import pathlib
import re
import struct
import subprocess

import numpy as np
from PIL import GifImagePlugin, Image

from keras_gans.training import files
from keras_gans.training.run_folder import writing

SUFFIXES = (".mp4", ".gif", ".webp")
LARGEST = {".mp4": 8192, ".gif": 65535, ".webp": 16383}  # pixels of a side
MOST_FPS = {".mp4": 240, ".gif": 50, ".webp": 240}  # viewers slow a GIF down that has more than 50
QUALITY = 18  # constant rate factor of H.264: 18 is "visually lossless", 23 ffmpeg's default
INSTALL = "An MP4 needs an encoder: pip install 'keras-gans[video]' (imageio-ffmpeg). GIF and WebP need none."


def check_film(path, fps=30):
    """Says whether a film can be written, before its first frame is made.

    Args:
        path: str or path; its ending says the format.
        fps: number, frames a second.

    Returns:
        `pathlib.Path`.

    Raises:
        ValueError: where the ending is none of .mp4, .gif and .webp, the path is a folder, or `fps` is out of range.
        ImportError: where an MP4 is wanted and no encoder is installed.

    Example:

    >>> check_film("walk.gif", fps=25).suffix
    '.gif'
    """
    path = pathlib.Path(path)
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise ValueError(f"Expected a name that ends in {', '.join(SUFFIXES)}. Received: out={str(path)!r}")
    if path.is_dir():
        raise ValueError(f"Expected a file. Received: out={str(path)!r}, which is a folder")
    if isinstance(fps, bool) or not 0 < fps <= MOST_FPS[suffix]:
        raise ValueError(f"Expected at most {MOST_FPS[suffix]} frames a second in a {suffix}. Received: fps={fps!r}")
    if suffix == ".mp4":
        try:
            import imageio_ffmpeg

            imageio_ffmpeg.get_ffmpeg_exe()
        except (ImportError, RuntimeError) as error:
            raise ImportError(INSTALL) from error
    return path


def write_film(path, frames, count, fps=30, holds=None):
    """Writes a film.

    Args:
        path: str or path that ends in .mp4 (H.264), .gif or .webp; its folder is made where it is not there. The file
            is whole or not there.
        frames: iterable of uint8 arrays [H, W, C], all of one size; C of 1, 3 or 4 (alpha over white). Of any other
            number the first channel is shown as grey.
        count: int, number of frames.
        fps: number, frames a second.
        holds: list of int [count]: for how many frames each one is shown; default: one.

    Raises:
        ValueError: see `check_film`; or where the frames differ in size, are too large or not `count`.
        ImportError: see `check_film`.

    Example:

    >>> import tempfile
    >>> film = pathlib.Path(tempfile.mkdtemp()) / "film.gif"
    >>> write_film(film, (np.full((8, 8, 3), k, np.uint8) for k in range(0, 250, 50)), count=5, fps=10)
    >>> Image.open(film).n_frames
    5
    """
    path = check_film(path, fps)
    holds = [1] * count if holds is None else [int(hold) for hold in holds]
    if count < 1 or len(holds) != count or min(holds) < 1:
        raise ValueError(f"Expected at least one frame, each shown once or more. Received: count={count}")
    frames = _checked(frames, count, LARGEST[path.suffix.lower()])
    write = {".mp4": _write_mp4, ".gif": _write_gif, ".webp": _write_webp}[path.suffix.lower()]
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with files.atomic(path) as partial:
            write(partial, frames, holds, fps)


def _checked(frames, count, largest):
    """Yields `count` frames as RGB arrays of one size."""
    frames, size, seen = iter(frames), None, 0
    for seen, frame in enumerate(frames, 1):
        frame = _rgb(np.asarray(frame))
        size = frame.shape if size is None else size
        if frame.shape != size or seen > count:
            raise ValueError(
                f"Expected {count} frames of one size. Received: frame {seen} of {frame.shape[0]} x {frame.shape[1]} "
                f"after some of {size[0]} x {size[1]}"
            )
        if max(size) > largest:
            raise ValueError(f"Expected frames of at most {largest} pixels a side. Received: {size[0]} x {size[1]}")
        yield frame
    if seen < count:
        raise ValueError(f"Expected {count} frames. Received: {seen}")


def _rgb(frame):
    if frame.ndim != 3 or frame.dtype != np.uint8:
        raise ValueError(f"Expected frames uint8 [H, W, C]. Received: {frame.dtype} of shape {frame.shape}")
    if frame.shape[2] == 4:
        alpha = frame[..., 3:].astype(np.uint16)
        return ((frame[..., :3] * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)
    return frame if frame.shape[2] == 3 else np.repeat(frame[..., :1], 3, axis=2)


def _milliseconds(holds, fps, grain):
    """Duration of each frame in multiples of `grain` milliseconds, whose sum does not drift."""
    ends = [round(1000 * end / fps / grain) * grain for end in itertools.accumulate(holds)]
    return [max(end - start, grain) for start, end in zip([0, *ends[:-1]], ends, strict=True)]


def _write_gif(path, frames, holds, fps):
    durations = iter(_milliseconds(holds, fps, 10))
    with open(path, "wb") as file:
        for number, frame in enumerate(frames):
            picture = Image.fromarray(frame).quantize(256)
            if not number:
                file.write(b"GIF89a" + struct.pack("<HHBBB", *picture.size, 0, 0, 0))  # no palette for all frames
                file.write(b"\x21\xff\x0bNETSCAPE2.0\x03\x01" + struct.pack("<HB", 0, 0))  # for ever
            data = GifImagePlugin.getdata(picture, duration=next(durations), include_color_table=True)
            file.writelines(data)
        file.write(b";")


def _write_webp(path, frames, holds, fps):
    durations = _milliseconds(holds, fps, 1)
    film = _Frames(frames, len(holds))
    film.save(path, "WEBP", save_all=True, duration=durations, loop=0, quality=90, method=4)


class _Frames(Image.Image):
    """An image of many frames that are made as they are sought, which Pillow does in order."""

    def __init__(self, frames, count):
        super().__init__()
        self.n_frames, self._coming, self._at = count, iter(frames), -1
        self.seek(0)

    def seek(self, frame):
        while self._at < frame:  # it also seeks back, when it is done
            picture = Image.fromarray(next(self._coming))
            self.im, self._mode, self._size = picture.im, picture.mode, picture.size
            self._at += 1

    def tell(self):
        return max(self._at, 0)


def _write_mp4(path, frames, holds, fps):
    import imageio_ffmpeg

    first = next(frames)
    height, width = (side + side % 2 for side in first.shape[:2])  # H.264 halves the resolution of colours
    encoder = imageio_ffmpeg.write_frames(
        str(path),
        (width, height),
        fps=fps,
        quality=None,
        macro_block_size=1,
        ffmpeg_log_level="error",
        output_params=["-crf", str(QUALITY), "-movflags", "+faststart"],
    )
    encoder.send(None)
    try:
        for frame, hold in zip(itertools.chain([first], frames), holds, strict=True):
            frame = np.pad(frame, [(0, height - frame.shape[0]), (0, width - frame.shape[1]), (0, 0)], mode="edge")
            for _ in range(hold):
                encoder.send(np.ascontiguousarray(frame))
    except OSError as error:  # the encoder's own words are in it
        raise ValueError(
            f"Expected ffmpeg to take the frames. Received: {str(error).strip().splitlines()[-1]}"
        ) from error
    finally:
        encoder.close()
    written = _frames_in(path)
    if written != sum(holds):  # a full disk, for one, is said to the encoder alone
        raise OSError(f"ffmpeg wrote {written:,} of {sum(holds):,} frames to {path.parent}: is the disk full?")


def _frames_in(path):
    """Frames in a video file; 0 where it cannot be read."""
    import imageio_ffmpeg

    copy = ["-i", str(path), "-map", "0:v:0", "-c", "copy", "-f", "null", "-progress", "pipe:1", "-"]
    words = subprocess.run(
        [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "quiet", *copy], stdin=subprocess.DEVNULL, capture_output=True
    )
    found = re.findall(rb"^frame=\s*(\d+)", words.stdout, re.M)
    return int(found[-1]) if found else 0
