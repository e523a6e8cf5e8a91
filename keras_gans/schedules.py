"""Schedules of progressive growing: pure functions of the number of real images that the discriminator has seen.

Karras et al. 2018 (arXiv 1710.10196), Sec. 2 and App. A; held against `TrainingSchedule` of the official code
(tkarras/progressive_growing_of_gans @2504c3f), from whose `lod` stage and alpha here follow:
stage = last stage - floor(lod), alpha = 1 - frac(lod). No TensorFlow is needed here.

Deviations: none known.
"""

import dataclasses

import keras

# Images between two looks at the training, by resolution, in the official code.
TICK_IMAGES = {4: 160, 8: 140, 16: 120, 32: 100, 64: 80, 128: 60, 256: 40, 512: 20, 1024: 10}


def stage_resolutions(resolution):
    """Returns the resolutions that a network grows through, from the base to `resolution`, each twice the last.

    The shorter side of the base has 4 to 7 pixels, 4 in every published network.

    Args:
        resolution: side of a square image, or (height, width).

    Returns:
        List of (height, width), smallest first.

    Raises:
        ValueError: If `resolution` is not such a base times a power of two.

    Example:

    >>> stage_resolutions(16)
    [(4, 4), (8, 8), (16, 16)]
    >>> stage_resolutions((8, 16))
    [(4, 8), (8, 16)]
    """
    sides = resolution if isinstance(resolution, (tuple, list)) else (resolution, resolution)
    if len(sides) == 2 and all(_is_integer(s) and s >= 4 for s in sides):
        height, width = (int(s) for s in sides)
        doublings = (min(height, width) // 4).bit_length() - 1
        if height % 2**doublings == 0 and width % 2**doublings == 0:
            return [(height >> k, width >> k) for k in range(doublings, -1, -1)]
    raise ValueError(
        "A resolution must be base * 2^k with a base whose shorter side has 4 to 7 pixels, such as 64 = 4 * 2^4 or "
        f"(64, 128) = (4, 8) * 2^4. Received: resolution={resolution!r}"
    )


@dataclasses.dataclass(frozen=True)
class ScheduleValues:
    """What a schedule says at one moment.

    Args:
        stage: index into `stage_resolutions`, 0 for the base.
        resolution: of that stage: an integer, or (height, width) where they differ.
        alpha: weight of the newest layers in (0, 1]; 1 when they are not fading in.
        batch_size: real images a discriminator step.
        learning_rate_factor: factor on the compiled learning rates.
        lod: level of detail of the published networks, 0 at the final resolution.
    """

    stage: int
    resolution: int | tuple
    alpha: float
    batch_size: int
    learning_rate_factor: float
    lod: float


@dataclasses.dataclass(frozen=True)
class Phase:
    """A stretch of training in which the same layers train: one stage, fading in or stable.

    Args:
        start: images seen when it starts.
        end: images seen when it ends.
        stage: index into `stage_resolutions`.
        resolution: as in `ScheduleValues`.
        fading: whether the newest layers are fading in.
        batch_size: real images a discriminator step.
        learning_rate_factor: factor on the compiled learning rates.
    """

    start: int
    end: int
    stage: int
    resolution: int | tuple
    fading: bool
    batch_size: int
    learning_rate_factor: float


@keras.saving.register_keras_serializable(package="keras_gans")
class ProgressiveSchedule:
    """Training starts small; each doubling of the resolution is faded in, then trained at full strength.

    With n images seen, k = ⌊n / (stable + fade)⌋ doublings are complete and the next is faded in with
    α = max(0, n - k (stable + fade) - stable) / fade, until the resolution is reached.

    Args:
        resolution: final resolution, an integer or (height, width).
        stable_images: real images at each resolution before the next fades in; 800,000 in the paper.
        fade_images: real images of each fade; 800,000 in the paper. 0 switches at once.
        total_images: real images at the end of training; None adds two more rounds of stable and fade after the last
            fade, which is where the official configuration of 600,000 images a phase ends at 1024.
        initial_resolution: resolution (shorter side) to start at; None for the base. The final one: no growing.
        batch_size: real images a step.
        batch_sizes: dict resolution (shorter side) -> batch size where it differs.
        learning_rate_factors: dict resolution (shorter side) -> factor on the compiled learning rate where it is not 1.
        minibatch_repeats: training steps for which the values stay as they are; 4 in the official code.
        tick_images: images of a tick (an epoch of `fit`), or dict resolution -> images; None for the official code's
            160,000 at 4x4 falling to 10,000 at 1024. A tick also ends where layers start or end fading in.

    Raises:
        ValueError: If an argument is out of range or the resolution is never reached.

    Reference: Karras et al. 2018 (arXiv 1710.10196).

    Example:

    >>> schedule = ProgressiveSchedule(resolution=8, stable_images=600_000, fade_images=600_000)
    >>> values = schedule(750_000)
    >>> values.resolution, values.alpha
    (8, 0.25)
    """

    def __init__(
        self,
        resolution,
        stable_images=800_000,
        fade_images=800_000,
        total_images=None,
        initial_resolution=None,
        batch_size=16,
        batch_sizes=None,
        learning_rate_factors=None,
        minibatch_repeats=1,
        tick_images=None,
    ):
        self.resolutions = stage_resolutions(resolution)
        self.resolution = _plain_resolution(self.resolutions[-1])
        self.stable_images = _integer("stable_images", stable_images, 0)
        self.fade_images = _integer("fade_images", fade_images, 0)
        self.minibatch_repeats = _integer("minibatch_repeats", minibatch_repeats, 1)
        self.batch_size = _integer("batch_size", batch_size, 1)
        sides = [min(r) for r in self.resolutions]
        self.batch_sizes = _table("batch_sizes", batch_sizes, lambda v: _integer("batch_sizes", v, 1))
        self.learning_rate_factors = _table("learning_rate_factors", learning_rate_factors, _positive)
        self.tick_images = tick_images
        if isinstance(tick_images, dict) and tick_images:
            self.tick_images = _table("tick_images", tick_images, lambda v: _integer("tick_images", v, 1))
        elif tick_images is not None:
            self.tick_images = _integer("tick_images", tick_images, 1)
        self.initial_resolution = sides[0] if initial_resolution is None else initial_resolution
        if self.initial_resolution not in sides:
            raise ValueError(
                f"initial_resolution must be one of {sides}. Received: initial_resolution={initial_resolution!r}"
            )
        self.first_stage = sides.index(self.initial_resolution)
        reached = (len(sides) - 1 - self.first_stage) * (self.stable_images + self.fade_images)
        if reached == 0 and self.first_stage < len(sides) - 1:
            raise ValueError(
                f"A schedule with neither stable nor fade images never grows from {self.initial_resolution} to "
                f"{self.resolution}. Received: stable_images=0, fade_images=0"
            )
        rest = 2 * (self.stable_images + self.fade_images)
        if total_images is None and not rest:
            raise ValueError("total_images must be given where there is no growing. Received: total_images=None")
        self.total_images = reached + rest if total_images is None else _integer("total_images", total_images, 1)
        if self.total_images < reached:
            raise ValueError(
                f"The schedule reaches {self.resolution} after {reached} images but ends before that. "
                f"Received: total_images={total_images}"
            )

    def __call__(self, images_seen):
        """Returns the `ScheduleValues` after `images_seen` real images.

        Args:
            images_seen: integer >= 0.
        """
        images_seen = _integer("images_seen", images_seen, 0)
        done, faded = self._progress(images_seen)
        stage = self.first_stage + done + (faded > 0)
        alpha = faded / self.fade_images if faded else 1.0
        side = min(self.resolutions[stage])
        return ScheduleValues(
            stage=stage,
            resolution=_plain_resolution(self.resolutions[stage]),
            alpha=alpha,
            batch_size=self.batch_sizes.get(side, self.batch_size),
            learning_rate_factor=self.learning_rate_factors.get(side, 1.0),
            lod=len(self.resolutions) - 1 - stage + 1.0 - alpha,
        )

    def _progress(self, images_seen):
        """Doublings that are complete, and the images that the present fade has had."""
        last = len(self.resolutions) - 1 - self.first_stage
        if last == 0:
            return 0, 0
        done, rest = divmod(images_seen, self.stable_images + self.fade_images)
        return (last, 0) if done >= last else (done, max(0, rest - self.stable_images))

    def fade_start(self, stage):
        """Returns after how many images a stage starts to fade in; its alpha is 0 there.

        Args:
            stage: index into `stage_resolutions`, above the first stage.
        """
        return (stage - self.first_stage - 1) * (self.stable_images + self.fade_images) + self.stable_images

    def phases(self, discriminator_steps=1):
        """Returns the list of `Phase` of the whole training, as its steps fall.

        Values are read at the start of each group of `minibatch_repeats` steps, so a phase starts at the first group
        that finds new layers, not in the middle of one.

        Args:
            discriminator_steps: batches of real images that each training step takes.
        """
        phases, start = [], 0
        while start < self.total_images:
            values = self(start)
            group = values.batch_size * discriminator_steps * self.minibatch_repeats
            change = min(self._next_change(start), self.total_images)
            end = start + -(-(change - start) // group) * group
            phases.append(
                Phase(
                    start,
                    end,
                    values.stage,
                    values.resolution,
                    values.alpha < 1,
                    values.batch_size,
                    values.learning_rate_factor,
                )
            )
            start = end
        return phases

    def _next_change(self, images_seen):
        """The first count of images after `images_seen` at which other layers train."""
        done, faded = self._progress(images_seen)
        if done == len(self.resolutions) - 1 - self.first_stage:
            return self.total_images
        end_of_round = (done + 1) * (self.stable_images + self.fade_images)
        if faded or not self.fade_images:
            return end_of_round
        return self.fade_start(self.first_stage + done + 1) + 1  # at the start itself nothing is faded in yet

    def ticks(self, discriminator_steps=1, images=None, steps=None):
        """Returns the epochs of `fit`: a list of (phase, start, end) in images seen.

        Args:
            discriminator_steps: batches of real images that each training step takes.
            images: images a tick, instead of the schedule's; rounded up to whole steps.
            steps: training steps a tick, instead of either.
        """
        ticks = []
        for phase in self.phases(discriminator_steps):
            step = phase.batch_size * discriminator_steps
            length = steps or -(-(images or self._tick_images(phase)) // step)
            for start in range(phase.start, phase.end, length * step):
                ticks.append((phase, start, min(start + length * step, phase.end)))
        return ticks

    def _tick_images(self, phase):
        if isinstance(self.tick_images, int):
            return self.tick_images
        table = {side: 1000 * k for side, k in TICK_IMAGES.items()} if self.tick_images is None else self.tick_images
        nearest = max((side for side in table if side <= min(self.resolutions[phase.stage])), default=min(table))
        return table[nearest]

    def get_config(self):
        """Returns the constructor's arguments as plain data."""
        return dict(
            resolution=self.resolution,
            stable_images=self.stable_images,
            fade_images=self.fade_images,
            total_images=self.total_images,
            initial_resolution=self.initial_resolution,
            batch_size=self.batch_size,
            batch_sizes=_plain(self.batch_sizes),
            learning_rate_factors=_plain(self.learning_rate_factors),
            minibatch_repeats=self.minibatch_repeats,
            tick_images=_plain(self.tick_images),
        )

    @classmethod
    def from_config(cls, config):
        """Returns the schedule that `get_config` described.

        Args:
            config: what `get_config` returned.
        """
        return cls(**config)

    def __eq__(self, other):
        return type(other) is type(self) and other.get_config() == self.get_config()

    def __hash__(self):
        return hash(repr(self.get_config()))

    def __repr__(self):
        return f"ProgressiveSchedule({', '.join(f'{k}={v!r}' for k, v in self.get_config().items())})"


def _plain_resolution(resolution):
    height, width = resolution
    return height if height == width else (height, width)


def _integer(name, value, minimum):
    if not _is_integer(value) or value < minimum:
        raise ValueError(f"{name} must be an integer of at least {minimum}. Received: {name}={value!r}")
    return int(value)


def _is_integer(value):
    try:
        return not isinstance(value, bool) and int(value) == value
    except (TypeError, ValueError, OverflowError):
        return False


def _positive(value):
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < float("inf"):
        raise ValueError(f"learning_rate_factors must be greater than 0. Received: {value!r}")
    return float(value)


def _table(name, table, check):
    """A dict with integer keys, also from one whose keys went through JSON."""
    if table is None:
        return {}
    if not isinstance(table, dict):
        raise ValueError(f"{name} must be a dict from resolution to value. Received: {name}={table!r}")
    return {
        _integer(name, int(key) if isinstance(key, str) and key.isdigit() else key, 1): check(value)
        for key, value in table.items()
    }


def _plain(table):
    return {str(key): value for key, value in table.items()} if isinstance(table, dict) else table
