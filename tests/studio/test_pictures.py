import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from keras_gans.studio import pictures


def image_in(text):
    return Image.open(io.BytesIO(base64.b64decode(re.search(r'src="data:image/\w+;base64,([^"]+)"', text)[1])))


@pytest.mark.parametrize("channels, mode", [(1, "L"), (2, "L"), (3, "RGB"), (4, "RGBA"), (7, "L")])
def test_a_figure_holds_the_picture_itself(channels, mode, rng):
    image = rng.integers(0, 256, (5, 7, channels), dtype="uint8")
    found = image_in(pictures.figure(image, "It", "it.png"))
    assert found.mode == mode and found.size == (7, 5)
    assert np.array_equal(np.asarray(found).reshape(5, 7, -1), pictures.shown(image))


def test_captions_are_text_and_downloads_are_named():
    made = pictures.figure(np.zeros([2, 2, 3], "uint8"), '<img src=x onerror="alert(1)">', "a.png")
    assert "<img src=x" not in made and 'download="a.png"' in made and made.count("data:image/png") == 2
    plain = pictures.figure(np.zeros([2, 2, 3], "uint8"), "It")
    assert "download" not in plain and "max-width" not in plain
    assert "max-width: 28px" in pictures.figure(np.zeros([2, 2, 3], "uint8"), "It", width=2)
    assert "&lt;b&gt;" in pictures.note("<b>") and 'class="aside"' in pictures.note("", "aside")
    assert pictures.row("<a>", "<b>").count("<") == 4


def test_a_sheet_is_of_numbered_buttons():
    made = pictures.sheet(np.zeros([3, 4, 4, 1], "uint8"), picked=[2], names=["a", "<b>", "c"])
    found = re.findall(r'data-index="(\d)" aria-pressed="(\w+)"', made)
    assert found == [("0", "false"), ("1", "false"), ("2", "true")]
    assert "1 &lt;b&gt;" in made and "<b>" not in made


@pytest.mark.parametrize("channels", [1, 3, 7])
def test_a_film_has_all_frames(channels):
    frames = np.stack([np.full([8, 8, channels], 40 * k + 60, "uint8") for k in range(4)])
    found = Image.open(io.BytesIO(pictures.film(frames, fps=10)))
    assert found.n_frames == 4 and found.info["loop"] == 0
    for k in range(4):
        found.seek(k)
        assert abs(int(np.asarray(found.convert("RGB"))[4, 4, 0]) - (40 * k + 60)) <= 3
