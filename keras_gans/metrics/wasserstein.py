"""Sliced Wasserstein distance (SWD) between the local patches of two sets of images, scale by scale.

    SWD = mean over directions θ of ∫ |F⁻¹_{real·θ}(u) - F⁻¹_{fake·θ}(u)| du        Karras et al. 2018, Sec. 5

Per level of the Laplacian pyramid: 128 random 7x7x3 patches an image, normalised per set and colour channel, projected
on 4 x 128 random unit directions. Held against tkarras/progressive_growing_of_gans `metrics/sliced_wasserstein.py`:
the same draws give the same number (docs/precision.md says how closely).

The original sorts float32 projections. Here x -> x / (1 + |x|) maps them to 2^11 steps (1e-3 wide around 0, 2e-2 around
3), and the integral is taken the other way round, ∫ |F_real(x) - F_fake(x)| dx, over the counts in the steps: no sort,
no projection is kept, and only the width of a step is lost. A patch that was drawn several times is projected once.
"""

import threading

import numpy as np
from scipy import sparse

from keras_gans.metrics import pyramid
from keras_gans.metrics.checks import check_count, check_images, check_seed, row_blocks
from keras_gans.metrics.parallel import parallel

STEPS = 2**10  # of the quantiser on either side of zero
DIRECTIONS = 2**9  # projected on at a time
COUNTED = 2**6  # directions whose counts fit in the cache
PATCHES = 3 * 2**12  # projected and counted at a time, by each thread
COLUMNS = 2**9  # of them, multiplied at a time
IMAGE_BYTES = 2**22  # of float32 images taken apart at a time


def sliced_wasserstein(
    real_images, fake_images, patches_per_image=128, num_repeats=4, directions_per_repeat=128, patch_size=7, seed=0
):
    """Sliced Wasserstein distance per resolution: lower is better; times 1000, as published.

    Comparable with published numbers only with 16,384 images in each set and the default settings. Because each set is
    normalised on its own, a change of colour balance or contrast of the whole set is not seen.

    Args:
        real_images: array [N H W C], uint8 or floats on the 0..255 scale, C = 3 (or 1, taken for grey RGB); H and W at
            least 16 and divisible by 2 as often as there are levels (H, H/2, ... down to 16) below the first.
        fake_images: array of the same shape.
        patches_per_image: int, patches an image and level.
        num_repeats: int, times `directions_per_repeat` directions.
        directions_per_repeat: int, directions in each repeat; only their product matters.
        patch_size: int, odd, at most 15: height and width of a patch.
        seed: int, of the draws (np.random.RandomState): the patches of the real set, level by level, first all x then
            all y; those of the fake set; then, level by level, the directions.

    Returns:
        dict {H: distance · 1000, H/2: ..., "average": their mean}, keys in this order.

    Raises:
        ValueError: If the images are not such, the sets are unequal in size or shape, or a level of a set has no
            variation at all in a colour channel.

    Example:

    >>> images = np.random.default_rng(0).integers(0, 256, (8, 32, 32, 3), "uint8")
    >>> scores = sliced_wasserstein(images, np.roll(images, 1, axis=0))
    >>> list(scores)
    [32, 16, 'average']

    Reference:
        Karras et al., "Progressive Growing of GANs", 2018; Rabin et al., "Wasserstein Barycenter and Its Application
        to Texture Mixing", 2011.
    """
    real = check_images(real_images, "real_images")
    fake = check_images(fake_images, "fake_images")
    if real.shape != fake.shape:
        raise ValueError(
            "real_images and fake_images must be equally many and of one shape. "
            f"Received: shapes {real.shape} and {fake.shape}"
        )
    counts = [check_count(patches_per_image, "patches_per_image"), check_count(num_repeats, "num_repeats")]
    counts.append(check_count(directions_per_repeat, "directions_per_repeat"))
    if check_count(patch_size, "patch_size") % 2 == 0 or patch_size > 15:
        raise ValueError(f"patch_size must be odd and at most 15. Received: patch_size={patch_size}")
    seed = check_seed(seed)
    resolutions = level_resolutions(*real.shape[1:3])
    draws = draw_patches_and_directions(real.shape, resolutions, *counts, patch_size, seed)
    sets = [_lowpass(images, len(resolutions)) for images in (real, fake)]
    distances = [
        _level_distance([_Patches(lows, level, draws[side][level], patch_size) for side, lows in enumerate(sets)], d)
        for level, d in enumerate(draws[2])
    ]
    scores = {resolution: 1e3 * distance for resolution, distance in zip(resolutions, distances)}
    return {**scores, "average": float(np.mean(list(scores.values())))}


