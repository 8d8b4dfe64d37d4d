"""Noise schedules: betas, alphas_cumprod and what follows from them (Ho et al. 2020, section 2)."""

import math

import torch


def linear_betas(T: int = 1000, start: float = 1e-4, end: float = 0.02) -> torch.Tensor:
    """Return the linear schedule of Ho et al. 2020, section 4.

    T      number of training steps, at least 1
    start  beta_0, in (0, 1)
    end    beta_{T-1}, in (0, 1)

    Returns (T,) float32. Raises ValueError outside these ranges.
    """
    _require_steps(T)
    if not (0 < start < 1 and 0 < end < 1):
        raise ValueError(f"start and end are {start} and {end}; expected two numbers between 0 and 1.")
    return torch.linspace(start, end, T)


def squaredcos_betas(T: int = 1000, largest: float = 0.999) -> torch.Tensor:
    """Return the cosine schedule, Nichol and Dhariwal 2021, eq. 17, as DeepFloyd IF and the pocket model use it.

    T        number of training steps, at least 1
    largest  cap on beta_t near the end, where the ratio of the two cosines goes to 1

    Returns (T,) float32. Raises ValueError for T below 1.
    """
    _require_steps(T)

    def alpha_bar(fraction: float) -> float:
        return math.cos((fraction + 0.008) / 1.008 * math.pi / 2) ** 2

    return torch.tensor([min(1 - alpha_bar((t + 1) / T) / alpha_bar(t / T), largest) for t in range(T)])


def alphas_cumprod_of(betas: torch.Tensor) -> torch.Tensor:
    """Return alpha-bar_t, the product of (1 - beta_s) for s = 0 .. t (Ho et al. 2020, before eq. 4).

    betas  (T,) float, each in (0, 1)

    Returns (T,), decreasing, in (0, 1). Raises ValueError for another shape or range.
    """
    if betas.ndim != 1 or not bool(((betas > 0) & (betas < 1)).all()):
        raise ValueError(f"betas has shape {tuple(betas.shape)}; expected (T,) with every value between 0 and 1.")
    return torch.cumprod(1 - betas, dim=0)


def signal_to_noise(alphas_cumprod: torch.Tensor) -> torch.Tensor:
    """Return alpha-bar_t / (1 - alpha-bar_t), the signal-to-noise ratio of x_t (Kingma et al. 2021, eq. 2)."""
    return alphas_cumprod / (1 - alphas_cumprod)


def strided(T: int = 1000, stride: int = 30) -> list[int]:
    """Return the time steps of a strided sampler, from noisy to clean, ending at 0.

    T       number of training steps
    stride  distance of two kept steps, 1 .. T - 1; 1 keeps every step

    The default gives 990, 960, ..., 30, 0: 34 time steps, 33 steps between them. Raises ValueError for another stride.
    """
    _require_steps(T)
    if not 1 <= stride < T:
        raise ValueError(f"stride is {stride}; expected 1 to {T - 1}.")
    return list(range((T - 1) // stride * stride, -1, -stride))


def _require_steps(T: int) -> None:
    if T < 1:
        raise ValueError(f"T is {T}; expected at least one training step.")
