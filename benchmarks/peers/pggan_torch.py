"""PGGAN in plain PyTorch, the peer of benchmarks/train_step.py: the same networks, the same algorithm.

WGAN-GP with drift, one step of each network, averaged generator, fused Adam, the last stage half faded in. Up- and
down-scaling apart from the convolutions (`--scaling separate`) or within them (`fused`, the kernel summed from its four
shifts as one product, as this library does). Both are the same function of the same weights: `pggan_agreement.py`
holds losses and gradients against this library's.

    python pggan_torch.py --dtype bfloat16 --scaling fused --layout channels_last [--compile] [--resolution 64]

Runs by itself in any environment with torch. `--compile` leaves the pass of the penalty as it is: torch.compile has no
second derivatives.
"""

import copy
import math

import torch
import torch_worker
from torch import nn
from torch.nn import functional as F

DECAY, FADE_IMAGES = 0.999, 800_000
ROOT2 = math.sqrt(2)


def activate(x):
    return F.leaky_relu(x, 0.2)


def pixel_norm(x):
    return x * torch.rsqrt(x.square().mean(1, keepdim=True) + 1e-8)


def fused(weight, factor):
    """[a b 3 3] -> [a b 4 4], the sum of the kernel's shifts by one pixel."""
    m = torch.tensor([[1.0, 0, 0], [1, 1, 0], [0, 1, 1], [0, 0, 1]])
    matrix = factor * torch.kron(m, m)  # [16 9]
    return (weight.flatten(2) @ matrix.T).unflatten(2, (4, 4))


class Layer(nn.Module):
    """Weights at unit variance, scaled at run time; `kind` is "plain", "up" or "down"."""

    def __init__(self, inputs, outputs, size=3, gain=ROOT2, kind="plain", scaling="fused"):
        super().__init__()
        self.kind, self.scaling, self.scale = kind, scaling, gain / math.sqrt(inputs * size**2)
        turned = kind == "up" and scaling == "fused"  # transposed convolutions have [in, out, h, w]
        self.weight = nn.Parameter(
            torch.randn((inputs, outputs, size, size) if turned else (outputs, inputs, size, size))
        )
        self.bias = nn.Parameter(torch.zeros(outputs))

    def forward(self, x):
        padding = self.weight.shape[-1] // 2
        if self.scaling == "fused" and self.kind == "up":
            return F.conv_transpose2d(x, fused(self.weight, self.scale), self.bias, 2, 1)
        if self.scaling == "fused" and self.kind == "down":
            return F.conv2d(x, fused(self.weight, self.scale / 4), self.bias, 2, 1)
        if self.kind == "up":
            x = F.interpolate(x, scale_factor=2, mode="nearest")
        if self.kind == "down":  # bias and activation after the mean, as in the fused form
            x = F.avg_pool2d(F.conv2d(x, self.weight * self.scale, padding=padding), 2)
            return x + self.bias.to(x.dtype)[:, None, None]
        return F.conv2d(x, self.weight * self.scale, self.bias, padding=padding)


class Dense(nn.Module):
    """Weights at unit variance, scaled at run time."""

    def __init__(self, inputs, outputs, gain=ROOT2, biases=None):
        super().__init__()
        self.scale = gain / math.sqrt(inputs)
        self.weight = nn.Parameter(torch.randn(outputs, inputs))
        self.bias = nn.Parameter(torch.zeros(biases or outputs))

    def forward(self, x):
        x = F.linear(x, self.weight * self.scale)
        bias = self.bias.to(x.dtype)
        return x + bias if len(bias) == x.shape[1] else x.unflatten(1, (-1, 4, 4)) + bias[:, None, None]


class Generator(nn.Module):
    """Latents [N, 512] -> images [N, 3, R, R] of the last stage, blended with those of the one before."""

    def __init__(self, maps, scaling, latent_dim=512):
        super().__init__()
        self.dense = Dense(latent_dim, 16 * maps[0], math.sqrt(2) / 4, maps[0])
        self.conv = Layer(maps[0], maps[0])
        pairs = list(zip(maps, maps[1:]))
        self.first = nn.ModuleList([Layer(a, b, kind="up", scaling=scaling) for a, b in pairs])
        self.second = nn.ModuleList([Layer(b, b) for _, b in pairs])
        self.to_rgb = nn.ModuleList([Layer(m, 3, 1, 1.0) for m in maps])

    def forward(self, latents, alpha):
        x = pixel_norm(activate(self.dense(pixel_norm(latents))))
        x = pixel_norm(activate(self.conv(x)))
        for first, second in zip(self.first, self.second):
            below = x
            x = pixel_norm(activate(first(x)))
            x = pixel_norm(activate(second(x)))
        old = F.interpolate(self.to_rgb[-2](below).float(), scale_factor=2, mode="nearest")
        return torch.lerp(old, self.to_rgb[-1](x).float(), alpha)


