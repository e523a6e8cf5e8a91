import os

import pytest

from keras_gans.data.whole_files import is_free, write_whole


def test_the_old_file_stays_until_the_new_one_is_whole(tmp_path, monkeypatch):
    path = str(tmp_path / "plan.json")
    write_whole(path, b"old")
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", lambda descriptor: (_ for _ in ()).throw(OSError("No space left")))
        with pytest.raises(OSError, match="No space"):
            write_whole(path, b"new")
    assert open(path, "rb").read() == b"old"
    write_whole(path, b"new")
    assert open(path, "rb").read() == b"new" and os.listdir(tmp_path) == ["plan.json"]


def test_a_folder_is_free_but_for_its_own_first_file(tmp_path):
    assert is_free(str(tmp_path), "plan.json")
    (tmp_path / "plan.json.unfinished").touch()
    assert is_free(str(tmp_path), "plan.json") and not is_free(str(tmp_path), "other.json")
    (tmp_path / "a.png").touch()
    assert not is_free(str(tmp_path), "plan.json")
