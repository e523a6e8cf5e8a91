import json
import os
import resource
import zipfile

import keras
import numpy as np
import pytest

from keras_gans.training import checkpoints, files
from keras_gans.training.errors import CheckpointError, NonFiniteError
from tests.training.conftest import same_state


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "checkpoints"


def save_at(model, folder, *positions, keep=3):
    for images_seen in positions:
        model.images_seen.assign(images_seen)
        last = checkpoints.save(model, folder, keep)
    return last


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_save_and_load_are_exact(gan, folder, tiny_data):
    gan.fit(tiny_data, batch_size=8, verbose=0)
    checkpoint = checkpoints.save(gan, folder, retries=2)
    found = checkpoints.newest(folder)
    assert found == checkpoint and found.images_seen == 32 and found.retries == 2
    loaded = checkpoints.load(found)
    assert same_state(loaded, gan)
    assert int(loaded.g_optimizer.iterations) == 4


def test_the_last_few_are_kept(gan, folder):
    save_at(gan, folder, 8, 16, 24, 32, keep=2)
    assert names(folder) == [f"0000000000{n}.{suffix}" for n in (24, 32) for suffix in ("json", "keras")]


def test_newest_of_nothing_is_none(folder):
    assert checkpoints.newest(folder) is None


@pytest.mark.parametrize("harm", ["truncated", "flipped bit", "gone", "bad manifest", "no manifest"])
def test_a_damaged_one_falls_back_to_the_one_before(gan, folder, harm):
    last = save_at(gan, folder, 8, 16)
    manifest = last.path.with_suffix(".json")
    content = bytearray(last.path.read_bytes())
    if harm == "truncated":
        last.path.write_bytes(content[:-100])
    elif harm == "flipped bit":
        content[len(content) // 2] ^= 1
        last.path.write_bytes(content)
    elif harm == "gone":
        last.path.unlink()
    elif harm == "bad manifest":
        manifest.write_text("{")
    else:
        manifest.unlink()
    said = []
    assert checkpoints.newest(folder, said.append).images_seen == 8
    assert len(said) == 1 and "000000000016.keras" in said[0] and "falling back" in said[0]


@pytest.mark.parametrize(
    "manifest",
    [
        '{"bytes": null, "sha256": "x"}', '{"bytes": 1, "sha256": [1]}', "[]", "[" * 100_000,
        '{"bytes": 1, "sha256": "x", "retries": null}',
    ],
)  # fmt: skip
def test_a_manifest_of_other_things_is_damage(folder, manifest):
    folder.mkdir()
    (folder / "000000000008.keras").write_bytes(b"1")
    (folder / "000000000008.json").write_text(manifest)
    (folder / "\u00b2.json").write_text("{}")  # a digit, and no number
    said = []
    with pytest.raises(ValueError, match="all are damaged"):
        checkpoints.newest(folder, said.append)
    assert "manifest" in said[0]


def test_a_run_without_manifests_is_no_new_run(gan, folder):
    save_at(gan, folder, 8).path.with_suffix(".json").unlink()
    said = []
    with pytest.raises(ValueError, match="all are damaged.*000000000008.keras"):
        checkpoints.newest(folder, said.append)
    assert "has no manifest" in said[0]


class Killed(BaseException):
    pass


@pytest.mark.parametrize("name_taken", [True, False])
@pytest.mark.parametrize("replaced", [0, 1])
def test_a_kill_between_the_files_loses_nothing(gan, folder, monkeypatch, name_taken, replaced):
    if name_taken:
        save_at(gan, folder, 8, keep=1)
    gan.seed = 77
    calls, replace = [], os.replace

    def killed(source, target):
        if len(calls) == replaced:
            raise Killed
        calls.append(target)
        replace(source, target)

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(os, "replace", killed)
        checkpoints.save(gan, folder, keep=1, retries=1) if name_taken else save_at(gan, folder, 8)
    found = checkpoints.newest(folder)
    if not replaced and not name_taken:
        assert found is None
    else:
        assert checkpoints.load(found).seed == (77 if replaced else 0)
        assert found.retries == (1 if replaced and name_taken else 0)
    checkpoints.settle(folder)
    files.remove_partial(folder)
    assert checkpoints.newest(folder) == found
    assert checkpoints.save(gan, folder, keep=1) == checkpoints.newest(folder)
    assert names(folder) == ["000000000008.json", "000000000008.keras"]


@pytest.mark.parametrize("name_taken", [True, False])
def test_a_disk_that_is_full_at_the_manifest_leaves_what_was_there(gan, folder, monkeypatch, name_taken):
    before = save_at(gan, folder, 8)
    gan.images_seen.assign(8 if name_taken else 16)

    def full(path):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch, pytest.raises(CheckpointError, match="image 8 is untouched"):
        patch.setattr(files, "sync", full)
        checkpoints.save(gan, folder)
    assert names(folder) == ["000000000008.json", "000000000008.keras"] and checkpoints.newest(folder) == before


def test_load_says_which_file_holds_junk(gan, folder):
    path = save_at(gan, folder, 8).path
    with zipfile.ZipFile(path) as whole:
        content = {name: whole.read(name) for name in whole.namelist()}
    for name in content:
        with zipfile.ZipFile(path, "w") as junk:
            for each, data in content.items():
                junk.writestr(each, b"junk" if each == name else data)
        if name == "metadata.json":
            continue
        with pytest.raises(ValueError, match="Received: .*000000000008.keras"):
            checkpoints.load(checkpoints.Checkpoint(path, {"images_seen": 8}))


def test_all_damaged_is_an_error(gan, folder):
    save_at(gan, folder, 8).path.write_bytes(b"")
    with pytest.raises(ValueError, match="all are damaged.*000000000008.keras"):
        checkpoints.newest(folder, lambda text: None)


def test_nothing_that_is_not_finite_is_saved(gan, folder):
    save_at(gan, folder, 8)
    gan.d_optimizer.variables[-1].assign(np.full(gan.d_optimizer.variables[-1].shape, np.nan))
    gan.images_seen.assign(16)
    with pytest.raises(NonFiniteError, match="16 images"):
        checkpoints.save(gan, folder)
    assert checkpoints.newest(folder).images_seen == 8 and len(names(folder)) == 2


def test_a_write_that_fails_loses_nothing(gan, folder):
    save_at(gan, folder, 8)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))  # as a full disk: the kernel refuses to write on
    try:
        with pytest.raises(CheckpointError, match="000000000016.keras.*image 8 is untouched"):
            save_at(gan, folder, 16)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert names(folder) == ["000000000008.json", "000000000008.keras"]
    assert checkpoints.newest(folder).images_seen == 8


