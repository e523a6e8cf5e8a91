import numpy as np
import pytest

from keras_gans.data.errors import DataError, Unreadable
from keras_gans.data.geometry import Frame, halve
from keras_gans.data.pixel_store import PixelStore
from keras_gans.data.sources.arrays import ArraySource

IMAGES = np.random.default_rng(0).integers(0, 256, (5, 8, 8, 3), "uint8")
MIDDLE = np.full(5, 0.5)


class Counting(ArraySource):
    """Counts how often an image is decoded; image 3 is broken; levels of 2 px are stored, black."""

    reads = 0
    in_memory = False

    def pixels(self, index, at_least=None):
        if index == 3:
            raise Unreadable("broken")
        Counting.reads += 1
        return super().pixels(index)

    def level(self, index, resolution):
        return np.zeros((2, 2, 3), "uint8") if resolution == 2 else None


def make(cache=True, frame=None):
    Counting.reads = 0
    source = Counting(IMAGES)
    return PixelStore(source, [source.header(k) for k in range(5)], frame or Frame(8, 8, 3), cache)


def test_images_are_decoded_once():
    store = make()
    for _ in range(2):
        np.testing.assert_array_equal(store.gather([2, 0, 2], MIDDLE, MIDDLE), IMAGES[[2, 0, 2]])
    assert Counting.reads <= 3
    reads = Counting.reads
    store.gather([0, 2], MIDDLE, MIDDLE)
    assert Counting.reads == reads


def test_without_a_cache():
    store = make(cache=False)
    store.gather([1], MIDDLE, MIDDLE)
    store.gather([1], MIDDLE, MIDDLE)
    assert Counting.reads == 2 and not store.cached and not store.can_be_checked()


def test_auto_cache():
    assert make("auto").cached
    assert not make("auto", Frame(200_000, 200_000, 3)).cached
    assert not make("auto", Frame(200_000, 200_000, 3, crop="random")).cached


def test_broken_images_are_named():
    store = make()
    with pytest.raises(DataError) as caught:
        store.gather([0, 3], MIDDLE, MIDDLE)
    assert caught.value.problems == [("array[3]", "broken")]
    seen = []
    assert store.check(lambda done, total: seen.append(done)) == [(3, "broken")] and seen == [5]


def test_select_keeps_what_is_in_memory():
    store = make()
    store.check()
    reads = Counting.reads
    part = store.select([4, 1])
    np.testing.assert_array_equal(part.gather([0, 1], MIDDLE, MIDDLE), IMAGES[[4, 1]])
    assert Counting.reads == reads and len(part) == 2


def test_levels():
    store = make()
    for _ in range(2):
        np.testing.assert_array_equal(store.gather([1, 4], MIDDLE, MIDDLE, times=1), halve(IMAGES[[1, 4]], 1))
    assert (store.gather([1, 3], MIDDLE, MIDDLE, times=2) == 0).all()  # stored: nothing is decoded
    np.testing.assert_array_equal(store.gather([1], MIDDLE, MIDDLE, times=3), halve(IMAGES[[1]], 3))
    uncached = make(cache=False)
    np.testing.assert_array_equal(uncached.gather([1], MIDDLE, MIDDLE, times=1), halve(IMAGES[[1]], 1))


def test_levels_of_random_crops_are_cut_first():
    store = make(frame=Frame(4, 4, 3, crop="random", load_size=8))
    zeros = np.zeros(5)
    np.testing.assert_array_equal(store.gather([1], zeros, zeros, times=1), halve(IMAGES[[1], :4, :4], 1))


def test_what_is_returned_is_the_callers():
    store = make()
    store.gather([0], MIDDLE, MIDDLE)[:] = 0
    np.testing.assert_array_equal(store.gather([0], MIDDLE, MIDDLE), IMAGES[[0]])


def test_a_thread_that_still_prepares_another_level_takes_nothing_away():
    class Raced(PixelStore):
        @property
        def _levels(self):
            return self.__dict__["levels"]

        @_levels.setter
        def _levels(self, levels):
            self.__dict__["levels"] = {3: [None] * len(self)} if levels else levels  # the other one was faster

    source = Counting(IMAGES)
    store = Raced(source, [source.header(k) for k in range(5)], Frame(8, 8, 3))
    np.testing.assert_array_equal(store.gather([1], MIDDLE, MIDDLE, times=1), halve(IMAGES[[1]], 1))
