"""Weights of real PyTorch networks (fixtures/make_torch_networks.py), loaded without PyTorch: same outputs."""

import pathlib

import numpy as np
import pytest
import tensorflow as tf

from keras_gans import Pix2Pix
from keras_gans.models.pix2pix import EncoderDecoderGenerator, PatchGANDiscriminator, UNetGenerator, published
from keras_gans.readers.torch_files import read_state_dict

FIXTURES = pathlib.Path(__file__).parent / "fixtures"
OUTPUTS = dict(np.load(FIXTURES / "torch_outputs.npz"))


@pytest.mark.parametrize("name", ["unet_batch", "unet_instance", "resnet_batch", "resnet_instance"])
def test_generators_agree_with_pytorch(name):
    model = Pix2Pix.from_torch_state_dict(FIXTURES / f"{name}.pth")
    config = model.get_config()
    assert config["generator"] == name.partition("_")[0] and config["normalization"] == name.partition("_")[2]
    assert config["use_bias"] == name.endswith("instance") and config["filters"] == 2
    x, expected = OUTPUTS[f"{name}_x"].astype("float32"), OUTPUTS[f"{name}_y"]
    y = model.translate(x, noise=False, dtype="float32")
    step = y.shape[1] // expected.shape[1]
    np.testing.assert_allclose(y[:, ::step, ::step], expected, atol=2e-4)


def test_what_names_do_not_say():
    model = Pix2Pix.from_torch_state_dict(FIXTURES / "unet_batch.pth", seed=3, name="facades")
    assert model.name == "facades" and model.seed == 3
    assert model.generator.get_config()["dropout_layers"] == [2, 3]  # of seven levels, two have dropout
    assert Pix2Pix.from_torch_state_dict(FIXTURES / "resnet_batch.pth").get_config()["dropout"] == 0.5
    assert Pix2Pix.from_torch_state_dict(FIXTURES / "resnet_instance.pth").get_config()["dropout"] == 0


@pytest.mark.parametrize(
    "name, field, filters, settings",
    [
        ("patches_batch", 70, 2, dict(input_channels=3, output_channels=2, use_bias=False)),
        ("pixels_batch", 1, 2, dict(input_channels=3, output_channels=2, use_bias=False)),
        ("patches_instance", 16, 2, dict(input_channels=1, output_channels=3, normalization="instance")),
    ],
)
def test_discriminators_agree_with_pytorch(name, field, filters, settings):
    state = read_state_dict(FIXTURES / f"{name}.pth")
    found_field, channels, found_filters, rows = published.torch_discriminator(state)
    assert (found_field, found_filters) == (field, filters)
    network = PatchGANDiscriminator(field, filters=filters, **settings)
    published.load(network, rows, state)
    x = OUTPUTS[f"{name}_x"].astype("float32")
    split = settings["input_channels"]
    np.testing.assert_allclose(network([x[..., :split], x[..., split:]]), OUTPUTS[f"{name}_y"], atol=2e-4)


def test_generator_and_discriminator_together():
    model = Pix2Pix.from_torch_state_dict(FIXTURES / "unet_batch.pth", FIXTURES / "patches_batch.pth")
    config = model.get_config()
    assert (config["receptive_field"], config["conditional"], config["discriminator_filters"]) == (70, True, 2)
    with pytest.raises(ValueError, match="must see 5 channels. Received: 4"):
        Pix2Pix.from_torch_state_dict(FIXTURES / "unet_batch.pth", FIXTURES / "patches_instance.pth")


def test_every_name_that_does_not_fit_is_listed():
    state = read_state_dict(FIXTURES / "unet_batch.pth")
    state["model.model.1.model.9.weight"] = np.zeros(2)
    del state["model.model.1.model.5.weight"]
    state["model.model.1.model.2.bias"] = np.zeros(7)
    inner = "model.model.1.model.3.model."
    kernels = {name: state[name].shape for name in (f"{inner}1.weight", f"{inner}5.weight")}
    state |= {name: np.zeros([9, 9, *shape[2:]]) for name, shape in kernels.items()}
    with pytest.raises(ValueError) as error:
        Pix2Pix.from_torch_state_dict(state)
    for part in (
        "model.model.1.model.5.weight is missing",
        "model.model.1.model.2.bias has shape [7], expected [4]",
        "model.model.1.model.9.weight has no place",
        *(f"{name} has shape [9, 9, 4, 4], expected {list(shape)}" for name, shape in kernels.items()),
    ):
        assert part in str(error.value)


