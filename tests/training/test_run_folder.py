import errno
import multiprocessing
import os

import pytest

from keras_gans.training import run_folder
from keras_gans.training.run_folder import RunFolder


def test_create_and_open(tmp_path):
    run = RunFolder(tmp_path / "deep" / "run").create({"model": "dcgan", "config": {"resolution": 16}})
    assert RunFolder.open(run.path).config == {"format": 1, "model": "dcgan", "config": {"resolution": 16}}
    assert run.checkpoints.is_dir() and run.samples.is_dir() and run.events.is_dir()


@pytest.mark.parametrize("make", ["missing", "file", "folder"])
def test_open_refuses_what_is_no_run(tmp_path, make):
    path = tmp_path / "x"
    if make == "file":
        path.write_text("")
    elif make == "folder":
        path.mkdir()
    with pytest.raises(ValueError, match="Received: .*x"):
        RunFolder.open(path)


@pytest.mark.parametrize("content", ["{", "[]", '{"data": 5}', '{"format": 99}', '{"format": "x"}', "[" * 100_000])
def test_open_refuses_a_configuration_that_it_cannot_read(run, content):
    run.config_path.write_text(content)
    with pytest.raises(ValueError, match="config.json"):
        RunFolder.open(run.path)


def test_create_refuses_a_folder_with_other_things_in_it(tmp_path):
    (tmp_path / "thesis.doc").write_text("")
    with pytest.raises(ValueError, match="thesis.doc"):
        RunFolder(tmp_path).create({})
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.doc"]


def test_a_run_that_was_killed_before_its_configuration_is_begun_again(tmp_path):
    run = RunFolder(tmp_path)
    for folder in (run.checkpoints, run.samples, run.events):
        folder.mkdir()
    (tmp_path / ".lock").write_text("1")
    (tmp_path / ".partial-config.json").write_text("{")
    run.check_new()
    (run.samples / "mine.png").write_text("")
    with pytest.raises(ValueError, match="holds samples and no config.json"):
        run.check_new()
    (run.samples / "mine.png").unlink()
    run.create({"model": "dcgan"})


def test_the_configuration_comes_before_the_folders(tmp_path):
    run = RunFolder(tmp_path / "run")
    run.make_folders = lambda: (_ for _ in ()).throw(OSError(errno.ENOSPC, "No space left on device"))
    with pytest.raises(OSError, match="No space"):
        run.create({"model": "dcgan"})
    assert RunFolder.open(run.path).config["model"] == "dcgan"


@pytest.mark.parametrize("name", ["checkpoints", "samples", "events"])
def test_a_file_with_the_name_of_a_folder_is_named(run, name):
    (run.path / name).rmdir()
    (run.path / name).write_text("")
    with pytest.raises(ValueError, match=f"run/{name} "):
        run.make_folders()


def test_create_refuses_a_run(run):
    with pytest.raises(ValueError, match="a run already"):
        RunFolder(run.path).create({})


def test_create_refuses_a_place_that_cannot_be_written_to(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file", tmp_path / "file" / "run"):
        with pytest.raises(ValueError, match="can be written to"):
            RunFolder(path).create({})
    monkeypatch.setattr(
        os, "access", lambda *args, **kwargs: False
    )  # the tests may run as root, who may write anywhere
    with pytest.raises(ValueError, match="can be written to"):
        RunFolder(tmp_path / "run").create({})


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS])
def test_writing_turns_read_only_folders_into_mistakes(number):
    with pytest.raises(ValueError, match="Received: here"):
        with run_folder.writing("here"):
            raise OSError(number, os.strerror(number))
    with pytest.raises(OSError, match="No space"):
        with run_folder.writing("here"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _hold(path, ready, done):
    with RunFolder(path).lock():
        ready.set()
        done.wait(30)


def test_only_one_process_trains_in_a_folder(run):
    context = multiprocessing.get_context("fork")
    ready, done = context.Event(), context.Event()
    process = context.Process(target=_hold, args=(run.path, ready, done))
    process.start()
    assert ready.wait(30)
    with pytest.raises(ValueError, match=f"process {process.pid} is training"):
        with run.lock():
            pass
    process.kill()  # the lock goes with its process
    process.join()
    with run.lock(), run.lock():
        assert (run.path / ".lock").read_text() == str(os.getpid())


def test_set_aside_finds_a_free_name(run):
    assert run.set_aside().name == "run.old-1"
    again = RunFolder(run.path).create({"model": "other"})
    assert again.set_aside().name == "run.old-2"
    assert RunFolder.open(run.path.with_name("run.old-1")).config["model"] == "dcgan"


def test_set_aside_knows_where_it_is(run, monkeypatch):
    monkeypatch.chdir(run.path)
    assert RunFolder(".").set_aside() == run.path.with_name("run.old-1")


def test_first_is_the_first_value_in_the_log(run):
    assert run.first("d_loss") is None
    run.log.write_text('{"images_seen": 64, "d_loss": null}\n{"images_seen": 128, "d_loss": 0.5}\n{"d_loss": 0.2}\n{')
    assert run.first("d_loss") == 0.5 and run.first("g_loss") is None
