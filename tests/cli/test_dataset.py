import json
import shutil

import pytest
from PIL import Image

from keras_gans.cli.main import main
from tests.data.pictures import write_pictures


@pytest.fixture
def folder(tmp_path):
    write_pictures(tmp_path / "in", 6, (20, 24), classes=2)
    return tmp_path / "in"


def run(*arguments):
    return main(["dataset", *map(str, arguments)])


def test_build_and_verify(folder, tmp_path, capsys):
    assert run("build", folder, tmp_path / "out", "--resolution", 16, "--shard-mb", 0.01) == 0
    said = capsys.readouterr().out
    assert "6 images of 16 x 16 x 3: about 0.0 MiB in" in said and "Wrote" in said
    assert run("verify", tmp_path / "out") == 0
    assert "All shards are whole." in capsys.readouterr().out
    assert run("build", folder, tmp_path / "out", "--resolution", 16, "--shard-mb", 0.01) == 0


def test_tfrecords_of_every_resolution(folder, tmp_path, capsys):
    arguments = ["build", folder, tmp_path / "set", "--resolution", 16, "--format", "tfrecords"]
    assert run(*arguments, "--dry-run") == 0 and not (tmp_path / "set").exists()
    assert run(*arguments) == 0
    said = capsys.readouterr().out
    assert "6 images of 16 x 16 x 3: about 0.0 MiB in one file a resolution" in said
    names = sorted(path.name for path in (tmp_path / "set").iterdir())
    assert names == ["set-r02.tfrecords", "set-r03.tfrecords", "set-r04.tfrecords", "set-rxx.labels", "set.json"]
    assert run("inspect", tmp_path / "set", "--json", "-") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["images"] == 6 and found["classes"] == {"class0": 3, "class1": 3}
    assert run("verify", tmp_path / "set") == 0
    assert "All files are whole." in capsys.readouterr().out
    path = tmp_path / "set" / "set-r03.tfrecords"
    content = bytearray(path.read_bytes())
    content[300] ^= 1
    path.write_bytes(content)
    assert run("verify", tmp_path / "set") == 2
    assert "set-r03.tfrecords at byte 247: its checksum differs" in capsys.readouterr().err
    path.unlink()
    assert run(*arguments) == 0 and run("verify", tmp_path / "set") == 0
    assert run("build", folder, tmp_path / "x", "--resolution", 20, "--format", "tfrecords") == 2
    assert "squares of 4, 8, 16" in capsys.readouterr().err


def test_dry_run_writes_nothing(folder, tmp_path):
    assert run("build", folder, tmp_path / "out", "--dry-run") == 0
    assert not (tmp_path / "out").exists()


def test_broken_images(folder, tmp_path, capsys):
    (folder / "class0" / "bad.png").write_text("hello")
    assert run("build", folder, tmp_path / "out") == 2
    assert "class0/bad.png: not an image" in capsys.readouterr().err
    picture = bytearray((folder / "class0" / "000.png").read_bytes())
    picture[len(picture) // 2] ^= 1  # found by decoding only
    (folder / "class0" / "flip.png").write_bytes(picture)
    assert run("build", folder, tmp_path / "out") == 2
    assert "2 of the 8 images" in capsys.readouterr().err and not (tmp_path / "out").exists()
    assert run("build", folder, tmp_path / "out", "--skip-broken") == 0
    assert "Left out: class0/bad.png: not an image" in capsys.readouterr().err


def test_a_data_set_that_is_passed_through(folder, tmp_path, capsys, monkeypatch):
    import tensorflow as tf

    dataset = tf.data.Dataset.from_tensors(tf.zeros([8, 8, 3], tf.uint8))
    monkeypatch.setattr("keras_gans.data.loading.open_source", lambda *args: (dataset, 0, ()))
    for command in (["build", "tfds:large", tmp_path / "out"], ["inspect", "tfds:large"]):
        assert run(*command) == 2
        said = capsys.readouterr().err
        assert "tfds:large does not fit in memory" in said and '--split "train[:10%]"' in said


def test_damaged_shards(folder, tmp_path, capsys):
    assert run("build", folder, tmp_path / "out") == 0
    (shard,) = (tmp_path / "out").glob("*.tfrecord")
    shard.write_bytes(shard.read_bytes()[:-1])
    assert run("verify", tmp_path / "out") == 2
    said = capsys.readouterr().err
    assert shard.name in said and "cut off at byte" in said
    shutil.rmtree(tmp_path / "out")
    assert run("verify", tmp_path / "out") == 2


def test_inspect(folder, tmp_path, capsys):
    assert run("inspect", folder, "--json", tmp_path / "i.json", "--sheet", tmp_path / "s.png") == 0
    assert "6 (6 usable)" in capsys.readouterr().out
    assert json.loads((tmp_path / "i.json").read_text())["classes"] == {"class0": 3, "class1": 3}
    assert Image.open(tmp_path / "s.png").size == (192, 128)
    assert run("inspect", folder, "--json", "-") == 0
    assert json.loads(capsys.readouterr().out)["images"] == 6


def test_bad_input(folder, tmp_path, capsys):
    assert run("inspect", tmp_path / "nowhere") == 2
    assert run("inspect", folder, "--sheet", tmp_path / "s.what") == 2
    assert "ends in .png" in capsys.readouterr().err
    assert run("build", folder, folder) == 2
    assert "not empty" in capsys.readouterr().err
    for size in ("nan", "inf"):
        assert run("build", folder, tmp_path / "out", "--shard-mb", size) == 2
        assert f"Received: --shard-mb {size}" in capsys.readouterr().err
    assert run("build", folder) == 2
    assert run("build", folder, tmp_path / "out", "--resolution", 0) == 2
