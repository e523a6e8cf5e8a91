import pathlib
import runpy
import sys

import pytest

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture
def script(monkeypatch, capsys, tmp_path):
    """Runs benchmarks/NAME with arguments, results in tmp_path, and returns what it printed."""
    monkeypatch.syspath_prepend(str(FOLDER))
    monkeypatch.setattr("common.RESULTS", tmp_path)

    def run(name, *arguments):
        monkeypatch.setattr(sys, "argv", [name, *map(str, arguments)])
        runpy.run_path(str(FOLDER / name), run_name="__main__")
        return capsys.readouterr().out

    return run
