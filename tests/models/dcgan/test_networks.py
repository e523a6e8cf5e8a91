import numpy as np
import pytest
from scipy import signal

from keras_gans.models.dcgan.networks import Blocks, build_discriminator, build_generator, widths


def test_widths():
    assert widths(64, 64) == {4: 512, 8: 256, 16: 128, 32: 64}  # soumith/dcgan.torch
    assert widths(256, 64) == {4: 512, 8: 512, 16: 512, 32: 256, 64: 128, 128: 64}
    assert widths(16, 8) == {4: 16, 8: 8}


def theano_convolution(x, w):
    """Strided convolution with padding k // 2 on every side, as Theano and PyTorch have it: x [H W C], w [k k C O]."""
    near = w.shape[0] // 2
    padded = np.pad(x, [[near, near], [near, near], [0, 0]])
    full = [
        sum(signal.correlate2d(padded[:, :, c], w[:, :, c, o], "valid") for c in range(x.shape[2]))
        for o in range(w.shape[3])
    ]
    return np.stack(full, -1)[::2, ::2]


@pytest.mark.parametrize("kernel_size", [3, 5])
def test_symmetric_padding_is_that_of_the_theano_code(kernel_size, rng):
    blocks = Blocks(kernel_size=kernel_size, padding="symmetric")
    discriminator = build_discriminator(16, 2, 3, 1, 0, blocks)
    conv = discriminator.get_layer("conv1")
    w = rng.normal(size=conv.kernel.shape).astype("float32")
    conv.kernel.assign(w)
    x = rng.normal(size=[16, 16, 2]).astype("float32")
    y = conv(discriminator.get_layer("pad1")(x[None]))[0]
    np.testing.assert_allclose(y, theano_convolution(x, w), atol=1e-4)

    generator = build_generator(16, 2, 4, 3, 1, False, Blocks(kernel_size=kernel_size, padding="symmetric"))
    deconv = generator.get_layer("deconv2")  # 8 x 8 x 3 -> 16 x 16 x 2, the adjoint of such a convolution
    w = rng.normal(size=deconv.kernel.shape).astype("float32")  # [k k 2 3]
    deconv.kernel.assign(w)
    z, x = rng.normal(size=[8, 8, 3]).astype("float32"), rng.normal(size=[16, 16, 2]).astype("float32")
    up = generator.get_layer("crop2")(deconv(z[None]))[0].numpy()
    np.testing.assert_allclose((up * x).sum(), (z * theano_convolution(x, w)).sum(), rtol=1e-4)


def test_four_by_four_kernels_pad_one_on_each_side(rng):
    """TensorFlow's "same" is PyTorch's padding=1 for kernel 4, stride 2."""
    conv = build_discriminator(16, 1, 2, 1, 0, Blocks()).get_layer("conv1")
    x = rng.normal(size=[16, 16, 1]).astype("float32")
    w = conv.kernel.numpy()
    padded = np.pad(x[:, :, 0], 1)
    expected = np.stack([signal.correlate2d(padded, w[:, :, 0, o], "valid")[::2, ::2] for o in range(2)], -1)
    np.testing.assert_allclose(conv(x[None])[0], expected, atol=1e-6)


def test_guidelines_of_section_3():
    generator = build_generator(64, 3, 100, 8, 1, False, Blocks())
    discriminator = build_discriminator(64, 3, 8, 1, 0, Blocks())
    norms = {n.name for n in generator.layers if n.name.startswith("norm")}
    assert norms == {"norm0", "norm1", "norm2", "norm3"}  # none after deconv4, the output
    norms = {n.name for n in discriminator.layers if n.name.startswith("norm")}
    assert norms == {"norm2", "norm3", "norm4"}  # none after conv1
    assert all(x.negative_slope == 0.2 for x in discriminator.layers if x.name.startswith("activation"))
    assert not any("bias" in w.path for w in generator.weights + discriminator.weights)


def test_initial_weights():
    generator = build_generator(32, 3, 100, 64, 1, False, Blocks(seed=1))
    kernel = generator.get_layer("deconv1").kernel.numpy()
    assert abs(kernel.mean()) < 1e-3 and abs(kernel.std() - 0.02) < 1e-3
    assert abs(generator.get_layer("norm0").gamma.numpy().std() - 0.02) < 5e-3
    again = build_generator(32, 3, 100, 64, 1, False, Blocks(seed=1))
    other = build_generator(32, 3, 100, 64, 1, False, Blocks(seed=2))
    for a, b, c in zip(generator.trainable_weights, again.trainable_weights, other.trainable_weights, strict=True):
        np.testing.assert_array_equal(a, b)
        assert "beta" in a.path or not np.array_equal(a, c)
    truncated = build_discriminator(32, 3, 64, 1, 0, Blocks(truncated_conv=True)).get_layer("conv2").kernel.numpy()
    assert abs(truncated).max() <= 0.04 < abs(kernel).max()
