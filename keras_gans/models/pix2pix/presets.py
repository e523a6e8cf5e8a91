"""The losses that pix2pix compares, and the settings of its three codes: a row each."""

_ADAM = {
    "class_name": "FusedAdam",
    "registered_name": "keras_gans>FusedAdam",
    "config": {"learning_rate": 2e-4, "beta_1": 0.5, "epsilon": 1e-8},
}
_CORRECTED = {**_ADAM, "config": {**_ADAM["config"], "bias_corrected_epsilon": True}}  # PyTorch's
_JITTER = dict(batch_size=1, jitter=True, mirror=True)


def _loss(name, deviations=(), config=None, **settings):
    return dict(
        source=f"Isola et al. 2017, Sec. 3.3 and Table 1: {name}; 200 epochs of batch 1 on facades and cityscapes",
        deviations=list(deviations),
        config=dict(resolution=256, **(config or {})),
        compile=dict(g_optimizer=_ADAM, d_optimizer=_ADAM, **settings),
        data=dict(_JITTER),
    )


_UNCONDITIONAL = dict(conditional=False)
_NONE = dict(reconstruction_weight=0.0)
_LSGAN = [
    "least squares instead of the logarithmic loss, with LSGAN's 1/2; the PyTorch code has none: its `lsgan` is "
    "adversarial_weight=2.0, discriminator_weight=1.0"
]

presets = {
    "pix2pix": _loss("L1 + cGAN"),
    "pix2pix_l1": _loss("L1", adversarial_weight=0.0),
    "pix2pix_l2": _loss("L2 (the colourisation rows)", adversarial_weight=0.0, reconstruction="l2"),
    "pix2pix_gan": _loss("GAN", config=_UNCONDITIONAL, **_NONE),
    "pix2pix_cgan": _loss("cGAN", **_NONE),
    "pix2pix_l1_gan": _loss("L1 + GAN", config=_UNCONDITIONAL),
    "pix2pix_l1_cgan": _loss("L1 + cGAN"),
    "pix2pix_lsgan": _loss("L1 + cGAN", _LSGAN, loss="least_squares"),
    "pix2pix_hinge": _loss("L1 + cGAN", ["hinge instead of the logarithmic loss"], loss="hinge"),
    "pix2pix_encoder_decoder": _loss(
        "L1 + cGAN without skips (Fig. 5)",
        ["the paper compares it with the U-Net at batch size 10 (Table 2)"],
        config=dict(generator="encoder_decoder"),
    ),
    "pix2pix_torch": dict(
        source="phillipi/pix2pix: 54,419,459 / 2,769,601 parameters; G reuses D's scores, D's gradients are not halved",
        deviations=[
            "biases before a normalisation train; the code zeroes them each step, which has the same outputs",
            "with reused scores, G's gradient passes D as it was; in the code, forward as it was, backward as it is",
            "images are RGB; the code trains on BGR",
        ],
        config=dict(resolution=256),
        compile=dict(g_optimizer=_ADAM, d_optimizer=_ADAM, discriminator_weight=1.0, reuse_scores=True),
        data=dict(_JITTER),
    ),
    "pix2pix_pytorch": dict(
        source="junyanz/pytorch-CycleGAN-and-pix2pix: 54,413,955 / 2,768,705 parameters",
        deviations=[
            "the rate is constant: give optimizers with `LinearDecay` to let it fall in the second half",
            "at 128 pixels the code's network has dropout in layers 2 and 3 only: dropout_layers=[2, 3]",
        ],
        config=dict(resolution=256, use_bias=False, dropout_layers=[2, 3, 4]),
        compile=dict(g_optimizer=_CORRECTED, d_optimizer=_CORRECTED),
        data=dict(_JITTER),
    ),
    "pix2pix_tensorflow": dict(
        source=(
            "affinelayer/pix2pix-tensorflow: 54,420,483 / 2,769,601 parameters; D's loss is not halved; the graph "
            "scores a fake once, before D's update, and only the backward pass of G waits for it"
        ),
        deviations=[
            "the logarithms are those of the logits; the code adds 1e-12 to probabilities",
            "G's gradient passes D as it was, backward too",
        ],
        config=dict(resolution=256, normalize_bottleneck=True),
        compile=dict(g_optimizer=_ADAM, d_optimizer=_ADAM, discriminator_weight=1.0, reuse_scores=True),
        data=dict(_JITTER),
    ),
}