FIRST_KERNELS = ["model.model.0.weight", "model.model.3.weight", "model.model.1.model.1.weight"]
FIRST_VECTORS = ["model.model.0.bias", "model.model.3.bias", "model.model.1.model.2.weight"]


@pytest.mark.parametrize("lost", [[name] for name in FIRST_KERNELS + FIRST_VECTORS] + [FIRST_KERNELS])
def test_what_the_architecture_is_read_from_is_named_too_when_it_is_missing(lost):
    state = read_state_dict(FIXTURES / ("unet_instance.pth" if lost[0].endswith("bias") else "unet_batch.pth"))
    state = published.clean(state)
    for name in lost:
        del state[name]
    with pytest.raises(ValueError, match="do not fit the generator") as error:
        Pix2Pix.from_torch_state_dict(state)
    found = str(error.value).partition(": ")[2].split("; ")
    assert {part for part in found if "shape" not in part} == {f"{name} is missing" for name in lost}


@pytest.mark.parametrize(
    "lost", ["model.1.weight", "model.23.weight", "model.2.weight", "model.12.conv_block.1.weight"]
)
def test_so_it_is_of_a_residual_network(lost):
    state = read_state_dict(FIXTURES / "resnet_batch.pth")
    gone = {name for name in state if name == lost or ("conv_block" in lost and name.startswith(lost[:9]))}
    with pytest.raises(ValueError) as error:
        Pix2Pix.from_torch_state_dict({name: value for name, value in state.items() if name not in gone})
    for name in gone - {name for name in gone if name.endswith(published.UNUSED)}:
        assert f"{name} is missing" in str(error.value)
    assert "no place" not in str(error.value)


def test_tensors_of_other_axes_are_listed():
    state = read_state_dict(FIXTURES / "unet_batch.pth")
    for shape in ([2], [], [0, 3, 4, 4]):
        with pytest.raises(ValueError, match="model.model.0.weight has shape"):
            Pix2Pix.from_torch_state_dict({**state, "model.model.0.weight": np.zeros(shape)})
    with pytest.raises(ValueError, match="Expected generator/encoder_1/conv2d/kernel of four axes"):
        Pix2Pix.from_tensorflow_variables({"generator/encoder_1/conv2d/kernel": np.zeros(3)})


def test_weights_that_are_not_finite_are_listed():
    state = read_state_dict(FIXTURES / "unet_batch.pth")
    name = "model.model.1.model.2.bias"
    with pytest.raises(ValueError, match=f"{name} holds values that are not finite$"):
        Pix2Pix.from_torch_state_dict({**state, name: np.full_like(state[name], np.nan)})


def test_an_affine_instance_norm_is_no_batch_norm():
    state = published.clean(read_state_dict(FIXTURES / "unet_instance.pth"))
    for level in range(1, 5):
        prefix = "model.model.1.model." + "3.model." * (level - 1)
        for number in (2, 6):
            width = len(state[f"{prefix}{number - 1}.bias"])
            state |= {f"{prefix}{number}.weight": np.full(width, 2.0), f"{prefix}{number}.bias": np.zeros(width)}
    innermost = "model.model.1.model." + "3.model." * 4
    state |= {f"{innermost}4.weight": np.ones(16)[: len(state[f"{innermost}3.bias"])]}
    state |= {f"{innermost}4.bias": np.zeros(len(state[f"{innermost}3.bias"]))}
    model = Pix2Pix.from_torch_state_dict(state)
    assert model.get_config()["normalization"] == "instance"
    np.testing.assert_array_equal(model.generator.get_layer("encoder_2_norm").gamma, 2.0)


