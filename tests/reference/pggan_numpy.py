"""PGGAN's networks restated in numpy: NCHW, one slow loop for each formula, float64. The oracle of our networks.

Written from the paper and the layout facts of the released networks; shares no code with keras_gans. Variables are a
dict in the naming of the released pickles, with weights stored unscaled.
"""

import numpy as np

ROOT_2 = np.sqrt(2.0)


def conv(x, w):
    """Cross-correlation with zero borders: x [N I H W], w [k k I O] -> [N O H W]."""
    k, (n, _, h, width) = w.shape[0], x.shape
    x = np.pad(x, [(0, 0), (0, 0), (k // 2, k // 2), (k // 2, k // 2)])
    y = np.zeros((n, w.shape[3], h, width))
    for a in range(k):
        for b in range(k):
            y += np.einsum("nihw,io->nohw", x[:, :, a : a + h, b : b + width], w[a, b])
    return y


def conv_up(x, w):
    """Transposed convolution of stride 2 with the kernel summed over its four one-pixel shifts; w [k k O I]."""
    n, _, h, width = x.shape
    w = sum(np.pad(w, [(a, 1 - a), (b, 1 - b), (0, 0), (0, 0)]) for a in (0, 1) for b in (0, 1))
    y = np.zeros((n, w.shape[2], 2 * h + 2, 2 * width + 2))
    for a in range(4):
        for b in range(4):
            y[:, :, a : a + 2 * h : 2, b : b + 2 * width : 2] += np.einsum("nihw,oi->nohw", x, w[a, b])
    return y[:, :, 1:-1, 1:-1]


def up(x):
    return x.repeat(2, axis=2).repeat(2, axis=3)


def down(x):
    n, c, h, w = x.shape
    return x.reshape(n, c, h // 2, 2, w // 2, 2).mean(axis=(3, 5))


def leaky(x):
    return np.where(x > 0, x, 0.2 * x)


def pixel_norm(x):
    return x / np.sqrt((x**2).mean(axis=1, keepdims=True) + 1e-8)


def std_dev(x, group_size):
    n, c, h, w = x.shape
    g = min(group_size, n)
    y = x.reshape(g, n // g, c, h, w)
    y = np.sqrt(((y - y.mean(axis=0)) ** 2).mean(axis=0) + 1e-8).mean(axis=(1, 2, 3))  # [M]
    y = np.tile(y, g)[:, None, None, None] * np.ones((1, 1, h, w))
    return np.concatenate([x, y], axis=1)


class Variables:
    """The dict, with run-time scaling by gain / sqrt(fan_in)."""

    def __init__(self, values, wscale=True):
        self.values, self.wscale = values, wscale

    def weight(self, name, gain, fan_in=None):
        w = np.asarray(self.values[f"{name}/weight"], "float64")
        fan_in = np.prod(w.shape[:-1]) if fan_in is None else fan_in
        return w * gain / np.sqrt(fan_in) if self.wscale else w

    def bias(self, name, x):
        b = np.asarray(self.values[f"{name}/bias"], "float64")
        return x + (b if x.ndim == 2 else b[:, None, None])


def generator(values, latents, labels=None, lod=0.0, resolution=32, fused=True, wscale=True):
    """Images [N C H W] of full resolution, as the released generator makes them."""
    v, levels = Variables(values, wscale), int(np.log2(resolution))
    x = np.asarray(latents, "float64")
    if labels is not None:
        x = np.concatenate([x, labels], axis=1)
    x = pixel_norm(x) @ v.weight("4x4/Dense", ROOT_2 / 4)
    x = x.reshape(len(x), -1, 4, 4)
    x = pixel_norm(leaky(v.bias("4x4/Dense", x)))
    x = pixel_norm(leaky(v.bias("4x4/Conv", conv(x, v.weight("4x4/Conv", ROOT_2)))))

    def to_rgb(x, level):
        name = f"ToRGB_lod{levels - level}"
        return v.bias(name, conv(x, v.weight(name, 1.0)))

    images = to_rgb(x, 2)
    for level in range(3, levels + 1):
        block = f"{2**level}x{2**level}"
        if fused:
            name = f"{block}/Conv0_up"
            x = conv_up(x, v.weight(name, ROOT_2, fan_in=9 * x.shape[1]))
        else:
            name = f"{block}/Conv0"
            x = conv(up(x), v.weight(name, ROOT_2))
        x = pixel_norm(leaky(v.bias(name, x)))
        name = f"{block}/Conv1"
        x = pixel_norm(leaky(v.bias(name, conv(x, v.weight(name, ROOT_2)))))
        image, images = to_rgb(x, level), up(images)
        images = image + (images - image) * np.clip(lod - (levels - level), 0, 1)
    return images


def discriminator(values, images, lod=0.0, resolution=32, fused=True, wscale=True, group_size=4):
    """(scores [N 1], label outputs [N L]) of images [N C H W] of full resolution."""
    v, levels = Variables(values, wscale), int(np.log2(resolution))

    def from_rgb(x, level):
        name = f"FromRGB_lod{levels - level}"
        return leaky(v.bias(name, conv(x, v.weight(name, ROOT_2))))

    images = np.asarray(images, "float64")
    x = from_rgb(images, levels)
    for level in range(levels, 2, -1):
        block = f"{2**level}x{2**level}"
        x = leaky(v.bias(f"{block}/Conv0", conv(x, v.weight(f"{block}/Conv0", ROOT_2))))
        if fused:
            x = leaky(v.bias(f"{block}/Conv1_down", down(conv(x, v.weight(f"{block}/Conv1_down", ROOT_2)))))
        else:
            x = down(leaky(v.bias(f"{block}/Conv1", conv(x, v.weight(f"{block}/Conv1", ROOT_2)))))
        images = down(images)
        y = from_rgb(images, level - 1)
        x = x + (y - x) * np.clip(lod - (levels - level), 0, 1)
    if group_size > 1:
        x = std_dev(x, group_size)
    x = leaky(v.bias("4x4/Conv", conv(x, v.weight("4x4/Conv", ROOT_2))))
    x = x.reshape(len(x), -1)
    x = leaky(v.bias("4x4/Dense0", x @ v.weight("4x4/Dense0", ROOT_2)))
    x = v.bias("4x4/Dense1", x @ v.weight("4x4/Dense1", 1.0))
    return x[:, :1], x[:, 1:]


def random_variables(
    kind, rng, resolution=32, channels=3, label_size=0, maps=lambda level: 8, latent_size=8, fused=True, group_size=4
):
    """Variables of a "G" or "D" in the released naming, with non-zero biases.

    `maps(level)` gives the feature maps nf(level); layers of resolution 2^r have nf(r - 1).
    """
    levels, values = int(np.log2(resolution)), {"lod": np.float32(0)}

    def add(name, shape, bias):
        values[f"{name}/weight"] = rng.normal(size=shape).astype("float32")
        values[f"{name}/bias"] = (0.1 * rng.normal(size=bias)).astype("float32")

    if kind == "G":
        add("4x4/Dense", (latent_size + label_size, maps(1) * 16), maps(1))
        add("4x4/Conv", (3, 3, maps(1), maps(1)), maps(1))
        add(f"ToRGB_lod{levels - 2}", (1, 1, maps(1), channels), channels)
        for level in range(3, levels + 1):
            i, o, block = maps(level - 2), maps(level - 1), f"{2**level}x{2**level}"
            if fused:
                add(f"{block}/Conv0_up", (3, 3, o, i), o)
            else:
                add(f"{block}/Conv0", (3, 3, i, o), o)
            add(f"{block}/Conv1", (3, 3, o, o), o)
            add(f"ToRGB_lod{levels - level}", (1, 1, o, channels), channels)
        return values
    for level in range(levels, 1, -1):
        i, o, block = maps(level - 1), maps(level - 2), f"{2**level}x{2**level}"
        add(f"FromRGB_lod{levels - level}", (1, 1, channels, i), i)
        if level > 2:
            add(f"{block}/Conv0", (3, 3, i, i), i)
            add(f"{block}/Conv1_down" if fused else f"{block}/Conv1", (3, 3, i, o), o)
    add("4x4/Conv", (3, 3, maps(1) + (group_size > 1), maps(1)), maps(1))
    add("4x4/Dense0", (maps(1) * 16, maps(0)), maps(0))
    add("4x4/Dense1", (maps(0), 1 + label_size), 1 + label_size)
    return values
