"""The hybrid loss of Improved DDPM (Nichol & Dhariwal 2021) with min-SNR weights (Hang et al. 2023)."""

from __future__ import annotations

import math

import torch

SNR_FLOOR = 0.25


def noise_loss_weight(alphas_cumprod: torch.Tensor, t: torch.Tensor, gamma: float, largest: float) -> torch.Tensor:
    """Weight (B,) of the noise loss at time t: min(SNR, gamma) / SNR (Hang et al. 2023), raised at the noisy end.

    gamma    above this SNR the weight falls, so that nearly clean pictures do not fill the gradient
    largest  below SNR_FLOOR the weight rises like 1 / SNR, up to `largest`; 1 = never. There x_t is almost all noise,
             so that a copy of it has a small noise loss, yet the composition of a sample is decided there
    """
    snr = alphas_cumprod[t] / (1 - alphas_cumprod[t])
    return (snr.clamp(SNR_FLOOR, gamma) / snr).clamp(max=largest)


def posterior_log_variance(alphas_cumprod: torch.Tensor, t: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Log of the smallest and the largest step variance, beta-tilde_t and beta_t (Ho et al. 2020, eq. 7); each (B,)."""
    alpha_bar_t = alphas_cumprod[t]
    alpha_bar_prev = torch.where(t > 0, alphas_cumprod[(t - 1).clamp(min=0)], torch.ones_like(alpha_bar_t))
    beta_t = 1 - alpha_bar_t / alpha_bar_prev
    posterior = beta_t * (1 - alpha_bar_prev) / (1 - alpha_bar_t)
    return posterior.clamp(min=1e-20).log(), beta_t.log()


def predicted_log_variance(variance: torch.Tensor, alphas_cumprod: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
    """Log variance from the network's value in [-1, 1] (Nichol & Dhariwal 2021, eq. 15); shape of `variance`.

    At t = 0 the smallest variance is 0, so its logarithm is taken from t = 1, as the authors' code does.
    """
    smallest, _ = posterior_log_variance(alphas_cumprod, t.clamp(min=1))
    _, largest = posterior_log_variance(alphas_cumprod, t)
    fraction = (variance + 1) / 2
    return fraction * largest[:, None, None, None] + (1 - fraction) * smallest[:, None, None, None]


def posterior_mean(x_0: torch.Tensor, x_t: torch.Tensor, alphas_cumprod: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
    """Mean of q(x_{t-1} | x_t, x_0) (Ho et al. 2020, eq. 7); shape of x_t."""
    alpha_bar_t = alphas_cumprod[t][:, None, None, None]
    previous = torch.where(t > 0, alphas_cumprod[(t - 1).clamp(min=0)], torch.ones_like(alphas_cumprod[t]))
    alpha_bar_prev = previous[:, None, None, None]
    beta_t = 1 - alpha_bar_t / alpha_bar_prev
    of_x_0 = alpha_bar_prev.sqrt() * beta_t / (1 - alpha_bar_t)
    of_x_t = (1 - beta_t).sqrt() * (1 - alpha_bar_prev) / (1 - alpha_bar_t)
    return of_x_0 * x_0 + of_x_t * x_t


def variational_bound(
    x_0: torch.Tensor,
    x_t: torch.Tensor,
    t: torch.Tensor,
    eps_pred: torch.Tensor,
    variance: torch.Tensor,
    alphas_cumprod: torch.Tensor,
) -> torch.Tensor:
    """One term of the bound in bits a dimension (Ho et al. 2020, eq. 5), shape (B,).

    eps_pred is to be detached by the caller: the bound trains the variance only (Nichol & Dhariwal 2021, section 3.1).
    """
    alpha_bar_t = alphas_cumprod[t][:, None, None, None]
    x_0_pred = ((x_t - (1 - alpha_bar_t).sqrt() * eps_pred) / alpha_bar_t.sqrt()).clamp(-1, 1)
    mean = posterior_mean(x_0_pred, x_t, alphas_cumprod, t)
    log_variance = predicted_log_variance(variance, alphas_cumprod, t)
    true_mean = posterior_mean(x_0, x_t, alphas_cumprod, t)
    true_log_variance = posterior_log_variance(alphas_cumprod, t.clamp(min=1))[0][:, None, None, None]
    kl = 0.5 * (log_variance - true_log_variance - 1 + (true_log_variance - log_variance).exp()
                + (true_mean - mean) ** 2 * (-log_variance).exp())  # fmt: skip
    nll = -discretised_log_likelihood(x_0, mean, 0.5 * log_variance)
    return torch.where(t == 0, nll.mean(dim=(1, 2, 3)), kl.mean(dim=(1, 2, 3))) / math.log(2)


def discretised_log_likelihood(x: torch.Tensor, mean: torch.Tensor, log_std: torch.Tensor) -> torch.Tensor:
    """Log likelihood of 8-bit pixels scaled to [-1, 1] under a Gaussian (Ho et al. 2020, eq. 13)."""
    inverse_std = (-log_std).exp()
    above = torch.special.ndtr((x - mean + 1 / 255) * inverse_std)
    below = torch.special.ndtr((x - mean - 1 / 255) * inverse_std)
    above = torch.where(x > 0.999, torch.ones_like(x), above)
    below = torch.where(x < -0.999, torch.zeros_like(x), below)
    return (above - below).clamp(min=1e-12).log()


def hybrid_loss(
    x_0: torch.Tensor,
    x_t: torch.Tensor,
    t: torch.Tensor,
    eps: torch.Tensor,
    output: torch.Tensor,
    alphas_cumprod: torch.Tensor,
    gamma: float,
    largest_weight: float,
) -> dict[str, torch.Tensor]:
    """L_simple with min-SNR weights plus the bound for the variance (Nichol & Dhariwal 2021, eq. 16).

    output: (B, 6, H, W), noise and variance. Their lambda = 0.001 is for a sum over T terms, hence T / 1000 times the
    mean over t. Returns the scalars "loss", "noise" and "bound".
    """
    eps_pred, variance = output.float().chunk(2, dim=1)
    squared = ((eps_pred - eps) ** 2).mean(dim=(1, 2, 3))
    weighted = (noise_loss_weight(alphas_cumprod, t, gamma, largest_weight) * squared).mean()
    bound = variational_bound(x_0, x_t, t, eps_pred.detach(), variance, alphas_cumprod).mean()
    scale = len(alphas_cumprod) / 1000
    return {"loss": weighted + scale * bound, "noise": squared.mean().detach(), "bound": bound.detach()}
