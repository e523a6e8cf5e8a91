import json

import keras
import pytest

from keras_gans.schedules import ProgressiveSchedule, stage_resolutions


def at_1024(**kwargs):
    return ProgressiveSchedule(resolution=1024, **kwargs)


def test_stage_resolutions():
    assert stage_resolutions(4) == [(4, 4)]
    assert stage_resolutions(1024) == [(2**k, 2**k) for k in range(2, 11)]
    assert stage_resolutions((64, 128))[0] == (4, 8)
    assert stage_resolutions((24, 16)) == [(6, 4), (12, 8), (24, 16)]
    assert stage_resolutions(96)[0] == (6, 6)


@pytest.mark.parametrize("resolution", [100, 3, 0, 66, (64, 100), (1, 2, 3), 8.5, True, None, float("nan"), (16, "a")])
def test_no_base_times_a_power_of_two(resolution):
    with pytest.raises(ValueError, match="base \\* 2\\^k.*Received: resolution="):
        stage_resolutions(resolution)


# --- against numbers worked out by hand from the official code's formula


@pytest.mark.parametrize(
    "phase, kimg",
    [(600, [600, 1800, 3000, 4200, 5400, 6600, 7800, 9000]), (800, [800, 2400, 4000, 5600, 7200, 8800, 10400, 12000])],
)
def test_starts_of_fades(phase, kimg):
    schedule = at_1024(stable_images=phase * 1000, fade_images=phase * 1000)
    for stage, start in enumerate(kimg, start=1):
        n = start * 1000
        assert schedule.fade_start(stage) == n
        assert schedule(n).stage == stage - 1  # at the start itself nothing is faded in
        assert schedule(n).alpha == 1.0
        assert schedule(n + 1).resolution == 4 * 2**stage
        assert schedule(n + 1).alpha == 1 / (phase * 1000)
        assert schedule(n + phase * 500).alpha == 0.5
        assert schedule(n + phase * 1000).alpha == 1.0
        assert schedule(n + phase * 1000).stage == stage
    assert schedule(10**9).resolution == 1024


@pytest.mark.parametrize(
    "kimg, lod, resolution",
    [
        (0, 8.0, 4),
        (599, 8.0, 4),
        (900, 7.5, 8),
        (1200, 7.0, 8),
        (1950, 6.75, 16),
        (9450, 0.25, 1024),
        (9600, 0.0, 1024),
    ],
)
def test_lod(kimg, lod, resolution):
    values = at_1024(stable_images=600_000, fade_images=600_000)(kimg * 1000)
    assert values.lod == lod
    assert values.resolution == resolution


def test_batch_sizes_and_learning_rates_of_v2_with_one_device():
    schedule = at_1024(
        stable_images=600_000,
        fade_images=600_000,
        batch_size=4,
        batch_sizes={4: 128, 8: 128, 16: 128, 32: 64, 64: 32, 128: 16, 256: 8, 512: 4},
        learning_rate_factors={1024: 1.5},
    )
    seen = {p.resolution: (p.batch_size, p.learning_rate_factor) for p in schedule.phases()}
    assert seen == {
        4: (128, 1.0),
        8: (128, 1.0),
        16: (128, 1.0),
        32: (64, 1.0),
        64: (32, 1.0),
        128: (16, 1.0),
        256: (8, 1.0),
        512: (4, 1.0),
        1024: (4, 1.5),
    }
    assert schedule.total_images == 12_000_000


def test_without_growing():
    schedule = ProgressiveSchedule(32, 0, 0, total_images=1000, initial_resolution=32, batch_size=10)
    assert [(p.start, p.end, p.resolution, p.fading) for p in schedule.phases()] == [(0, 1000, 32, False)]
    assert schedule(5).lod == 0.0


def test_without_fades():
    schedule = ProgressiveSchedule(16, stable_images=100, fade_images=0, batch_size=10)
    assert [(p.start, p.end, p.stage, p.fading) for p in schedule.phases()] == [
        *[(0, 100, 0, False), (100, 200, 1, False), (200, 400, 2, False)]
    ]


# --- phases as the steps fall


def test_phases_by_hand():
    schedule = ProgressiveSchedule(8, stable_images=64, fade_images=64, total_images=200, batch_size=16)
    assert [(p.start, p.end, p.stage, p.fading) for p in schedule.phases()] == [
        (0, 80, 0, False),  # at 64 alpha would be 0: one more step of the old layers
        (80, 128, 1, True),
        (128, 208, 1, False),
    ]


