import os
import pathlib
import pickle
import zipfile

import pytest
import tensorflow as tf

from keras_gans.training import formats
from tests.readers.torch_writer import write_state_dict
from tests.reference import karras_files

FIXTURES = pathlib.Path(__file__).parent.parent / "readers" / "fixtures"


def test_files_are_known_by_what_they_hold(tmp_path):
    (tmp_path / "a").mkdir()
    state = karras_files.master_state("G", {})
    assert formats.format_of(karras_files.write_pickle(tmp_path / "x.pth", [state] * 3)) == "karras"
    assert formats.format_of(karras_files.write_pickle(tmp_path / "y", [state] * 3, protocol=2)) == "karras"
    write_state_dict(tmp_path / "z.pkl", {})
    assert formats.format_of(tmp_path / "z.pkl") == "torch"
    assert formats.format_of(FIXTURES / "legacy.pth") == "torch"
    tf.train.Checkpoint(x=tf.Variable(1.0)).save(str(tmp_path / "a" / "model"))
    assert formats.format_of(tmp_path / "a") == formats.format_of(tmp_path / "a" / "model-1") == "tensorflow"
    with zipfile.ZipFile(tmp_path / "m", "w") as archive:
        archive.writestr("model.weights.h5", b"")
    assert formats.format_of(tmp_path / "m") == "keras"


def test_others_are_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("readme.txt", b"")
    (tmp_path / "b").write_bytes(b"PK\x03\x04 cut off")
    (tmp_path / "c").write_bytes(b"")
    (tmp_path / "d").write_bytes(pickle.dumps([])[1:])
    (tmp_path / "e").mkdir()
    for name, words in (
        ("a.zip", "none of them"),
        ("b", "whole file"),
        ("c", "none of them"),
        ("e", "a folder without"),
    ):
        with pytest.raises(ValueError, match=f"Expected .*Received: .*{name}.*{'' if name == 'b' else words}"):
            formats.format_of(tmp_path / name)
    with pytest.raises(ValueError, match="which is not there"):
        formats.format_of(tmp_path / "nowhere")


@pytest.mark.filterwarnings("error")
def test_a_folder_without_a_name_and_a_file_that_is_let_go_of(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="Received: '.', a folder without a checkpoint"):
        formats.format_of(".")
    with zipfile.ZipFile("a.pt", "w") as archive:
        archive.writestr("a/data.pkl", "")
    before = len(os.listdir("/proc/self/fd"))
    kept = zipfile.ZipFile  # an archive in a cycle is not closed by counting references
    opened = []
    monkeypatch.setattr(zipfile, "ZipFile", lambda *a: opened.append(kept(*a)) or opened[-1])
    assert formats.format_of("a.pt") == "torch"
    assert opened[0].fp is None and len(os.listdir("/proc/self/fd")) == before
