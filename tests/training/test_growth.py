import numpy as np
import pytest

import keras_gans
from keras_gans.schedules import ProgressiveSchedule
from keras_gans.training import growth
from tests.models.pggan.tiny import make, schedule


def compiled(resolution=8, lod=0.0, seed=1, **settings):
    model = make(resolution, seed=seed)
    model.compile(schedule=schedule(resolution, **settings))
    model.lod.assign(lod)
    return model


def test_who_grows():
    assert growth.grows(keras_gans.PGGAN) and not growth.grows(keras_gans.DCGAN)


def test_the_papers_schedule_is_the_default():
    found = growth.schedule_of(make(8), {}, {})
    assert (found.stable_images, found.fade_images, found.batch_size) == (800_000, 800_000, 16)
    assert found.total_images == 800_000 * 6 and found.batch_sizes == {256: 14, 512: 6, 1024: 3}


def test_what_is_asked_for_replaces_it():
    found = growth.schedule_of(make(8), {}, {"stable_images": 100, "batch_size": 4})
    assert (found.stable_images, found.fade_images, found.batch_size, found.batch_sizes) == (100, 800_000, 4, {})
    found = growth.schedule_of(make(8), {}, {"batch_size": 4, "batch_sizes": {"8": 2}})
    assert found.batch_sizes == {8: 2}
    with pytest.raises(ValueError, match="never grows from 4 to 8"):
        growth.schedule_of(make(8), {}, dict(growth.AT_ONCE))
    with pytest.raises(ValueError, match="initial_resolution=16"):
        growth.schedule_of(make(8), {}, {"initial_resolution": 16})
    found = growth.schedule_of(make(8), {}, {**growth.AT_ONCE, "initial_resolution": 8})
    assert found.first_stage == 1 and found.total_images == 1_000_000


def test_presets_at_their_own_and_at_other_resolutions():
    presets = keras_gans.PGGAN.presets
    model = make(32)
    assert growth.schedule_of(model, presets["pggan_cifar10"], {}).total_images == 20_000_000
    small = growth.schedule_of(make(8), presets["pggan_cifar10"], {})
    assert small.stable_images == 400_000 and small.total_images == 400_000 * 6
    assert growth.schedule_of(make(8), presets["pggan_v2"], {}).batch_sizes[8] == 128
    still = growth.schedule_of(make(8), presets["pggan_ablation_a"], {})
    assert still.initial_resolution == 8 and still.total_images == 10_000_000
    shorter = growth.schedule_of(model, presets["pggan_cifar10"], {"stable_images": 10, "fade_images": 10})
    assert shorter.total_images == 20 * 5


def test_plain_has_what_a_run_is_told():
    found = growth.plain(ProgressiveSchedule(8, 10, 20, batch_sizes={8: 2}))
    assert found["stable_images"] == 10 and found["batch_sizes"] == {"8": 2}
    assert not {"resolution", "total_images", "tick_images"} & set(found)


@pytest.mark.parametrize("lod", [2.0, 1.75, 1.5, 1.25, 1.0, 0.75, 0.5, 0.0])
def test_position_is_where_the_schedule_has_that_level(lod):
    schedule = ProgressiveSchedule(16, stable_images=100, fade_images=40)
    seen = growth.position(schedule, lod)
    assert schedule(seen).lod == lod
    assert seen in (0, 280) or schedule(seen - 1).lod > lod or lod == 1.0


def test_a_larger_model_grows_from_a_smaller_one():
    small, large = compiled(8, seed=2), compiled(16)
    words = growth.take_over(large, small)
    # fades are from 4 to 16 and from 20 to 32; steps of 4 images
    assert int(large.images_seen) == 20 and float(large.lod) == 1.0
    assert "weights of 2 resolutions" in words and "image 20: 8 x 8" in words
    latents = np.ones((2, 6), "float32")
    ours, theirs = large.synthesize(latents, lod=1.0), small.synthesize(latents)
    np.testing.assert_array_equal(ours[:, ::2, ::2], theirs)


def test_a_smaller_one_that_was_growing_still():
    large = compiled(16)
    growth.take_over(large, compiled(8, lod=0.5, seed=2))
    assert float(large.lod) == 1.5 and int(large.images_seen) == 12  # half of the fade from 4 to 16, in whole steps
    assert large.schedule(12).lod == pytest.approx(1 + 1 / 3)


def test_a_grown_one_of_this_size_trains_on_at_full_resolution():
    model, source = compiled(8), compiled(8, seed=2)
    words = growth.take_over(model, source)
    assert "fully grown" in words and int(model.images_seen) == 0
    assert model.schedule(0).resolution == 8 and model.schedule(0).batch_size == 4
    latents = np.ones((2, 6), "float32")
    np.testing.assert_array_equal(model.synthesize(latents), source.synthesize(latents))
    model = compiled(8)
    growth.take_over(model, source, asked={"stable_images": 4})
    assert int(model.images_seen) == 16 and model.schedule.stable_images == 4  # after the fade


def test_models_that_do_not_fit():
    with pytest.raises(ValueError, match="of more pixels"):
        growth.take_over(compiled(8), compiled(16))
    wide = make(4, fmap_max=8)
    with pytest.raises(ValueError, match="layers .* differ"):
        growth.take_over(compiled(8), wide)


def test_whole_steps():
    model = compiled(8)
    assert [growth.whole_steps(model, n) for n in (0, 1, 4, 9, 24, 100)] == [0, 4, 4, 12, 24, 100]


def test_what_is_said_of_short_trainings():
    model = compiled(8)
    assert growth.note_of(model, 16) is None and growth.note_of(keras_gans.DCGAN, 16) is None
    note = growth.note_of(model, 8)
    assert "at 8 x 8, which is fading in; 8 x 8 is reached after 0.016. A larger" in note
    model.images_seen.assign(10)
    assert growth.where(model) == "8 x 8, fading in (alpha 0.50)"
