"""DCGAN's reference implementations, a row each: networks, optimizers and data as they had them."""

_MOVING = (
    "moving variances are biased, those of the reference larger by N / (N - 1); the generator's step leaves the "
    "discriminator's moving statistics alone, that of the reference moves them too"
)


def _adam(**kwargs):
    config = {"learning_rate": 2e-4, "beta_1": 0.5, **kwargs}
    return {"class_name": "FusedAdam", "registered_name": "keras_gans>FusedAdam", "config": config}


_CORRECTED = _adam(epsilon=1e-8, bias_corrected_epsilon=True)  # PyTorch's, and Newmu's

presets = {
    "dcgan_64": dict(
        source="pytorch/examples dcgan/main.py and soumith/dcgan.torch: 4x4 kernels, 3,576,704 / 2,765,568 parameters",
        deviations=[
            "sampling uses moving statistics where the reference keeps batch statistics",
            _MOVING,
        ],
        config=dict(resolution=64, channels=3, latent_dim=100),
        compile=dict(g_optimizer=_CORRECTED, d_optimizer=_CORRECTED, reuse_fakes=True),
        data=dict(batch_size=64),
    ),
    "dcgan_newmu_64": dict(
        source="Newmu/dcgan_code faces/train_uncond_dcgan.py: 5x5 kernels, 18,885,760 / 17,232,768 parameters",
        deviations=[
            "both steps use one minibatch; the reference gives each step a minibatch of its own",
            "beta1 is constant; the reference lets it decay by (1 - 1e-8)^(t - 1)",
            "batch norm keeps moving statistics for sampling; the reference has none",
        ],
        config=dict(
            resolution=64,
            channels=3,
            latent_dim=100,
            latent_distribution="uniform",
            kernel_size=5,
            generator_filters=128,
            discriminator_filters=128,
            padding="symmetric",
            normalize_units=True,
            norm_epsilon=1e-8,
            weight_decay=1e-5,
        ),
        compile=dict(g_optimizer=_CORRECTED, d_optimizer=_CORRECTED, reuse_fakes=False),
        data=dict(batch_size=128),
    ),
    "dcgan_carpedm20_64": dict(
        source="carpedm20/DCGAN-tensorflow model.py: 5x5 kernels with biases, 5,135,363 / 4,316,545 parameters",
        deviations=[
            "sampling uses averaged weights unless generate(averaged=False)",
            "each of the three updates has latents of its own; the reference gives all three the same",
            _MOVING,
        ],
        config=dict(
            resolution=64,
            channels=3,
            latent_dim=100,
            latent_distribution="uniform",
            kernel_size=5,
            use_bias=True,
            gamma_stddev=0.0,
            truncated_conv=True,
        ),
        compile=dict(
            g_optimizer=_adam(epsilon=1e-8), d_optimizer=_adam(epsilon=1e-8), reuse_fakes=False, generator_steps=2
        ),
        data=dict(batch_size=64),
    ),
    "dcgan_features_32": dict(
        source="Newmu/dcgan_code imagenet/load_pretrained.py: 3x3 kernels, the network behind the paper's Table 1",
        deviations=[
            "the optimizer's settings of this run were not released: those of the faces run, without weight decay"
        ],
        config=dict(
            resolution=32,
            channels=3,
            latent_dim=256,
            latent_distribution="uniform",
            kernel_size=3,
            generator_filters=128,
            discriminator_filters=128,
            layers_per_resolution=2,
            padding="symmetric",
            normalize_units=True,
            norm_epsilon=1e-8,
        ),
        compile=dict(g_optimizer=_CORRECTED, d_optimizer=_CORRECTED, reuse_fakes=False),
        data=dict(batch_size=128),
    ),
    "dcgan_fashion_32": dict(
        source="our own small network for 32x32 grey images on two processor cores",
        deviations=["not from the paper: half the filters"],
        config=dict(resolution=32, channels=1, latent_dim=64, generator_filters=32, discriminator_filters=32),
        compile=dict(reuse_fakes=True),
        data=dict(batch_size=64),
    ),
}
