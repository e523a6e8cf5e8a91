import io

import pytest

from keras_gans.data.errors import Unreadable
from keras_gans.data.sources.base import EncodedSource, Source, digest


class Broken(EncodedSource):
    """Nothing of it can be opened."""

    def open(self, index):
        raise PermissionError(13, "Permission denied")


def test_a_file_that_cannot_be_opened_has_a_reason():
    for call in (Broken().header, Broken().pixels, Broken().is_whole):
        with pytest.raises(Unreadable, match=r"cannot be opened \(Permission denied\)"):
            call(0)


def test_defaults():
    source = Source()
    assert source.level(0, 4) is None and source.is_whole(0) and source.labels is None


def test_files_are_closed():
    class One(EncodedSource):
        def open(self, index):
            self.file = io.BytesIO(b"no image")
            return self.file

    source = One()
    with pytest.raises(Unreadable):
        source.header(0)
    assert source.file.closed


def test_digest_keeps_parts_apart():
    assert digest("ab", "c") != digest("a", "bc")
    assert digest(b"1") != digest(1) and len(digest()) == 64
