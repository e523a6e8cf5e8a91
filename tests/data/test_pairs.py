import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from keras_gans.data import DataError
from keras_gans.data.pairs import PairData, load_pairs


@pytest.fixture
def marked(rng):
    """Pairs whose target is the input plus 100, so that every pixel tells whether the sides stayed together."""
    inputs = rng.integers(60, 100, (6, 12, 16, 1), dtype=np.uint8)
    return inputs, inputs + 100


def test_both_sides_are_cropped_and_mirrored_alike(marked):
    data = load_pairs(marked, (8, 8), crop="random", load_size=8, mirror=True, seed=3)
    inputs, targets, indices = data.at(np.arange(60))
    np.testing.assert_allclose(inputs.astype(int) + 100, targets, atol=1)  # resized apart, rounded apart
    assert sorted(set(indices.tolist())) == list(range(6)) and len(np.unique(inputs, axis=0)) > 12
    whole = load_pairs(marked, mirror=True)
    inputs, targets, _ = whole.at(np.arange(60))
    np.testing.assert_array_equal(inputs + 100, targets)
    mirrored = [any(np.array_equal(x[:, ::-1], y) for y in marked[0]) for x in inputs]
    assert 10 < sum(mirrored) < 50


def test_position_is_one_integer(marked):
    data = load_pairs(marked, (8, 8), mirror=True)
    all_batches = [x.numpy() for pair in data.batches(2).take(6) for x in pair]
    rest = [x.numpy() for pair in data.batches(2, start=6).take(3) for x in pair]
    for x, y in zip(all_batches[6:], rest, strict=True):
        np.testing.assert_array_equal(x, y)


def test_ordered_and_read(marked):
    data = load_pairs(marked)
    batches = list(data.ordered(4))
    assert [len(x) for x, _ in batches] == [4, 2]
    np.testing.assert_array_equal(np.concatenate([y for _, y in batches]), marked[1])
    inputs, targets = data.read([5, 0])
    np.testing.assert_array_equal(inputs, marked[0][[5, 0]])
    np.testing.assert_array_equal(targets, marked[1][[5, 0]])
    assert data.name_of(1) == "inputs[1]" and data.count == len(data) == 6 and data.failure is None
    with data.errors():
        pass


def test_direction_channels_and_depth():
    a, b = np.zeros([2, 8, 8, 3], "uint8"), np.zeros([2, 8, 8, 1], "uint16")
    data = load_pairs((a, b), direction="BtoA")
    assert data.input_shape == (8, 8, 1) and data.image_shape == (8, 8, 3)
    assert (data.inputs.dtype, data.targets.dtype) == ("uint16", "uint8")
    grey = load_pairs((a, a), input_channels=1)
    assert grey.input_shape == (8, 8, 1) and grey.resolution == 8 and grey.dtype == "uint8"
    assert load_pairs(data) is data and data.fingerprint != grey.fingerprint
    assert load_pairs((a, b)).fingerprint != load_pairs((a, b), mirror=True).fingerprint


def test_folder_of_files_side_by_side(tmp_path, rng):
    images = rng.integers(0, 256, (3, 10, 20, 3), dtype=np.uint8)
    for k, image in enumerate(images):
        Image.fromarray(image).save(tmp_path / f"{k}.png")
    data = load_pairs(tmp_path)
    np.testing.assert_array_equal(data.read([0, 1, 2])[1], images[:, :, 10:])
    np.testing.assert_array_equal(load_pairs(tmp_path, direction="BtoA").read([2])[1], images[2:, :, :10])


def test_every_pair_that_cannot_be_used_is_named(tmp_path):
    for name, sizes in {"a": (8, 8), "b": (8, 9), "c": (8, 8), "d": (8, 8)}.items():
        for side, height in zip("AB", sizes):
            (tmp_path / side).mkdir(exist_ok=True)
            Image.fromarray(np.full([height, 8, 3], 7, "uint8")).save(tmp_path / side / f"{name}.png")
    file = tmp_path / "B" / "c.png"
    file.write_bytes(file.read_bytes()[:45])
    with pytest.raises(DataError, match="2 of the 4 pairs") as error:
        load_pairs(tmp_path, 8)
    assert [name for name, _ in error.value.problems] == ["b.png", "c.png"]
    assert "the input has 8 x 8 pixels, the target 8 x 9" in error.value.problems[0][1]
    data = load_pairs(tmp_path, 8, skip_broken=True)
    assert len(data) == 2 and [name for name, _ in data.skipped] == ["b.png", "c.png"]


def test_pictures_that_are_no_pairs_at_all(tmp_path):
    for name in "ab":
        Image.new("RGB", (40, 40)).save(tmp_path / f"{name}.png")
    with pytest.raises(DataError, match="2 of the 2 pairs") as caught:
        load_pairs(tmp_path, 64, skip_broken=True)
    assert "both sides beside each other" in str(caught.value) and "skip_broken" not in str(caught.value)


def test_datasets(marked):
    pairs = tf.data.Dataset.from_tensor_slices(marked)
    for dataset in (pairs, pairs.batch(4), pairs.shuffle(6, reshuffle_each_iteration=True)):
        inputs, targets = load_pairs(dataset).read(range(6))
        np.testing.assert_array_equal(inputs + 100, targets)
    with pytest.raises(DataError, match="endless or too large"):
        load_pairs(pairs.repeat())
    with pytest.raises(DataError, match=r"must yield pairs \(a, b\)"):
        load_pairs(pairs.map(lambda a, b: a))
    with pytest.raises(DataError, match=r"\[H, W, C\], or \[B, H, W, C\]"):
        load_pairs(pairs.map(lambda a, b: (a, b[0])))


def test_bad_arguments(marked):
    with pytest.raises(ValueError, match="direction must be one of AtoB, BtoA. Received: direction='b2a'"):
        load_pairs(marked, direction="b2a")
    with pytest.raises(DataError, match="differ in size: 16 x 12 and 12 x 12"):
        load_pairs((marked[0], marked[1][:, :, :12]))
    one, other = load_pairs(marked), load_pairs(marked, seed=1)
    with pytest.raises(DataError, match="alike in number, size and seed"):
        PairData(one.inputs, other.targets)


def test_palettes_as_text(tmp_path):
    maps = np.zeros((3, 8, 8, 3), "uint8")
    maps[:, 4:] = (0, 128, 0)
    maps[0, 0, 0] = (0, 0, 9)  # nearly black
    arrays = maps, maps
    data = load_pairs(arrays, input_palette="sea=#000000,land=#008000", palette_tolerance=16, crop="none")
    assert (data.inputs.read([0])[0, 0, 0] == 0).all() and data.targets.read([0])[0, 0, 0].tolist() == [0, 0, 9]
    with pytest.raises(DataError, match="unknown label colour #000009"):
        load_pairs(arrays, target_palette=["#000000", "#008000"])
    with pytest.raises(ValueError, match="A palette is"):
        load_pairs(arrays, input_palette="none.json")


def test_no_pairs_and_no_enlargement(marked):
    with pytest.raises(DataError, match="There is no pair in the dataset"):
        load_pairs(tf.data.Dataset.from_tensor_slices((np.zeros([2, 8, 8, 3], "uint8"),) * 2).take(0))
    with pytest.raises(ValueError, match="max_upscale must be at least 1. Received: max_upscale=0"):
        load_pairs((np.zeros([2, 8, 8, 3], "uint8"),) * 2, 16, max_upscale=0)
