import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request

import pytest

from keras_gans.cli import studio


def test_mistakes_are_one_message(call, trained, tmp_path):
    pytest.importorskip("gradio")
    for arguments, message in (
        ([tmp_path / "none"], "Expected the folder of a run"),
        ([trained, "--port", "70000"], "--port"),
        ([trained, "--palette", "none"], 'A palette is "facades", colours such as'),
        ([trained, "--palette", "facades"], "for models that translate images"),
    ):
        code, _, err = call("studio", *arguments)
        assert code == 2 and message in err, err


def test_without_gradio(call, trained, monkeypatch):
    monkeypatch.setitem(sys.modules, "gradio", None)
    code, _, err = call("studio", trained)
    assert code == 2 and "keras-gans[studio]" in err


def test_waiting_ends_with_the_process(call):
    threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGTERM)).start()
    before = signal.getsignal(signal.SIGTERM)
    studio.wait()
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.slow
def test_a_run_is_served_until_a_signal(trained, tmp_path):
    pytest.importorskip("gradio")
    command = [sys.executable, "-m", "keras_gans.cli", "studio", str(trained)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        line = process.stdout.readline()
        assert "The studio of" in line and "http://127.0.0.1:" in line, line + process.stderr.read()
        url = line.split(" is at ")[1].split()[0]
        with urllib.request.urlopen(url, timeout=30) as answer:
            assert answer.status == 200
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0 and "Traceback" not in err, err
    finally:
        if process.poll() is None:
            process.kill()
            time.sleep(0.1)
