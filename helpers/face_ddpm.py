"""The diffusion model of chapter 12: noising, loss and samplers for pictures in [-1, 1] and a network called with t.

Time steps count from 0 to T - 1. Every random number comes from a generator where one is given.
"""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import l1_loss, mse_loss

from helpers.sampling.closing import taught_in
from helpers.schedules import alphas_cumprod_of, linear_betas

TIMESTEPS = 200


class FaceSchedule(NamedTuple):
    """A chain of T steps, (T,) each.

    betas           variances of the steps
    alphas_cumprod  what is left of the picture's variance after them
    sigmas          standard deviations of the steps back, 0 for the last one
    """

    betas: Tensor
    alphas_cumprod: Tensor
    sigmas: Tensor


def face_schedule(timesteps: int = TIMESTEPS, mended: bool = False) -> FaceSchedule:
    """Return a linear schedule (Ho et al. 2020, section 4). Taught in chapter 12.

    timesteps  T
    mended     True scales beta by 1000 / T, so that the chain ends in noise for every T
    Raises ValueError for T below 1, or so small that a scaled beta reaches 1.
    """
    scale = 1000 / timesteps if mended and timesteps > 0 else 1.0
    betas = linear_betas(timesteps, 1e-4 * scale, 0.02 * scale)
    alphas_cumprod = alphas_cumprod_of(betas)
    return FaceSchedule(betas, alphas_cumprod, posterior_sigmas(betas))


@taught_in(12)
def posterior_sigmas(betas: Tensor) -> Tensor:
    """Return sigma_t = sqrt((1 - alpha-bar_{t-1}) / (1 - alpha-bar_t) beta_t), which is 0 at t = 0.

    Ho et al. 2020, eq. 7. Taught in chapter 12.
    """
    alphas_cumprod = alphas_cumprod_of(betas)
    before = torch.cat([torch.ones_like(betas[:1]), alphas_cumprod[:-1]])
    return ((1 - before) / (1 - alphas_cumprod) * betas).sqrt()


@taught_in(12)
def q_sample(schedule: FaceSchedule, x0: Tensor, t: int | Tensor, noise: Tensor) -> Tensor:
    """Return x_t, shaped like x0 (Ho et al. 2020, eq. 4). Taught in chapter 12.

    t  an integer for all pictures, or one for each (B,)
    """
    alpha_bar = schedule.alphas_cumprod.to(x0)[t].reshape(-1, 1, 1, 1)
    return alpha_bar.sqrt() * x0 + (1 - alpha_bar).sqrt() * noise


@taught_in(12)
def p_losses(
    model, schedule: FaceSchedule, x0: Tensor, generator: torch.Generator | None = None, squared: bool = False
) -> Tensor:
    """Return the mean absolute error of the predicted noise (Ho et al. 2020, algorithm 1). Taught in chapter 12.

    squared  True takes the mean squared error
    """
    t = torch.randint(0, len(schedule.betas), (len(x0),), generator=generator).to(x0.device)
    noise = _noise(x0.shape, x0, generator)
    return (mse_loss if squared else l1_loss)(model(q_sample(schedule, x0, t, noise), t), noise)


@taught_in(12)
@torch.no_grad()
def p_sample(
    model, x: Tensor, t: int, schedule: FaceSchedule, generator: torch.Generator | None = None, noise: bool = True
) -> Tensor:
    """Return x_{t-1}, drawn from what the model says of x_t (Ho et al. 2020, algorithm 2). Taught in chapter 12.

    noise  False leaves out the noise of the step
    """
    beta, alpha_bar, sigma = (values[t].to(x) for values in schedule)
    eps = model(x, torch.full((len(x),), t, device=x.device))
    mean = (x - beta / (1 - alpha_bar).sqrt() * eps) / (1 - beta).sqrt()
    return mean + sigma * _noise(x.shape, x, generator) if noise and t > 0 else mean


@taught_in(12)
@torch.no_grad()
def sample(
    model, shape: tuple[int, ...], schedule: FaceSchedule, generator: torch.Generator | None = None,
    x_T: Tensor | None = None, noise: bool = True,
) -> Tensor:  # fmt: skip
    """Return pictures of a shape (B, C, H, W), drawn in T steps. Taught in chapter 12.

    x_T    what to begin with; default: noise
    noise  False leaves out the noise of the steps
    """
    model.eval()
    place = next(model.parameters())
    x = (_noise(shape, place, generator) if x_T is None else x_T).to(place)
    for t in range(len(schedule.betas) - 1, -1, -1):
        x = p_sample(model, x, t, schedule, generator, noise)
    return x


@taught_in(12)
@torch.no_grad()
def ddim_sample(
    model, shape: tuple[int, ...], schedule: FaceSchedule, steps: int, generator: torch.Generator | None = None,
    x_T: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """Return pictures drawn in fewer steps and without noise on the way (Song et al. 2021, eq. 12, sigma = 0).

    steps  1 to T; the time steps lie evenly from T - 1 down to 0. Taught in chapter 12.
    x_T    what to begin with; default: noise
    Raises ValueError for another number of steps.
    """
    times = len(schedule.betas)
    if not 1 <= steps <= times:
        raise ValueError(f"steps is {steps}; expected 1 to {times}.")
    model.eval()
    place = next(model.parameters())
    x = (_noise(shape, place, generator) if x_T is None else x_T).to(place)
    kept = torch.linspace(times - 1, 0, steps).round().long().tolist()
    for t, earlier in zip(kept, [*kept[1:], None], strict=True):
        alpha_bar = schedule.alphas_cumprod[t].to(x)
        eps = model(x, torch.full((len(x),), t, device=x.device))
        x_0 = ((x - (1 - alpha_bar).sqrt() * eps) / alpha_bar.sqrt()).clamp(-1, 1)
        if earlier is None:
            return x_0
        eps = (x - alpha_bar.sqrt() * x_0) / (1 - alpha_bar).sqrt()
        next_bar = schedule.alphas_cumprod[earlier].to(x)
        x = next_bar.sqrt() * x_0 + (1 - next_bar).sqrt() * eps
    return x


def slerp(one: Tensor, other: Tensor, share: float) -> Tensor:
    """Return noise between two noises, on the great circle, where its length stays that of noise (Shoemake 1985)."""
    angle = torch.nn.functional.cosine_similarity(one.flatten(), other.flatten(), dim=0).clamp(-1, 1).arccos()
    return ((1 - share) * angle).sin() / angle.sin() * one + (share * angle).sin() / angle.sin() * other


def _noise(shape, place: Tensor, generator: torch.Generator | None) -> Tensor:
    """Return standard normal noise on the device of `place`, drawn on the CPU: the same numbers on every machine."""
    return torch.randn(tuple(shape), generator=generator).to(place)
