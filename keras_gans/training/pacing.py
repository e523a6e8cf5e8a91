"""How a training is cut into ticks: steps of one size, or the phases of a schedule."""

from keras_gans.models.feeding import count_of
from keras_gans.schedules import TICK_IMAGES, ProgressiveSchedule

TICKS = 50  # of a training whose interval is not given


def pace_of(model, images, every=None, batch_size=None):
    """How a compiled model comes to have seen a number of images.

    Args:
        model: compiled GAN.
        images: int, real images at which it is done, counted from the run's start.
        every: int, images a tick; default: a fiftieth of `images`, and for a model with a schedule no more than the
            schedule's own ticks.
        batch_size: int, real images a discriminator step; default: the model's. A schedule has its own.

    Returns:
        `Phases` for a model with a schedule, else `Steps`. Both have `budget` (images at which it is done, in whole
        steps), `tick` (images that scores are rounded to), `largest_batch(images_seen)` (real images of the largest
        step to come) and `fit(model, data, callbacks)`.
    """
    if getattr(model, "schedule", None) is None:
        return Steps(model, images, every, batch_size)
    return Phases(model, images, every)


class Steps:
    """Steps of one size, ticks that end at multiples of their length; see `pace_of`.

    Args:
        model: compiled GAN.
        images: int, real images at which it is done.
        every: int, images a tick, or None.
        batch_size: int, or None.
    """

    def __init__(self, model, images, every=None, batch_size=None):
        self.batch_size = batch_size
        self.step = images_per_step(model, batch_size)
        self.budget = whole_steps(images, self.step)
        self.tick = tick_of(images, every, self.step)

    def largest_batch(self, images_seen=0):
        """Real images of a step; `images_seen` makes no difference."""
        return self.step

    def plan(self, images_seen=0):
        """The steps to come in words, a list of lines; `images_seen` is where they begin."""
        steps = max(self.budget - images_seen, 0) // self.step
        return [f"Steps: {steps:,} of {self.step:,} images, from image {images_seen:,} to {self.budget:,}"]

    def fit(self, model, data, callbacks):
        """Trains a model to the end, an epoch a tick.

        Args:
            model: compiled GAN.
            data: `keras_gans.data.ImageData`.
            callbacks: list of keras callbacks.
        """
        for first, count, steps in segments(count_of(model.images_seen), self.budget, self.tick, self.step):
            model.fit(
                data,
                batch_size=self.batch_size,
                initial_epoch=first,
                epochs=first + count,
                steps_per_epoch=steps,
                callbacks=callbacks,
                verbose=0,
            )
            if model.stop_training:
                break


class Phases:
    """The phases of the model's schedule, each with its resolution and batch size; see `pace_of`.

    Args:
        model: compiled model with a `schedule`.
        images: int, real images at which it is done. The schedule ends there, or goes on as long; but not before its
            last resolution has faded in.
        every: int, images a tick, or None.
    """

    tick = 1

    def __init__(self, model, images, every=None):
        self.schedule = lasting(model.schedule, images, every)
        self.steps = model.discriminator_steps
        self._phases = self.schedule.phases(self.steps)
        last = next(phase for phase in self._phases if phase.end >= images)
        self.budget = last.start + whole_steps(images - last.start, last.batch_size * self.steps)

    def largest_batch(self, images_seen=0):
        """Real images of the largest step after `images_seen` images."""
        batches = [phase.batch_size for phase in self._phases if images_seen < phase.end and phase.start < self.budget]
        return max(batches, default=0) * self.steps

    def plan(self, images_seen=0):
        """The phases to come in words, a list of lines; `images_seen` is where they begin."""
        lines = [f"Schedule from image {images_seen:,} to {self.budget:,}:"]
        for phase in self._phases:
            if phase.end <= images_seen or phase.start >= self.budget:
                continue
            start, end = max(phase.start, images_seen), min(phase.end, self.budget)
            steps = -(-(end - start) // (phase.batch_size * self.steps))
            how = "fading in" if phase.fading else "stable"
            size = phase.batch_size * self.steps
            lines.append(
                f"  {start:>12,} - {end:>12,}  {resolution_text(phase.resolution):>11}  {how:<9}"
                f"  {steps:,} steps of {size:,} images"
            )
        return lines

    def fit(self, model, data, callbacks):
        """Trains a model to the end, an epoch a tick.

        Args:
            model: compiled model with a `schedule`.
            data: `keras_gans.data.ImageData`.
            callbacks: list of keras callbacks.
        """
        model.schedule = self.schedule
        model.fit(data, callbacks=callbacks, verbose=0, total_images=self.budget)


def images_per_step(model, batch_size=None):
    """Real images that one training step of a compiled model sees."""
    return (batch_size or model.default_batch_size) * model.discriminator_steps


def whole_steps(images, step):
    """`images` rounded up to a multiple of `step`, at least one: `whole_steps(100, 64)` is 128."""
    return max(int(-(-images // step)), 1) * step


def tick_of(images, every, step):
    """Images a tick: `every`, or a fiftieth of all `images`, in whole steps: `tick_of(6400, None, 64)` is 128."""
    return whole_steps(every or images / TICKS, step)


def segments(start, budget, tick, step):
    """Cuts a training into calls of `fit`, so that ticks end at multiples of their length and the last at the budget.

    Args:
        start: int, images seen.
        budget: int, images at which training ends, a multiple of `step` beyond `start` or not.
        tick: int, images a tick, a multiple of `step`.
        step: int, images a step.

    Yields:
        (number of the first tick, count of ticks, steps in each): the rest of a tick that was begun, whole ticks, the
        piece of a tick that is left.

    Example:

    >>> list(segments(start=64, budget=960, tick=256, step=64))
    [(0, 1, 3), (1, 2, 4), (3, 1, 3)]
    """
    while start < budget:
        number, begun = divmod(start, tick)
        whole = (budget - start) // tick
        if begun or not whole:
            count, length = 1, min(tick - begun, budget - start)
        else:
            count, length = whole, tick
        steps = -(-length // step)
        yield number, count, steps
        start += count * steps * step


def lasting(schedule, images, every=None):
    """A schedule that ends after a number of images and is cut into ticks for them.

    Args:
        schedule: `keras_gans.schedules.ProgressiveSchedule`.
        images: int, where it shall end; it ends later where its resolution is reached later.
        every: int, images a tick; default: a fiftieth of `images`, at most what the official code has at the
            resolution.

    Example:

    >>> schedule = ProgressiveSchedule(8, stable_images=100, fade_images=100)
    >>> lasting(schedule, 1000).total_images, lasting(schedule, 10).total_images
    (1000, 200)
    """
    most = max(int(images / TICKS), 1)
    ticks = every or {side: min(1000 * kimg, most) for side, kimg in TICK_IMAGES.items()}
    total = max(reached_at(schedule), int(images), 1)
    return ProgressiveSchedule(**{**schedule.get_config(), "total_images": total, "tick_images": ticks})


def reached_at(schedule):
    """Images seen when a schedule's last resolution has faded in.

    >>> reached_at(ProgressiveSchedule(16, stable_images=100, fade_images=50))
    300
    """
    doublings = len(schedule.resolutions) - 1 - schedule.first_stage
    return doublings * (schedule.stable_images + schedule.fade_images)


def resolution_text(resolution):
    """A resolution in words: `resolution_text(8)` is "8 x 8", `resolution_text((4, 8))` is "4 x 8"."""
    height, width = resolution if isinstance(resolution, (tuple, list)) else (resolution, resolution)
    return f"{height} x {width}"
