"""PixelStore: the images of a source brought to one frame, by number, kept in memory where there is room."""

import numpy as np

from keras_gans.data.checking import named
from keras_gans.data.errors import DataError, Unreadable, some
from keras_gans.data.geometry import halve
from keras_gans.data.workers import CACHE_SHARE, map_threads, memory_bytes

FULL_CHECK_PIXELS = 2**31
"""check="auto" decodes everything up front up to this many pixels (10,000 images of 256 px are a third of it)."""


class PixelStore:
    """Images by number, decoded by several threads.

    Args:
        source: `sources.base.Source`.
        headers: list of `Header` of its images.
        frame: `geometry.Frame` that they are brought to.
        cache: True, False or "auto": whether prepared pixels are kept (auto: if all take at most a quarter of the
            memory).
    """

    def __init__(self, source, headers, frame, cache="auto"):
        self.source, self.headers, self.frame = source, headers, frame
        self.cached = self._nbytes() <= CACHE_SHARE * memory_bytes() if cache == "auto" else cache
        self._canvases = [None] * len(source)  # prepared images before a random crop
        self._levels = {}  # number of halvings -> list of images; only the one in use is kept

    def __len__(self):
        return len(self.source)

    def select(self, kept):
        """Returns the same store with only the images of these numbers, what is in memory included.

        Args:
            kept: list of integers.
        """
        source, headers = self.source.select(kept), [self.headers[index] for index in kept]
        other = PixelStore(source, headers, self.frame, self.cached)
        other._canvases = [self._canvases[index] for index in kept]
        return other

    def can_be_checked(self):
        """Whether decoding everything up front is no more than the first epoch does, and not too much to wait for."""
        return self.cached and sum(header.height * header.width for header in self.headers) <= FULL_CHECK_PIXELS

    def check(self, progress=None):
        """Decodes every image once.

        Args:
            progress: None or a function of (done, total).

        Returns:
            List of (index, reason) of those that cannot be decoded.
        """

        def look(index):
            try:
                self._canvas(index)
            except Unreadable as error:
                return str(error)

        reasons = map_threads(look, range(len(self)), progress)
        return [(index, reason) for index, reason in enumerate(reasons) if reason]

    def original(self, index):
        """See `ImageData.original`."""
        header, frame = self.headers[index], self.frame
        shape = (header.height, header.width, header.channels)
        if header.format not in ("PNG", "JPEG") or shape != frame.shape or frame.load_size is not None:
            return None
        if frame.dtype != f"uint{header.depth}":
            return None
        with self.source.open(index) as file:
            return file.read()

    def gather(self, indices, u, v, times=0):
        """Images by number.

        Args:
            indices: int64 array [n].
            u, v: float arrays [n] in [0, 1): where random crops are cut, from the top and from the left.
            times: how often the images are halved.

        Returns:
            [n, H, W, C] array; its own memory.

        Raises:
            DataError: images that cannot be read, named.
        """
        height, width, channels = self.frame.shape
        images = np.empty((len(indices), height >> times, width >> times, channels), self.frame.dtype)
        problems = []

        def place(k):
            try:
                images[k] = self._image(int(indices[k]), u[k], v[k], times)
            except Unreadable as error:
                problems.append((int(indices[k]), str(error)))

        kept = self._levels.get(times, self._canvases) if times else self._canvases
        if all(kept[index] is not None for index in indices):
            for k in range(len(indices)):
                place(k)
        else:
            map_threads(place, range(len(indices)))
        if problems:
            raise DataError(
                f"{some(len(problems))} of {self.source.name} cannot be read.",
                named(self.source, sorted(problems)),
                hint='check="full" finds all of them before training starts; skip_broken=True leaves them out.',
            )
        return images

    def _image(self, index, u, v, times):
        if not times or self.frame.crop == "random":  # a mean and a random cut do not commute
            return halve(self.frame.cut(self._canvas(index), u, v), times)
        levels = self._levels.get(times)
        if levels is None:
            levels = [None] * len(self)
            self._levels = {times: levels}  # a thread that still prepares another level may replace it at once
        level = levels[index]
        if level is None:
            level = self._stored_level(index, times)
            level = halve(self._canvas(index), times) if level is None else level
            if self.cached:
                levels[index] = level
        return level

    def _stored_level(self, index, times):
        header = self.headers[index]
        if (header.height, header.width) != (self.frame.height, self.frame.width) or self.frame.load_size is not None:
            return None  # stored levels are those of the stored image
        level = self.source.level(index, self.frame.height >> times)
        fits = level is not None and level.shape[2] == self.frame.channels and level.dtype == self.frame.dtype
        return level if fits else None

    def _canvas(self, index):
        canvas = self._canvases[index]
        if canvas is None:
            header = self.headers[index]
            needed = self.frame.canvas_size(header.height, header.width)
            canvas = self.frame.canvas(self.source.pixels(index, tuple(2 * side for side in needed)))
            if self.cached:
                self._canvases[index] = canvas
        return canvas

    def _nbytes(self):
        height, width, channels = self.frame.shape
        area = len(self) * height * width
        if self.frame.crop == "random":
            area = sum(int(np.prod(self.frame.canvas_size(h.height, h.width))) for h in self.headers)
        return area * channels * np.dtype(self.frame.dtype).itemsize