def with_deviation(x, parts):
    """Appends the mean standard deviation over strided groups of four within each of several minibatches."""
    n, c, h, w = x.shape
    y = x.float().view(parts, 4, n // parts // 4, c, h, w)  # [P G M C H W]
    y = ((y - y.mean(1, keepdim=True)).square().mean(1) + 1e-8).sqrt().mean((2, 3, 4))  # [P M]
    y = y[:, None].expand(-1, 4, -1).reshape(n, 1, 1, 1).expand(-1, 1, h, w)
    return torch.cat([x, y.to(x.dtype)], 1)


class Discriminator(nn.Module):
    """Images [N, 3, R, R] -> scores [N, 1]; the newest block is blended with the one below."""

    def __init__(self, maps, scaling, top):
        super().__init__()
        pairs = list(zip(maps[1:], maps))[::-1]
        self.from_rgb = nn.ModuleList([Layer(3, m, 1) for m in maps])
        self.first = nn.ModuleList([Layer(a, a) for a, _ in pairs])
        self.second = nn.ModuleList([Layer(a, b, kind="down", scaling=scaling) for a, b in pairs])
        self.conv = Layer(maps[0] + 1, maps[0])
        self.dense0 = Dense(16 * maps[0], top)
        self.dense1 = Dense(top, 1, 1.0)

    def forward(self, images, alpha, parts=1):
        x = activate(self.from_rgb[-1](images))
        for k, (first, second) in enumerate(zip(self.first, self.second)):
            x = activate(second(activate(first(x))))
            if k == 0:
                old = activate(self.from_rgb[-2](F.avg_pool2d(images, 2)))
                x = torch.lerp(old, x, alpha.to(x.dtype))
        x = activate(self.conv(with_deviation(x, parts)))
        return self.dense1(activate(self.dense0(x.flatten(1)))).float()


class Training:
    """Networks, optimizers and the step."""

    def __init__(self, args):
        self.batch, self.layout = args.batch, getattr(torch, args.layout)
        maps, size, level = [], 4, 1
        while size <= args.resolution:
            maps.append(min(8192 // 2**level, args.fmap_max))
            size, level = 2 * size, level + 1
        self.autocast = torch.autocast("cpu", torch.bfloat16, enabled=args.dtype == "bfloat16")
        self.generator = Generator(maps, args.scaling).to(memory_format=self.layout)
        self.discriminator = Discriminator(maps, args.scaling, min(8192, args.fmap_max)).to(memory_format=self.layout)
        self.networks = [self.generator, self.discriminator]
        self.average = list(copy.deepcopy(self.generator).requires_grad_(False).parameters())
        adam = dict(lr=1e-3, betas=(0.0, 0.99), eps=1e-8, fused=True)
        self.g_optimizer = torch.optim.Adam(self.generator.parameters(), **adam)
        self.d_optimizer = torch.optim.Adam(self.discriminator.parameters(), **adam)
        self.g, self.d = self.generator, self.discriminator
        if args.compile:
            self.g, self.d = torch.compile(self.generator), torch.compile(self.discriminator)
        self.pixels = torch.randint(0, 256, (args.batch, 3, args.resolution, args.resolution), dtype=torch.uint8)
        self.pixels = self.pixels.contiguous(memory_format=self.layout)
        self.faded = FADE_IMAGES // 2
        self.totals = torch.zeros(5)

    def real_images(self, alpha):
        real = self.pixels.float() * (2 / 255) - 1
        return torch.lerp(F.interpolate(F.avg_pool2d(real, 2), scale_factor=2, mode="nearest"), real, alpha)

    def discriminator_loss(self, real, fake, mix, alpha):
        """Returns (loss, [d_real, d_fake, gradient penalty, drift]); `mix` is u of the penalty, [N, 1, 1, 1]."""
        with self.autocast:
            real_scores, fake_scores = self.d(torch.cat([real, fake]), alpha, 2).chunk(2)
            mixed = torch.lerp(real, fake, mix).requires_grad_()
            scores = self.discriminator(mixed, alpha)
        (gradient,) = torch.autograd.grad(scores.sum(), mixed, create_graph=True)
        penalty = 10 * (gradient.float().flatten(1).norm(dim=1) - 1).square().mean()
        drift = 1e-3 * real_scores.square().mean()
        d_real, d_fake = real_scores.mean(), fake_scores.mean()
        return d_fake - d_real + penalty + drift, [d_real, d_fake, penalty, drift]

    def generator_loss(self, latents, alpha):
        with self.autocast:
            return -self.d(self.g(latents, alpha), alpha).mean()

    def step(self):
        alpha = torch.tensor(self.faded / FADE_IMAGES)
        real = self.real_images(alpha)
        with torch.no_grad(), self.autocast:
            fake = self.g(torch.randn(self.batch, 512), alpha)
        d_loss, logs = self.discriminator_loss(real, fake, torch.rand(self.batch, 1, 1, 1), alpha)
        self.d_optimizer.zero_grad(set_to_none=True)
        d_loss.backward()
        self.d_optimizer.step()
        torch._foreach_lerp_(self.average, [p.detach() for p in self.generator.parameters()], 1 - DECAY)

        self.discriminator.requires_grad_(False)
        g_loss = self.generator_loss(torch.randn(self.batch, 512), alpha)
        self.g_optimizer.zero_grad(set_to_none=True)
        g_loss.backward()
        self.g_optimizer.step()
        self.discriminator.requires_grad_(True)
        self.totals += torch.stack([value.detach() for value in [g_loss, *logs]])
        self.faded += self.batch
        return float(d_loss.detach())


if __name__ == "__main__":
    torch_worker.serve(Training, {"fmap_max": 128, "resolution": 64, "batch": 16}, {"scaling": ("separate", "fused")})