def test_the_first_write_that_fails_says_so(gan, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CheckpointError, match="none before it"):
        checkpoints.save(gan, tmp_path / "file" / "checkpoints")


def test_load_refuses_another_kind_of_model(gan, folder):
    other = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    path = save_at(gan, folder, 8).path
    other.save(path)
    with pytest.raises(ValueError, match="Expected a checkpoint of a GAN.*Sequential"):
        checkpoints.load(checkpoints.Checkpoint(path, {"images_seen": 8}))
    path.write_bytes(b"nothing")
    with pytest.raises(ValueError, match="Received: .*000000000008.keras"):
        checkpoints.load(checkpoints.Checkpoint(path, {"images_seen": 8}))


def test_the_manifest_is_plain(gan, folder):
    path = save_at(gan, folder, 8).path.with_suffix(".json")
    assert set(json.loads(path.read_text())) == {"images_seen", "bytes", "sha256", "retries"}


def test_state_holds_both_optimizers_and_no_metrics(gan):
    paths = [variable.path for variable in checkpoints.state(gan)]
    assert sum("iteration" in path for path in paths) == 2
    assert not any("loss" in path for path in paths)


@pytest.mark.parametrize("keep", [1, 2])
def test_what_was_just_written_stays_among_those_of_later_images(gan, folder, keep):
    save_at(gan, folder, 8, 16, 24)
    last = save_at(gan, folder, 4, keep=keep)
    assert last.path.is_file() and last.damage() is None
    assert names(folder)[::2] == ["000000000004.json", "000000000024.json"][:keep]
