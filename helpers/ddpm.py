"""Denoising diffusion trained from scratch, as chapters 9 to 11 teach it: noising, losses and samplers for digits.

Time steps count from 0 to T - 1, as everywhere in this course (Ho et al. 2020 count from 1 to T). The networks get
them divided by T. Every random number comes from a generator where one is given.
"""

import torch
from torch import Tensor
from torch.nn.functional import mse_loss, one_hot

from helpers.schedules import alphas_cumprod_of, linear_betas


def add_noise(x: Tensor, sigma: float | Tensor, generator: torch.Generator | None = None) -> Tensor:
    """Return z = x + sigma * noise, shaped like x. Taught in chapter 09."""
    return x + sigma * _noise_like(x, generator)


def one_step_loss(unet, x: Tensor, sigma: float, generator: torch.Generator | None = None) -> Tensor:
    """Return the mean squared error of a one-step denoiser of pictures x. Taught in chapter 09."""
    return mse_loss(unet(add_noise(x, sigma, generator)), x)


def ddpm_schedule(beta1: float = 1e-4, beta2: float = 0.02, num_ts: int = 300) -> dict[str, Tensor]:
    """Return betas, alphas and alpha_bars, (num_ts,) each (Ho et al. 2020, section 2). Taught in chapter 10."""
    betas = linear_betas(num_ts, beta1, beta2)
    return {"betas": betas, "alphas": 1 - betas, "alpha_bars": alphas_cumprod_of(betas)}


def noised_batch(
    ddpm_schedule: dict[str, Tensor], x_0: Tensor, generator: torch.Generator | None = None
) -> tuple[Tensor, Tensor, Tensor]:
    """Return x_t, the noise in it, and a time drawn for each picture, divided by T (Ho et al. 2020, eq. 4)."""
    alpha_bars = ddpm_schedule["alpha_bars"].to(x_0.device)
    t = torch.randint(0, len(alpha_bars), (len(x_0),), generator=generator).to(x_0.device)
    noise = _noise_like(x_0, generator)
    alpha_bar = alpha_bars[t].reshape(-1, 1, 1, 1)
    x_t = alpha_bar.sqrt() * x_0 + (1 - alpha_bar).sqrt() * noise
    return x_t, noise, t / len(alpha_bars)


def ddpm_forward(
    unet, ddpm_schedule: dict[str, Tensor], x_0: Tensor, generator: torch.Generator | None = None
) -> Tensor:
    """Return the loss of a network that predicts noise (Ho et al. 2020, algorithm 1). Taught in chapter 10."""
    x_t, noise, t = noised_batch(ddpm_schedule, x_0, generator)
    return mse_loss(unet(x_t, t), noise)


def class_ddpm_forward(
    unet,
    ddpm_schedule: dict[str, Tensor],
    x_0: Tensor,
    labels: Tensor,
    p_uncond: float = 0.1,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Return the loss of a network told the class, which is dropped with probability p_uncond. Taught in chapter 11.

    labels  (B,) int64 (Ho and Salimans 2022, algorithm 1)
    """
    x_t, noise, t = noised_batch(ddpm_schedule, x_0, generator)
    keep = (torch.rand(len(x_0), generator=generator) >= p_uncond).to(x_0)
    return mse_loss(unet(x_t, one_hot(labels, 10).to(x_0), t, keep), noise)


def flow_forward(unet, x_0: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """Return the flow matching loss on the straight path from noise at time 0 to pictures at time 1.

    The network predicts the velocity x_0 - noise (Lipman et al. 2023, eq. 23 with sigma_min = 0). Taught in chapter 11.
    """
    t = torch.rand(len(x_0), generator=generator).to(x_0)
    noise = _noise_like(x_0, generator)
    share = t.reshape(-1, 1, 1, 1)
    return mse_loss(unet((1 - share) * noise + share * x_0, t), x_0 - noise)


def _noise_like(x: Tensor, generator: torch.Generator | None) -> Tensor:
    """Return standard normal noise shaped like x, drawn on the CPU: the same numbers on every machine."""
    return torch.randn(x.shape, generator=generator).to(x)
