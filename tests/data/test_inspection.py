import json

import numpy as np
import pytest
from PIL import Image

from keras_gans.data.inspection import alike, difference_hash, inspect
from keras_gans.data.sources.arrays import ArraySource
from keras_gans.data.sources.folder import FolderSource
from tests.data.pictures import write_pictures


def smooth(seed, size=48):
    small = np.random.default_rng(seed).integers(0, 256, (6, 6, 3), "uint8")
    return Image.fromarray(small).resize((size, size), Image.Resampling.BICUBIC)


@pytest.fixture
def folder(tmp_path):
    for k in range(6):
        (tmp_path / f"class{k % 2}").mkdir(exist_ok=True)
        smooth(k).save(tmp_path / f"class{k % 2}" / f"{k}.png")
    smooth(0).save(tmp_path / "class1" / "copy.jpg", quality=90)
    smooth(1, 40).save(tmp_path / "class1" / "smaller.png")
    (tmp_path / "class0" / "text.png").write_text("hello")
    Image.new("RGB", (48, 48)).save(tmp_path / "class0" / "black.png")
    Image.new("L", (200, 20), 7).save(tmp_path / "class0" / "long.png")
    smooth(9, 8).save(tmp_path / "class0" / "tiny\n.png")
    smooth(10).convert("CMYK").save(tmp_path / "class1" / "cmyk.jpg")
    Image.fromarray(np.random.default_rng(0).integers(0, 65536, (48, 48), "uint16")).save(tmp_path / "class1/deep.png")
    smooth(11).save(tmp_path / "class1" / "moving.webp", save_all=True, append_images=[smooth(12)])
    return tmp_path


def test_everything_is_found(folder):
    seen = []
    found = inspect(FolderSource(folder), lambda done, total: seen.append((done, total)))
    assert (found.images, found.usable) == (15, 14) and seen == [(15, 15)]
    assert found.sizes["48x48"] == 11 and found.height == (8, 48.0, 48) and found.width == (8, 48.0, 200)
    assert found.formats == {"PNG": 11, "JPEG": 2, "WEBP": 1} and found.depths == {"8": 13, "16": 1}
    assert found.modes == {"RGB": 11, "L": 1, "CMYK": 1, "I;16": 1} and found.classes == {"class0": 7, "class1": 8}
    assert [name for name, _ in found.problems] == ["class0/text.png"]
    assert sorted(map(sorted, found.duplicates)) == [
        ["class0/0.png", "class1/copy.jpg"],
        ["class1/1.png", "class1/smaller.png"],
    ]
    odd = {(name, reason.split(",")[0].split(";")[0]) for name, reason in found.oddities}
    assert odd == {
        ("class0/black.png", "all pixels have one value"),
        ("class0/long.png", "all pixels have one value"),
        ("class0/long.png", "mode L"),
        ("class0/long.png", "200 x 20 pixels: more than three times as long as wide"),
        ("class0/tiny\\n.png", "8 x 8 pixels: less than a sixteenth of the median"),
        ("class1/cmyk.jpg", "mode CMYK"),
        ("class1/deep.png", "mode I"),
        ("class1/deep.png", "16 bits a channel"),
        ("class1/moving.webp", "2 frames"),
    }


def test_written_down(folder):
    found = inspect(FolderSource(folder))
    facts = json.loads(json.dumps(found.to_json()))
    assert facts["images"] == 15 and "sheet" not in facts
    text = found.to_text()
    assert "15 (14 usable)" in text and "class0/text.png: not an image" in text and "2: class0 (7), class1 (8)" in text
    assert found.sheet.shape == (256, 256, 3) and found.sheet.dtype == np.uint8


def test_values():
    images = np.zeros((4, 8, 8, 1), "uint8")
    images[:2] = 255
    found = inspect(ArraySource(images))
    assert found.values == {"min": 0.0, "max": 1.0, "mean": 0.5, "std": 0.5}
    floats = inspect(ArraySource(images.astype("float32") / 127.5 - 1, np.arange(4)))
    assert floats.values == found.values and floats.classes == {"0": 1, "1": 1, "2": 1, "3": 1}
    assert inspect(ArraySource(np.zeros((1, 8, 8, 6), "uint8"))).channels == {"6": 1}


def test_nothing_usable(tmp_path):
    (tmp_path / "a.png").write_text("hello")
    found = inspect(FolderSource(tmp_path))
    assert found.usable == 0 and found.sheet.shape == (64, 64, 3) and "0 usable" in found.to_text()
    lines = [line.split() for line in found.to_text().split("\n")]
    assert all([name, "none"] in lines for name in ("height", "width", "values"))


def test_long_lists_are_cut(tmp_path):
    for k in range(60):
        (tmp_path / f"{k}.png").write_text("hello")
    assert "... and 10 more" in inspect(FolderSource(tmp_path)).to_text()


def test_hash():
    grey = np.zeros((8, 9), "uint8")
    grey[:, 4] = 9  # brighter than its left neighbour in each row
    assert difference_hash(grey) == 0x1010101010101010
    assert difference_hash(grey[:, ::-1]) == 0x1010101010101010


def test_alike_finds_what_a_slow_search_finds():
    rng = np.random.default_rng(0)
    hashes = [int(h) for h in rng.integers(0, 2**63, 40)]
    for k in range(0, 40, 4):  # neighbours of 1 to 4 bits
        for bit in rng.choice(63, 1 + k % 5, replace=False):
            hashes[k] ^= 1 << int(bit)
        hashes[k + 1] = hashes[k] ^ (1 << int(rng.integers(63)))
        hashes[k + 2] = hashes[k] ^ 0b10101 ^ (1 << 40)
    thumbnails = np.zeros((40, 256), "float32")
    thumbnails[39] = 255
    near = {(i, j) for i in range(40) for j in range(i) if (hashes[i] ^ hashes[j]).bit_count() <= 3}
    groups = alike(hashes, thumbnails)
    assert all(any(i in group and j in group for group in groups) for i, j in near)
    assert all(any((max(i, j), min(i, j)) in near for j in group if i != j) for group in groups for i in group)
    assert alike([5, 5], np.array([[0.0] * 256, [99.0] * 256])) == []


def test_random_pictures_are_not_alike(tmp_path):
    write_pictures(tmp_path, 30, (16, 16))
    assert inspect(FolderSource(tmp_path)).duplicates == []
