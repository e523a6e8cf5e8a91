import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gans import noise
from keras_gans.models.pix2pix import EncoderDecoderGenerator, ResNetGenerator, UNetGenerator

SMALL = [
    (UNetGenerator, dict(resolution=16, filters=2, input_channels=1, output_channels=4)),
    (EncoderDecoderGenerator, dict(resolution=16, filters=2, input_channels=1, output_channels=4)),
    (ResNetGenerator, dict(blocks=2, filters=2, input_channels=1, output_channels=4)),
]


@pytest.mark.parametrize(
    "network, settings, parameters",
    [
        (UNetGenerator, {}, 54_419_459),
        (UNetGenerator, dict(use_bias=False), 54_413_955),
        (UNetGenerator, dict(normalize_bottleneck=True), 54_420_483),
        (UNetGenerator, dict(resolution=128), 41_833_475),
        (UNetGenerator, dict(resolution=128, use_bias=False), 41_828_995),
        (EncoderDecoderGenerator, {}, 39_080_963),
    ],
)
def test_parameters_are_those_of_the_tables(network, settings, parameters, monkeypatch):
    monkeypatch.setattr(keras.initializers, "RandomNormal", lambda *_, **__: "zeros")  # 54 million draws take a second
    assert network(**settings).count_params() == parameters


def test_unet_256_is_the_table(monkeypatch):
    monkeypatch.setattr(keras.initializers, "RandomNormal", lambda *_, **__: "zeros")
    generator = UNetGenerator()
    shapes = {layer.name: tuple(layer.kernel.shape) for layer in generator.layers if hasattr(layer, "kernel")}
    assert [shapes[f"encoder_{k}"][2:] for k in range(1, 9)] == [
        *((3, 64), (64, 128), (128, 256), (256, 512), (512, 512), (512, 512), (512, 512), (512, 512))
    ]
    assert [shapes[f"decoder_{k}"][:1:-1] for k in range(1, 9)] == [
        *((512, 512), (1024, 512), (1024, 512), (1024, 512), (1024, 256), (512, 128), (256, 64), (128, 3))
    ]
    names = {layer.name for layer in generator.layers}
    assert {f"decoder_{k}_dropout" for k in (1, 2, 3)} <= names and "decoder_4_dropout" not in names
    assert not {"encoder_1_norm", "encoder_8_norm", "decoder_8_norm"} & names and "encoder_7_norm" in names
    outputs = keras.Model(generator.input, [generator.get_layer(f"encoder_{k}").output for k in (1, 8)])
    assert [tuple(x.shape[1:3]) for x in outputs(np.zeros([1, 256, 256, 3]))] == [(128, 128), (1, 1)]


@pytest.mark.parametrize("network, settings", SMALL)
def test_any_size_and_channels(network, settings, rng):
    generator = network(**settings)
    y = generator(rng.uniform(-1, 1, [2, 32, 16, 1]))
    assert y.shape == (2, 32, 16, 4) and y.dtype == tf.float32 and np.abs(y).max() < 1
    assert settings["resolution"] == generator.multiple_of if "resolution" in settings else generator.multiple_of == 4


@pytest.mark.parametrize("network, settings", SMALL)
def test_config_saving_and_copies(network, settings, tmp_path, rng):
    generator = network(**settings, normalization="instance", dropout=0.25, seed=3, use_bias=False)
    generator.save(tmp_path / "g.keras")
    x = rng.uniform(-1, 1, [1, 16, 16, 1])
    for copy in (keras.models.load_model(tmp_path / "g.keras"), network.from_config(generator.get_config())):
        assert type(copy) is network and copy.get_config() == generator.get_config()
        copy.set_weights(generator.get_weights())
        np.testing.assert_array_equal(copy(x), generator(x))


@pytest.mark.parametrize(  # each network and each normalization once: XLA compiles slowly
    "network, settings, normalization", [(*case, n) for case, n in zip(SMALL, ["batch", None, "instance"], strict=True)]
)
def test_xla_mixed_precision_and_gradients(network, settings, normalization, rng):
    x = rng.uniform(-1, 1, [2, 16, 16, 1]).astype("float32")
    outputs = []
    for dtype in ("float32", "mixed_bfloat16"):
        generator = network(**settings, normalization=normalization, dtype=dtype)

        def run(x, generator=generator):
            with tf.GradientTape() as tape:
                y = generator(x)
                loss = tf.reduce_mean(y**2)
            return y, *tape.gradient(loss, generator.trainable_variables)

        y, *gradients = tf.function(run)(x)
        assert y.dtype == tf.float32 and all(np.isfinite(g).all() for g in gradients)
        np.testing.assert_allclose(tf.function(run, jit_compile=True)(x)[0], y, atol=2e-2 if "mixed" in dtype else 1e-4)
        outputs.append(y)
    # Batch norm of few pixels amplifies the rounding of bfloat16: the mean difference tells.
    assert np.abs(outputs[0] - outputs[1]).mean() < 0.05


