import types

import numpy as np
import pytest

from keras_gans.data.errors import Unreadable
from keras_gans.data.palette import FACADES, Palette
from keras_gans.studio import examples, pictures, translator, uploads
from keras_gans.studio.translator import Translator
from keras_gans.training import grids
from tests.studio.test_pictures import image_in


@pytest.fixture
def work(pix2pix, pairs):
    found, _ = examples.examples_of(pairs)
    return Translator(pix2pix, found, colours=examples.colours_of(found))


def test_a_drawing_is_translated_as_the_model_does(work, pix2pix):
    drawing = np.zeros([16, 16, 3], "uint8")
    drawing[4:8, 4:8] = 255, 0, 0
    for seed, noise in ((0, True), (3.0, True), (0, False)):
        found = image_in(work.translate(uploads.to_data_url(drawing), seed, noise))
        assert np.array_equal(np.asarray(found), pix2pix.translate(drawing, seed=int(seed), noise=noise))


def test_mistakes(work, tmp_path):
    drawing = uploads.to_data_url(np.zeros([16, 16, 3], "uint8"))
    for seed in (-1, 1.5, None, float("nan"), 2**31, "1"):
        with pytest.raises(ValueError, match="seed must be a whole number"):
            work.translate(drawing, seed)
    with pytest.raises(ValueError, match="no drawing yet"):
        work.translate("")
    with pytest.raises(uploads.UploadError, match="No file"):
        work.upload(None)
    (tmp_path / "a.png").write_bytes(b"no image")
    with pytest.raises(uploads.UploadError, match="not an image"):
        work.upload(tmp_path / "a.png")


def test_uploads_become_drawings(work, tmp_path):
    (tmp_path / "a.png").write_bytes(grids.encode(np.full([50, 40, 3], 7, "uint8")))
    drawing = uploads.from_data_url(work.upload(tmp_path / "a.png"), 16, 16, 3)
    assert (drawing == 7).all()


def test_examples_come_with_their_truth(work):
    drawing, truth = work.example(np.random.default_rng(0))
    image = uploads.from_data_url(drawing, 16, 16, 3)
    pairs = [work.examples.pair(k) for k in range(4)]
    index = next(k for k in range(4) if np.array_equal(pairs[k][0], image))
    assert np.array_equal(np.asarray(image_in(truth)), pairs[index][1])
    assert len({work.example()[0] for _ in range(40)}) > 1


def test_broken_examples_are_passed_over(pix2pix):
    class Sometimes:
        def __len__(self):
            return 3

        def pair(self, index):
            if index:
                raise Unreadable("broken")
            return np.zeros([16, 16, 3], "uint8"), None

    drawing, truth = Translator(pix2pix, Sometimes()).example()
    assert truth == "" and drawing
    with pytest.raises(ValueError, match="no examples"):
        Translator(pix2pix).example()


def test_colours_and_tools(pix2pix, work):
    assert work.offered == [("#0000ff", "#0000ff"), ("#ff0000", "#ff0000")]
    assert (work.background, work.first_colour, work.draws_lines) == ("#0000ff", "#ff0000", True)
    facades = Translator(pix2pix, palette=Palette(FACADES))
    assert facades.offered[1] == ("wall", "#0d3dfb") and not facades.draws_lines
    assert Translator(pix2pix).background == "#ffffff"
    assert Translator(pix2pix, palette=Palette(["#010203"])).first_colour == "#010203"


def test_models_whose_inputs_cannot_be_drawn():
    model = types.SimpleNamespace(input_channels=6, image_shape=(8, 8, 3))
    with pytest.raises(ValueError, match="1, 3 or 4 channels can be drawn. Received: a model of 6 channels"):
        Translator(model)


def test_grey_inputs_and_outputs_are_drawn_and_shown(rng):
    model = types.SimpleNamespace(
        input_channels=1, image_shape=(8, 12, 1), translate=lambda image, seed, noise: 255 - image
    )
    work = Translator(model)
    drawing = rng.integers(0, 256, (8, 12, 1), dtype="uint8").repeat(3, 2)
    found = np.asarray(image_in(work.translate(uploads.to_data_url(drawing))))
    assert np.array_equal(found, 255 - drawing[..., 0])


def test_the_page_is_laid_out(work):
    gradio = pytest.importorskip("gradio")
    with gradio.Blocks(analytics_enabled=False) as page:
        translator.build(work)
        translator.build(Translator(work.model), "they are gone")
    values = [block.value for block in page.blocks.values() if hasattr(block, "value")]
    assert any("they are gone" in str(value) for value in values)
    assert values.count(pictures.note(translator.WAITING)) == 2


@pytest.mark.parametrize("value", [float("inf"), float("nan"), -1, 0.5, 2**31, None, "1"])
def test_seeds_that_are_none(value):
    with pytest.raises(ValueError, match="whole number from 0"):
        translator.whole_number(value)
