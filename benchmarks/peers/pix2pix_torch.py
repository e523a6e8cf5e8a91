"""pix2pix in plain PyTorch, the peer of benchmarks/train_step.py: the same networks, the same algorithm.

U-Net 256 and the 70 x 70 PatchGAN as in the Torch code (biases everywhere, decoder first, dropout in the three
innermost layers, statistics of the current batch); L1 + cGAN. The discriminator learns from (input, target) and (input,
output), each in a pass of its own, since its statistics are those of a batch; then it scores the same output again for
the generator, without gradients by its own weights. Fused Adam; losses added up for the log.

    python pix2pix_torch.py --dtype bfloat16 --layout channels_last [--compile] [--batch 1] [--translate 1]
    python pix2pix_torch.py compare GIVEN.npz FOUND.npz float64     what pix2pix_agreement.py runs

Runs by itself in any environment with torch.
"""

import argparse
import sys

import torch
import torch_worker
from torch import nn
from torch.nn import functional as F

SETTINGS = {"width": 64, "resolution": 256, "batch": 1, "translate": 0}
LAMBDA = 100.0  # weight of the L1 term


class CurrentBatchNorm(nn.BatchNorm2d):
    """Batch norm by the current batch, in training and at test; no moving statistics are kept."""

    def __init__(self, channels):
        super().__init__(channels, eps=1e-5, track_running_stats=False)


def initialize(module):
    """N(0, 0.02²) for kernels, N(1, 0.02²) for batch norm's gamma, 0 for biases."""
    if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
        nn.init.normal_(module.weight, 0.0, 0.02)
        nn.init.zeros_(module.bias)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, 0.02)


def wide(x):
    """At least float32."""
    return x.float() if x.dtype == torch.bfloat16 else x


class Generator(nn.Module):
    """U-Net: images [N, 3, H, W] -> images [N, 3, H, W]."""

    def __init__(self, filters=64, resolution=256, channels=3):
        super().__init__()
        self.depth = resolution.bit_length() - 1
        widths = [filters * min(2**k, 8) for k in range(self.depth)]
        sources = [channels, *widths]
        self.encoder = nn.ModuleList(nn.Conv2d(sources[k], widths[k], 4, 2, 1) for k in range(self.depth))
        self.encoder_norm = nn.ModuleList(CurrentBatchNorm(width) for width in widths[1:-1])
        outputs = [*widths[-2::-1], channels]
        inputs = [widths[-1], *(2 * width for width in outputs[:-1])]
        self.decoder = nn.ModuleList(nn.ConvTranspose2d(i, o, 4, 2, 1) for i, o in zip(inputs, outputs))
        self.decoder_norm = nn.ModuleList(CurrentBatchNorm(width) for width in outputs[:-1])
        self.dropout = 0.5

    def forward(self, x):
        skips = []
        for k, conv in enumerate(self.encoder):
            x = conv(F.leaky_relu(x, 0.2) if k else x)
            if 0 < k < self.depth - 1:
                x = self.encoder_norm[k - 1](x)
            skips.append(x)
        for k, conv in enumerate(self.decoder):
            x = conv(F.relu(x))
            if k == self.depth - 1:
                return torch.tanh(wide(x))
            x = self.decoder_norm[k](x)
            if k < 3 and self.dropout:
                x = F.dropout(x, self.dropout)  # noise, in training and at test
            x = torch.cat([x, skips[self.depth - 2 - k]], 1)


class Discriminator(nn.Module):
    """PatchGAN 70 x 70: [N, 6, H, W] -> logits [N, 1, H / 8 - 2, W / 8 - 2]."""

    def __init__(self, filters=64, channels=6):
        super().__init__()
        widths = [filters, 2 * filters, 4 * filters, 8 * filters]
        sources, strides = [channels, *widths], [2, 2, 2, 1]
        self.conv = nn.ModuleList(nn.Conv2d(sources[k], widths[k], 4, strides[k], 1) for k in range(4))
        self.norm = nn.ModuleList(CurrentBatchNorm(width) for width in widths[1:])
        self.last = nn.Conv2d(widths[-1], 1, 4, 1, 1)

    def forward(self, inputs, images):
        x = torch.cat([inputs, images], 1)
        for k, conv in enumerate(self.conv):
            x = conv(x)
            x = F.leaky_relu(self.norm[k - 1](x) if k else x, 0.2, inplace=True)
        return wide(self.last(x))


