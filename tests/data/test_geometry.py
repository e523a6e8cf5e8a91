import numpy as np
import pytest
from PIL import Image

from keras_gans.data.geometry import Frame, halve, halvings, resize, to_channels, to_depth


def ramp(height, width, channels=1, dtype="uint8"):
    values = np.arange(height * width * channels).reshape(height, width, channels)
    return values.astype(dtype)


def test_resize_is_pillows_lanczos():
    pixels = np.random.default_rng(0).integers(0, 256, (20, 30, 3), "uint8")
    expected = np.asarray(Image.fromarray(pixels).resize((7, 5), Image.Resampling.LANCZOS))
    np.testing.assert_array_equal(resize(pixels, 5, 7), expected)
    assert resize(pixels, 20, 30) is pixels


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize("channels", [1, 2, 3, 4, 6])
def test_resize_keeps_dtype_and_constants(dtype, channels):
    value = 0.25 if dtype == "float32" else 200
    pixels = np.full((9, 12, channels), value, dtype)
    result = resize(pixels, 4, 5)
    assert result.dtype == dtype and result.shape == (4, 5, channels)
    np.testing.assert_allclose(result, value, rtol=1e-5, atol=1 if dtype == "uint8" and channels in (2, 4) else 1e-5)


def test_resize_deep_agrees_with_shallow():
    pixels = np.random.default_rng(1).integers(0, 256, (40, 40, 3), "uint8")
    deep = resize(to_depth(pixels, "uint16"), 10, 10)
    np.testing.assert_allclose(deep / 257, resize(pixels, 10, 10), atol=1.0)


def test_resize_does_not_let_transparent_colour_bleed():
    pixels = np.zeros((8, 8, 4), "uint16")
    pixels[:, :4] = [60000, 0, 0, 65535]
    pixels[:, 4:] = [0, 60000, 0, 0]  # invisible green
    result = resize(pixels, 2, 2)
    assert result[0, 0, 1] < 100 and result[0, 0, 0] > 59000


def test_channels():
    red = np.array([[[255, 0, 0]]], "uint8")
    assert to_channels(red, 1).tolist() == [[[76]]]
    assert to_channels(red, 4).tolist() == [[[255, 0, 0, 255]]]
    assert to_channels(red, 3) is red
    assert to_channels(np.array([[[9]]], "uint8"), 3).tolist() == [[[9, 9, 9]]]
    assert to_channels(np.array([[[0, 128]]], "uint8"), 1).tolist() == [[[127]]]
    assert to_channels(np.array([[[10, 128]]], "uint16"), 4).tolist() == [[[10, 10, 10, 128]]]
    np.testing.assert_allclose(to_channels(np.array([[[-1, 0.0]]], "float32"), 3), np.zeros((1, 1, 3)))
    assert to_channels(np.array([[[0, 0, 0, 0]]], "uint16"), 3).tolist() == [[[65535] * 3]]


def test_luma_agrees_with_pillow():
    pixels = np.random.default_rng(0).integers(0, 256, (16, 16, 3), "uint8")
    expected = np.asarray(Image.fromarray(pixels).convert("L"))[:, :, None].astype(int)
    assert abs(to_channels(pixels, 1).astype(int) - expected).max() <= 1


def test_no_rule_for_channels():
    with pytest.raises(ValueError, match="No rule brings 6 channels to 3"):
        to_channels(np.zeros((1, 1, 6), "uint8"), 3)


def test_depth_round_trip():
    values = np.arange(256, dtype="uint8").reshape(16, 16, 1)
    np.testing.assert_array_equal(to_depth(to_depth(values, "uint16"), "uint8"), values)
    assert to_depth(np.array([128], "uint16"), "uint8") == 0 and to_depth(np.array([129], "uint16"), "uint8") == 1
    with pytest.raises(ValueError, match="cannot become uint8"):
        to_depth(np.zeros(1, "float32"), "uint8")


def test_center_takes_the_largest_middle():
    pixels = ramp(4, 10)
    frame = Frame(4, 4, 1)
    np.testing.assert_array_equal(frame.cut(frame.canvas(pixels)), pixels[:, 3:7])
    tall = Frame(2, 4, 1)
    np.testing.assert_array_equal(tall.canvas(ramp(9, 4)), ramp(9, 4)[3:5])


def test_center_resizes_only_what_it_keeps():
    pixels = np.random.default_rng(0).integers(0, 256, (20, 40, 3), "uint8")
    np.testing.assert_array_equal(Frame(10, 10, 3).canvas(pixels), resize(pixels[:, 10:30], 10, 10))


def test_random_covers_every_place():
    pixels = ramp(4, 10)
    frame = Frame(4, 4, 1, crop="random")
    canvas = frame.canvas(pixels)
    lefts = {int(frame.cut(canvas, 0.0, v)[0, 0, 0]) for v in np.linspace(0, 0.9999, 50)}
    assert lefts == set(range(7))


def test_load_size():
    frame = Frame(8, 8, 3, crop="random", load_size=12)
    assert frame.canvas(np.zeros((24, 48, 3), "uint8")).shape == (12, 24, 3)
    centre = Frame(8, 8, 1, crop="center", load_size=12)
    np.testing.assert_array_equal(centre.canvas(ramp(12, 12)), ramp(12, 12)[2:10, 2:10])


def test_problems_say_why():
    assert Frame(32, 32, 3).problem(32, 32) is None
    assert Frame(32, 32, 3).problem(16, 100) is None
    assert "enlarged 32 times" in Frame(32, 32, 3).problem(1, 1)
    assert "another aspect ratio than 32 x 32" in Frame(32, 32, 3, crop="none").problem(32, 40)
    assert Frame(32, 32, 3, crop="none").problem(64, 64) is None
    assert Frame(32, 32, 3, max_upscale=40).problem(1, 1) is None


def halve_once(x):
    return (x[0::2, 0::2] + x[1::2, 0::2] + x[0::2, 1::2] + x[1::2, 1::2]) / 4


def test_halve_rounds_once():
    pixels = np.random.default_rng(0).integers(0, 256, (32, 32, 3), "uint8")
    expected = pixels.astype(np.float64)
    for times in range(1, 4):
        expected = halve_once(expected)
        result = halve(pixels, times)
        assert result.dtype == np.uint8
        np.testing.assert_array_equal(result, np.rint(expected))
    assert halve(pixels, 0) is pixels
    np.testing.assert_array_equal(halve(pixels[None], 1)[0], halve(pixels, 1))
    assert halve(pixels.astype("float32") / 300, 2).dtype == np.float32


def test_halvings():
    assert [halvings(64, level) for level in (64, 32, 4)] == [0, 1, 4]
    assert halvings(24, 3) == 3
    for level in (0, -4, 3, 128, 48):
        with pytest.raises(ValueError, match="halved"):
            halvings(64, level)