@pytest.mark.parametrize("normalization", ["batch", "instance"])
def test_statistics_are_those_of_the_call_in_training_and_at_test(normalization, rng):
    generator = UNetGenerator(8, filters=2, normalization=normalization, dropout=0.0)
    x = rng.uniform(-1, 1, [3, 8, 8, 3])
    np.testing.assert_array_equal(generator(x, training=True), generator(x, training=False))
    alone = np.concatenate([generator(x[k : k + 1]) for k in range(3)])
    assert (np.abs(alone - generator(x)).max() < 1e-5) == (normalization == "instance")


def test_a_normalized_bottleneck_of_one_pixel_carries_nothing(rng):
    generator = UNetGenerator(8, filters=2, normalize_bottleneck=True)
    bottleneck = keras.Model(generator.input, generator.get_layer("encoder_3_norm").output)
    assert np.abs(bottleneck(rng.uniform(-1, 1, [1, 8, 8, 3]))).max() == 0
    assert np.abs(bottleneck(rng.uniform(-1, 1, [1, 8, 16, 3]))).max() > 0


def test_dropout_is_the_noise_of_the_scope(rng):
    generator = UNetGenerator(16, filters=4)
    x = rng.uniform(-1, 1, [1, 16, 16, 3])

    def run(seed):
        with noise.scope(noise.NoiseStream(seed)):
            return generator(x, training=True).numpy()

    np.testing.assert_array_equal(run(1), run(1))
    assert np.abs(run(1) - run(2)).max() > 0 and np.abs(run(1) - generator(x)).max() > 0


def test_the_decoder_comes_first_in_a_concatenation():
    generator = UNetGenerator(8, filters=2, normalization=None, dropout=0)
    parts = generator.get_layer("decoder_2_concat")._inbound_nodes[0].input_tensors
    assert parts[0] is generator.get_layer("decoder_2").output and parts[1] is generator.get_layer("encoder_1").output


@pytest.mark.parametrize(
    "network, arguments, message",
    [
        (UNetGenerator, dict(resolution=100), "resolution must be a power of two, from 4. Received: resolution=100"),
        (UNetGenerator, dict(resolution=2), "resolution must be a power of two"),
        (UNetGenerator, dict(normalization="x"), "normalization must be one of"),
        (UNetGenerator, dict(normalization=["batch"]), "normalization must be one of"),
        (UNetGenerator, dict(dropout="a"), "dropout must be in"),
        (
            UNetGenerator,
            dict(dropout_layers=3),
            "dropout_layers must be a list of integers of at least 1. Received: .*=3",
        ),
        (UNetGenerator, dict(dropout_layers=[0]), "dropout_layers must be a list"),
        (UNetGenerator, dict(dropout_layers="12"), "dropout_layers must be a list"),
        (ResNetGenerator, dict(blocks=0), "blocks must be an integer of at least 1. Received: blocks=0"),
    ],
)
def test_bad_arguments(network, arguments, message):
    with pytest.raises(ValueError, match=message):
        network(**arguments)


@pytest.mark.parametrize(
    "network, settings, shape, message",
    [
        (UNetGenerator, dict(resolution=8), [1, 12, 8, 3], "multiples of 8. Received: 12 x 8 pixels"),
        (EncoderDecoderGenerator, dict(resolution=8), [1, 8, 4, 3], "multiples of 8. Received: 8 x 4 pixels"),
        (ResNetGenerator, dict(blocks=1), [1, 8, 10, 3], "multiples of 4. Received: 8 x 10 pixels"),
    ],
)
def test_sizes_that_do_not_fit_are_refused(network, settings, shape, message):
    with pytest.raises(ValueError, match=f"^The sides of images must be {message}$"):
        network(filters=1, **settings)(np.zeros(shape, "float32"))


def test_images_of_other_channels_are_refused():
    for network in (UNetGenerator(8, filters=1), ResNetGenerator(1, filters=1)):
        with pytest.raises(ValueError, match=r"^Expected input \[N, H, W, 3\]. Received: shape \[1, 8, 8, 1\]$"):
            network(np.zeros([1, 8, 8, 1], "float32"))
    assert UNetGenerator(8, input_channels=1, filters=1)(np.zeros([1, 8, 8, 1], "float32")).shape == (1, 8, 8, 3)


def test_images_of_other_axes_are_refused():
    with pytest.raises(ValueError):
        UNetGenerator(8, filters=1)(np.zeros([8, 8], "float32"))