class Training:
    """Networks, optimizers and the step; with `translate`, a step is the translation of the batch."""

    def __init__(self, args):
        self.layout, self.dtype = getattr(torch, args.layout), getattr(torch, args.dtype)
        self.autocast = torch.autocast("cpu", torch.bfloat16, enabled=args.dtype == "bfloat16")
        self.generator = Generator(args.width, args.resolution).apply(initialize).to(memory_format=self.layout)
        self.discriminator = Discriminator(args.width).apply(initialize).to(memory_format=self.layout)
        self.networks = [self.generator, self.discriminator]
        adam = dict(lr=2e-4, betas=(0.5, 0.999), eps=1e-8, fused=True)
        self.g_optimizer = torch.optim.Adam(self.generator.parameters(), **adam)
        self.d_optimizer = torch.optim.Adam(self.discriminator.parameters(), **adam)
        self.images = torch.randint(0, 256, (2, args.batch, 3, args.resolution, args.resolution), dtype=torch.uint8)
        self.totals = torch.zeros(5)
        self.g, self.d = self.generator, self.discriminator
        if args.translate:
            self.step = self.translation(args.compile)
        elif args.compile:
            self.g, self.d = torch.compile(self.generator), torch.compile(self.discriminator)

    def floats(self, images):
        return (images.float() * (2 / 255) - 1).contiguous(memory_format=self.layout)

    def step(self):
        """One step; returns the discriminator's loss."""
        return self.step_on(self.floats(self.images[0]), self.floats(self.images[1]))["d_loss"]

    def step_on(self, inputs, targets, update=True):
        """One step; returns its losses. Without `update` the gradients stay on the weights, and these as they are."""
        with self.autocast:
            fakes = self.g(inputs)
            real_logits, fake_logits = self.d(inputs, targets), self.d(inputs, fakes.detach())
            d_loss = 0.5 * (F.softplus(-real_logits).mean() + F.softplus(fake_logits).mean())
        self.d_optimizer.zero_grad(set_to_none=True)
        d_loss.backward()
        if update:
            self.d_optimizer.step()

        self.discriminator.requires_grad_(False)
        with self.autocast:
            l1 = (targets - fakes).abs().mean()
            g_loss = F.softplus(-self.d(inputs, fakes)).mean() + LAMBDA * l1
        self.g_optimizer.zero_grad(set_to_none=True)
        g_loss.backward()
        if update:
            self.g_optimizer.step()
        self.discriminator.requires_grad_(True)

        logs = dict(d_loss=d_loss, g_loss=g_loss, d_real=real_logits.mean(), d_fake=fake_logits.mean(), l1=l1)
        self.totals += torch.stack([value.detach() for value in logs.values()])
        return {name: float(value.detach()) for name, value in logs.items()}

    def translation(self, compiled):
        """The generator as it is used: pixels in, pixels out, dropout on, statistics of the image, weights constant."""
        network = self.generator.requires_grad_(False)
        if self.dtype == torch.bfloat16:  # cast once; autocast would cast all weights in every call
            for conv in (*network.encoder, *network.decoder):
                conv.to(torch.bfloat16)
        if compiled:
            from torch._inductor import config

            config.freezing = True
            network = torch.compile(network)

        def translate():
            with torch.inference_mode():
                outputs = network(self.floats(self.images[0]).to(self.dtype))
                pixels = ((outputs + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)
                return float(pixels[0, 0, 0, 0])

        return translate


def compare(given, found, dtype):
    """Writes the gradients and losses of one step, then the losses of three, from given weights and images.

    Args:
        given: .npz of inputs, targets [N, H, W, 3] in [-1, 1] and weights "generator.encoder.0.weight", ...
        found: .npz to write.
        dtype: "float32" or "float64".
    """
    import numpy as np

    values = {name: torch.from_numpy(value).to(getattr(torch, dtype)) for name, value in np.load(given).items()}
    inputs, targets = (values.pop(name).permute(0, 3, 1, 2) for name in ("inputs", "targets"))
    sizes = dict(width=len(values["discriminator.conv.0.bias"]), resolution=inputs.shape[2], batch=len(inputs))
    training = Training(
        argparse.Namespace(dtype=dtype, layout="contiguous_format", compile=False, translate=0, **sizes)
    )
    training.generator.dropout = 0.0
    networks = nn.ModuleDict(dict(generator=training.generator, discriminator=training.discriminator))
    networks.to(getattr(torch, dtype)).load_state_dict(values)
    results = {f"loss.{name}": value for name, value in training.step_on(inputs, targets, update=False).items()}
    for name, network in networks.items():
        results |= {key: p.grad.double().numpy() for key, p in network.named_parameters(name)}
    for k in range(3):
        results |= {f"step{k}.{name}": value for name, value in training.step_on(inputs, targets).items()}
    np.savez(found, **results)


if __name__ == "__main__":
    if sys.argv[1:2] == ["compare"]:
        compare(*sys.argv[2:])
    else:
        torch_worker.serve(Training, SETTINGS)
