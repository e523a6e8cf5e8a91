import pytest

from keras_gans.data.workers import map_threads, memory_bytes


def test_map_keeps_order_and_reports():
    seen = []
    results = map_threads(lambda x: x * x, range(3000), lambda done, total: seen.append((done, total)))
    assert results == [x * x for x in range(3000)]
    assert seen == [(1024, 3000), (2048, 3000), (3000, 3000)]
    assert map_threads(str, [5]) == ["5"] and map_threads(str, []) == []


def test_map_raises():
    with pytest.raises(ZeroDivisionError):
        map_threads(lambda x: 1 // x, [1, 0, 2])


def test_memory():
    assert 2**26 < memory_bytes() < 2**50
