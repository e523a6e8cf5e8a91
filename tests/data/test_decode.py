import io
import struct
import warnings
import zlib

import numpy as np
import pytest
import tifffile
from PIL import Image

from keras_gans.data import decode as decoding
from keras_gans.data.decode import Header, decode, is_whole, read_header
from keras_gans.data.errors import Unreadable

PIXELS = np.random.default_rng(0).integers(0, 256, (6, 9, 4), "uint8")


def encoded(image, format="PNG", **options):
    file = io.BytesIO()
    image.save(file, format, **options)
    return file


def deep_png(pixels):
    """A 16-bit PNG of 1 to 4 channels, written by hand."""
    height, width, channels = pixels.shape
    rows = b"".join(b"\0" + row.tobytes() for row in pixels.astype(">u2"))
    return png(height, width, [0, 4, 2, 6][channels - 1], rows)


def png(height, width, colour_type, rows):
    """A 16-bit PNG of any header."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 16, colour_type, 0, 0, 0)
    parts = chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")
    return io.BytesIO(b"\x89PNG\r\n\x1a\n" + b"".join(parts))


@pytest.mark.parametrize("format", ["PNG", "WEBP", "BMP", "TIFF", "GIF"])
def test_lossless_colour(format):
    image = Image.fromarray(PIXELS[:, :, :3] // 64 * 64 if format == "GIF" else PIXELS[:, :, :3])
    file = encoded(image, format, **({"lossless": True} if format == "WEBP" else {}))
    assert read_header(file).channels == 3
    np.testing.assert_array_equal(decode(file), np.asarray(image))


@pytest.mark.parametrize("mode, channels", [("1", 1), ("L", 1), ("LA", 2), ("RGB", 3), ("RGBA", 4)])
def test_modes_of_png(mode, channels):
    image = Image.fromarray(PIXELS).convert(mode)
    file = encoded(image)
    assert read_header(file) == Header(6, 9, channels, 8, mode, "PNG")
    expected = np.asarray(image.convert("L") if mode == "1" else image).reshape(6, 9, channels)
    np.testing.assert_array_equal(decode(file), expected)


def test_palettes():
    colour = Image.fromarray(PIXELS[:, :, :3]).quantize(8)
    grey = Image.fromarray(PIXELS[:, :, 0]).convert("P")
    assert decode(encoded(colour)).shape == (6, 9, 3)
    np.testing.assert_array_equal(decode(encoded(grey))[:, :, 0], PIXELS[:, :, 0])
    assert decode(encoded(colour, transparency=0)).shape == (6, 9, 4)


def test_cmyk_jpeg_becomes_rgb():
    file = encoded(Image.fromarray(PIXELS[:, :, :3]).convert("CMYK"), "JPEG")
    assert read_header(file).mode == "CMYK" and read_header(file).channels == 3
    assert decode(file).shape == (6, 9, 3)


def test_exif_orientation():
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    image = Image.new("RGB", (40, 20), "blue")
    image.paste("red", (0, 0, 10, 20))
    file = encoded(image, "JPEG", exif=exif, quality=95)
    assert (read_header(file).height, read_header(file).width) == (40, 20)
    pixels = decode(file)
    assert pixels.shape == (40, 20, 3) and pixels[0, 10, 0] > 200 and pixels[-1, 10, 2] > 200
    assert decode(file, at_least=(20, 10)).shape == (20, 10, 3)


def test_jpeg_at_a_lower_scale():
    file = encoded(Image.new("RGB", (160, 80), "green"), "JPEG")
    assert decode(file, at_least=(20, 30)).shape == (20, 40, 3)
    assert decode(file, at_least=(100, 30)).shape == (80, 160, 3)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_deep_png(channels):
    pixels = np.random.default_rng(0).integers(0, 65536, (5, 7, channels), "uint16")
    file = deep_png(pixels)
    header = read_header(file)
    assert (header.depth, header.channels) == (16, channels)
    result = decode(file)
    assert result.dtype == np.uint16
    np.testing.assert_array_equal(result, pixels)


@pytest.mark.parametrize("channels, planes", [(3, "contig"), (3, "separate"), (4, "contig")])
def test_deep_tiff(channels, planes):
    pixels = np.random.default_rng(0).integers(0, 65536, (5, 7, channels), "uint16")
    file = io.BytesIO()
    written = pixels if planes == "contig" else np.moveaxis(pixels, -1, 0)
    extra = {"extrasamples": ["unassalpha"]} if channels == 4 else {}
    tifffile.imwrite(file, written, photometric="rgb", planarconfig=planes, compression="zlib", **extra)
    assert (read_header(file).depth, read_header(file).channels) == (16, channels)
    np.testing.assert_array_equal(decode(file), pixels)


def test_animated_webp_gives_its_first_frame():
    red, blue = Image.new("RGB", (8, 8), "red"), Image.new("RGB", (8, 8), "blue")
    file = encoded(red, "WEBP", save_all=True, append_images=[blue], lossless=True)
    assert read_header(file).frames == 2
    assert decode(file)[0, 0, :3].tolist() == [255, 0, 0]


def test_truncated():
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 3), "uint8")
    for format in ("JPEG", "PNG", "WEBP"):
        whole = encoded(Image.fromarray(pixels), format)
        assert is_whole(whole, format)
        cut = io.BytesIO(whole.getvalue()[: len(whole.getvalue()) // 2])
        assert not is_whole(cut, format)
        with pytest.raises(Unreadable, match="truncated|damaged"):
            decode(cut)
    assert not is_whole(encoded(Image.fromarray(pixels), "BMP"), "BMP")


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"GIF89a", b"RIFF1234WEBP"]
)
def test_no_image(content):
    with pytest.raises(Unreadable, match="not an image|truncated|damaged" if content else "an empty file"):
        decode(io.BytesIO(content))


def test_too_many_pixels(monkeypatch):
    file = png(40_000, 40_000, 2, b"")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(Unreadable, match="pixels.* limit of"):
            read_header(file)
    monkeypatch.setattr(decoding, "MAX_PIXELS", 50)
    with pytest.raises(Unreadable, match="9 x 6 pixels, more than the limit of 50"):
        decode(encoded(Image.fromarray(PIXELS)))


def test_32_bit_pixels_are_refused():
    with pytest.raises(Unreadable, match="32-bit pixels"):
        read_header(encoded(Image.fromarray(np.zeros((2, 2), "float32")), "TIFF"))
