import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gans import pixels
from keras_gans.layers import feature_statistics
from keras_gans.models.pix2pix import tiling


def border_ratio(images, stride, phase=8):
    """The mean absolute difference of neighbours across tile borders, relative to that elsewhere.

    Transposed convolutions leave blocks of 2, 4 and 8 pixels in every image, tiled or not, and tiles start where
    blocks do; so "elsewhere" is where blocks of `phase` meet too.
    """
    across, elsewhere = [], []
    for image in images:
        for axis in (0, 1):
            step = np.abs(np.diff(image.astype("float64"), axis=axis)).mean(axis=(1 - axis, 2))  # [L-1]
            borders = np.arange(stride - 1, len(step), stride)  # step k lies between k and k + 1
            across.append(step[borders])
            elsewhere.append(step[np.setdiff1d(np.arange(phase - 1, len(step), phase), borders)])
    return np.concatenate(across).mean() / np.concatenate(elsewhere).mean()


def smooth_image(rng, size=256):
    """Waves of random direction and length, which have no common period, dark at the left, bright at the right."""
    y, x = np.mgrid[:size, :size] / 256
    image = np.zeros([size, size, 3])
    for _ in range(40):
        fy, fx, phase = rng.normal(0, 12, 2).tolist() + [rng.uniform(0, 6.3)]
        image += np.sin(2 * np.pi * (fy * y + fx * x) + phase)[..., None] * rng.normal(size=3)
    image = (image / np.abs(image).max() + 1) / 2 * (0.2 + 0.8 * x / x.max())[..., None]
    return np.round(image * 255).astype("uint8")


def test_tiles_do_not_show(small, rng):
    """The mean gradient across borders is at most 1.05 x that elsewhere; without overlap it is far above.

    Untiled, six such images have 0.99 to 1.03 at the same places by chance: that is divided out.
    """
    model = small(filters=8, resolution=32)
    model.compile(adversarial_weight=0.0, g_optimizer=keras.optimizers.Adam(4e-3, beta_1=0.5))
    crops = np.concatenate([smooth_image(rng).reshape(8, 32, 8, 32, 3).swapaxes(1, 2).reshape(64, 32, 32, 3)] * 4)
    model.fit(crops, 255 - crops, batch_size=8, epochs=4, verbose=0)
    images = np.stack([smooth_image(rng) for _ in range(6)])
    tiled, hard = (model.translate(images, tile=32, overlap=overlap, seed=3) for overlap in (None, 0))
    assert tiled.shape == images.shape
    whole, stride = model.translate(images, seed=3), 32 - tiling.default_overlap(32)
    assert border_ratio(tiled, stride) <= 1.05 * border_ratio(whole, stride)
    assert border_ratio(hard, 32) > 1.2


def test_statistics_are_those_of_the_whole_image(small, rng):
    model = small(dropout=0.0)
    image = rng.integers(0, 256, (32, 48, 3), dtype="uint8")
    with feature_statistics.scope(feature_statistics.Recording()) as whole:
        model.translate_images(pixels.to_float(image[None]), use_noise=False)
    for pair, expected in zip(tiling.record(model, image, 0, 0, False), whole.recorded, strict=True):
        for x, y in zip(pair, expected):
            np.testing.assert_allclose(x, y, atol=1e-6)


def test_one_tile_is_the_whole(small, rng):
    model = small()
    image = rng.integers(0, 256, (32, 32, 3), dtype="uint8")
    tiled = tiling.translate(model, image, 4, 0, True, 32, None, False, "float32")
    np.testing.assert_allclose(tiled, model.translate(image, seed=4, dtype="float32"), atol=1e-5)


def test_images_that_fit_in_a_tile_are_not_continued_to_one(small, rng):
    model = small()
    images = rng.integers(0, 256, (2, 32, 16, 3), dtype="uint8")
    np.testing.assert_array_equal(model.translate(images, tile=64), model.translate(images))


def test_large_images_are_reduced_for_the_statistics(small, rng, monkeypatch):
    model = small()
    monkeypatch.setattr(tiling, "STATISTICS_PIXELS", 32 * 32)
    image = rng.integers(0, 256, (64, 128, 3), dtype="uint8")
    seen = []
    original = model.translate_images
    model.translate_images = lambda inputs, *rest: seen.append(inputs.shape) or original(inputs, *rest)
    tiling.record(model, image, 0, 0, True)
    assert seen[0][1:3] == (16, 48)  # multiples of 16 near 22.6 x 45.3
    expected = tf.image.resize(pixels.to_float(image)[None], [16, 64], "area")[0]
    np.testing.assert_allclose(tiling._reduced(image, [16, 64]), expected, atol=1e-5)


def test_sizes_that_are_no_multiple_of_a_tile(small, rng):
    model = small()
    image = rng.integers(0, 256, (50, 71, 3), dtype="uint8")
    with pytest.raises(ValueError, match="multiples of 16"):
        model.translate(image, tile=32)
    y = model.translate(image, tile=32, pad=True, dtype="uint16")
    assert y.shape == (50, 71, 3) and y.dtype == np.uint16


def test_large_images_are_tiled_by_themselves(small, monkeypatch):
    from keras_gans.models.pix2pix import translating

    monkeypatch.setattr(translating, "TILED_FROM", 1000)
    calls = []
    monkeypatch.setattr(tiling, "translate", lambda model, image, *rest: calls.append(rest[3]) or image)
    small().translate([np.zeros([16, 16, 3], "uint8"), np.zeros([64, 32, 3], "uint8")])
    assert calls == [16]


def test_windows_add_up_and_places_cover():
    for tile, overlap in ((16, 8), (16, 4), (16, 0)):
        weight = tiling.window(tile, overlap)
        stride = tile - overlap
        total = np.zeros(stride * 5 + tile)
        for start in tiling.places(len(total), tile, overlap):
            total[start : start + tile] += weight
        np.testing.assert_allclose(total[tile:-tile], 1.0)
    assert tiling.places(16, 16, 8) == [0] and tiling.places(17, 16, 8) == [0, 8]
    assert tiling.reflected(-1, 4, 2).tolist() == [0, 0, 1, 1]
