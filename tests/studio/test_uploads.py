import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from keras_gans.data.palette import Palette
from keras_gans.studio import uploads
from keras_gans.studio.uploads import UploadError, fit, from_data_url, read_upload, to_data_url
from keras_gans.training import grids


def write(path, content):
    path.write_bytes(content)
    return path


def test_an_upload_gets_the_size_and_channels_of_the_canvas(tmp_path):
    picture = np.zeros([30, 90, 3], "uint8")
    picture[:, 30:60] = 255, 0, 0  # the centred square
    path = write(tmp_path / "a.png", grids.encode(picture))
    made = read_upload(path, 16, 16, 3)
    assert made.shape == (16, 16, 3) and made.dtype == np.uint8
    assert (made[:, 3:-3] == (255, 0, 0)).all()
    assert read_upload(path, 8, 12, 1).shape == (8, 12, 1)
    assert read_upload(path, 8, 12, 4)[0, 0].tolist() == [255, 0, 0, 255] or read_upload(path, 8, 12, 4).shape[2] == 4


def test_sixteen_bits_and_turned_photographs_are_read(tmp_path):
    Image.fromarray(np.full([5, 5], 65535, "uint16")).save(tmp_path / "deep.png")
    assert (read_upload(tmp_path / "deep.png", 4, 4, 3) == 255).all()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(np.zeros([10, 20, 3], "uint8")).save(tmp_path / "turned.jpg", exif=exif)
    assert read_upload(tmp_path / "turned.jpg", 20, 10, 3).shape == (20, 10, 3)


def bomb():
    """A PNG whose header claims 100,000 x 100,000 pixels."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


def test_bad_uploads_say_what_is_wrong(tmp_path, monkeypatch):
    whole = grids.encode(np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype="uint8"))
    cases = [
        (b"", "an empty file"),
        (b"GIF89a nothing of the kind", "cannot be used"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not an image"),
        (whole[: len(whole) // 2], "truncated"),
        (bomb(), "limit"),
    ]
    for k, (content, message) in enumerate(cases):
        with pytest.raises(UploadError, match=message):
            read_upload(write(tmp_path / f"{k}.png", content), 16, 16, 3)
    with pytest.raises(UploadError, match="cannot be opened: No such file"):
        read_upload(tmp_path / "none.png", 16, 16, 3)
    monkeypatch.setattr(uploads, "MAX_BYTES", 2**20)
    with pytest.raises(UploadError, match=r"2.0 MiB; at most 1 MiB"):
        read_upload(write(tmp_path / "large.png", whole + b"\0" * 2**21), 16, 16, 3)


def test_label_maps_keep_to_their_palette(tmp_path):
    palette = Palette({"a": "#ff0000", "b": "#0000ff"}, tolerance=48)
    labels = np.full([9, 9, 3], (250, 10, 0), "uint8")
    labels[3:, 3:] = 0, 0, 255
    made = fit(labels, 6, 6, 3, palette)
    assert {tuple(c) for c in made.reshape(-1, 3).tolist()} == {(255, 0, 0), (0, 0, 255)}
    labels[8, 1] = 0, 255, 0
    with pytest.raises(UploadError, match="no label map of these colours: unknown label colour #00ff00 at row 8"):
        fit(labels, 6, 6, 3, palette)


def test_a_drawing_is_read_exactly():
    drawing = np.random.default_rng(0).integers(0, 256, (6, 4, 3), dtype="uint8")
    assert np.array_equal(from_data_url(to_data_url(drawing), 6, 4, 3), drawing)
    stream = io.BytesIO()
    Image.fromarray(np.dstack([drawing, np.full([6, 4], 255, "uint8")])).save(stream, "PNG")  # as browsers write it
    assert np.array_equal(from_data_url(to_data_url(stream.getvalue()), 6, 4, 3), drawing)
    assert from_data_url(to_data_url(drawing), 6, 4, 1).shape == (6, 4, 1)


def test_drawings_that_are_none(monkeypatch):
    good = to_data_url(np.zeros([6, 4, 3], "uint8"))
    cases = [
        (None, "no drawing yet"),
        ("", "no drawing yet"),
        (7, "no drawing yet"),
        ("file:///etc/passwd", "no drawing yet"),
        ("data:image/png;base64,????", "cannot be read"),
        ("data:image/png;base64,é", "cannot be read"),
        (good[:-40], "cannot be read"),
        (to_data_url(bomb()), "cannot be read"),
        (to_data_url(np.zeros([4, 6, 3], "uint8")), "must have 4 x 6 pixels. Received: 6 x 4"),
    ]
    for text, message in cases:
        with pytest.raises(UploadError, match=message):
            from_data_url(text, 6, 4, 3)
    monkeypatch.setattr(uploads, "MAX_BYTES", 10)
    with pytest.raises(UploadError, match="larger than"):
        from_data_url(good, 6, 4, 3)
