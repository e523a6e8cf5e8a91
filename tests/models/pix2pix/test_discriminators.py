import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gans.models.pix2pix import PatchGANDiscriminator
from keras_gans.models.pix2pix.discriminators import STRIDED_LAYERS

TABLE = {  # receptive field: (logits of 256 pixels, parameters of PyTorch, of Torch)
    1: (256, 9_024, 9_153),
    16: (126, 139_585, 139_713),
    34: (62, 666_433, 666_817),
    70: (30, 2_768_705, 2_769_601),
    142: (14, 6_964_033, 6_965_441),
    286: (6, 11_159_361, 11_161_281),
}


@pytest.mark.parametrize("field", TABLE)
def test_parameters_and_logits_are_those_of_the_table(field, monkeypatch):
    monkeypatch.setattr(keras.initializers, "RandomNormal", lambda *_, **__: "zeros")
    logits, without, everywhere = TABLE[field]
    assert PatchGANDiscriminator(field).count_params() == everywhere
    assert PatchGANDiscriminator(field, use_bias=False).count_params() == without
    small = PatchGANDiscriminator(field, filters=1, normalization=None)
    assert small.compute_output_shape([(1, 256, 256, 3)] * 2) == (1, logits, logits, 1)
    assert small([np.zeros([1, 256, 256, 3])] * 2).shape == (1, logits, logits, 1)


@pytest.mark.parametrize("field", TABLE)
def test_one_logit_sees_exactly_its_receptive_field(field):
    network = PatchGANDiscriminator(field, filters=2, normalization=None)
    network.set_weights([np.abs(w) + 0.1 for w in network.get_weights()])  # no cancellation, no dead units
    side = 320
    pair = [tf.ones([1, side, side, 3]), tf.ones([1, side, side, 3])]
    with tf.GradientTape() as tape:
        tape.watch(pair)
        logits = network(pair)
        middle = logits.shape[1] // 2
        logit = logits[0, middle, middle, 0]
    for gradient in tape.gradient(logit, pair):
        rows, columns = np.nonzero(gradient[0, :, :, 0].numpy())
        assert np.ptp(rows) + 1 == np.ptp(columns) + 1 == field
        assert len(rows) == field**2


def test_smallest_side():
    for field in STRIDED_LAYERS:
        network = PatchGANDiscriminator(field, filters=1, normalization=None)
        side = network.smallest_side
        assert network([np.zeros([1, side, side, 3])] * 2).shape == (1, 1, 1, 1)


def test_conditional_or_not(rng):
    x, z, y = (rng.uniform(-1, 1, [2, 32, 24, c]).astype("float32") for c in (2, 2, 1))
    for conditional in (True, False):
        network = PatchGANDiscriminator(
            34, input_channels=2, output_channels=1, filters=2, conditional=conditional, dtype="float32"
        )
        assert np.array_equal(network([x, y]), network([z, y])) != conditional
        copy = keras.models.clone_model(network)
        copy.set_weights(network.get_weights())
        np.testing.assert_array_equal(copy([x, y]), network([x, y]))


@pytest.mark.parametrize("normalization", ["batch", "instance", "none"])
def test_xla_mixed_precision_and_saving(normalization, tmp_path, rng):
    network = PatchGANDiscriminator(16, filters=4, normalization=normalization, dtype="mixed_bfloat16")
    pair = [rng.uniform(-1, 1, [2, 16, 24, 3]).astype("float32") for _ in range(2)]
    logits = network(pair)
    assert logits.dtype == tf.float32
    np.testing.assert_allclose(tf.function(network, jit_compile=True)(pair), logits, atol=0.02)
    network.save(tmp_path / "d.keras")
    copy = keras.models.load_model(tmp_path / "d.keras")
    assert copy.get_config() == network.get_config()
    np.testing.assert_array_equal(copy(pair), logits)


def test_bad_arguments():
    with pytest.raises(ValueError, match="receptive_field must be one of 1, 16, 34, 70, 142, 286. Received: .*=71"):
        PatchGANDiscriminator(71)
    with pytest.raises(ValueError, match="normalization must be one of"):
        PatchGANDiscriminator(70, normalization="virtual")
    for field in ([70], 70.0):
        with pytest.raises(ValueError, match="receptive_field must be one of"):
            PatchGANDiscriminator(field)


def test_images_that_do_not_fit_are_refused():
    network = PatchGANDiscriminator(16, filters=1)
    with pytest.raises(ValueError, match="one size. Received: .* x 8 pixels"):
        network([np.zeros([1, 8, 8, 3], "float32"), np.zeros([1, 16, 8, 3], "float32")])
    with pytest.raises(ValueError, match="at least 6 pixels a side for receptive_field=16. Received: 4 pixels"):
        network([np.zeros([1, 8, 4, 3], "float32")] * 2)
    images = np.zeros([2, 8, 8, 3], "float32")
    wanted = r"^Expected input \[N, H, W, 3\] and output \[N, H, W, 3\]. Received: "
    for inputs, received in (
        ([images, images[..., :1]], r"shapes \[2, 8, 8, 3\] and \[2, 8, 8, 1\]$"),
        (images, r"shape \[2, 8, 8, 3\]$"),
        ([images] * 3, "3 arrays$"),
    ):
        with pytest.raises(ValueError, match=wanted + received):
            network(inputs)
    with pytest.raises(ValueError, match="^There must be an output for each input. Received: shapes .2, 8.* .1, 8"):
        network([images, images[:1]])
    assert network({"input": images, "output": images}).shape == network((images, images)).shape
