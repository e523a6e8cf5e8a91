"""PGGAN for train_step.py: WGAN-GP with drift, average, the last stage half faded in, at two resolutions."""

PEER = "pggan_torch.py"
SETTINGS = {"fmap_max": 128, "resolution": 64, "batch": 16}
CASES = {"32": {"resolution": 32}, "64": {"resolution": 64}}
LAYOUTS = {
    "": ["--layout", "contiguous_format"],
    " channels_last": ["--layout", "channels_last"],
    " channels_last compile": ["--layout", "channels_last", "--compile"],
}
PEERS = {
    scaling: {f"torch {scaling}{name}": ["--scaling", scaling, *options] for name, options in LAYOUTS.items()}
    for scaling in ("separate", "fused")
}


def target(group, dtype, args):
    """How many times faster we want to be than the best peer of a group."""
    if group == "fused":
        return 1.15
    return {"bfloat16": 1.45, "float32": 1.5 if args.resolution == 32 else 1.9}[dtype]


def ours(policy, args):
    """Returns (function that makes a step and returns the loss, networks)."""
    import train_step_ours as step

    return step.of_images(model(policy, args), args.batch)


def model(policy, args, fraction=0.5):
    """The model as it is when a fraction of the last fade is over."""
    from keras_gans import PGGAN

    model = PGGAN(args.resolution, fmap_max=args.fmap_max, dtype=policy)
    model.compile()
    last = model.generator.final_stage
    model.images_seen.assign(model.schedule.fade_start(last) + int(fraction * model.schedule.fade_images))
    model.make_train_function()  # takes over the stage
    return model


def gflop(args):
    """GFLOP a real image, convolutions that scale fused.

    The generator makes 1 pass for the discriminator's step and 3 for its own. The discriminator: 2 x 3 for real and
    fake; 6 for the penalty (forward, gradient by images, and back through both by weights and features: back through
    the first because of the minibatch standard deviation); 2 for the generator's step.
    """
    maps, size = [min(8192 // 2**level, args.fmap_max) for level in range(1, 16)], 4
    generator = 512 * 16 * maps[0] + 16 * 9 * maps[0] ** 2
    discriminator = 16 * 9 * (maps[0] + 1) * maps[0] + 16 * maps[0] * min(8192, args.fmap_max)
    for below, above in zip(maps, maps[1:]):
        if size == args.resolution:
            break
        scaled, size = 16 * size**2 * below * above, 2 * size  # 4x4 kernel, one product a pixel of the smaller side
        generator, discriminator = (n + scaled + 9 * size**2 * above**2 for n in (generator, discriminator))
    return 2 * (4 * generator + 14 * discriminator) / 1e9
