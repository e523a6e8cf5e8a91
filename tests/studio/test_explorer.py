import numpy as np
import pytest

import keras_gans
from keras_gans.studio import explorer, latents, pictures
from keras_gans.studio.explorer import DRAWN, SAMPLES, Explorer
from tests.studio.test_pictures import image_in


@pytest.fixture(scope="module")
def work(dcgan):
    return Explorer(dcgan)


@pytest.fixture(scope="module")
def classes(conditional):
    return Explorer(conditional, ["cat", "dog", "eel"])


def pixels(text):
    return np.asarray(image_in(text))


def test_the_middle_of_all_sliders_is_the_sample(work, dcgan):
    assert np.array_equal(pixels(work.sample(7, [0] * 5)), dcgan.generate(1, seed=7)[0, ..., 0])
    moved = np.asarray(dcgan.sample_latents(1, 7)) + 2 * work.directions[1]
    expected = dcgan.generate_from(moved)[0, ..., 0]
    assert np.array_equal(pixels(work.sample(7, [0, 2, 0, 0, 0])), expected)
    assert not np.array_equal(expected, dcgan.generate(1, seed=7)[0, ..., 0])


def test_classes_are_drawn_or_chosen(classes, conditional):
    assert classes.classes == [DRAWN, "cat", "dog", "eel"]
    latent = np.asarray(conditional.sample_latents(1, 3))
    assert np.array_equal(pixels(classes.sample(3)), conditional.generate(1, seed=3)[0])
    assert np.array_equal(pixels(classes.sample(3, (), "eel")), conditional.generate_from(latent, 2)[0])
    with pytest.raises(ValueError, match="no such class. Received: 'cow'"):
        classes.sample(3, (), "cow")
    assert Explorer(conditional, ["too", "few"]).names == ["0", "1", "2"]
    drawn = np.asarray(conditional.sample_labels(SAMPLES, 1))
    assert f"<span>0 {classes.names[drawn[0]]}</span>" in classes.sheet(1)


def test_a_sheet_shows_the_samples_of_a_seed(work, dcgan):
    made = work.sheet(2, [1])
    assert made.count("data-index") == SAMPLES and made.count('aria-pressed="true"') == 1
    assert pictures.to_data_url(dcgan.generate(SAMPLES, seed=2)[5]) in made


def test_arithmetic_is_that_of_latents(work, dcgan):
    z = np.asarray(dcgan.sample_latents(SAMPLES, 0))
    expected = dcgan.generate_from(latents.neighbours(z[[0, 3]].mean(0) - z[5] + z[7]))
    parts, result = work.arithmetic(0, "0, 3", "5", "7")
    assert np.array_equal(pixels(result), expected[4, ..., 0])
    assert parts.count("<figure") == 3 and "- B: 5" in parts and result.count("<figure") == 2
    assert np.array_equal(pixels(result.split("</figure>")[1])[:16, 16:32], expected[1, ..., 0])
    parts, result = work.arithmetic(0, "0, 3", "", "")
    assert "mean of A" in result and parts.count("<figure") == 1
    for bad in (("", "1", "2"), ("1", "2", ""), ("99", "", ""), ("x", "1", "2")):
        with pytest.raises(ValueError):
            work.arithmetic(0, *bad)


def test_arithmetic_of_classes(classes):
    first = int(classes.drawn(0)[1][4])
    drawn, chosen = (classes.arithmetic(0, "4", "1", "2", c)[1] for c in (None, classes.names[first]))
    assert drawn == chosen
    assert classes.arithmetic(0, "4", "1", "2", classes.names[(first + 1) % 3])[1] != drawn


def test_walks_are_films(work, classes, monkeypatch):
    film = image_in(work.walk(0, "0, 1, 2", 4, True))
    assert film.n_frames == 12 and film.format == "WEBP"
    assert image_in(classes.walk(0, "2 1", 3.0, False, "dog")).n_frames == 4
    assert image_in(work.wander(0, 3)).n_frames == 12 and work.wander(0, 3) != work.wander(1, 3)
    assert image_in(classes.wander(0, 2, "dog")).n_frames == 8
    with pytest.raises(ValueError, match="at least two samples"):
        work.walk(0, "1", 4)
    monkeypatch.setattr(pictures, "MAX_FILM_PIXELS", 16 * 16 * 10)
    with pytest.raises(ValueError, match="at most 10 frames. Received: 12"):
        work.walk(0, "0 1 2", 4)


def test_seeds_are_checked(work):
    for call in (work.sample, work.sheet, lambda seed: work.walk(seed, "0 1", 2)):
        for seed in (None, -1, 0.5, 2**31):
            with pytest.raises(ValueError, match="seed"):
                call(seed)


def test_fields_of_samples(work):
    assert work.toggled("", 3) == "3" and work.toggled("3, 1", 2) == "3, 1, 2" and work.toggled("3 1", 3) == "1"
    assert work.toggled("nonsense", 2) == "2" and work.picked("3", "x", "1, 2") == [3, 1, 2]


def test_the_page_is_laid_out(work, classes):
    gradio = pytest.importorskip("gradio")
    with gradio.Blocks(analytics_enabled=False) as page:
        explorer.build(work)
        explorer.build(classes)
    labels = [getattr(block, "label", None) for block in page.blocks.values()]
    assert {"Explore", "Arithmetic", "Walk"} <= set(labels) and labels.count("Direction 5") == 1
    assert labels.count("Direction 3") == 2


def test_models_that_grow():
    model = keras_gans.PGGAN(resolution=8, latent_dim=6, fmap_max=4)
    work = Explorer(model)
    assert np.array_equal(pixels(work.sample(1)), model.generate(1, seed=1)[0])
    assert work.directions.shape == (6, 6) and image_in(work.walk(0, "3 1", 2, True)).n_frames == 4
