"""DCGAN in plain PyTorch, the peer of benchmarks/train_step.py: the same networks, the same algorithm.

One fake batch a step; the discriminator learns from real and fake, then scores the same fakes again for the generator,
without gradients by its own weights; fused Adam; an averaged generator; losses added up for the log.

    python torch_dcgan.py --dtype bfloat16 --layout channels_last [--compile] [--width 128] [--batch 64]

Runs by itself in any environment with torch.
"""

import torch
import torch_worker
from torch import nn
from torch.nn import functional as F

SLOPE, DECAY = 0.2, 0.999


def initialize(module):
    """N(0, 0.02²) for kernels, N(1, 0.02²) for batch norm's gamma, as in the DCGAN codes."""
    if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)):
        nn.init.normal_(module.weight, 0.0, 0.02)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, 0.02)


class Generator(nn.Module):
    """Latents [N, 100] -> images [N, 3, R, R]."""

    def __init__(self, width, resolution, latent_dim=100):
        super().__init__()
        self.top = 8 * width if resolution == 64 else width * resolution // 8
        self.project = nn.Linear(latent_dim, 16 * self.top, bias=False)
        blocks, maps, size = [nn.BatchNorm2d(self.top), nn.ReLU(True)], self.top, 8
        while size < resolution:
            blocks += [nn.ConvTranspose2d(maps, maps // 2, 4, 2, 1, bias=False), nn.BatchNorm2d(maps // 2)]
            blocks += [nn.ReLU(True)]
            maps, size = maps // 2, 2 * size
        self.blocks = nn.Sequential(*blocks, nn.ConvTranspose2d(maps, 3, 4, 2, 1, bias=False))

    def forward(self, latents):
        return torch.tanh(self.blocks(self.project(latents).view(-1, self.top, 4, 4)).float())


class Discriminator(nn.Module):
    """Images [N, 3, R, R] -> logits [N, 1]."""

    def __init__(self, width, resolution):
        super().__init__()
        blocks, maps, size = (
            [nn.Conv2d(3, width, 4, 2, 1, bias=False), nn.LeakyReLU(SLOPE, True)],
            width,
            resolution // 2,
        )
        while size > 4:
            blocks += [nn.Conv2d(maps, 2 * maps, 4, 2, 1, bias=False), nn.BatchNorm2d(2 * maps)]
            blocks += [nn.LeakyReLU(SLOPE, True)]
            maps, size = 2 * maps, size // 2
        self.blocks = nn.Sequential(*blocks)
        self.logits = nn.Linear(16 * maps, 1, bias=False)

    def forward(self, images):
        return self.logits(self.blocks(images).flatten(1)).float()


class Training:
    """Networks, optimizers and the step."""

    def __init__(self, args):
        width, resolution, batch = args.width, args.resolution, args.batch
        self.batch, self.layout = batch, getattr(torch, args.layout)
        self.autocast = torch.autocast("cpu", torch.bfloat16, enabled=args.dtype == "bfloat16")
        self.generator = Generator(width, resolution).apply(initialize).to(memory_format=self.layout)
        self.discriminator = Discriminator(width, resolution).apply(initialize).to(memory_format=self.layout)
        self.networks = [self.generator, self.discriminator]
        self.average = [p.detach().clone() for p in self.generator.parameters()]
        adam = dict(lr=2e-4, betas=(0.5, 0.999), eps=1e-8, fused=True)
        self.g_optimizer = torch.optim.Adam(self.generator.parameters(), **adam)
        self.d_optimizer = torch.optim.Adam(self.discriminator.parameters(), **adam)
        self.g, self.d = self.generator, self.discriminator
        if args.compile:
            self.g, self.d = torch.compile(self.generator), torch.compile(self.discriminator)
        self.images = torch.randint(0, 256, (batch, 3, resolution, resolution), dtype=torch.uint8)
        self.images = self.images.contiguous(memory_format=self.layout)
        self.totals = torch.zeros(4)

    def step(self):
        real = (self.images.float() * (2 / 255) - 1).contiguous(memory_format=self.layout)
        with self.autocast:
            fake = self.g(torch.randn(self.batch, 100))
            real_logits, fake_logits = self.d(real), self.d(fake.detach())
            d_loss = F.softplus(-real_logits).mean() + F.softplus(fake_logits).mean()
        self.d_optimizer.zero_grad(set_to_none=True)
        d_loss.backward()
        self.d_optimizer.step()

        self.discriminator.requires_grad_(False)
        with self.autocast:
            g_loss = F.softplus(-self.d(fake)).mean()
        self.g_optimizer.zero_grad(set_to_none=True)
        g_loss.backward()
        self.g_optimizer.step()
        self.discriminator.requires_grad_(True)

        weights = [p.detach() for p in self.generator.parameters()]
        torch._foreach_lerp_(self.average, weights, 1 - DECAY)
        logs = [d_loss, g_loss, real_logits.mean(), fake_logits.mean()]
        self.totals += torch.stack([value.detach() for value in logs])
        return float(d_loss.detach())


if __name__ == "__main__":
    torch_worker.serve(Training, {"width": 128, "resolution": 64, "batch": 64})