def level_resolutions(height, width):
    """Returns the heights of the pyramid's levels: the full one, halves, down to 16.

    Raises ValueError where the images are too small or cannot be halved evenly.

    >>> level_resolutions(64, 64)
    [64, 32, 16]
    """
    resolutions = [height >> level for level in range(height.bit_length()) if min(height, width) >> level >= 16]
    if not resolutions:
        raise ValueError(f"Images must be at least 16 pixels high and wide. Received: {height} x {width}")
    factor = 2 ** (len(resolutions) - 1)
    if height % factor or width % factor:
        raise ValueError(
            f"A pyramid of {len(resolutions)} levels needs a height and a width divisible by {factor}: crop or resize. "
            f"Received: {height} x {width}"
        )
    return resolutions


def draw_patches_and_directions(shape, resolutions, patches_per_image, num_repeats, num_directions, size, seed):
    """Returns (real corners, fake corners, directions), each a list over levels.

    Corners are int arrays [2, N · patches]: the top row and the left column of each patch. Directions are float32
    [size · size · 3, repeats · directions], of unit length, rows in the order (y, x, channel).
    """
    random = np.random.RandomState(seed)
    count = shape[0] * patches_per_image

    def corners(level):
        x = random.randint(0, (shape[2] >> level) - size + 1, count)
        y = random.randint(0, (shape[1] >> level) - size + 1, count)
        return np.stack([y, x]).astype(np.int32)  # half of the memory

    def directions():
        dirs = random.randn(3 * size * size, num_directions)
        dirs /= np.sqrt(np.sum(np.square(dirs), axis=0, keepdims=True))
        dirs = dirs.reshape(3, size, size, num_directions)  # [C X Y D]
        return dirs.transpose(2, 1, 0, 3).reshape(-1, num_directions).astype(np.float32)

    real, fake = ([corners(level) for level in range(len(resolutions))] for _ in range(2))
    return real, fake, [np.concatenate([directions() for _ in range(num_repeats)], axis=1) for _ in resolutions]


