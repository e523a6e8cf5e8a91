"""Settings of the official runs, a row each; `data` says how the images were prepared.

"v1" and "v2": config.py of tkarras/progressive_growing_of_gans, branch master @2504c3f. Rows a to h of Table 1, LSUN
and CIFAR-10: branch original-theano-version @1a05598.
"""

_FADED_REALS = "real images are not cut to integers after fading; in the Theano branch they are"
_HE = "weights are scaled by He's constant; the Theano branch scales by the root mean square of those that were drawn"
_NO_RAMP = "the learning rate is constant; in the Theano branch it rises over the first 40,000 images"


def _adam(learning_rate=1e-3, beta_2=0.99):
    config = {"learning_rate": learning_rate, "beta_1": 0.0, "beta_2": beta_2, "epsilon": 1e-8}
    return {"class_name": "FusedAdam", "registered_name": "keras_gans>FusedAdam", "config": config}


def _wgan_gp(drift=1e-3, target=1.0):
    def penalty(name, **config):
        return {"class_name": name, "registered_name": f"keras_gans>{name}", "config": config, "module": None}

    gradient = penalty("GradientPenalty", weight=10.0, target=target)
    return [gradient, penalty("Drift", weight=drift)] if drift else [gradient]


def _celebahq(
    source, batch_size, batch_sizes, factors=None, phase=600_000, total=12_000_000, group_size=4, deviations=()
):
    return dict(
        source=source,
        deviations=list(deviations),
        config=dict(resolution=1024, group_size=group_size),
        compile=dict(
            g_optimizer=_adam(),
            d_optimizer=_adam(),
            loss="wasserstein",
            penalties=_wgan_gp(),
            schedule=dict(
                stable_images=phase,
                fade_images=phase,
                total_images=total,
                batch_size=batch_size,
                batch_sizes=batch_sizes,
                learning_rate_factors=factors or {},
                minibatch_repeats=4,
            ),
        ),
        data=dict(mirror=True),
    )


def _ablation(row, what, *, growing=True, wgan_gp_settings, batch_size=16, decay=0.999, learning_rate=1e-4, **config):
    """A row of Table 1 at 128x128; `wgan_gp_settings` are those that rows a to c take from Gulrajani et al. 2017."""
    steps, beta_2, drift = (5, 0.9, 0.0) if wgan_gp_settings else (1, 0.99, 1e-3)
    phase = 800_000 if growing else 0
    gulrajani = dict(
        latent_dim=128,
        normalize_latents=False,
        activation="relu",
        batch_norm=True,
        output_activation="tanh",
        layer_norm=True,
    )
    return dict(
        source=f"Table 1, row {row}: {what}",
        deviations=[
            "the released configuration's 800,000 images a phase; the paper may have had 600,000 (not checked)",
            _FADED_REALS,
            *([_HE] if config.get("equalized") else []),
        ],
        config=dict(
            resolution=128,
            fmap_base=2048,
            fused_scale=False,
            **{
                **dict(group_size=0, equalized=False, pixel_norm=False),
                **(gulrajani if wgan_gp_settings else {}),
                **config,
            },
        ),
        compile=dict(
            g_optimizer=_adam(learning_rate, beta_2),
            d_optimizer=_adam(learning_rate, beta_2),
            loss="wasserstein",
            penalties=_wgan_gp(drift),
            discriminator_steps=steps,
            average_decay=decay,
            schedule=dict(
                stable_images=phase,
                fade_images=phase,
                total_images=10_000_000,
                initial_resolution=None if growing else 128,
                batch_size=batch_size,
            ),
        ),
        data=dict(mirror=True),
    )


_ROW_F = dict(wgan_gp_settings=False, learning_rate=1e-3, group_size=None, equalized=True)

