import hashlib
import json

import pytest

from keras_gans.training import files


def test_atomic_replaces_the_old_file(tmp_path):
    target = tmp_path / "a.txt"
    target.write_text("old")
    with files.atomic(target) as partial:
        partial.write_text("new")
        assert target.read_text() == "old"
        assert partial.suffix == target.suffix and partial.parent == tmp_path
    assert target.read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_atomic_keeps_the_old_file_when_writing_fails(tmp_path, error):
    target = tmp_path / "a.txt"
    target.write_text("old")
    with pytest.raises(type(error)):
        with files.atomic(target) as partial:
            partial.write_text("half of the n")
            raise error
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_json_and_bytes(tmp_path):
    files.write_json(tmp_path / "a.json", {"a": [1, 2]})
    files.write_bytes(tmp_path / "b", b"xyz")
    assert json.loads((tmp_path / "a.json").read_text()) == {"a": [1, 2]}
    assert (tmp_path / "a.json").read_text().endswith("}\n")
    assert files.sha256(tmp_path / "b") == hashlib.sha256(b"xyz").hexdigest()
    with pytest.raises(ValueError):
        files.write_json(tmp_path / "a.json", float("nan"))
    assert json.loads((tmp_path / "a.json").read_text()) == {"a": [1, 2]}


def test_remove_partial_takes_unfinished_files_only(tmp_path):
    (tmp_path / (files.PARTIAL + "a.keras")).write_text("half")
    (tmp_path / "a.keras").write_text("whole")
    files.remove_partial(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["a.keras"]


def test_a_line_is_on_the_disk_before_it_counts(tmp_path, monkeypatch):
    path, synced = tmp_path / "a.jsonl", []
    monkeypatch.setattr(files.os, "fsync", lambda descriptor: synced.append(path.read_text()))
    files.append_line(path, {"a": 1})
    files.append_line(path, {"a": 2})
    assert synced == ['{"a": 1}\n', '{"a": 1}\n{"a": 2}\n'] and path.read_text() == synced[1]