def _lowpass(images, num_levels):
    """The Gaussian pyramid [L_0, L_1, ...]; L_0 stays as it is, the others are float32."""
    if images.shape[3] == 1:
        images = np.repeat(images, 3, axis=3)
    lows = [images]
    for _ in range(num_levels - 1):
        high, (n, h, w, c) = lows[-1], lows[-1].shape
        lows.append(np.empty((n, h // 2, w // 2, c), np.float32))

        def halve(block, high=high, low=lows[-1]):
            low[block] = pyramid.down(high[block].astype(np.float32))

        parallel(halve, row_blocks(n, 4 * h * w * c, 2**21))
    return lows


class _Patches:
    """The drawn patches of one set and level, made in blocks when they are needed and never kept."""

    def __init__(self, lows, level, corners, size):
        self.lows, self.level, self.size = lows, level, size
        self.corners = corners.reshape(2, len(lows[0]), -1)  # [2 N P]
        self.count = self.corners[0].size
        self.grid = tuple(side - size + 1 for side in lows[level].shape[1:3])  # where a patch can lie
        if level + 1 == len(lows):  # the median is within a deviation of the mean: about it, no sum of squares cancels
            median = np.median(lows[level][:, 4::8, 4::8], axis=(0, 1, 2)).astype(np.float32)
            self.middle = np.tile(median, (*lows[level].shape[1:3], 1))  # [H W 3]
        self.mean, self.std = self.mean_std()

    def images(self, block):
        """The level of a slice of images, the last one about its median: float32 [n H W 3]."""
        x = self.lows[self.level][block].astype(np.float32, order="C")  # a window steps over pixels as over channels
        x -= pyramid.up(self.lows[self.level + 1][block]) if self.level + 1 < len(self.lows) else self.middle
        return x

    def draws(self, block):
        """How often the patch at each place was drawn: int [n, grid]."""
        y, x = self.corners[:, block]
        places = (np.arange(len(y))[:, None] * self.grid[0] + y) * self.grid[1] + x
        return np.bincount(places.ravel(), minlength=len(y) * np.prod(self.grid)).reshape(len(y), *self.grid)

    def blocks(self, block):
        """Parts of a slice of images, of IMAGE_BYTES."""
        n, h, w, _ = self.lows[self.level][block].shape
        return [slice(block.start + b.start, block.start + b.stop) for b in row_blocks(n, 12 * h * w, IMAGE_BYTES)]

    def mean_std(self):
        """Per channel over all patches, from how many of them cover each pixel: float64 [3], [3]."""

        def sums(block):  # float32 within an image, float64 beyond
            x, draws = self.images(block), self.draws(block).astype(np.float32)
            for axis in (1, 2):
                covered = np.zeros([n + (self.size - 1) * (i == axis) for i, n in enumerate(draws.shape)], np.float32)
                for start in range(self.size):
                    part = (slice(None),) * axis + (slice(start, start + draws.shape[axis]),)
                    covered[part] += draws
                draws = covered
            covered, x = covered.reshape(len(x), 1, -1), x.reshape(len(x), -1, 3)
            first = np.matmul(covered, x).sum(axis=0, dtype=np.float64)
            return np.stack([first, np.matmul(covered, np.square(x, out=x)).sum(axis=0, dtype=np.float64)])

        blocks = self.blocks(slice(0, len(self.lows[0])))
        first, second = sum(parallel(sums, blocks))[:, 0] / (self.count * self.size**2)
        variance = second - first**2
        if not (variance > np.maximum(1e-9 * second, 1e-9)).all():  # rounding alone gives 1e-10
            raise ValueError(
                f"The images do not vary: a colour channel of level {self.level} of their pyramid is constant, and the "
                "sliced Wasserstein distance divides by its deviation."
            )
        return first, np.sqrt(variance)

    def normalised(self, block):
        """Different patches of a slice of images, and how often each was drawn: float32 [m, size · size · 3], [m]."""
        parts = [self._normalised(part) for part in self.blocks(block)]
        return [x[0] if len(x) == 1 else np.concatenate(x) for x in zip(*parts)]

    def _normalised(self, block):
        x, draws = self.images(block), self.draws(block).ravel()
        n, h, w, c = x.shape
        rows = x.reshape(n, h, w * c)  # long rows: loops over 3 channels are slow
        rows -= np.tile(self.mean, w).astype(np.float32)
        rows *= np.tile(1 / self.std, w).astype(np.float32)
        shape, strides = (n, *self.grid, self.size, self.size * c), (*x.strides[:3], x.strides[1], x.strides[3])
        windows = np.lib.stride_tricks.as_strided(x, shape, strides)
        places = np.flatnonzero(draws)
        patches = windows[np.unravel_index(places, shape[:3])].reshape(len(places), -1)
        return patches, draws[places].astype(np.float32)


def _level_distance(sets, directions):
    """∫ |F_real(x) - F_fake(x)| dx, which is the mean |sorted real - sorted fake|, averaged over the directions."""
    total = sum(_gaps(sets, directions[:, block].T) for block in row_blocks(directions.shape[1], 1, DIRECTIONS))
    return float(total / (directions.shape[1] * sets[0].count))


def _gaps(sets, directions):
    """The integral times the number of patches, summed over directions [D K]."""
    directions = np.ascontiguousarray(directions)
    num_images, per_image = sets[0].corners.shape[1:]
    widths = np.diff(_decode(np.arange(2 * STEPS)))
    surplus, lock = np.zeros((len(directions), 2 * STEPS)), threading.Lock()  # of real patches in each step
    first_step = (np.arange(len(directions)) % COUNTED * 2 * STEPS)[:, None].astype(np.float32)
    scratch = threading.local()  # fresh memory is slow

    def count(job):
        patches, sign, block = job
        x, draws = patches.normalised(block)
        if not hasattr(scratch, "steps"):
            scratch.steps = np.empty(len(directions) * max(PATCHES, per_image), np.int32)
        steps = scratch.steps[: len(directions) * len(x)].reshape(len(directions), len(x))
        for columns in row_blocks(len(x), 1, COLUMNS):
            p = directions @ x[columns].T
            scale = np.abs(p)
            scale += 1.0
            p /= scale
            p *= STEPS - 1
            p += STEPS + 0.5 + first_step  # flat patches, close to 0, lie amid a step
            steps[:, columns] = p
        weights = np.tile(sign * draws, (min(COUNTED, len(directions)), 1))
        for rows in row_blocks(len(directions), 1, COUNTED):
            counts = _weighted_counts(steps[rows], weights[: len(steps[rows])], surplus[rows].size)
            with lock:
                surplus[rows] += counts.reshape(-1, 2 * STEPS)

    def gaps(rows):
        return np.abs(np.cumsum(surplus[rows], axis=1)[:, :-1]).sum(axis=0) @ widths

    images = row_blocks(num_images, per_image, PATCHES)
    parallel(count, [(patches, sign, block) for patches, sign in zip(sets, (1, -1)) for block in images])
    return sum(parallel(gaps, row_blocks(len(directions), 1, COUNTED)))


def _weighted_counts(codes, weights, size):
    """np.bincount(codes, weights, size), int32 and float32, as a sparse matrix times 1: threads do it side by side."""
    ends = np.array([0, codes.size], np.int32)
    matrix = sparse.csc_array((weights.reshape(-1), codes.reshape(-1), ends), shape=(size, 1))
    return matrix @ np.ones(1, np.float32)


def _decode(codes):
    """The projection in the middle of each step of the quantiser."""
    x = np.clip(codes / (STEPS - 1.0) - STEPS / (STEPS - 1.0), 0.25 / STEPS - 1.0, 1.0 - 0.25 / STEPS)  # halves outside
    return x / (1.0 - np.abs(x))
