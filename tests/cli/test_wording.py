import numpy as np
import pytest
from PIL import Image

from keras_gans import data
from keras_gans.cli.wording import as_options


@pytest.mark.parametrize(
    "text, expected",
    [
        ("skip_broken=True (--skip-broken) leaves such images out.", "--skip-broken leaves such images out."),
        ("A larger max_upscale (--max-upscale) allows", "A larger --max-upscale allows"),
        ("depth=8 brings all to 8 bits, depth=16 to 16.", "--depth 8 brings all to 8 bits, --depth 16 to 16."),
        ('check="full" finds them; skip_broken=True', "--set check=full finds them; --skip-broken"),
        ("load_size needs a crop: crop='random'.", "--load-size needs a crop: --crop random."),
        ("Received: load_size=8, resolution=16", "Received: --load-size 8, --resolution 16"),
        ("Received: load_size=8, resolution=(16, 16)", "Received: --load-size 8, --resolution 16"),
        ("Received: load_size=8, resolution=(16, 32)", "Received: --load-size 8, --resolution (16, 32)"),
        ("only split=\"train\" is there. Received: split='train[:10%]'", None),
        ("pass num_classes=, or leave it", "pass --set num_classes=, or leave it"),
        ("then pass the folder as data_dir.", "then pass the folder as --data-dir."),
        ("Received: source='/data/split=train/depth=8'", "Received: source='/data/split=train/depth=8'"),
        ("  crop=none: x.png: max_upscale=2", "  crop=none: x.png: --max-upscale 2"),
        ("Images of 3 channels", "Images of 3 channels"),
    ],
)
def test_arguments_become_options(text, expected):
    assert as_options(text) == (expected or "only --split train is there. Received: --split train[:10%]")


@pytest.mark.parametrize(
    "arguments, options",
    [
        ({}, ["--max-upscale", "--skip-broken"]),
        ({"crop": "none"}, ["--crop none"]),
        ({"crop": "none", "load_size": 64}, ["--crop random", "--load-size"]),
        ({"depth": 12}, ["--depth 12"]),
        ({"split": "test"}, ["--split train"]),
        ({"max_upscale": 0.5}, ["--max-upscale 0.5"]),
    ],
)
def test_what_the_readers_say_has_no_python_left(tmp_path, arguments, options):
    Image.fromarray(np.zeros((8, 10, 3), "uint8")).save(tmp_path / "small.png")
    Image.fromarray(np.zeros((32, 32, 3), "uint8")).save(tmp_path / "large.png")
    with pytest.raises(ValueError) as caught:
        data.load(str(tmp_path), resolution=32, **arguments)
    text = as_options(str(caught.value)).replace(str(tmp_path), "")
    assert all(option in text for option in options), text
    for name in ("skip_broken", "max_upscale", "load_size", "crop=", "depth=", "split="):
        assert name not in text, text
