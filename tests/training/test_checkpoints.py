import json
import resource

import keras
import numpy as np
import pytest

from keras_gans.training import checkpoints
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
    assert bool(said) == (harm != "no manifest")  # without one it was never finished, and nothing is lost
    assert all("000000000016.keras" in text and "falling back" in text for text in said)


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
