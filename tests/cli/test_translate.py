import numpy as np
import pytest
from PIL import Image

from keras_gans.cli.main import main
from keras_gans.training import checkpoints


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run of pix2pix, and a folder with three of its inputs."""
    folder, rng = tmp_path_factory.mktemp("pix2pix"), np.random.default_rng(0)
    for place in ("pairs", "inputs"):
        (folder / place).mkdir()
    for k in range(4):
        a = rng.integers(0, 256, (16, 16, 3), dtype="uint8")
        Image.fromarray(np.concatenate([a, 255 - a], 1)).save(folder / "pairs" / f"{k}.png")
        Image.fromarray(a).save(folder / "inputs" / f"{k}.png")
    small = ("filters=4", "discriminator_filters=4", "receptive_field=16")
    arguments = ["train", "pix2pix", "--data", folder / "pairs", "--out", folder / "run", "--crop-size", 16]
    arguments += ["--load-size", 18, "--kimg", 0.004, "--every", 0.004, *(x for s in small for x in ("--set", s))]
    assert main([str(argument) for argument in arguments]) == 0
    assert Image.open(next((folder / "run" / "samples").glob("*4.png"))).size == (48, 64)  # input, output, target
    return folder


def test_a_folder_becomes_a_folder_and_a_page(call, run, tmp_path):
    code, out, _ = call("translate", run / "run", "--input", run / "inputs", "--out", tmp_path / "out")
    assert code == 0 and "4 images" in out
    model = checkpoints.load(checkpoints.newest(run / "run" / "checkpoints"))
    inputs = np.stack([np.asarray(Image.open(run / "inputs" / f"{k}.png")) for k in range(4)])
    outputs = np.stack([np.asarray(Image.open(tmp_path / "out" / f"{k}.png")) for k in range(4)])
    np.testing.assert_array_equal(outputs, model.translate(inputs))
    assert "<table>" in (tmp_path / "out" / "index.html").read_text()


def test_one_image_of_another_size_without_noise(call, run, tmp_path):
    Image.fromarray(np.zeros([20, 37, 3], "uint8")).save(tmp_path / "a.png")
    arguments = ["translate", run / "run", "--input", tmp_path / "a.png", "--no-noise", "--no-page"]
    for seed in (1, 2):
        assert call(*arguments, "--seed", seed, "--out", tmp_path / str(seed))[0] == 0
    first, second = (Image.open(tmp_path / seed / "a.png") for seed in "12")
    assert first.size == (37, 20) and np.array_equal(first, second) and not (tmp_path / "1" / "index.html").exists()
    code, out, _ = call(*arguments, "--tile", 16, "--overlap", 4, "--out", tmp_path / "tiles")
    assert code == 0 and out.startswith("1 image by")
    code, _, err = call(*arguments, "--no-pad", "--out", tmp_path / "none")
    assert code == 2 and "multiples of 16; --pad continues it to 48 x 32" in err and "a.png" in err


def test_mistakes_are_one_message(call, run, tmp_path):
    for arguments, message in (
        ([tmp_path / "none", "--input", run / "inputs"], "Expected the folder of a run"),
        ([run / "run", "--input", tmp_path / "none"], "no such image or folder"),
        ([run / "run", "--input", tmp_path], "no image in the folder"),
        ([run / "run", "--input", run / "inputs", "--targets", tmp_path / "none"], "no such folder"),
    ):
        code, _, err = call("translate", *arguments, "--out", tmp_path / "out")
        assert code == 2 and message in err, err


def test_other_models_do_not_translate(call, trained, images, tmp_path):
    code, _, err = call("translate", trained, "--input", images, "--out", tmp_path / "out")
    assert code == 2 and "a model that translates images, pix2pix. Received: a DCGAN" in err


def test_the_same_command_goes_on(call, run):
    code, out, _ = call("train", "pix2pix", "--data", run / "pairs", "--out", run / "run", "--kimg", 0.006)
    assert code == 0 and "Going on with" in out and "Done: 6 images" in out
    assert f"Next: keras-gans translate {run / 'run'} --input" in out
    code, _, err = call("train", "pix2pix", "--out", run / "run", "--direction", "BtoA")
    assert code == 2 and "direction" in err