def test_other_files_are_refused(tmp_path):
    with pytest.raises(ValueError, match="which is not there"):
        Pix2Pix.from_torch_state_dict(tmp_path / "nothing.pth")
    with pytest.raises(ValueError, match="Expected the state dict of a U-Net or residual generator"):
        Pix2Pix.from_torch_state_dict(FIXTURES / "patches_batch.pth")
    (tmp_path / "evil.pth").write_bytes(b"cos\nsystem\n(S'echo owned'\ntR.")
    with pytest.raises(ValueError, match="Could not read weights|Expected a file written by torch.save"):
        Pix2Pix.from_torch_state_dict(tmp_path / "evil.pth")
    with pytest.raises(ValueError, match="1 to 5 strided layers"):
        published.torch_discriminator({})
    with pytest.raises(ValueError, match="model.1.weight is missing"):
        Pix2Pix.from_torch_state_dict({"model.10.conv_block.1.weight": np.zeros([1, 1, 3, 3])})
    for path in (None, 5):
        with pytest.raises(ValueError, match="Expected a file of torch.save, or a dict of arrays"):
            Pix2Pix.from_torch_state_dict(path)
    with pytest.raises(ValueError, match="1 to 5 strided layers"):
        Pix2Pix.from_torch_state_dict(FIXTURES / "unet_batch.pth", FIXTURES / "unet_batch.pth")


def port(network, folder, depth):
    """The names of the TensorFlow port for one of our networks, whose layout of arrays it shares."""
    named = {}
    for layer in network.layers:
        if not layer.weights:
            continue
        part, number, *norm = layer.name.replace("last", "5").split("_")
        scope = {"conv": "layer"}.get(part, part)
        number = depth + 1 - int(number) if part == "decoder" else number
        kind = "batch_normalization" if norm else "conv2d_transpose" if part == "decoder" else "conv2d"
        for variable in layer.weights:
            named[f"{folder}/{scope}_{number}/{kind}/{variable.name}"] = variable.numpy()
    return named


@pytest.mark.parametrize("normalize_bottleneck", [True, False])
def test_tensorflow_port(tmp_path, normalize_bottleneck):
    generator = UNetGenerator(32, filters=2, output_channels=1, normalize_bottleneck=normalize_bottleneck, seed=4)
    discriminator = PatchGANDiscriminator(70, output_channels=1, filters=3, seed=5)
    values = {**port(generator, "generator", 5), **port(discriminator, "discriminator", 0)}
    assert "generator/decoder_5/conv2d_transpose/kernel" in values and "discriminator/layer_5/conv2d/bias" in values
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        variables = [tf.compat.v1.Variable(v, name=n) for n, v in values.items()]
        variables.append(tf.compat.v1.Variable(1.0, name="generator/encoder_1/conv2d/kernel/Adam"))
        session.run(tf.compat.v1.global_variables_initializer())
        tf.compat.v1.train.Saver(variables).save(session, str(tmp_path / "model"), global_step=7)
    for source in (tmp_path, tmp_path / "model-7", {f"{n}:0": v for n, v in values.items()}):
        model = Pix2Pix.from_tensorflow_variables(source)
        for network, expected in ((model.generator, generator), (model.discriminator, discriminator)):
            for x, y in zip(network.get_weights(), expected.get_weights(), strict=True):
                np.testing.assert_array_equal(x, y)
        assert model.generator.get_config()["normalize_bottleneck"] == normalize_bottleneck


def test_bad_tensorflow_variables(tmp_path):
    with pytest.raises(ValueError, match="prefix of a TensorFlow checkpoint"):
        Pix2Pix.from_tensorflow_variables(tmp_path / "none")
    with pytest.raises(ValueError, match="Expected variables of pix2pix-tensorflow"):
        Pix2Pix.from_tensorflow_variables({"w": np.zeros(3)})
    values = port(UNetGenerator(8, filters=2), "generator", 3)
    del values["generator/decoder_2/batch_normalization/beta"]
    with pytest.raises(ValueError, match="generator/decoder_2/batch_normalization/beta is missing"):
        Pix2Pix.from_tensorflow_variables(values)


def test_an_encoder_decoder_does_not_fit_a_unet():
    state = read_state_dict(FIXTURES / "unet_batch.pth")
    _, rows = published.torch_unet(state)
    with pytest.raises(ValueError, match="has shape"):
        published.load(EncoderDecoderGenerator(128, filters=2, output_channels=2, use_bias=False), rows, state)