def test_values_are_read_once_in_four_steps():
    # 600,000 / 512 = 1171.9: the first group that finds new layers starts at 1172 * 512
    schedule = ProgressiveSchedule(8, 600_000, 600_000, batch_size=128, minibatch_repeats=4)
    first, fade, stable = schedule.phases()
    assert (first.end, fade.start) == (600_064, 600_064)
    assert fade.end == 600_064 + 1172 * 512 == 1_200_128
    assert stable.end >= schedule.total_images


@pytest.mark.parametrize("batch_sizes, repeats, steps", [({}, 1, 1), ({4: 7, 8: 5}, 3, 2), ({16: 1000}, 2, 1)])
def test_phases_join_and_agree_with_the_values_at_their_start(batch_sizes, repeats, steps):
    schedule = ProgressiveSchedule(16, 300, 200, batch_size=16, batch_sizes=batch_sizes, minibatch_repeats=repeats)
    phases = schedule.phases(steps)
    assert phases[0].start == 0
    assert phases[-1].end >= schedule.total_images
    for phase, following in zip(phases, phases[1:] + phases[:0]):
        assert phase.end == following.start
        assert (phase.stage, phase.fading) != (following.stage, following.fading)
    for phase in phases:
        values = schedule(phase.start)
        assert (values.stage, values.resolution, values.alpha < 1) == (phase.stage, phase.resolution, phase.fading)
        assert (phase.end - phase.start) % (phase.batch_size * repeats * steps) == 0


def test_ticks():
    schedule = ProgressiveSchedule(8, 64, 64, total_images=208, batch_size=16, tick_images=40)
    assert [(start, end) for _, start, end in schedule.ticks()] == [
        *[(0, 48), (48, 80), (80, 128), (128, 176), (176, 208)]
    ]
    by_resolution = ProgressiveSchedule(8, 64, 64, total_images=208, batch_size=16, tick_images={4: 16, 8: 80})
    assert len(by_resolution.ticks()) == 5 + 1 + 1
    phase, start, end = at_1024().ticks()[-1]
    assert phase.resolution == 1024 and end - start <= 10_000


def test_config_round_trip_through_json():
    schedule = at_1024(batch_sizes={4: 8}, learning_rate_factors={64: 1.5}, tick_images={4: 10})
    config = json.loads(json.dumps(schedule.get_config()))
    assert ProgressiveSchedule.from_config(config) == schedule
    assert ProgressiveSchedule.from_config(config).batch_sizes == {4: 8}
    copy = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(schedule))
    assert copy == schedule and hash(copy) == hash(schedule) and copy != at_1024()
    assert "stable_images=800000" in repr(schedule)
    wide = ProgressiveSchedule((8, 16))
    assert ProgressiveSchedule.from_config(wide.get_config()).resolution == (8, 16)


@pytest.mark.parametrize(
    "arguments, message",
    [
        (dict(total_images=3_000_000), "reaches 16 after 3200000 images but ends before.*total_images=3000000"),
        (dict(stable_images=0, fade_images=0), "never grows from 4 to"),
        (dict(stable_images=0, fade_images=0, initial_resolution=16), "total_images must be given"),
        (dict(initial_resolution=5), r"one of \[4, 8, 16\].*initial_resolution=5"),
        (dict(stable_images=-1), "stable_images=-1"),
        (dict(stable_images=1.5), "stable_images=1.5"),
        (dict(batch_size=0), "batch_size=0"),
        (dict(batch_size="many"), "batch_size='many'"),
        (dict(batch_sizes={4: 0}), "batch_sizes=0"),
        (dict(batch_sizes=[4]), "dict from resolution"),
        (dict(learning_rate_factors={4: -1.0}), "greater than 0. Received: -1.0"),
        (dict(minibatch_repeats=0), "minibatch_repeats=0"),
        (dict(tick_images=0), "tick_images=0"),
        (dict(tick_images={}), "tick_images={}"),
        (dict(total_images=float("inf")), "total_images=inf"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        ProgressiveSchedule(resolution=16, **arguments)


def test_bad_count():
    with pytest.raises(ValueError, match="images_seen=-1"):
        at_1024()(-1)
