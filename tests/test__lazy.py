"""The hook that registers our classes when Keras has been imported, on stand-in modules: no TensorFlow here."""

import importlib
import os
import sys
import threading
import warnings

import pytest

from keras_gans._lazy import AfterImport, ask_for_onednn, load


@pytest.fixture
def stand_in(tmp_path, monkeypatch):
    """Writes a package of the given source into a fresh place on the path; yields the writer."""
    monkeypatch.syspath_prepend(tmp_path)
    names = []

    def write(name, source):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(source)
        (tmp_path / name / "part.py").write_text("VALUE = 7")
        importlib.invalidate_caches()
        names.append(name)
        return name

    yield write
    for name in list(sys.modules):
        if name.split(".")[0] in names:
            del sys.modules[name]
    sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, AfterImport)]


def test_runs_once_after_the_whole_import(stand_in):
    name = stand_in("stand_in_one", "from stand_in_one.part import VALUE\nREADY = True")
    seen = []
    hook = AfterImport(name, "our_stand_in", lambda: seen.append(sys.modules[name].READY))
    hook.install()
    module = importlib.import_module(name)
    importlib.import_module(name + ".part")
    importlib.reload(module)
    assert seen == [True]
    assert hook not in sys.meta_path


def test_leaves_no_trace_on_the_module(stand_in):
    name = stand_in("stand_in_two", "")
    AfterImport(name, "our_stand_in", lambda: None).install()
    module = importlib.import_module(name)
    assert type(module.__loader__).__name__ == "SourceFileLoader"
    assert module.__spec__.loader is module.__loader__
    assert module.__path__


def test_its_own_failure_is_a_warning_and_the_import_succeeds(stand_in):
    name = stand_in("stand_in_three", "READY = True")

    def fail():
        raise KeyError("broken")

    AfterImport(name, "our_stand_in", fail).install()
    with pytest.warns(RuntimeWarning, match="could not register its classes.*KeyError: 'broken'"):
        assert importlib.import_module(name).READY


def test_a_failing_import_is_raised_as_it_is_and_the_next_try_works(stand_in, tmp_path):
    name = stand_in("stand_in_four", "raise OSError('not today')")
    seen = []
    AfterImport(name, "our_stand_in", lambda: seen.append(1)).install()
    with pytest.raises(OSError, match="not today"):
        importlib.import_module(name)
    assert seen == []
    (tmp_path / name / "__init__.py").write_text("")
    importlib.invalidate_caches()
    importlib.import_module(name)
    assert seen == [1]


def test_the_function_may_import_the_module_itself(stand_in):
    name = stand_in("stand_in_five", "READY = True")
    seen = []
    AfterImport(name, "our_stand_in", lambda: seen.append(importlib.import_module(name).READY)).install()
    importlib.import_module(name)
    assert seen == [True]


def test_two_hooks_on_one_module_both_run(stand_in):
    name = stand_in("stand_in_six", "")
    seen = []
    AfterImport(name, "our_stand_in", lambda: seen.append("a")).install()
    AfterImport(name, "our_stand_in", lambda: seen.append("b")).install()
    importlib.import_module(name)
    assert sorted(seen) == ["a", "b"]


def test_waits_for_our_own_module_that_imports_it(stand_in, tmp_path):
    name = stand_in("stand_in_nine", "READY = True")
    ours = stand_in("our_stand_in", "")
    (tmp_path / ours / "noise.py").write_text(f"from our_stand_in import pixels\nimport {name}\nREADY = True")
    (tmp_path / ours / "pixels.py").write_text(f"import {name}\nREADY = True")
    seen = []
    hook = AfterImport(name, ours, lambda: seen.append([sys.modules[f"{ours}.{m}"].READY for m in ("noise", "pixels")]))
    hook.install()
    noise = importlib.import_module(f"{ours}.noise")
    assert seen == [[True, True]]
    assert hook not in sys.meta_path
    assert noise.__spec__.loader is noise.__loader__ and type(noise.__loader__).__name__ == "SourceFileLoader"


def test_our_own_module_that_fails_after_it_leaves_the_call_to_the_next(stand_in, tmp_path):
    name = stand_in("stand_in_ten", "")
    ours = stand_in("our_stand_in", "")
    (tmp_path / ours / "noise.py").write_text(f"import {name}\nraise OSError('not today')")
    seen = []
    AfterImport(name, ours, lambda: seen.append(1)).install()
    with pytest.raises(OSError, match="not today"):
        importlib.import_module(f"{ours}.noise")
    assert seen == []
    importlib.import_module(f"{ours}.part")
    assert seen == [1]


def test_a_deadlock_with_another_thread_is_no_failure(stand_in):
    name = stand_in("stand_in_eleven", "")
    ours = stand_in("our_stand_in", "")
    seen = []

    class _DeadlockError(RuntimeError):
        pass

    def function():
        seen.append(1)
        if len(seen) == 1:
            raise _DeadlockError("our module is being imported by another thread")

    AfterImport(name, ours, function).install()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        importlib.import_module(name)
        importlib.import_module(f"{ours}.part")
    assert seen == [1, 1]


def test_a_module_that_does_not_exist():
    hook = AfterImport("stand_in_nowhere", "our_stand_in", lambda: None)
    hook.install()
    try:
        with pytest.raises(ModuleNotFoundError, match="stand_in_nowhere"):
            importlib.import_module("stand_in_nowhere")
    finally:
        hook.remove()


def test_looking_for_the_spec_does_not_use_the_hook_up(stand_in):
    name = stand_in("stand_in_seven", "")
    seen = []
    AfterImport(name, "our_stand_in", lambda: seen.append(1)).install()
    assert importlib.util.find_spec(name).origin.endswith("__init__.py")
    assert seen == []
    importlib.import_module(name)
    assert seen == [1]


def test_threads_that_import_at_once(stand_in):
    name = stand_in("stand_in_eight", "import time\ntime.sleep(0.05)\nREADY = True")
    seen, ready = [], []
    AfterImport(name, "our_stand_in", lambda: seen.append(1)).install()
    threads = [threading.Thread(target=lambda: ready.append(importlib.import_module(name).READY)) for _ in range(8)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    assert ready == [True] * 8
    assert seen == [1]


def test_load_gives_modules_and_attributes():
    assert load("keras_gans._lazy", "AfterImport") is AfterImport
    assert load("keras_gans._lazy", "_lazy") is sys.modules["keras_gans._lazy"]


@pytest.mark.parametrize(
    "machine, value, loaded, then",
    [
        ("x86_64", None, False, "1"),
        ("AMD64", None, False, "1"),
        ("x86_64", "0", False, "0"),  # what a user chose
        ("x86_64", None, True, None),  # it would have no effect, and the record of a run would say that it had
        ("arm64", None, False, None),
    ],
)
def test_onednn_is_asked_for_before_tensorflow_is_loaded(monkeypatch, machine, value, loaded, then):
    monkeypatch.delenv("TF_ENABLE_ONEDNN_OPTS", raising=False)
    if value is not None:
        monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", value)
    monkeypatch.setattr("platform.machine", lambda: machine)
    monkeypatch.setattr(sys, "modules", {"tensorflow": None} if loaded else {})
    ask_for_onednn()
    assert os.environ.get("TF_ENABLE_ONEDNN_OPTS") == then
