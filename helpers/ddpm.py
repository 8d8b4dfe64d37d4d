"""Denoising diffusion trained from scratch, as chapters 9 to 11 teach it: noising, losses and samplers for digits.

Time steps count from 0 to T - 1, as everywhere in this course (Ho et al. 2020 count from 1 to T). The networks get
them divided by T. Every random number comes from a generator where one is given.
"""

import torch
from torch import Tensor
from torch.nn.functional import mse_loss, one_hot

from helpers.sampling.closing import taught_in
from helpers.schedules import alphas_cumprod_of, linear_betas


@taught_in(9)
def add_noise(x: Tensor, sigma: float | Tensor, generator: torch.Generator | None = None) -> Tensor:
    """Return x + sigma * noise, shaped like x. Taught in chapter 09."""
    return x + sigma * _noise_like(x, generator)


def one_step_loss(unet, x: Tensor, sigma: float, generator: torch.Generator | None = None) -> Tensor:
    """Return the mean squared error of a one-step denoiser of pictures x. Taught in chapter 09."""
    return mse_loss(unet(add_noise(x, sigma, generator)), x)


@taught_in(10)
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


@taught_in(10)
def ddpm_forward(
    unet, ddpm_schedule: dict[str, Tensor], x_0: Tensor, generator: torch.Generator | None = None
) -> Tensor:
    """Return the loss of a network that predicts noise (Ho et al. 2020, algorithm 1). Taught in chapter 10."""
    x_t, noise, t = noised_batch(ddpm_schedule, x_0, generator)
    return mse_loss(unet(x_t, t), noise)


@taught_in(11)
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
    return mse_loss(unet(x_t, keep[:, None] * one_hot(labels, 10).to(x_0), t), noise)


@taught_in(11)
def flow_forward(unet, x_0: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """Return the flow matching loss on the straight path from noise at time 0 to pictures at time 1.

    The network predicts the velocity x_0 - noise (Lipman et al. 2023, eq. 23 with sigma_min = 0). Taught in chapter 11.
    """
    t = torch.rand(len(x_0), generator=generator).to(x_0)
    noise = _noise_like(x_0, generator)
    share = t.reshape(-1, 1, 1, 1)
    return mse_loss(unet((1 - share) * noise + share * x_0, t), x_0 - noise)


@taught_in(10)
@torch.no_grad()
def ddpm_sample(
    unet, ddpm_schedule: dict[str, Tensor], count: int, num_ts: int, generator: torch.Generator | None = None
) -> Tensor:
    """Return (count, 1, 28, 28), drawn from noise (Ho et al. 2020, algorithm 2). Taught in chapter 10."""
    unet.eval()
    return _drawn(lambda x_t, t: unet(x_t, t.expand(count)), unet, ddpm_schedule, count, num_ts, generator)


@taught_in(11)
@torch.no_grad()
def class_ddpm_sample(
    unet, ddpm_schedule: dict[str, Tensor], labels: Tensor, scale: float, num_ts: int,
    generator: torch.Generator | None = None,
) -> Tensor:  # fmt: skip
    """Return a picture for each label (N,), with classifier-free guidance. Taught in chapter 11.

    scale  1 = the class alone, 0 = no class (Ho and Salimans 2022, eq. 6 with scale = 1 + w)
    """
    unet.eval()
    classes = one_hot(labels, 10).float().to(next(unet.parameters()).device)
    both = torch.cat([torch.zeros_like(classes), classes])

    def predict(x_t: Tensor, t: Tensor) -> Tensor:
        uncond, cond = unet(torch.cat([x_t, x_t]), both, t.expand(len(both))).chunk(2)
        return uncond + scale * (cond - uncond)

    return _drawn(predict, unet, ddpm_schedule, len(labels), num_ts, generator)


def _drawn(predict, unet, ddpm_schedule, count: int, num_ts: int, generator: torch.Generator | None) -> Tensor:
    """Go down all time steps with predict(x_t, t / T) -> noise."""
    place = next(unet.parameters())
    betas, alphas, alpha_bars = (ddpm_schedule[name].to(place) for name in ("betas", "alphas", "alpha_bars"))
    x_t = torch.randn((count, 1, 28, 28), generator=generator).to(place)
    for t in range(num_ts - 1, -1, -1):
        eps = predict(x_t, torch.tensor([t / num_ts]).to(place))
        x_t = (x_t - (1 - alphas[t]) / (1 - alpha_bars[t]).sqrt() * eps) / alphas[t].sqrt()
        if t > 0:
            x_t = x_t + betas[t].sqrt() * _noise_like(x_t, generator)
    return x_t


@taught_in(11)
@torch.no_grad()
def flow_sample(unet, count: int, steps: int = 50, generator: torch.Generator | None = None) -> Tensor:
    """Return (count, 1, 28, 28): Euler steps along the learned velocity, from noise at 0 to pictures at 1.

    Taught in chapter 11 (Lipman et al. 2023, section 3).
    """
    unet.eval()
    x = torch.randn((count, 1, 28, 28), generator=generator).to(next(unet.parameters()))
    for step in range(steps):
        x = x + unet(x, torch.full((count,), step / steps).to(x)) / steps
    return x


def _noise_like(x: Tensor, generator: torch.Generator | None) -> Tensor:
    """Return standard normal noise shaped like x, drawn on the CPU: the same numbers on every machine."""
    return torch.randn(x.shape, generator=generator).to(x)