presets = {
    "pggan_v1": _celebahq(
        "config.py preset-v1-1gpu, the paper's own run as the later code has it",
        16,
        {256: 14, 512: 6, 1024: 3},
        phase=800_000,
        total=19_000_000,
        group_size=16,
        deviations=[
            "as the later code: the learning rate does not rise over the first 40,000 images, and scaling is part of "
            "the convolutions; the Theano branch, which the paper's run is of, has both otherwise"
        ],
    ),
    "pggan_v2": _celebahq(
        "config.py preset-v2-1gpu",
        4,
        {4: 128, 8: 128, 16: 128, 32: 64, 64: 32, 128: 16, 256: 8, 512: 4},
        {1024: 1.5},
    ),
    "pggan_v2_2gpus": _celebahq(
        "config.py preset-v2-2gpus",
        8,
        {4: 256, 8: 256, 16: 128, 32: 64, 64: 32, 128: 16, 256: 8},
        {512: 1.5, 1024: 2.0},
    ),
    "pggan_v2_4gpus": _celebahq(
        "config.py preset-v2-4gpus",
        16,
        {4: 512, 8: 256, 16: 128, 32: 64, 64: 32, 128: 16},
        {256: 1.5, 512: 2.0, 1024: 3.0},
    ),
    "pggan_v2_8gpus": _celebahq(
        "config.py preset-v2-8gpus",
        32,
        {4: 512, 8: 256, 16: 128, 32: 64, 64: 32},
        {128: 1.5, 256: 2.0, 512: 3.0, 1024: 3.0},
    ),
    "pggan_lsun": dict(
        source="released Theano configuration, LSUN (Sec. 6.4); bedroom and dog whole and not mirrored",
        deviations=[_NO_RAMP, _FADED_REALS, _HE],
        config=dict(resolution=256, fused_scale=False, group_size=None),
        compile=dict(
            g_optimizer=_adam(),
            d_optimizer=_adam(),
            loss="wasserstein",
            penalties=_wgan_gp(),
            schedule=dict(stable_images=800_000, fade_images=800_000, total_images=20_000_000, batch_size=16),
        ),
        data=dict(mirror=False),
    ),
    "pggan_cifar10": dict(
        source="released Theano configuration, CIFAR-10",
        deviations=[_FADED_REALS, _HE],
        config=dict(resolution=32, latent_dim=128, fmap_base=4096, fmap_max=128, fused_scale=False, group_size=None),
        compile=dict(
            g_optimizer=_adam(),
            d_optimizer=_adam(),
            loss="wasserstein",
            penalties=_wgan_gp(target=750.0),
            simultaneous=True,
            schedule=dict(stable_images=400_000, fade_images=400_000, total_images=20_000_000, batch_size=16),
        ),
        data=dict(mirror=False),
    ),
    "pggan_ablation_a": _ablation(
        "a",
        "Gulrajani et al. 2017, no growing",
        growing=False,
        wgan_gp_settings=True,
        batch_size=64,
        decay=0.999**20,
    ),
    "pggan_ablation_b": _ablation("b", "+ progressive growing", wgan_gp_settings=True, batch_size=64, decay=0.999**20),
    "pggan_ablation_c": _ablation("c", "+ small minibatch", wgan_gp_settings=True, decay=0.999**5),
    "pggan_ablation_d": _ablation("d", "+ revised training parameters", wgan_gp_settings=False),
    "pggan_ablation_e_star": _ablation(
        "e*", "+ minibatch discrimination", wgan_gp_settings=False, minibatch_kernels=100
    ),
    "pggan_ablation_e": _ablation("e", "+ minibatch standard deviation", wgan_gp_settings=False, group_size=None),
    "pggan_ablation_f": _ablation("f", "+ equalized learning rate", **_ROW_F),
    "pggan_ablation_g": _ablation("g", "+ pixelwise normalization", **_ROW_F, pixel_norm=True),
    "pggan_ablation_h": _ablation("h", "converged: full capacity, longer training", **_ROW_F, pixel_norm=True),
}
presets["pggan_fashion_32"] = dict(
    source="our own small network for 32x32 grey images on two processor cores",
    deviations=["not from the paper: few feature maps, short phases, five times its learning rate, a shorter average"],
    config=dict(resolution=32, channels=1, latent_dim=64, fmap_base=256, fmap_max=64),
    compile=dict(
        g_optimizer=_adam(5e-3),
        d_optimizer=_adam(5e-3),
        average_decay=0.99,
        schedule=dict(stable_images=3_000, fade_images=3_000, total_images=30_000, batch_size=16),
    ),
    data=dict(mirror=False),
)
presets["pggan_ablation_h"]["config"]["fmap_base"] = 8192
presets["pggan_ablation_h"]["compile"]["schedule"]["total_images"] = 19_000_000
presets["pggan_ablation_h"]["deviations"] += ["capacity and length are inferred: neither is released"]
