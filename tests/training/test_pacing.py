import pytest

from keras_gans.schedules import ProgressiveSchedule
from keras_gans.training import pacing


@pytest.mark.parametrize(
    "start, budget, tick, expected",
    [
        (0, 960, 256, [(0, 3, 4), (3, 1, 3)]),  # whole ticks, then what is left
        (0, 512, 256, [(0, 2, 4)]),
        (128, 512, 256, [(0, 1, 2), (1, 1, 4)]),  # first the rest of a tick
        (64, 128, 256, [(0, 1, 1)]),
        (512, 512, 256, []),
        (600, 512, 256, []),
    ],
)
def test_segments_end_ticks_at_multiples(start, budget, tick, expected):
    assert list(pacing.segments(start, budget, tick, 64)) == expected


def test_segments_reach_the_budget_from_anywhere():
    for start in range(0, 500, 7):  # such positions arise when the batch size was changed
        total = sum(count * steps * 64 for _, count, steps in pacing.segments(start, 512, 128, 64))
        assert 512 <= start + total < 512 + 64


def test_whole_steps_and_ticks():
    assert [pacing.whole_steps(n, 64) for n in (0.1, 64, 64.5, 100)] == [64, 64, 128, 128]
    assert [pacing.tick_of(6400, every, 64) for every in (None, 1, 65)] == [128, 64, 128]


class Growing:
    """What a pace looks at in a model with a schedule."""

    discriminator_steps = 1

    def __init__(self, **settings):
        defaults = dict(stable_images=100, fade_images=50, batch_size=8, batch_sizes={16: 4})
        self.schedule = ProgressiveSchedule(**{"resolution": 16, **defaults, **settings})


@pytest.mark.parametrize("images, budget", [(1, 8), (96, 96), (97, 104), (300, 300), (301, 304), (1000, 1000)])
def test_phases_end_after_whole_steps(images, budget):
    pace = pacing.pace_of(Growing(), images)
    # 4x4 to image 104, fading to 152, 8x8 to 256, fading in steps of 4 to 300, then 16x16
    assert isinstance(pace, pacing.Phases) and pace.budget == budget


def test_phases_know_their_largest_batch():
    pace = pacing.pace_of(Growing(), 400)
    assert [pace.largest_batch(seen) for seen in (0, 250, 280, 399, 400)] == [8, 8, 4, 4, 0]
    assert pacing.pace_of(Growing(), 400, every=7).schedule.tick_images == 7
    model = Growing()
    model.discriminator_steps = 5
    assert pacing.pace_of(model, 400).largest_batch() == 40


def test_ticks_are_a_fiftieth_and_no_more_than_the_codes():
    schedule = pacing.lasting(ProgressiveSchedule(1024), 12_800_000)
    assert [schedule.tick_images[side] for side in (4, 16, 1024)] == [160_000, 120_000, 10_000]
    assert pacing.lasting(ProgressiveSchedule(8, 10, 10), 100).tick_images[4] == 2


def test_the_plan_in_words():
    lines = pacing.pace_of(Growing(), 256).plan(images_seen=104)
    assert [line.split() for line in lines[1:]] == [
        "104 - 152 8 x 8 fading in 6 steps of 8 images".split(),
        "152 - 256 8 x 8 stable 13 steps of 8 images".split(),
    ]


def test_a_schedule_that_does_not_grow():
    pace = pacing.pace_of(Growing(stable_images=0, fade_images=0, initial_resolution=16, total_images=9), 100)
    assert pace.budget == 100 and pace.largest_batch() == 4 and pacing.reached_at(pace.schedule) == 0
