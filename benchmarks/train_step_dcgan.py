"""DCGAN for train_step.py: Newmu's widths (128 to 1024), 4x4 kernels; one fake batch, scored again after D's update."""

PEER = "torch_dcgan.py"
SETTINGS = {"width": 128, "resolution": 64, "batch": 64}
CASES = {"64": {}}
PEERS = {
    "torch": {
        "torch eager": ["--layout", "contiguous_format"],
        "torch channels_last": ["--layout", "channels_last"],
        "torch channels_last compile": ["--layout", "channels_last", "--compile"],
    }
}


def target(group, dtype, args):
    """How many times faster we want to be than the best peer of a group."""
    return {"float32": 1.15, "bfloat16": 1.25}[dtype]


def ours(policy, args):
    """Returns (function that makes a step and returns the loss, networks)."""
    import train_step_ours as step

    from keras_gans import DCGAN

    model = DCGAN(args.resolution, generator_filters=args.width, discriminator_filters=args.width, dtype=policy)
    model.compile(reuse_fakes=True)
    return step.of_images(model, args.batch)


def gflop(args):
    """GFLOP a real image: generator 3 passes, discriminator 2 x 3 for its own step and 2 for the generator's."""
    size, maps, convs = args.resolution // 2, args.width, [args.resolution**2 // 4 * 16 * 3 * args.width]
    while size > 4:
        size, maps = size // 2, 2 * maps
        convs.append(size**2 * 16 * (maps // 2) * maps)
    generator = sum(convs) + 100 * 16 * maps
    discriminator = sum(convs) + 16 * maps
    own_step = 2 * (3 * discriminator - convs[0])  # no gradient by the images
    return 2 * (3 * generator + own_step + 2 * discriminator) / 1e9
