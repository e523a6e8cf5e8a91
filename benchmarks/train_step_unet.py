"""pix2pix for train_step.py: U-Net 256, PatchGAN 70, L1 + cGAN, batch 1 and 4; and the translation of an image."""

PEER = "pix2pix_torch.py"
SETTINGS = {"width": 64, "resolution": 256, "batch": 1, "translate": 0}
CASES = {"batch 1": {"batch": 1}, "batch 4": {"batch": 4}, "translate": {"batch": 1, "translate": 1}}
PEERS = {
    "torch": {
        "torch eager": ["--layout", "contiguous_format"],
        "torch channels_last": ["--layout", "channels_last"],
        "torch channels_last compile": ["--layout", "channels_last", "--compile"],
    }
}


def target(group, dtype, args):
    """How many times faster we want to be than the best peer of a group."""
    return 1.2 if args.translate else {"float32": 1.15, "bfloat16": 1.25}[dtype]


def ours(policy, args):
    """Returns (function that makes a step, or a translation, and returns a number, networks)."""
    import numpy as np
    import tensorflow as tf
    import train_step_ours as step

    from keras_gans import Pix2Pix

    model = Pix2Pix(args.resolution, filters=args.width, discriminator_filters=args.width, dtype=policy)
    shape = (2, args.batch, args.resolution, args.resolution, 3)
    inputs, targets = np.random.default_rng(0).integers(0, 256, shape, dtype="uint8")
    if args.translate:
        return lambda: float(model.translate(inputs)[0, 0, 0, 0]), [model.generator]
    model.compile()
    return step.of_batch(model, (tf.constant(inputs), tf.constant(targets)))


def gflop(args):
    """GFLOP an image: generator 3 passes; discriminator 2 x 3 for its own step and 2 for the generator's."""
    generator, size, below = 0, args.resolution, 3
    maps = [min(args.width * 2**k, 8 * args.width) for k in range(args.resolution.bit_length() - 1)]
    first = 16 * (size // 2) ** 2 * 3 * maps[0]
    for k, above in enumerate(maps):
        size //= 2
        outputs, inputs = (maps[k - 1] if k else 3), above * (1 if k == len(maps) - 1 else 2)
        generator += 16 * size**2 * (below * above + inputs * outputs)
        below = above
    if args.translate:
        return 2 * generator / 1e9
    discriminator, size, below = 0, args.resolution, 6
    for k, above in enumerate([*(args.width * 2**k for k in range(4)), 1]):
        size = size // 2 if k < 3 else size - 1
        discriminator += 16 * size**2 * below * above
        below = above
    return 2 * (3 * generator - first + 8 * discriminator - 4 * first) / 1e9  # no gradient by images but the fake ones
